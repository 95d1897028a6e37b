"""Notes leave the program: as annotations in a copy of their paper, or as W3C Web Annotations, in a file of one's own.

The paper itself is never written to. What is not on this very version of it is not put anywhere, but named: a place on
another version means nothing here. A copy is for whoever can open files: it is no longer sealed.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.desk.web_annotations import web_annotations
from ecabinet.client.pages import Box, Pages, PageUnreadable, Paper, Word
from ecabinet.client.pages.annotations import (
    About,
    Annotation,
    Bookmark,
    Shape,
    boxed,
    drawn,
    marked,
    place_of,
    slip,
    slip_side,
)
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor, NoteKind, Quad
from ecabinet.core.notes.strokes import smoothed
from ecabinet.core.notes.text import HUNDREDTHS, Text, joined, keys_of

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
"""How a note's colour is written."""
_USUAL_COLOUR = "#ffe45c"
_VERSION_7 = 7
_MILLISECOND = timedelta(milliseconds=1)
_TITLE = 80
"""Letters of a bookmark's title."""
_MARKS = {
    NoteKind.HIGHLIGHT: Shape.HIGHLIGHT,
    NoteKind.UNDERLINE: Shape.UNDERLINE,
    NoteKind.STRIKE_OUT: Shape.STRIKE_OUT,
    NoteKind.NOTE: Shape.HIGHLIGHT,
}


class Form(StrEnum):
    """In what form notes leave."""

    PDF = "pdf"
    W3C = "w3c"

    @classmethod
    def of(cls, path: Path) -> "Form | None":
        """The one that a file name asks for."""
        return {".pdf": cls.PDF, ".json": cls.W3C, ".jsonld": cls.W3C}.get(path.suffix.lower())


class LeftOut(StrEnum):
    """Why a note is not in an export."""

    DELETED = "deleted"
    OTHER_VERSION = "other_version"
    """It stands on another PDF: its place means nothing in this one."""
    NO_SUCH_PAGE = "no_such_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A state of a note, as an export wants it."""

    edit: Identifier
    note: Identifier
    kind: NoteKind
    anchor: Anchor
    text: str
    colour: str
    changed_at: datetime
    is_deleted: bool = False

    def on(self, digest: Digest) -> "Remark":
        """The same at the same place of another file."""
        return replace(self, anchor=replace(self.anchor, digest=digest))

    @property
    def made_at(self) -> datetime:
        """When the note was made, which its id tells; when it was changed, for an id that does not."""
        number, epoch = UUID(self.note), datetime(1970, 1, 1, tzinfo=UTC)
        told = number.int >> 80
        if number.version != _VERSION_7 or told > (self.changed_at - epoch) // _MILLISECOND:
            return self.changed_at
        return epoch + told * _MILLISECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What became of each state of each note, by `edit`."""

    written: tuple[Identifier, ...]
    left_out: tuple[tuple[Identifier, LeftOut], ...]


def remarks_of(notes: Iterable[NoteView]) -> list[Remark]:
    """Every surviving state of these notes, for an export."""
    return [
        Remark(
            edit=state.edit,
            note=note.note,
            kind=note.kind,
            anchor=state.anchor,
            text=state.text,
            colour=state.colour,
            changed_at=state.made_at,
            is_deleted=state.is_deleted,
        )
        for note in notes
        for state in note.states
    ]


def export_notes(
    pages: Pages,
    paper: Paper,
    digest: Digest,
    remarks: Sequence[Remark],
    path: Path,
    *,
    form: Form,
    author: str,
    shelf: str,
) -> Exported:
    """Writes the file, whole or not at all; waits for the pages, so it belongs in a lane.

    `digest` is the paper's. `author` is told in each note, unless empty; `shelf` is the entry of the outline that
    bookmarks come below. Raises OSError, PageUnreadable, PagesUnavailable.
    """
    fitting: list[Remark] = []
    left_out: list[tuple[Identifier, LeftOut]] = []
    for remark in remarks:
        reason = _reason(remark, digest, len(paper.pages))
        if reason is None:
            fitting.append(remark)
        else:
            left_out.append((remark.edit, reason))
    fitting.sort(key=lambda each: (each.anchor.page, _top(paper, each.anchor), each.edit))
    if form is Form.PDF:
        annotations, bookmarks = _annotations(paper, fitting, author)
        write_whole(path, pages.annotate(paper, annotations, bookmarks, shelf=shelf).result())
    else:
        last = max((each.anchor.page + bool(each.anchor.overleaf) for each in fitting), default=-1)
        text = words_of(pages, paper, last)
        write_whole(
            path, [web_annotations(fitting, digest, paper.pages, text, author=author).encode("utf-8", "replace")]
        )
    return Exported(written=tuple(each.edit for each in fitting), left_out=tuple(left_out))


def write_whole(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Writes a file that is there whole or not at all, readable by this user only. Raises OSError."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # nobody knows the other name
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def words_of(pages: Pages, paper: Paper, last: int) -> Text:
    """The words of a paper up to this page; none of one that can't be read."""
    return Text([_words(pages, paper, index) for index in range(last + 1)])


def stands_in(text: Text, anchor: Anchor) -> bool:
    """Whether the words that a note quotes are those that lie under it."""
    words = text.under(anchor.page, anchor.quads) + text.under(anchor.page + 1, anchor.overleaf)
    found = [key for word in words for key in keys_of(text.words[word].text)]
    return bool(found) and joined(found) == joined(keys_of(anchor.quote))


def _reason(remark: Remark, digest: Digest, pages: int) -> LeftOut | None:
    if remark.is_deleted:
        return LeftOut.DELETED
    if remark.anchor.digest != digest:
        return LeftOut.OTHER_VERSION
    last = remark.anchor.page + bool(remark.anchor.overleaf)
    return None if 0 <= remark.anchor.page <= last < pages else LeftOut.NO_SUCH_PAGE


def _words(pages: Pages, paper: Paper, index: int) -> Sequence[Word]:
    try:
        return pages.words(paper, index).result()
    except PageUnreadable:
        return ()


# ---------------------------------------------------------------- as annotations


def _annotations(paper: Paper, remarks: Sequence[Remark], author: str) -> tuple[list[Annotation], list[Bookmark]]:
    made: list[Annotation] = []
    bookmarks: list[Bookmark] = []
    named: set[Identifier] = set()
    free: dict[int, float] = {}
    """Of each page, how far down slips hang already."""
    for remark in remarks:
        anchor, page = remark.anchor, paper.pages[remark.anchor.page]
        boxes = [_box(quad) for quad in anchor.quads]
        about = _about(remark, author, remark.edit if remark.note in named else remark.note)
        named.add(remark.note)
        if remark.kind is NoteKind.BOOKMARK:
            x, y = place_of(page, boxes[0] if boxes else None)
            bookmarks.append(Bookmark(title=_title(remark), page=anchor.page, x=x, y=y))
        elif remark.kind is NoteKind.INK and any(stroke.points for stroke in anchor.strokes):
            lines = [
                [(dot.x, dot.y, dot.width) for dot in smoothed(stroke)] for stroke in anchor.strokes if stroke.points
            ]
            made.append(drawn(anchor.page, lines, about))
        elif remark.kind in _MARKS and boxes and remark.kind is not NoteKind.NOTE:
            made.append(marked(_MARKS[remark.kind], anchor.page, page, boxes, about))
            made += _overleaf(paper, remark, about)
        elif remark.kind in (NoteKind.BOX, NoteKind.INK) and boxes:
            made.append(boxed(anchor.page, _around(boxes), about))
        else:
            made += _sticky(paper, remark, about, boxes, free, number=len(made))
    return made, bookmarks


def _top(paper: Paper, anchor: Anchor) -> float:
    """How far below the upper edge of its page something stands, as the page is shown; 0 for a whole page."""
    page = paper.pages[anchor.page]
    return page.matrix.map_box(_box(anchor.quads[0])).y0 if anchor.quads else 0.0


def _sticky(
    paper: Paper, remark: Remark, about: About, boxes: Sequence[Box], free: dict[int, float], *, number: int
) -> list[Annotation]:
    """A slip beside the words, and the words marked: one thing to whoever reads it."""
    anchor, page = remark.anchor, paper.pages[remark.anchor.page]
    side = slip_side(page)
    top = max(_top(paper, anchor) if boxes else side / 2, free.get(anchor.page, 0.0))
    free[anchor.page] = top + side + 2
    made = [slip(anchor.page, page, top, about)]
    if boxes:
        words = _renamed(about, "words")
        made.append(marked(Shape.HIGHLIGHT, anchor.page, page, boxes, words, belongs_to=number))
    return made + _overleaf(paper, remark, about)


def _overleaf(paper: Paper, remark: Remark, about: About) -> list[Annotation]:
    """What stands on the next page: an annotation lies on one page alone."""
    if not remark.anchor.overleaf:
        return []
    index = remark.anchor.page + 1
    boxes = [_box(quad) for quad in remark.anchor.overleaf]
    shape = _MARKS.get(remark.kind, Shape.HIGHLIGHT)
    return [marked(shape, index, paper.pages[index], boxes, _renamed(about, "overleaf"))]


def _about(remark: Remark, author: str, name: str) -> About:
    colour = remark.colour if COLOUR.fullmatch(remark.colour) else _USUAL_COLOUR
    red, green, blue = (int(colour[begin : begin + 2], 16) / 255 for begin in (1, 3, 5))
    return About(
        name=name,
        text=remark.text or remark.anchor.quote,
        author=author,
        colour=(red, green, blue),
        made_at=remark.made_at,
        changed_at=remark.changed_at,
    )


def _renamed(about: About, part: str) -> About:
    return replace(about, name=f"{about.name}-{part}")


def _title(remark: Remark) -> str:
    said = " ".join((remark.text or remark.anchor.quote).split()) or f"Trang {remark.anchor.page + 1}"
    return said if len(said) <= _TITLE else said[: _TITLE - 1] + "…"


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )


def _box(quad: Quad) -> Box:
    (x0, x1), (y0, y1) = sorted((quad.x0, quad.x1)), sorted((quad.y0, quad.y1))
    return Box(x0=x0 / HUNDREDTHS, y0=y0 / HUNDREDTHS, x1=x1 / HUNDREDTHS, y1=y1 / HUNDREDTHS)
