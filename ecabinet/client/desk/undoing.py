"""What was done to the notes of a paper, step by step, so that it can be undone: by further edits, never by forgetting.

A step is undone only as far as nobody has built on it since: an edit that came from another device stays, and so does
what it replaced. The steps last until the profile is locked, and belong to the serial lane.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ecabinet.core.codec import Identifier
from ecabinet.core.notes import NoteEdit

_KEPT = 500
"""Steps of a paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one note was, and became. It was nothing before it was made."""

    was: tuple[NoteEdit, ...]
    became: tuple[NoteEdit, ...]


Step = tuple[Change, ...]
"""What one act of the reader changed: several notes where an eraser went over them."""


@dataclass(slots=True)
class _Stacks:
    done: deque[Step] = field(default_factory=lambda: deque(maxlen=_KEPT))
    undone: deque[Step] = field(default_factory=lambda: deque(maxlen=_KEPT))


class History:
    """The steps of every paper. Whoever undoes one writes the edits, and tells what they are."""

    def __init__(self) -> None:
        self._papers: dict[Identifier, _Stacks] = {}
        self._renamed: dict[Identifier, Identifier] = {}

    def add(self, document: Identifier, step: Step) -> None:
        """Something was done. What was undone before can't be done again."""
        stacks = self._of(document)
        stacks.done.append(step)
        stacks.undone.clear()

    def last_done(self, document: Identifier) -> Step | None:
        """What is undone next."""
        done = self._of(document).done
        return done[-1] if done else None

    def last_undone(self, document: Identifier) -> Step | None:
        """What is done again next."""
        undone = self._of(document).undone
        return undone[-1] if undone else None

    def undone(self, document: Identifier, back: Step) -> None:
        """The last step was undone; `back` leads from there to what it had made. Without changes it is forgotten."""
        stacks = self._of(document)
        stacks.done.pop()
        if back:
            stacks.undone.append(back)

    def redone(self, document: Identifier, back: Step) -> None:
        """As `undone`, of what was undone last."""
        stacks = self._of(document)
        stacks.undone.pop()
        if back:
            stacks.done.append(back)

    def rename(self, edit: Identifier, by: Identifier) -> None:
        """A state was written once more: steps that speak of the one now mean the other."""
        self._renamed[edit] = by

    def ids(self, states: Sequence[NoteEdit]) -> tuple[Identifier, ...]:
        """Under which ids states stand now."""
        return tuple(self._now(state.edit) for state in states)

    def _now(self, edit: Identifier) -> Identifier:
        while edit in self._renamed:
            edit = self._renamed[edit]
        return edit

    def _of(self, document: Identifier) -> _Stacks:
        return self._papers.setdefault(document, _Stacks())
