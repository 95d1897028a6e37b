"""Notes on earlier versions of a paper: which go over to the newest by themselves, and which the reader is asked about.

They go over as soon as both versions are here and have been read in, behind everything else; else when the paper is
opened. What was found is kept as a new edit with the new place; the edit before remains. What must be checked is shown
beside its old place, and the reader keeps the place, gives another, or leaves the note where it was. What has no place
stays listed on its version. How a note was judged is kept until anything about it is other than it was. Nothing is
deleted, and what two devices edited apart waits until it is made one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, false, func, select

from ecabinet.client.desk.carrying import crossing, text_of
from ecabinet.client.desk.errors import NotHere, StorageUnusable
from ecabinet.client.desk.notes import Notes, NoteView
from ecabinet.client.desk.papers import PaperLine, Papers, Presence
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.pages import Box, Pages, PagesUnavailable, PageUnreadable, Paper, PaperRefused, Pixels, Region
from ecabinet.client.vault import crossings, schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.crossings import Judgement, Proposal
from ecabinet.client.vault.papers import signed_papers
from ecabinet.client.vault.serial import Serially
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor
from ecabinet.core.notes.carrying import Carried, Crossing, Outcome, Reason
from ecabinet.core.notes.shapes import drawn_at
from ecabinet.core.notes.text import HUNDREDTHS, Text

Report = Callable[[int, int | None], None]
"""Told how many papers of how many have been looked at; may raise, to stop."""

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

    def __init__(self, unlocked: Unlocked, notes: Notes, papers: Papers) -> None:
        self._unlocked, self._notes, self._papers = unlocked, notes, papers
        self._vault = unlocked.vault
        self._readers = Counter[Identifier]()

    def begin_reading(self, document: Identifier) -> None:
        """A paper is on the screen: `run` takes no note away from under its reader. For the UI thread."""
        self._readers[document] += 1

    def end_reading(self, document: Identifier) -> None:
        """It is no longer. For the UI thread."""
        self._readers[document] -= 1

    def run(self, pages: Pages, report: Report) -> Changes:
        """Takes over what waits and has both versions here, on a lane of its own. Raises what `report` raises.

        Returns early when the vault can't be written or no page can be had: the next time it goes on.
        """
        changes = Changes()
        due = self._vault.serially(self._due)
        for done, document in enumerate(due):
            if self._readers[document] > 0:
                continue
            heed = partial(report, done, len(due))
            heed()
            try:
                changes |= self.cross(document, pages, self._vault.serially, heed).changes
            except (NotHere, PaperRefused):
                continue  # gone, or to be fetched again
            except (PagesUnavailable, StorageUnusable, CancelledError):
                break
        return changes

    def cross(self, document: Identifier, pages: Pages, serially: Serially, heed: Callable[[], None]) -> Crossed:
        """Carries what waits, and keeps what was found; `heed` may raise to stop it between two versions.

        What was judged before is not judged again. Raises NotHere, PaperRefused, PagesUnavailable, StorageUnusable.
        """
        versions, waiting = serially(lambda: self._waiting(document))
        if not waiting or versions[0].presence is not Presence.HERE:
            return Crossed(found=0, questions=(), left=tuple(waiting), changes=Changes())
        known = self._vault.do(partial(crossings.judged, document=document, newest=versions[0].digest))
        proposals = {note.note: known[note.latest.edit] for note in waiting if note.latest.edit in known}
        found, changes = 0, Changes()
        for carried, may_be_kept in self._carried(
            [note for note in waiting if note.note not in proposals], versions, pages, heed
        ):
            keep = partial(self._keep, carried=carried, newest=versions[0].digest, may_be_kept=may_be_kept)
            found_here, changed_here = self._vault.do(keep)
            found += found_here
            changes |= changed_here
            proposals |= {note.note: _proposal(each) for note, each in carried if each.outcome is not Outcome.FOUND}
        judged = [(note, proposals[note.note]) for note in waiting if note.note in proposals]
        return Crossed(
            found=found,
            questions=tuple(
                Question(note=note, anchor=proposal.anchor, reason=proposal.reason)
                for note, proposal in judged
                if proposal is not None
            ),
            left=tuple(note for note, proposal in judged if proposal is None),
            changes=changes,
        )

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
            self._piece(question.note.latest.anchor, versions, pages, width),
            self._piece(question.anchor, versions, pages, width),
        )

    # ---------------------------------------------------------------- steps

    def _due(self) -> list[Identifier]:
        """Papers that have a note not judged yet, on a version that is here as the newest is."""
        versions = {
            document: rows for document, rows in self._vault.do(self._versions_with_notes).items() if len(rows) > 1
        }
        known = self._vault.do(partial(crossings.edits_judged, body=self._unlocked.body))
        due = dict[Identifier, None]()
        for note in filter(_waits, self._notes.of_papers(versions)):
            is_ready, newest = versions[note.document], next(iter(versions[note.document]))
            if is_ready[newest] and is_ready.get(note.latest.anchor.digest) and (note.latest.edit, newest) not in known:
                due[note.document] = None
        return list(due)

    def _versions_with_notes(self, db: Connection) -> dict[Identifier, dict[Digest, bool]]:
        """Of papers with notes: the versions, the latest first, and whether each is here and has been read in."""
        papers, files, said, notes = signed_papers().c, schema.files.c, schema.readings_in.c, schema.note_edits.c
        is_ready = files.is_here & func.coalesce(~said.is_refused & (said.done == said.pages), false())
        asked = (
            select(papers.document, papers.digest, is_ready.label("is_ready"))
            .join(schema.files, files.blob == papers.blob)
            .outerjoin(schema.readings_in, said.digest == papers.digest)
            .where(papers.body == self._unlocked.body, papers.document.in_(select(notes.document)))
            .order_by(papers.version.desc())
        )
        versions: dict[Identifier, dict[Digest, bool]] = {}
        for row in db.execute(asked):
            versions.setdefault(row.document, {})[row.digest] = bool(row.is_ready)
        return versions

    def _waiting(self, document: Identifier) -> tuple[Sequence[PaperLine], list[NoteView]]:
        return self._papers.versions(document), list(filter(_waits, self._notes.of_paper(document)))

    def _carried(
        self,
        waiting: Sequence[NoteView],
        versions: Sequence[PaperLine],
        pages: Pages,
        heed: Callable[[], None],
    ) -> Iterator[tuple[list[tuple[NoteView, Carried]], bool]]:
        """What becomes of notes, version by version; and whether that may be kept, since both versions were seen."""
        if not waiting:
            return
        with self._papers.open_in(pages, versions[0]) as new:
            for digest in dict.fromkeys(note.latest.anchor.digest for note in waiting):
                heed()
                earlier = next((each for each in versions if each.digest == digest), None)
                with self._way(pages, earlier, versions[0].digest, new) as way:
                    on_it = [note for note in waiting if note.latest.anchor.digest == digest]
                    carried = [(note, way.carry(note.kind, note.latest.anchor)) for note in on_it]
                yield carried, earlier is not None and earlier.presence is Presence.HERE

    def _keep(
        self, db: Connection, carried: Sequence[tuple[NoteView, Carried]], newest: Digest, *, may_be_kept: bool
    ) -> tuple[int, Changes]:
        """Keeps what became of notes, but for those edited, or of a version gone, meanwhile; how many went over."""
        found, changes = 0, Changes()
        known = schema.documents.c
        for note, each in carried:
            is_known = select(known.document).where(known.document == note.document, known.digest == newest)
            if db.scalar(is_known) is None or not self._notes.is_as_seen(db, note):
                continue
            if each.outcome is Outcome.FOUND and each.anchor is not None:
                found += 1
                changes |= self._notes.carry(db, note, each.anchor)
            elif may_be_kept:
                judgement = Judgement(
                    note=note.note,
                    edit=note.latest.edit,
                    document=note.document,
                    earlier=note.latest.anchor.digest,
                    newest=newest,
                    proposal=_proposal(each),
                )
                crossings.keep(db, self._unlocked.body, judgement)
                changes |= Changes(documents=frozenset((note.document,)))
        return found, changes

    @contextmanager
    def _way(self, pages: Pages, earlier: PaperLine | None, newest: Digest, new: Paper) -> Iterator[Crossing]:
        """By both versions; by what the notes quote, where the earlier one is here no longer."""
        if earlier is None or earlier.presence is not Presence.HERE:
            yield Crossing(Text([]), text_of(pages, new), digest=newest)
            return
        with self._papers.open_in(pages, earlier) as old:
            yield crossing(pages, old, new, newest)

    def _piece(self, anchor: Anchor, versions: Sequence[PaperLine], pages: Pages, width: int) -> Piece | None:
        line = next((each for each in versions if each.digest == anchor.digest), None)
        if line is None or line.presence is not Presence.HERE:
            return None
        try:
            with self._papers.open_in(pages, line) as paper:
                return _strip(pages, paper, anchor, width)
        except (NotHere, PaperRefused, PageUnreadable, StorageUnusable):
            return None


def _waits(note: NoteView) -> bool:
    return note.is_left_behind and len(note.states) == 1 and not note.latest.stays


def _proposal(carried: Carried) -> Proposal | None:
    return None if carried.anchor is None else Proposal(anchor=carried.anchor, reason=carried.reason)


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
