"""Notes in files: what `ecabinet notes` reads and prints. The form is in docs/notes.md."""

import hashlib
import json
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from ecabinet.client.desk.carrying import crossing
from ecabinet.client.desk.exports import COLOUR, Form, Remark, export_notes, stands_in, words_of
from ecabinet.client.pages import Pages, Paper
from ecabinet.core import codec
from ecabinet.core.canonical import Value
from ecabinet.core.codec import Digest, MalformedError
from ecabinet.core.notes import NoteEdit, heads
from ecabinet.core.notes.carrying import Carried

_DECIMALS = 3
_SHELF = "Dấu trang · Bookmarks"


class BadNotes(Exception):
    """The file holds no notes in the form they have; `str()` is the path of the member that is wrong, or `JSON`."""


class Flaw(StrEnum):
    """Why nothing can be exported."""

    UNKNOWN_FORM = "unknown_form"
    """The file's name ends neither in .pdf nor in .json or .jsonld."""
    NO_FILE = "no_file"
    """Where the file should be there is something else: a folder, a device."""
    WOULD_OVERWRITE = "would_overwrite"
    """The file to write is the paper, or the notes."""
    OTHER_PAPER = "other_paper"
    """None of the notes is on this version of the paper."""


class BadExport(Exception):
    """What was asked for can't be written. Nothing was."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def read_notes(path: Path) -> Sequence[NoteEdit]:
    """The surviving states of the notes in a file. Raises BadNotes, OSError."""
    try:
        listed = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadNotes("JSON") from error
    if not isinstance(listed, list):
        raise BadNotes("JSON")
    edits = [_read_edit(number, each) for number, each in enumerate(listed)]
    notes = dict.fromkeys(edit.note for edit in edits)
    return [state for note in notes for state in heads(edit for edit in edits if edit.note == note)]


def carry_files(old: Path, new: Path, notes: Path) -> str:
    """A JSON array, a line for each surviving state of each note. Raises BadNotes, OSError, PaperRefused."""
    states = read_notes(notes)
    with Pages() as pages:
        before, after = open_file(pages, old), open_file(pages, new)
        way = crossing(pages, before, after, digest=hashlib.sha256(new.read_bytes()).hexdigest())
        known = hashlib.sha256(old.read_bytes()).hexdigest()
        lines = [_line(state, way.carry(state.kind, state.anchor), known) for state in states]
    return "[" + ",\n ".join(lines) + "]"


def export_files(paper: Path, notes: Path, out: Path, *, form: Form | None, author: str, takes_all: bool) -> str:
    """Writes notes out as `exports` does, and says in a JSON object what became of them.

    Without a `form`, the ending of `out` tells it. A note whose `digest` is another file's is taken if the words that
    it quotes stand there in this paper too; `takes_all` has it taken unseen. Raises BadNotes, BadExport, OSError,
    PaperRefused, PageUnreadable.
    """
    wanted = form or Form.of(out)
    if wanted is None:
        raise BadExport(Flaw.UNKNOWN_FORM)
    states = read_notes(notes)
    for number, state in enumerate(states):
        if not COLOUR.fullmatch(state.colour):
            raise BadNotes(f"[{number}].colour")
    if out.exists() and not out.is_file():
        raise BadExport(Flaw.NO_FILE)
    if out.exists() and (out.samefile(paper) or out.samefile(notes)):
        raise BadExport(Flaw.WOULD_OVERWRITE)
    with Pages() as pages:
        opened, digest = open_file(pages, paper), hashlib.sha256(paper.read_bytes()).hexdigest()
        remarks = [_remark(state) for state in states]
        others = [each for each in remarks if each.anchor.digest != digest and not each.is_deleted]
        if others:
            taken = set(others) if takes_all else _standing(pages, opened, others)
            remarks = [each.on(digest) if each in taken else each for each in remarks]
            if all(each.is_deleted or each.anchor.digest != digest for each in remarks):
                raise BadExport(Flaw.OTHER_PAPER)
        exported = export_notes(pages, opened, digest, remarks, out.resolve(), form=wanted, author=author, shelf=_SHELF)
    left_out = [{"edit": edit, "reason": reason} for edit, reason in exported.left_out]
    return json.dumps({"file": str(out), "written": len(exported.written), "left_out": left_out}, ensure_ascii=False)


def _standing(pages: Pages, paper: Paper, remarks: Sequence[Remark]) -> set[Remark]:
    """Those whose words stand there in this paper too."""
    last = max(each.anchor.page for each in remarks) + 1
    text = words_of(pages, paper, min(last, len(paper.pages) - 1))
    return {each for each in remarks if stands_in(text, each.anchor)}


def _remark(state: NoteEdit) -> Remark:
    return Remark(
        edit=state.edit,
        note=state.note,
        kind=state.kind,
        anchor=state.anchor,
        text=state.text,
        colour=state.colour,
        changed_at=state.made_at,
        is_deleted=state.is_deleted,
    )


def _line(state: NoteEdit, carried: Carried, old: Digest) -> str:
    anchor = carried.anchor
    return json.dumps(
        {
            "note": state.note,
            "edit": state.edit,
            "is_on_old": state.anchor.digest == old,
            "outcome": carried.outcome,
            "reason": carried.reason,
            "page": None if anchor is None else anchor.page,
            "quads": [] if anchor is None else [codec.to_value(quad) for quad in anchor.quads],
            "score": round(carried.score, _DECIMALS),
            "margin": round(carried.margin, _DECIMALS),
            "anchor": None if anchor is None else codec.to_value(anchor),
        },
        ensure_ascii=False,
    )


def open_file(pages: Pages, path: Path) -> Paper:
    """Opens a paper that lies in a file. Raises OSError, PaperRefused."""
    known = path.stat()

    def read(offset: int, into: memoryview) -> None:
        with path.open("rb", buffering=0) as file:
            now = os.fstat(file.fileno())
            file.seek(offset)
            is_same = (now.st_size, now.st_mtime_ns) == (known.st_size, known.st_mtime_ns)
            if not is_same or file.readinto(into) != len(into):
                raise OSError(f"{path} changed while it was read")

    return pages.open(known.st_size, read)


def _read_edit(number: int, value: Value) -> NoteEdit:
    try:
        return codec.from_value(NoteEdit, value)
    except MalformedError as error:
        raise BadNotes(f"[{number}].{error.place}") from error
