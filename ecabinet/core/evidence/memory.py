"""What a verifier of many bundles keeps from one to the next: the bundles of a body all bring the same register.

Nothing is kept but what was found good, and found again only under the digests of all the bytes from which it followed;
so that the report on a bundle is the same, whatever bundles came before it.
"""

from collections.abc import Hashable
from typing import TypeAlias

from ecabinet.core.codec import Digest
from ecabinet.core.envelope import Envelope, Opened, open_envelope
from ecabinet.core.register import Register

_LIMIT = 64 * 1024 * 1024
Replay: TypeAlias = tuple[Hashable, ...]
"""Of every statement of a register: leaf, time and envelope digest."""


class Memory:
    """Of one process. When `limit`, in bytes of envelopes, is reached, all is forgotten."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._left = self._limit = limit
        self._opened: dict[tuple[Digest, Digest], Opened] = {}
        self._registers: dict[Replay, Register] = {}

    def open(self, signed: Envelope, digests: tuple[Digest, Digest]) -> Opened:
        """`open_envelope`, where `digests` are those of the statement and of the signature. Raises what that does."""
        known = self._opened.get(digests)
        if known is not None:
            return known
        opened = open_envelope(signed)
        size = len(signed.statement) + len(signed.signature)
        if size > self._left:
            self._left = self._limit
            self._opened.clear()
            self._registers.clear()
        self._left -= size
        self._opened[digests] = opened
        return opened

    def replayed(self, replay: Replay) -> Register | None:
        """The register that these statements made before; nobody adds to it."""
        return self._registers.get(replay)

    def keep(self, replay: Replay, register: Register) -> None:
        """A register that took every one of these statements."""
        if len(self._registers) >= _MOST_REGISTERS:
            self._registers.clear()
        self._registers[replay] = register


_MOST_REGISTERS = 8
"""Each grows with its body."""
