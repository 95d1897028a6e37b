"""Notes on earlier versions of a paper: which go over to the newest by themselves, and which the reader is asked about.

What was found is kept as a new edit with the new place; the edit before remains. What must be checked is shown beside
its old place, and the reader keeps the place, gives another, or leaves the note where it was. What has no place stays
listed on its version. Nothing is deleted, and what two devices edited apart waits until it is made one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from ecabinet.client.desk.carrying import crossing, text_of
from ecabinet.client.desk.errors import NotHere, StorageUnusable
from ecabinet.client.desk.notes import Notes, NoteView
from ecabinet.client.desk.papers import PaperLine, Papers, Presence
from ecabinet.client.pages import Box, Pages, PageUnreadable, Paper, PaperRefused, Pixels, Region
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.serial import Serially
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor
from ecabinet.core.notes.carrying import Crossing, Outcome, Reason
from ecabinet.core.notes.shapes import drawn_at
from ecabinet.core.notes.text import HUNDREDTHS, Text

_ABOVE, _BELOW = 70.0, 90.0
_ACROSS, _BESIDE = 320.0, 20.0
"""Points of the page that are shown above and below the middle of a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A note that is to be checked: where it may stand in the newest version, and why that is not certain."""

    note: NoteView
    anchor: Anchor
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """What became of a paper's notes. `left` have no place in the newest version."""

    found: int
    questions: tuple[Question, ...]
    left: tuple[NoteView, ...]
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A strip of a page, and the places on it in pixels of the strip: x, y, width, height."""

    page: int
    pixels: Pixels
    marks: tuple[tuple[int, int, int, int], ...]


class Crossings:
    """Takes notes over to the newest version. What takes `serially` waits, and belongs in a lane of its own."""

    def __init__(self, notes: Notes, papers: Papers) -> None:
        self._notes, self._papers = notes, papers

    def cross(self, document: Identifier, pages: Pages, serially: Serially, heed: Callable[[], None]) -> Crossed:
        """Carries what waits, and keeps what was found; `heed` may raise to stop it between two versions.

        Raises NotHere, PaperRefused, PagesUnavailable, StorageUnusable.
        """
        versions, waiting = serially(lambda: self._waiting(document))
        if not waiting or versions[0].presence is not Presence.HERE:
            return Crossed(found=0, questions=(), left=tuple(waiting), changes=Changes())
        found, changes = 0, Changes()
        questions: list[Question] = []
        left: list[NoteView] = []
        with self._papers.open_in(pages, versions[0], serially) as new:
            for digest in dict.fromkeys(note.latest.anchor.digest for note in waiting):
                heed()
                earlier = next((each for each in versions if each.digest == digest), None)
                with self._way(pages, earlier, versions[0].digest, new, serially=serially) as way:
                    on_it = [note for note in waiting if note.latest.anchor.digest == digest]
                    carried = [(note, way.carry(note.kind, note.latest.anchor)) for note in on_it]
                placed = [
                    (note, each.anchor) for note, each in carried if each.outcome is Outcome.FOUND and each.anchor
                ]
                changes |= serially(partial(self._keep, placed))
                found += len(placed)
                left += [note for note, each in carried if each.anchor is None]
                questions += [
                    Question(note=note, anchor=each.anchor, reason=each.reason)
                    for note, each in carried
                    if each.outcome is Outcome.CHECK and each.anchor is not None
                ]
        return Crossed(found=found, questions=tuple(questions), left=tuple(left), changes=changes)

    def keep(self, question: Question) -> Changes:
        """Puts the note where it was proposed. Raises NotHere."""
        return self._notes.edit(question.note.note, anchor=question.anchor)[1]

    def move(self, note: NoteView, anchor: Anchor) -> Changes:
        """Puts the note where the reader says, ink with its strokes. Raises NotHere."""
        return self._notes.edit(note.note, anchor=drawn_at(note.latest.anchor, anchor))[1]

    def leave(self, note: Identifier) -> Changes:
        """Leaves the note on its version; it is not asked about again. Raises NotHere."""
        return self._notes.leave(note)[1]

    def beside(
        self, question: Question, pages: Pages, serially: Serially, width: int
    ) -> tuple[Piece | None, Piece | None]:
        """What the note stood on and what it may stand on, so many pixels wide; None for what can't be shown."""
        versions = serially(lambda: self._papers.versions(question.note.document))
        return (
            self._piece(question.note.latest.anchor, versions, pages, serially, width),
            self._piece(question.anchor, versions, pages, serially, width),
        )

    # ---------------------------------------------------------------- steps

    def _waiting(self, document: Identifier) -> tuple[Sequence[PaperLine], list[NoteView]]:
        versions = self._papers.versions(document)
        notes = self._notes.of_paper(document)
        return versions, [
            note for note in notes if note.is_left_behind and len(note.states) == 1 and not note.latest.stays
        ]

    def _keep(self, placed: Sequence[tuple[NoteView, Anchor]]) -> Changes:
        changes = Changes()
        for note, anchor in placed:
            with suppress(NotHere):  # deleted on another device meanwhile
                changes |= self._notes.carry(note.note, anchor)[1]
        return changes

    @contextmanager
    def _way(
        self, pages: Pages, earlier: PaperLine | None, newest: Digest, new: Paper, *, serially: Serially
    ) -> Iterator[Crossing]:
        """By both versions; by what the notes quote, where the earlier one is here no longer."""
        if earlier is None or earlier.presence is not Presence.HERE:
            yield Crossing(Text([]), text_of(pages, new), digest=newest)
            return
        with self._papers.open_in(pages, earlier, serially) as old:
            yield crossing(pages, old, new, newest)

    def _piece(
        self, anchor: Anchor, versions: Sequence[PaperLine], pages: Pages, serially: Serially, width: int
    ) -> Piece | None:
        line = next((each for each in versions if each.digest == anchor.digest), None)
        if line is None or line.presence is not Presence.HERE:
            return None
        try:
            with self._papers.open_in(pages, line, serially) as paper:
                return _strip(pages, paper, anchor, width)
        except (NotHere, PaperRefused, PageUnreadable, StorageUnusable):
            return None


def _strip(pages: Pages, paper: Paper, anchor: Anchor, width: int) -> Piece:
    """What is around the place, large enough to be read; the page's top for a note on all of it.

    Raises PageUnreadable.
    """
    page = paper.pages[anchor.page]
    boxes = [
        page.matrix.map_box(Box(x0=q.x0 / HUNDREDTHS, y0=q.y0 / HUNDREDTHS, x1=q.x1 / HUNDREDTHS, y1=q.y1 / HUNDREDTHS))
        for q in anchor.quads
    ]
    first, last = min((b.x0 for b in boxes), default=0.0), max((b.x1 for b in boxes), default=page.width)
    shown = min(max(last - first + 2 * _BESIDE, _ACROSS), page.width)
    scale = width / shown
    across, down = page.pixel_size(scale)
    left = min(max(round((first - _BESIDE) * scale), 0), max(across - width, 0))
    middle = boxes[0].y0 if boxes else _ABOVE
    top = min(max(round((middle - _ABOVE) * scale), 0), down - 1)
    height = max(1, min(round((_ABOVE + _BELOW) * scale), down - top))
    region = Region(x=left, y=top, width=min(width, across - left), height=height)
    pixels = pages.render(paper, anchor.page, scale, region=region).result()
    marks = tuple(
        (
            round(b.x0 * scale) - left,
            round(b.y0 * scale) - top,
            round((b.x1 - b.x0) * scale),
            round((b.y1 - b.y0) * scale),
        )
        for b in boxes
    )
    return Piece(page=anchor.page, pixels=pixels, marks=marks)
