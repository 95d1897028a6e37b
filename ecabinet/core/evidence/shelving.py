"""Statements of a large bundle: they stay in its file, and are read again when they are asked for.

So that a bundle of fifty thousand electors is judged without half a gigabyte of their bytes in memory at once.
"""

import hashlib
from typing import BinaryIO, Final

from ecabinet.core.envelope import Envelope
from ecabinet.core.evidence.container import Content, Flaw, UnreadableBundle

LARGEST_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of a bundle whose statements are all kept."""
_FROM_END: Final = 2  # SEEK_END


def is_large(file: BinaryIO) -> bool:
    """Whether more stands before the end of a file than is kept; of one that is read only once all has to be."""
    if not file.seekable():
        return False
    begins = file.tell()
    size = file.seek(0, _FROM_END) - begins
    file.seek(begins)
    return size > LARGEST_IN_MEMORY


class Shelf:
    """The file of a bundle that begins where it stands now. It has to stay open as long as the bundle is looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._begins = file, file.tell()

    def read(self, at: int, size: int) -> bytes:
        self._file.seek(self._begins + at)
        return self._file.read(size)


class ShelvedEnvelope(Envelope):
    """An envelope on a shelf. What it gives is what stood there at first; else it raises UnreadableBundle."""

    __slots__ = ("_parts", "_shelf", "_stem")
    _shelf: Shelf
    _stem: str
    _parts: tuple[Content, Content]

    def __init__(self, shelf: Shelf, stem: str, statement: Content, signature: Content) -> None:
        for name, value in (("shelf", shelf), ("stem", stem), ("parts", (statement, signature)), ("digest", None)):
            object.__setattr__(self, f"_{name}", value)

    @property
    def statement(self) -> bytes:
        return self.fetched().statement

    @property
    def signature(self) -> bytes:
        return self.fetched().signature

    @property
    def digest(self) -> bytes:
        return self._digest or self.fetched().digest

    def fetched(self) -> Envelope:
        """The same with its bytes."""
        statement, signature = self._parts  # which stands behind it
        both = self._shelf.read(statement.at, signature.at + signature.size - statement.at)
        envelope = Envelope(both[: statement.size], both[signature.at - statement.at :])
        for part, content in ((envelope.statement, statement), (envelope.signature, signature)):
            if hashlib.sha256(part).hexdigest() != content.digest:
                raise UnreadableBundle(Flaw.DAMAGED, self._stem)
        object.__setattr__(self, "_digest", envelope.digest)
        return envelope
