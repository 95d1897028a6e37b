"""Memory that the client and the page process both see.

On Linux a block has no name: it is a memfd handed over the connection. So it can't be opened by name, a small
/dev/shm is no limit, it is gone with the last of the two processes however they end, and its size is sealed: a worker
taken over by a hostile paper can't shrink it under the client's feet. Elsewhere it is `multiprocessing.shared_memory`.
"""

import contextlib
import ctypes
import itertools
import mmap
import os
import queue
import sys
import weakref
from functools import lru_cache
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory

CHUNK = 64 << 10
"""Bytes of a paper that are had at once: as many as are sealed together on the disk."""
_MIB = 1 << 20
_KEPT_FREE = 64 * _MIB
_identities = itertools.count(1)


class NamelessBlock:
    """`size` bytes in a memfd."""

    def __init__(self, size: int) -> None:
        if sys.platform != "linux":
            raise OSError("only Linux has memfd_create")
        import fcntl  # noqa: PLC0415 - no such module on Windows

        self.identity = next(_identities)
        self.size = size
        self._handle = os.memfd_create("ecabinet-pages", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self._handle, size)
            fcntl.fcntl(self._handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
            self._map = mmap.mmap(self._handle, size)
        except BaseException:
            os.close(self._handle)
            raise
        weakref.finalize(self, os.close, self._handle)
        self.memory = memoryview(self._map)
        self.name: str | None = None

    def lend(self, connection: Connection, worker: int) -> None:
        """Send what the other side needs beyond name and size."""
        reduction.send_handle(connection, self._handle, worker)


class NamedBlock:
    """`size` bytes under a name known to this client and its worker alone; as often as wanted, the same name."""

    def __init__(self, size: int) -> None:
        self.identity = next(_identities)
        self.size = size
        self._shared = _Shared(create=True, size=size)
        self.memory = self._shared.view(size)
        self.name: str | None = self._shared.name
        weakref.finalize(self, _discard, self._shared, self.memory)

    def lend(self, connection: Connection, worker: int) -> None:
        """The name says it all."""


class _Shared(SharedMemory):
    """Shared memory that goes, at the latest, with the last view of it, and says nothing about that."""

    def view(self, size: int) -> memoryview:
        if self.buf is None:
            raise ValueError("closed")
        return self.buf[:size]

    def close(self) -> None:
        with contextlib.suppress(BufferError):
            super().close()


def _discard(shared: _Shared, memory: memoryview) -> None:
    with contextlib.suppress(BufferError):
        memory.release()
    shared.close()
    shared.unlink()


Block = NamelessBlock | NamedBlock
NATIVE: type[Block] = NamelessBlock if sys.platform == "linux" else NamedBlock


class Borrowed:
    """The worker's side of a block: its memory, for as long as this is kept."""

    def __init__(self, connection: Connection, *, size: int, name: str | None, is_writable: bool) -> None:
        if name is not None:
            self._shared = _Shared(name=name)
            whole = self._shared.view(size)
            self.memory = whole if is_writable else whole.toreadonly()
            return
        handle = reduction.recv_handle(connection)
        try:
            access = mmap.ACCESS_WRITE if is_writable else mmap.ACCESS_READ
            self.memory = memoryview(mmap.mmap(handle, size, access=access))
        finally:
            os.close(handle)


class Frames:
    """Blocks to draw in. One is used again when nobody holds its pixels any more; some free ones are kept warm.

    For one thread, save that pixels may be let go of in any.
    """

    def __init__(self, kind: type[Block] = NATIVE) -> None:
        self._kind = kind
        self._free: list[Block] = []
        self._returned: queue.SimpleQueue[Block] = queue.SimpleQueue()  # its put() may interrupt itself: collectors do

    def take(self, size: int) -> Block:
        """A block of at least `size` bytes, and not of many times as many."""
        self._collect()
        fitting = [block for block in self._free if size <= block.size <= 2 * size + _MIB]
        if not fitting:
            return self._kind(-(-size // _MIB) * _MIB)
        smallest = min(fitting, key=lambda block: block.size)
        self._free.remove(smallest)
        return smallest

    def give_back(self, block: Block) -> None:
        self._returned.put(block)

    def lease(self, block: Block, size: int) -> memoryview:
        """The first `size` bytes; the block comes back when the last view of them is gone."""
        lease = _lease_type(block.size).from_buffer(block.memory)
        weakref.finalize(lease, self._returned.put, block).atexit = False
        return memoryview(lease).cast("B")[:size]

    def surplus(self) -> list[Block]:
        """Free blocks beyond those worth keeping, which are no longer ours."""
        self._collect()
        gone: list[Block] = []
        while sum(block.size for block in self._free) > _KEPT_FREE:
            gone.append(self._free.pop(0))
        return gone

    def _collect(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._free.append(self._returned.get_nowait())


@lru_cache(maxsize=64)
def _lease_type(size: int) -> type[ctypes.Array[ctypes.c_ubyte]]:
    """A class of arrays that can be watched: plain ctypes arrays take no weak reference."""
    return type("Lease", (ctypes.c_ubyte * size,), {})
