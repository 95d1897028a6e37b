"""A live server and its witnesses: cosigned in the background, never waited for, never fooled."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.checkpoint import open_checkpoint
from ecabinet.core.cosignature import open_cosignatures, witness_key
from ecabinet.core.evidence import Check, ExitCode, Verdict, check, read
from ecabinet.core.people import Role
from ecabinet.core.protocol import Path, Refused
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import NoteKey
from ecabinet.server import checkup
from ecabinet.server.settings import Settings
from ecabinet.server.witnesses import BadWitness, WitnessAddress
from tests.bundles import sealed
from tests.server.live import LiveCabinet, Process
from tests.witness.parties import ROOT, WitnessProcess

pytestmark = pytest.mark.long

Start = Callable[..., Process]
PATIENCE = 30.0
CONFLICT = "conflict: it has cosigned 3 entries, and these are not their continuation"


@pytest.fixture
def witness(tmp_path: FilePath) -> Iterator[Callable[..., WitnessProcess]]:
    """Starts witnesses that know no log yet; they are stopped at the end."""
    processes: list[WitnessProcess] = []

    def start(name: str, *options: str) -> WitnessProcess:
        process = WitnessProcess(tmp_path / name, *options, name=f"{name}.example")
        process.knows()
        process.start()
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.stop()


def address(process: WitnessProcess) -> list[str]:
    return ["--witness", f"{process.said['verifier_key']} {process.url}"]


def founded(process: Process, *keys: NoteKey, quorum: int = 1) -> LiveCabinet:
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.found(witnesses=WitnessPolicy(quorum=quorum, keys=tuple(key.text() for key in keys)))
    return cabinet


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives once it gives something."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        if found := look():
            return found
        waiting.wait(0.1)
    raise AssertionError("it never came")


def cosigned(cabinet: LiveCabinet, *keys: NoteKey) -> Callable[[], str | None]:
    """The newest checkpoint, once all of these have cosigned it."""

    def look() -> str | None:
        note = cabinet.server.send("GET", cabinet.path(Path.CHECKPOINT, epoch=1)).data.decode()
        assert open_checkpoint(note, cabinet.log_key).size == len(cabinet.ledger)
        return note if len(open_cosignatures(note, keys)) == len(keys) else None

    return look


def log(process: Process) -> list[dict[str, Any]]:
    return [said for line in process.log.read_text().splitlines() if (said := json.loads(line))["event"] == "witness"]


def forget(cabinet: LiveCabinet, size: int) -> None:
    """Goes on from where the ledger had so many entries."""
    cabinet.ledger, cabinet.receipts = cabinet.ledger[:size], cabinet.receipts[:size]


@contextmanager
def silent_listener() -> Iterator[str]:
    """Somebody who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_witnesses_cosign_and_the_bundle_is_proven_by_the_signed_policy(
    start: Start, witness: Callable[..., WitnessProcess], kind: str
) -> None:
    audit, court = witness("audit"), witness("court", "--plain")
    process = start(kind, *address(audit), *address(court), "--witness-ca", audit.said["ca"])
    cabinet = founded(process, audit.key, court.key, quorum=2)
    for each in (audit, court):
        each.knows(cabinet.log_key)
    cabinet.enrol("secretary", Role.SECRETARY)
    for person in ("chair", "finance"):
        cabinet.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == "chair" else []))
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "disagree")
    cabinet.close()
    cabinet.announce()
    note = until(cosigned(cabinet, audit.key, court.key))
    largest = cabinet.server.send("GET", cabinet.path(Path.COSIGNED, epoch=1)).data.decode()
    assert largest == note
    database = process.options[1] if kind == "postgres" else ""
    told = {each.en for each in checkup.check(Settings(data=process.data, database=database))}
    for name in ("audit.example", "court.example"):
        size = len(cabinet.ledger)
        assert f"Ledger of {cabinet.body}: the witness {name} has cosigned {size} of {size} entries" in told
    data = sealed(cabinet, record=cabinet.record())
    report = check(read(data), cabinet.anchors)
    assert report[Check.WITNESSES].verdict is Verdict.PASSED
    assert report.exit_code is ExitCode.PROVEN
    # What comes later, and is not cosigned yet, takes nothing from it.
    court.kill()
    audit.kill()
    cabinet.enrol("construction")
    assert open_checkpoint(cabinet.record().checkpoint, cabinet.log_key).size == len(cabinet.ledger) - 1
    assert check(read(sealed(cabinet, record=cabinet.record())), cabinet.anchors).exit_code is ExitCode.PROVEN


def test_a_killed_witness_is_asked_again_once_it_is_back(start: Start, witness: Callable[..., WitnessProcess]) -> None:
    audit = witness("audit", "--plain")
    process = start("sqlite", *address(audit))
    cabinet = founded(process, audit.key)
    audit.knows(cabinet.log_key)
    cabinet.enrol("secretary", Role.SECRETARY)
    until(cosigned(cabinet, audit.key))
    audit.kill()
    cabinet.enrol("chair")
    cabinet.enrol("finance")
    until(lambda: log(process))
    audit.options = ("--plain", "--port", audit.url.rpartition(":")[2])
    audit.start()
    until(cosigned(cabinet, audit.key))


def test_a_witness_that_never_answers_keeps_nobody_waiting(
    start: Start, witness: Callable[..., WitnessProcess]
) -> None:
    audit = witness("audit", "--plain")
    stranger = NoteKey(kind=audit.key.kind, name="silent.example", public_key=bytes(range(32)))
    with silent_listener() as url:
        process = start("sqlite", "--witness", f"{stranger.text()} {url}", *address(audit))
        cabinet = founded(process, audit.key, stranger)
        audit.knows(cabinet.log_key)
        cabinet.enrol("secretary", Role.SECRETARY)
        for person in ("chair", "finance", "construction"):
            began = time.monotonic()
            cabinet.enrol(person)
            assert time.monotonic() - began < PATIENCE / 10
        until(cosigned(cabinet, audit.key))
        assert process.stop() == 0  # nor when it is to stop


def test_a_server_that_was_rolled_back_gets_no_cosignature(
    start: Start, witness: Callable[..., WitnessProcess], tmp_path: FilePath
) -> None:
    audit = witness("audit", "--plain")
    process = start("sqlite", *address(audit))
    cabinet = founded(process, audit.key)
    audit.knows(cabinet.log_key)
    cabinet.enrol("secretary", Role.SECRETARY)
    until(cosigned(cabinet, audit.key))
    process.stop()
    yesterday = {file.name: file.read_bytes() for file in process.data.glob("ecabinet.db*")}
    process.start()
    cabinet.reconnect(process.url)
    cabinet.enrol("chair")
    note = until(cosigned(cabinet, audit.key))
    process.stop()
    for file in process.data.glob("ecabinet.db*"):
        file.unlink()
    for name, data in yesterday.items():
        (process.data / name).write_bytes(data)
    process.start()
    cabinet.reconnect(process.url)
    forget(cabinet, 2)
    before = len(log(process))
    for person in ("finance", "construction"):
        cabinet.enrol(person)
    assert {said["why"] for said in until(lambda: log(process)[before:])} <= {"status 422", CONFLICT}
    shown = cabinet.server.send("GET", cabinet.path(Path.CHECKPOINT, epoch=1)).data.decode()
    assert open_checkpoint(note, cabinet.log_key) != open_checkpoint(shown, cabinet.log_key)
    assert open_cosignatures(shown, [audit.key]) == ()


def test_a_witness_that_answers_for_another_is_not_believed(
    start: Start, witness: Callable[..., WitnessProcess]
) -> None:
    audit, court = witness("audit", "--plain"), witness("court", "--plain")
    process = start("sqlite", "--witness", f"{audit.said['verifier_key']} {court.url}")
    cabinet = founded(process, audit.key)
    court.knows(cabinet.log_key)
    cabinet.enrol("secretary", Role.SECRETARY)
    assert until(lambda: log(process))[-1]["why"]
    with pytest.raises(Refused):
        cabinet.server.send("GET", cabinet.path(Path.COSIGNED, epoch=1))


def test_the_keys_of_the_logs_are_printed_as_witnesses_read_them(
    start: Start, witness: Callable[..., WitnessProcess]
) -> None:
    process = start("sqlite")
    cabinet = founded(process, quorum=0)
    command = [sys.executable, "-m", "ecabinet", "server", "log-keys", "--data", str(process.data)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    assert printed.stdout == f"log {cabinet.log_key.note_key.text()}\n"


KEY = witness_key("w.example", Ed25519PrivateKey.from_private_bytes(bytes(32))).text()


def test_an_address_is_a_key_and_a_place() -> None:
    given = WitnessAddress.from_text(f"{KEY} https://w.example:8444/under/")
    assert (given.key.text(), given.url) == (KEY, "https://w.example:8444/under")


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY,
        f"{KEY} ",
        f"{KEY} ftp://w",
        f"{KEY} https://",
        f"{KEY} https://w:x",
        f"{KEY} https://w:0",
        "a+b+c https://w",
    ],
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadWitness):
        WitnessAddress.from_text(text)


def test_a_server_with_a_bad_address_says_so(tmp_path: FilePath) -> None:
    command = [sys.executable, "-m", "ecabinet", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    told = subprocess.run(
        [*command, "--witness", "nobody"], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert told.returncode == 1
    assert "A witness is named as VKEY URL: nobody" in told.stderr
