"""What the page process may not do, on top of holding no key: read files, reach a network, start programs, grow, dump.

The last line of defence behind the PDF library: a paper that takes over the worker finds itself with one pipe to the
client and the paper it brought. On Linux the kernel refuses (seccomp); elsewhere what `resource` offers is used.
"""

import ctypes
import os
import struct
import sys
from typing import Final

# include/uapi/linux/prctl.h, seccomp.h, audit.h, bpf_common.h
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | 1  # EPERM
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_NICENESS: Final = 3  # windows come before pages
_X32: Final = 0x40000000  # x86-64 system calls of the x32 kind would slip past the list

# open openat openat2 creat · socket connect · execve execveat · ptrace process_vm_readv, _writev · io_uring_setup
_REFUSED: Final = {
    "x86_64": (0xC000003E, (2, 257, 437, 85, 41, 42, 59, 322, 101, 310, 311, 425)),
    "aarch64": (0xC00000B7, (56, 437, 198, 203, 221, 281, 117, 270, 271, 425)),
}


def confine(memory: int) -> bool:
    """Confine this process, for good; it may still grow by `memory` bytes. Call once everything needed is imported.

    True when the kernel now refuses files, sockets and programs.
    """
    if sys.platform == "win32":
        return False
    import resource  # noqa: PLC0415 - no such module on Windows

    os.nice(_NICENESS)
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, _private_bytes() + memory)):
        _, hard = resource.getrlimit(limit)
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bounded, bounded))
    if sys.platform != "linux":
        return False
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holds a paper, no process of this user looks inside
    program = _filter()
    if program is None or prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    instructions = ctypes.create_string_buffer(program, len(program))
    descriptor = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(descriptor), 0, 0) == 0)


def _private_bytes() -> int:
    """Private memory already taken, which is what RLIMIT_DATA counts on Linux; shared blocks are not in it."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib is not loaded here
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData:"))


def _filter() -> bytes | None:
    """The seccomp program: struct sock_filter {u16 code; u8 jt; u8 jf; u32 k}, one after another."""
    machine = os.uname().machine
    if machine not in _REFUSED or sys.maxsize < 1 << 32:
        return None
    architecture, calls = _REFUSED[machine]
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_IF_EQUAL, 0, len(calls) + 3, architecture),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_JUMP_IF_AT_LEAST, len(calls) + 1, 0, _X32),
        *((_JUMP_IF_EQUAL, len(calls) - index, 0, call) for index, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
