"""A strict reader of DER (X.690), and the few lines it takes to write it.

Promises: a header is accepted in its one DER form only (definite, minimal length; one-byte tags, which is all that CMS
and X.509 use), nothing is read past the enclosing element, and nothing is left over unseen. What an element means, and
whether its contents are in DER, is for the caller, who compares them with the only contents that he knows.
"""

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06

_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_LENGTH_OCTETS = range(1, 5)


class NotDer(ValueError):
    """The bytes are not DER: cut short, trailing, of indefinite or needlessly long length."""


class Unexpected(ValueError):
    """The bytes may be DER, but another element stands where one was expected."""


class Reader:
    """Reads the elements in `data[start:end]` one after the other."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def is_finished(self) -> bool:
        """Whether every element was read."""
        return self._at == self._end

    def finish(self) -> None:
        """Refuse elements that were not read."""
        if self._at != self._end:
            raise Unexpected

    def expect(self, element: bytes) -> None:
        """Read exactly this element, header and contents."""
        stop = self._at + len(element)
        if self._data[self._at : stop] != element or stop > self._end:
            self._header()
            raise Unexpected
        self._at = stop

    def enter(self, tag: int) -> "Reader":
        """Read an element's header and return a reader of its contents."""
        start, stop = self._open(tag)
        return Reader(self._data, start, stop)

    def contents(self, tag: int) -> bytes:
        """Read an element and return its contents."""
        start, stop = self._open(tag)
        return self._data[start:stop]

    def element(self, tag: int) -> bytes:
        """Read an element and return it whole, header and contents."""
        before = self._at
        _, stop = self._open(tag)
        return self._data[before:stop]

    def has(self, tag: int) -> bool:
        """Whether an element with this tag comes next."""
        return self._at < self._end and self._data[self._at] == tag

    def _open(self, tag: int) -> tuple[int, int]:
        found, start, stop = self._header()
        if found != tag:
            raise Unexpected
        self._at = stop
        return start, stop

    def _header(self) -> tuple[int, int, int]:
        """The tag of the next element and where its contents start and stop."""
        data, at, end = self._data, self._at, self._end
        if at + 2 > end:
            raise (Unexpected if at == end else NotDer)
        tag, length, start = data[at], data[at + 1], at + 2
        if tag & _LONG_TAG == _LONG_TAG:
            raise Unexpected
        if length >= _LONG_LENGTH:
            size = length - _LONG_LENGTH  # none is the indefinite form
            if size not in _LENGTH_OCTETS or start + size > end:
                raise NotDer
            length = int.from_bytes(data[start : start + size], "big")
            if length < _LONG_LENGTH or length >> 8 * (size - 1) == 0:
                raise NotDer
            start += size
        stop = start + length
        if stop > end:
            raise NotDer
        return tag, start, stop


def encode(tag: int, *contents: bytes) -> bytes:
    """One element of these contents."""
    body = b"".join(contents)
    length = len(body)
    if length < _LONG_LENGTH:
        return bytes((tag, length)) + body
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG_LENGTH | size)) + length.to_bytes(size, "big") + body


def encode_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return encode(OBJECT_IDENTIFIER, bytes(octets))
