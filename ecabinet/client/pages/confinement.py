"""What the page process may do, on top of holding no key: compute, and answer the client. Nothing else, for good.

The last line of defence behind the PDF library: a paper that takes over the worker finds itself with one pipe to the
client and the paper it brought. On Linux the kernel (seccomp) takes the few calls that working on pages needs and
refuses every other: so no file is opened, made, changed or removed, no network reached, no process started, signalled
or looked into. On macOS and other systems only memory and core files are bounded, on Windows nothing is.
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
_RETURN: Final = 0x06
_NICENESS: Final = 3  # windows come before pages

# What a worker is seen to do (strace) while it reads, draws, examines and ends, and what the C library may do instead.
_CALLS: Final = {
    # name: numbers on x86-64 and aarch64
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "setitimer": (38, 103),
    "getpid": (39, 172),
    "recvmsg": (47, 212),  # takes the blocks that the client hands over
    "getsockname": (51, 204),  # which Python asks of the pipe before that
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
_DUPLICATE: Final = 1030  # F_DUPFD_CLOEXEC: by other commands fcntl has signals sent to any process of this user
_MACHINES: Final = {
    # AUDIT_ARCH, which of the numbers, fcntl
    "x86_64": (0xC000003E, 0, 72),
    "aarch64": (0xC00000B7, 1, 25),
}


def confine(memory: int) -> bool:
    """Confine this process, for good; it may still grow by `memory` bytes. Call once everything needed is imported.

    It must have one thread, as only that is confined. True when the kernel now refuses all but `_CALLS`.
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
    program = _filter(os.uname().machine)
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


def _filter(machine: str) -> bytes | None:
    """The seccomp program: struct sock_filter {u16 code; u8 jt; u8 jf; u32 k}, one after another."""
    if machine not in _MACHINES or sys.maxsize < 1 << 32:
        return None
    architecture, column, fcntl = _MACHINES[machine]
    calls = [numbers[column] for numbers in _CALLS.values()]
    count = len(calls)
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_IF_EQUAL, 0, count + 4, architecture),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        *((_JUMP_IF_EQUAL, count - index + 3, 0, call) for index, call in enumerate(calls)),
        (_JUMP_IF_EQUAL, 0, 2, fcntl),
        (_LOAD, 0, 0, 24),  # seccomp_data.args[1], its lower half
        (_JUMP_IF_EQUAL, 1, 0, _DUPLICATE),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
