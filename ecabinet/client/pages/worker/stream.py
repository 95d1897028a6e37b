"""A paper's bytes as the library reads them: asked of the client a few chunks at a time, and most of them never.

The bindings know no stream of one's own. So one over a few bytes is made by the library, and its two functions are
replaced in place, in the public structure of `mupdf/fitz/stream.h`; `verify` sees at the start that it is laid out so.
No exception may pass through the library's C, so the worker ends where the client does not answer.
"""

import ctypes
import json
import os
from collections import OrderedDict
from collections.abc import Iterable
from multiprocessing.connection import Connection
from typing import Any, Final

from pymupdf import mupdf

from ecabinet.client.pages.shared import CHUNK, Borrowed

_AHEAD: Final = 1, 4, 16
"""Chunks asked for at once: where reading begins, where it goes on, and from then on."""
_EOF: Final = -1
_SEED: Final = b"%PDF-1.7"
_FROM_END: Final = 2  # SEEK_END; the library turns SEEK_CUR into SEEK_SET

_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_SEEK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int)


class _Structure(ctypes.Structure):
    """struct fz_stream. What lies between `rp` and `wp` has been read but not taken, and `pos` is the place of `wp`."""

    _fields_ = (
        ("refs", ctypes.c_int),
        ("error", ctypes.c_int),
        ("eof", ctypes.c_int),
        ("progressive", ctypes.c_int),
        ("pos", ctypes.c_int64),
        ("avail", ctypes.c_int),
        ("bits", ctypes.c_int),
        ("rp", ctypes.c_void_p),
        ("wp", ctypes.c_void_p),
        ("state", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("drop", ctypes.c_void_p),
        ("seek", ctypes.c_void_p),
    )
    refs: int
    pos: int
    rp: int
    wp: int
    state: int | None
    next: int | None
    drop: int | None
    seek: int | None


class Window:
    """What of a paper is here: chunks in memory that the client writes, those used last."""

    def __init__(self, connection: Connection, block: Borrowed, *, paper: int, size: int) -> None:
        self.size = size
        self._connection, self._block, self._paper = connection, block, paper
        self._room = len(block.memory) // CHUNK
        self._places: OrderedDict[int, int] = OrderedDict()
        """Chunks by their number, the one used last at the end, and where in the block they are."""
        self._following, self._ahead = 0, 0

    def chunk(self, number: int) -> bytes:
        """One chunk; the last may be short. Not beyond the end."""
        if number not in self._places:
            self._ahead = min(self._ahead + 1, len(_AHEAD) - 1) if number == self._following else 0
            self._fetch(range(number, number + (self._room if self.holds_all else _AHEAD[self._ahead])))
        self._following = number + 1
        self._places.move_to_end(number)
        place = self._places[number] * CHUNK
        return bytes(self._block.memory[place : place + min(CHUNK, self.size - number * CHUNK)])

    def begin(self, count: int) -> bytes:
        """The first bytes of the paper."""
        return self.chunk(0)[:count]

    def fetch_around(self, offsets: Iterable[int]) -> None:
        """Have at once what one is about to read, as far as there is room."""
        self._fetch(sorted({offset // CHUNK for offset in offsets if 0 <= offset < self.size}))

    @property
    def at_once(self) -> int:
        """So many places may be named to `fetch_around`."""
        return max(self._room // 2, 1)

    @property
    def holds_all(self) -> bool:
        """Whether the whole paper is had at once."""
        return self.size <= self._room * CHUNK

    def _fetch(self, numbers: Iterable[int]) -> None:
        last = (self.size - 1) // CHUNK
        missing = [number for number in numbers if number <= last and number not in self._places][: self._room]
        wanted = []
        for number in missing:
            is_full = len(self._places) == self._room
            place = self._places.popitem(last=False)[1] if is_full else len(self._places)
            self._places[number] = place
            wanted.append([number, place])
        if wanted:
            self._connection.send_bytes(json.dumps({"wanted": wanted, "paper": self._paper}).encode())
            self._connection.recv_bytes()


class Stream:
    """The library's stream over a window. It must outlive every document that is read from it."""

    def __init__(self, window: Window) -> None:
        self.stream = mupdf.fz_open_memory(mupdf.python_buffer_data(_SEED), len(_SEED))
        inside = _Structure.from_address(int(self.stream.m_internal.this))
        reading = _Reading(window, inside)
        self._functions = _NEXT(reading.next), _SEEK(reading.seek)
        inside.next, inside.seek = map(_address, self._functions)


class _Reading:
    """What the library calls. It knows nothing of the stream that it serves, so that both go when that is let go of."""

    def __init__(self, window: Window, inside: _Structure) -> None:
        self._window, self._inside = window, inside
        self._show(b"", 0)

    def next(self, _context: int, _stream: int, _most: int) -> int:
        """The first of the bytes that come next, all of which are shown from now on."""
        place = self._inside.pos
        if place >= self._window.size:
            return _EOF
        number, skipped = divmod(place, CHUNK)
        try:
            chunk = self._window.chunk(number)
        except BaseException:  # noqa: BLE001 - the client has gone: see above
            os._exit(1)
        self._show(chunk, number * CHUNK)
        self._inside.rp += skipped + 1
        return chunk[skipped]

    def seek(self, _context: int, _stream: int, offset: int, whence: int) -> None:
        """Go to a place; what is shown already is not shown anew."""
        wanted = min(max(offset + (self._window.size if whence == _FROM_END else 0), 0), self._window.size)
        back = self._inside.pos - wanted
        if 0 <= back <= len(self._chunk):
            self._inside.rp = self._inside.wp - back
        else:
            self._show(b"", wanted)

    def _show(self, chunk: bytes, begin: int) -> None:
        self._chunk = chunk
        address = _address(ctypes.c_char_p(chunk))
        self._inside.rp, self._inside.wp, self._inside.pos = address, address + len(chunk), begin + len(chunk)


def _address(pointer: Any) -> int:
    """Where it points. Not by `ctypes.cast`, which has what it is given hold itself until a collector comes by."""
    return ctypes.c_void_p.from_buffer(pointer).value or 0


def verify() -> None:
    """Raises RuntimeError when the library's structure is not the one known here."""
    made = mupdf.fz_open_memory(mupdf.python_buffer_data(_SEED), len(_SEED))
    inside = _Structure.from_address(int(made.m_internal.this))
    shown = ctypes.string_at(inside.rp, len(_SEED)) if inside.wp - inside.rp == len(_SEED) else b""
    is_known = inside.refs == 1 and inside.pos == len(_SEED) and shown == _SEED and inside.next and inside.seek
    if not is_known or inside.state or inside.drop:
        raise RuntimeError("this version of the PDF library has other streams")
