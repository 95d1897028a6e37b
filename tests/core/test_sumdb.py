"""Go's own checks of a transparency log, `sumdb/tlog` and `sumdb/note`, take our proofs and notes, and no others.

Where Debian's Go is installed: `apt-get install golang-go golang-golang-x-mod-dev`.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, origin_of
from ecabinet.core.ledger import NO_TAG, Entry, ProofError, Tree, leaf_hash, verify_consistency, verify_inclusion

LIBRARY = Path("/usr/share/gocode")
LARGEST = 40

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None or not (LIBRARY / "src/golang.org/x/mod").is_dir(),
    reason="Debian's golang-go and golang-golang-x-mod-dev are not installed",
)

Ask = Callable[..., bool]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Whether Go is content."""
    folder = tmp_path_factory.mktemp("go")
    built = folder / "sumdb"
    where = {"GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    source = Path(__file__).with_name("sumdb") / "main.go"
    command = ["go", "build", "-o", str(built), str(source)]
    subprocess.run(command, check=True, env={**os.environ, **where}, timeout=200)
    with subprocess.Popen([built], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as go:
        assert go.stdin is not None
        assert go.stdout is not None
        said, heard = go.stdin, go.stdout

        def ask(**question: object) -> bool:
            said.write(json.dumps(question) + "\n")
            said.flush()
            answer = heard.readline()
            assert answer.endswith("\n"), "Go's program has ended"
            return answer == "\n"

        yield ask
        said.close()


ENTRIES = [
    bytes(Entry(tag=NO_TAG, envelope_digest=bytes([number] * 32), accepted_at=datetime(2026, 11, 24, tzinfo=UTC)))
    for number in range(LARGEST)
]
TREE = Tree(map(leaf_hash, ENTRIES))


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spoilt(proof: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """As it is, and then in ways that prove nothing."""
    yield proof
    yield (*proof, bytes(32))
    if proof:
        yield proof[:-1]
        yield (*proof[:-1], bytes(32))
        yield proof[::-1]


def holds(check: Callable[[], object]) -> bool:
    with suppress(ProofError):
        check()
        return True
    return False


def test_inclusion(ask: Ask) -> None:
    seen = {True: 0, False: 0}
    for size in range(1, LARGEST + 1):
        root = TREE.root(size)
        for index in range(size):
            leaf = leaf_hash(ENTRIES[index])
            for proof in spoilt(TREE.inclusion_proof(index, size)):
                ours = holds(lambda: verify_inclusion(leaf, index, size, proof, root))  # noqa: B023 - called here
                path = [coded(each) for each in proof]
                assert ask(entry=coded(ENTRIES[index]), index=index, size=size, root=coded(root), proof=path) is ours
                seen[ours] += 1
    assert seen[True] >= LARGEST * (LARGEST + 1) // 2
    assert seen[False] > seen[True]


def test_consistency(ask: Ask) -> None:
    seen = {True: 0, False: 0}
    for size in range(1, LARGEST + 1):
        for earlier in range(1, size + 1):
            roots = TREE.root(earlier), TREE.root(size)
            for proof in spoilt(TREE.consistency_proof(earlier, size)):
                ours = holds(lambda: verify_consistency(earlier, size, proof, *roots))  # noqa: B023 - called here
                before, after = map(coded, roots)
                path = [coded(each) for each in proof]
                theirs = ask(earlierSize=earlier, earlierRoot=before, size=size, root=after, proof=path)
                assert theirs is ours
                seen[ours] += 1
    assert seen[True] >= LARGEST * (LARGEST + 1) // 2
    assert seen[False] > seen[True]


def test_the_logs_signature(ask: Ask) -> None:
    private, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    key = LogKey(name=origin_of("H49.1", 1), public_key=private.public_key().public_bytes_raw())
    checkpoint = Checkpoint(origin=key.name, size=LARGEST, root=TREE.root())
    note = checkpoint.signed(private)
    for each, is_good in (
        (note, True),
        (note.replace(f"\n{LARGEST}\n", f"\n{LARGEST + 1}\n"), False),
        (checkpoint.signed(other), False),
        (note.rstrip("\n"), False),
        (note.replace("— ", "- "), False),
    ):
        assert ask(note=each, key=key.note_key.text()) is is_good
        assert holds(lambda: open_checkpoint(each, key)) is is_good  # noqa: B023 - called here
