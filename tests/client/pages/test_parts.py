"""The parts around the worker: shared memory of both kinds, confinement, geometry, the order of blocks."""

import fcntl
import gc
import json
import multiprocessing
import resource
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.client.pages import confinement
from ecabinet.client.pages.content import Box, Matrix, Page
from ecabinet.client.pages.layout import reading_order
from ecabinet.client.pages.shared import Block, Frames, NamedBlock, NamelessBlock
from tests.client.pages.other_side import mirror

ROOT = Path(__file__).parents[3]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
both_kinds = pytest.mark.parametrize("kind", [pytest.param(NamelessBlock, marks=on_linux), NamedBlock])

# -- shared memory


@both_kinds
def test_both_sides_see_the_same_bytes(kind: type[Block]) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    other = context.Process(target=mirror, args=(there,))
    other.start()
    there.close()
    for is_writable in (True, False):
        for size in (1, 4096, 100_001):
            block = kind(size)
            block.memory[:] = before = bytes(index % 251 for index in range(size))
            here.send_bytes(json.dumps({"size": size, "name": block.name, "is_writable": is_writable}).encode())
            block.lend(here, other.pid or 0)
            assert here.recv_bytes() == (b"writable" if is_writable else b"read-only")
            assert bytes(block.memory) == (before[::-1] if is_writable else before)
    here.close()
    other.join(10)
    assert other.exitcode == 0


@both_kinds
def test_a_frame_comes_back_when_its_last_view_is_gone(kind: type[Block]) -> None:
    frames = Frames(kind)
    block = frames.take(3_000_000)
    assert 3_000_000 <= block.size < 5_000_000
    view = frames.lease(block, 3_000_000)
    part = view[10:20]
    del view
    assert frames.take(3_000_000) is not block
    del part
    assert frames.take(3_000_000) is block


@both_kinds
def test_frames_keep_few_free_blocks(kind: type[Block]) -> None:
    frames = Frames(kind)
    blocks = [frames.take(20 << 20) for _ in range(5)]
    for block in blocks:
        frames.give_back(block)
    assert frames.surplus() == blocks[:2]
    assert frames.take(20 << 20) is blocks[2]
    assert frames.take(1 << 20) not in blocks  # not many times as large as wanted


@on_linux
def test_the_size_of_a_nameless_block_is_sealed() -> None:
    block = NamelessBlock(1 << 20)
    with pytest.raises(PermissionError):
        fcntl.fcntl(block._handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    assert fcntl.fcntl(block._handle, fcntl.F_GET_SEALS) == (
        fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    )


@on_linux
def test_a_named_block_is_gone_with_its_owner() -> None:
    block = NamedBlock(5000)
    file = Path("/dev/shm") / (block.name or "")  # noqa: S108
    assert file.exists()
    del block
    gc.collect()
    assert not file.exists()


# -- confinement

CONFINED = """
import ctypes, fcntl, os, resource, signal, socket, subprocess, sys
from ecabinet.client.pages.confinement import confine

folder = sys.argv[1]
path = os.path.join(folder, "vault.db")
bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
kept = os.open(path, os.O_RDWR)
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
def attach():
    if ptrace(16, bystander.pid, 0, 0):
        raise OSError(ctypes.get_errno(), "ptrace")
attempts = {
    "open": lambda: open("/etc/hostname"),
    "create": lambda: os.open(os.path.join(folder, "new"), os.O_CREAT | os.O_WRONLY),
    "look": lambda: os.stat(path),
    "list": lambda: os.listdir(folder),
    "remove": lambda: os.unlink(path),
    "rename": lambda: os.rename(path, path + "2"),
    "truncate": lambda: os.truncate(path, 0),
    "truncate what is open": lambda: os.ftruncate(kept, 0),
    "change mode": lambda: os.chmod(folder, 0o777),
    "symbolic link": lambda: os.symlink("/etc", os.path.join(folder, "link")),
    "link": lambda: os.link(path, os.path.join(folder, "link")),
    "pipe": lambda: os.mkfifo(os.path.join(folder, "pipe")),
    "folder": lambda: os.mkdir(os.path.join(folder, "folder")),
    "change folder": lambda: os.chdir(folder),
    "network": lambda: socket.socket(),
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "process": lambda: os.fork() or os._exit(0),
    "kill": lambda: os.kill(bystander.pid, signal.SIGKILL),
    "signals by a pipe": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, bystander.pid),
    "trace": attach,
    "limits": lambda: resource.prlimit(bystander.pid, resource.RLIMIT_CPU, (0, 0)),
    "priority": lambda: os.nice(1),
}
print(confine(64 << 20))
print(*(name for name, attempt in attempts.items() if not is_refused(attempt)), sep=",")
try:
    [bytearray(16 << 20) for _ in range(8)]
except MemoryError:
    print("stays small")
print(len(bytearray(16 << 20)), flush=True)
sys.stdin.read()
"""
IS_REFUSED = """
def is_refused(attempt):
    try:
        attempt()
    except PermissionError:
        return True
    return False
"""


@on_linux
def test_a_confined_process_can_do_nothing_but_compute_and_stays_small(tmp_path: Path) -> None:
    vault = tmp_path / "vault.db"
    vault.write_bytes(b"sealed")
    command = [sys.executable, "-c", IS_REFUSED + CONFINED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as confined:
        assert confined.stdout is not None
        told = [confined.stdout.readline().rstrip("\n") for _ in range(4)]
        core = resource.prlimit(confined.pid, resource.RLIMIT_CORE)
        confined.communicate()
    assert told == ["True", "", "stays small", str(16 << 20)]
    assert core == (0, 0)
    assert confined.returncode == 0
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("vault.db", b"sealed")]


def takes(program: bytes, architecture: int, call: int, *arguments: int) -> bool:
    """What the kernel does with a filter (Documentation/networking/filter), as far as ours goes."""
    seen = struct.pack("=iIQ6Q", call, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = list(struct.iter_unpack("=HBBI", program))
    value = place = 0
    while True:
        code, if_true, if_false, operand = steps[place]
        place += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("=I", seen, operand)
            case 0x15:
                place += if_true if value == operand else if_false
            case _:
                assert code == 0x06
                return bool(operand == 0x7FFF0000)


@pytest.mark.parametrize(
    ("machine", "architecture", "duplicating", "forbidden"),
    [
        (
            "x86_64",
            0xC000003E,
            72,
            {2, 4, 41, 42, 56, 57, 59, 62, 82, 87, 101, 157, 257, 262, 302, 425, 435, 0x40000000},
        ),
        ("aarch64", 0xC00000B7, 25, {35, 38, 45, 56, 79, 117, 129, 198, 203, 220, 221, 261, 276, 425, 435}),
    ],
)
def test_the_filter_takes_what_is_listed_and_refuses_all_else(
    machine: str, architecture: int, duplicating: int, forbidden: set[int]
) -> None:
    program = confinement._filter(machine)
    assert program is not None
    taken = {call for call in [*range(1024), *forbidden] if takes(program, architecture, call)}
    column = ["x86_64", "aarch64"].index(machine)
    assert taken == {numbers[column] for numbers in confinement._CALLS.values()}
    assert not taken & forbidden
    assert takes(program, architecture, duplicating, 3, fcntl.F_DUPFD_CLOEXEC)
    assert not takes(program, architecture, duplicating, 3, fcntl.F_SETOWN)
    assert not any(takes(program, architecture ^ 1, call) for call in taken)
    assert confinement._filter("riscv64") is None


LOADED = """
import sys
from ecabinet.client.pages import worker
print(*sorted(name for name in sys.modules if name.startswith(("ecabinet.", "PySide6", "sqlcipher3", "cryptography"))))
"""


def test_the_worker_loads_its_own_package_and_nothing_else_of_ours() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = done.stdout.split()
    assert "ecabinet.client.pages.worker" in loaded
    assert all(name.startswith("ecabinet.client") for name in loaded)


def test_the_client_does_not_load_the_pdf_library() -> None:
    script = "import sys, ecabinet.client.pages.examination; print('pymupdf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


# -- geometry and order

numbers = st.floats(-1e4, 1e4)


@given(numbers, numbers, st.sampled_from([(1, 0, 0, -1), (0, 1, 1, 0), (-1, 0, 0, 1), (0, -2, -2, 0)]))
def test_the_way_back_leads_back(x: float, y: float, turn: tuple[float, float, float, float]) -> None:
    matrix = Matrix(*turn, 595.0, 842.0)
    assert matrix.inverse().map(*matrix.map(x, y)) == pytest.approx((x, y))


def test_a_flat_matrix_has_no_way_back() -> None:
    with pytest.raises(ValueError, match="flat"):
        Matrix(1, 0, 2, 0, 0, 0).inverse()


def test_a_page_is_as_many_pixels_as_cover_it() -> None:
    page = Page(width=595.276, height=841.89, matrix=Matrix(1, 0, 0, -1, 0, 841.89))
    assert page.pixel_size(1.0) == (596, 842)
    assert page.pixel_size(150 / 72, 90) == (1754, 1241)
    assert page.pixel_size(1e-9) == (1, 1)
    assert page.matrix.map_box(Box(x0=0, y0=0, x1=10, y1=20)) == Box(x0=0, y0=841.89 - 20, x1=10, y1=841.89)


def test_a_good_order_stays_as_it_is() -> None:
    columns = [(0, 20 * row, 90, 20 * row + 15) for row in range(5)] + [
        (100, 20 * row, 190, 20 * row + 15) for row in range(5)
    ]
    assert reading_order(columns) == list(range(10))
    cells = [(row, column) for row in range(9) for column in range(4)]
    table = [(60 * column, 20 * row + column, 60 * column + 50, 20 * row + 18) for row, column in cells]
    assert reading_order(table) == list(range(36))


def test_a_header_and_a_footer_written_in_the_wrong_place_are_moved() -> None:
    footer, body, header = (250, 800, 300, 815), (80, 100, 500, 700), (280, 30, 300, 45)
    assert reading_order([footer, body, header]) == [2, 1, 0]


Bounds = tuple[float, float, float, float]
boxes = st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(1, 200), st.integers(1, 60)).map(
    lambda box: (float(box[0]), float(box[1]), float(box[0] + box[2]), float(box[1] + box[3]))
)


@given(st.lists(boxes, max_size=60))
def test_every_block_is_read_once_and_never_before_one_above_it(blocks: list[Bounds]) -> None:
    order = reading_order(blocks)
    assert sorted(order) == list(range(len(blocks)))
    place = {index: position for position, index in enumerate(order)}
    for upper, (x0, _, x1, y1) in enumerate(blocks):
        for lower, (left, top, right, _) in enumerate(blocks):
            if y1 <= top and x0 < right and left < x1:
                assert place[upper] < place[lower]


def test_a_tangle_of_blocks_is_left_alone() -> None:
    blocks = [(0.0, float(-row), 10.0, float(-row)) for row in range(1000)]
    assert reading_order(blocks) == list(range(1000))
