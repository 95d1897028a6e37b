"""Notes in files: what `ecabinet notes` reads and prints. The form is in docs/notes.md."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from ecabinet.client.desk.carrying import crossing
from ecabinet.client.pages import Pages, Paper
from ecabinet.core import codec
from ecabinet.core.canonical import Value
from ecabinet.core.codec import MalformedError
from ecabinet.core.notes import NoteEdit, heads
from ecabinet.core.notes.carrying import Carried

_DECIMALS = 3


class BadNotes(Exception):
    """The file holds no notes in the form they have; `str()` is the path of the member that is wrong."""


def read_notes(path: Path) -> Sequence[NoteEdit]:
    """The surviving states of the notes in a file. Raises BadNotes, OSError."""
    try:
        listed = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadNotes("JSON") from error
    if not isinstance(listed, list):
        raise BadNotes("[]")
    edits = [_read_edit(number, each) for number, each in enumerate(listed)]
    notes = dict.fromkeys(edit.note for edit in edits)
    return [state for note in notes for state in heads(edit for edit in edits if edit.note == note)]


def carry_files(old: Path, new: Path, notes: Path) -> str:
    """A JSON array, a line for each surviving state of each note. Raises BadNotes, OSError, PaperRefused."""
    states = read_notes(notes)
    with Pages() as pages:
        before, after = open_file(pages, old), open_file(pages, new)
        way = crossing(pages, before, after, digest=hashlib.sha256(new.read_bytes()).hexdigest())
        lines = [_line(state, way.carry(state.kind, state.anchor)) for state in states]
    return "[" + ",\n ".join(lines) + "]"


def _line(state: NoteEdit, carried: Carried) -> str:
    anchor = carried.anchor
    return json.dumps(
        {
            "note": state.note,
            "edit": state.edit,
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
    with path.open("rb") as file:

        def fill(memory: memoryview) -> None:
            if file.readinto(memory) != len(memory):
                raise OSError(f"{path} changed while it was read")

        return pages.open(path.stat().st_size, fill)


def _read_edit(number: int, value: Value) -> NoteEdit:
    try:
        return codec.from_value(NoteEdit, value)
    except MalformedError as error:
        raise BadNotes(f"[{number}].{error.place}") from error
