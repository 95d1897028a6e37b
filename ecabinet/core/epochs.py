"""The logs of a body, one after the other: a restored backup begins a new one (proof.md §3).

The tree goes on where the backup ended: the `epoch` statement is its next leaf. What the earlier log had signed beyond
that is lost, and its authors send it again; how far it had come, the registrar says in `last_checkpoint`, signed by
that log. Whoever holds a larger one, or another of that size, holds the proof that this was not so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, origin_of, unverified
from ecabinet.core.codec import AgencyCode
from ecabinet.core.ledger import ProofError

_KEY_SIZE = 32


class Extent(StrEnum):
    """What has become of the leaves of a checkpoint that one of the logs signed."""

    KEPT = "kept"
    """All of them are in the ledger as it is now: that can be proven, and has to be."""
    LOST = "lost"
    """Some were lost with a restored backup, as the registrar has said."""
    CUT_SHORT = "cut_short"
    """There are more than the registrar has named."""
    OTHER = "other"
    """As many as the registrar has named, but not the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One log: its key, and the leaf with which it begins."""

    log_key: LogKey
    begins_at: int


class Epochs:
    """All of them, from the founding on."""

    def __init__(self, body: AgencyCode, log_key: bytes) -> None:
        self._body = body
        self._all: list[Epoch] = []
        self._keys: dict[str, LogKey] = {}
        self._append(1, log_key, 0)
        self._named: dict[str, Checkpoint] = {}

    def __len__(self) -> int:
        """The number of the last."""
        return len(self._all)

    @property
    def last(self) -> Epoch:
        return self._all[-1]

    @property
    def log_keys(self) -> Mapping[str, LogKey]:
        """By origin."""
        return self._keys

    def begin(self, number: int, log_key: bytes, last_checkpoint: str, leaf: int) -> None:
        """The next epoch. Raises ProofError, and stays as it was, unless it is that and names how far the last came.

        It may name a larger checkpoint of an earlier one instead: where somebody turned up with it afterwards.
        """
        if number != len(self) + 1 or len(log_key) != _KEY_SIZE:
            raise ProofError("not the next epoch")
        named = self.open(last_checkpoint)
        known = self._named.get(named.origin)
        least = leaf if named.origin == self.last.log_key.name else 0 if known is None else known.size + 1
        if named.size < least:
            raise ProofError("less than was known already")
        self._named[named.origin] = named
        self._append(number, log_key, leaf)

    def open(self, note: str) -> Checkpoint:
        """The checkpoint in a note that a log of this body signed, in whatever epoch. Raises ProofError."""
        return open_checkpoint(note, self._keys.get(unverified(note).origin, self.last.log_key))

    def end_of(self, origin: str) -> int | None:
        """The leaf with which the next epoch begins; None of the last."""
        if origin == self.last.log_key.name:
            return None
        names = [each.log_key.name for each in self._all]
        following = names.index(origin) + 1
        return self._all[following].begins_at

    def extent(self, checkpoint: Checkpoint) -> Extent:
        """Of a checkpoint that `open` gave."""
        end = self.end_of(checkpoint.origin)
        if end is None or checkpoint.size <= end:
            return Extent.KEPT
        named = self._named.get(checkpoint.origin)
        if named is None or checkpoint.size > named.size:
            return Extent.CUT_SHORT
        return Extent.OTHER if checkpoint.size == named.size and checkpoint.root != named.root else Extent.LOST

    def furthest(self, notes: Iterable[str]) -> str:
        """The one of some notes that the next epoch has to name; one at least is of the last log.

        What an earlier epoch cut short comes before anything of the last; what no log signed counts for nothing.
        """
        return max(notes, key=self._reach)

    def _reach(self, note: str) -> tuple[bool, int]:
        try:
            checkpoint = self.open(note)
        except ProofError:
            return False, -1
        is_short = self.extent(checkpoint) is Extent.CUT_SHORT
        return is_short, checkpoint.size if is_short or checkpoint.origin == self.last.log_key.name else -1

    def _append(self, number: int, key: bytes, leaf: int) -> None:
        log_key = LogKey(name=origin_of(self._body, number), public_key=key)
        self._all.append(Epoch(log_key=log_key, begins_at=leaf))
        self._keys[log_key.name] = log_key
