"""The witness as a process: over TLS and plain, hostile connections, killed at any instant."""

import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecabinet.core.cosignature import open_cosignature
from ecabinet.core.signed_note import NoteSignature, SignedNote
from ecabinet.core.witnessing import LARGEST_REQUEST, AddCheckpoint
from tests.witness.parties import ROOT, Log, WitnessProcess, post

LOG = Log()
Start = Callable[..., WitnessProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[WitnessProcess] = []

    def start(*options: str) -> WitnessProcess:
        process = WitnessProcess(tmp_path / f"witness{len(processes)}", *options)
        process.knows(LOG.key)
        process.start()
        processes.append(process)
        return process

    yield start
    for process in processes:
        assert process.stop() in {0, -9}


def require_cosignature(process: WitnessProcess, text: str, answer: tuple[int, str, str]) -> None:
    status, media_type, body = answer
    assert (status, media_type) == (200, "text/plain; charset=utf-8"), body
    assert body.endswith("\n")
    note = SignedNote.from_text(AddCheckpoint.from_text(text).note)
    open_cosignature(note.text, NoteSignature.from_line(body[:-1]), process.key)


@pytest.mark.parametrize("options", [(), ("--plain",)], ids=["tls", "plain"])
def test_it_answers_as_the_specification_says(start: Start, options: tuple[str, ...]) -> None:
    process = start(*options)
    assert process.url.startswith("http://" if options else "https://")
    connection = process.connect()  # kept alive for all of these
    text = LOG.request(0, 3)
    require_cosignature(process, text, post(connection, text))
    assert post(connection, LOG.request(0, 4)) == (409, "text/x.tlog.size", "3\n")
    assert post(connection, LOG.request(3, 3, "b")) == (409, "text/x.tlog.size", "3\n")
    assert post(connection, LOG.request(3, 5, "b"))[0] == 422
    assert post(connection, Log("ecabinet/H00.2/1").request(0, 3))[0] == 404
    assert post(connection, Log(seed=7).request(3, 4))[0] == 403
    assert post(connection, LOG.request(5, 4))[0] == 400
    assert post(connection, b"\xff")[0] == 400
    assert post(connection, text, "/elsewhere")[0] == 404
    connection.request("GET", "/add-checkpoint")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (405, b"")
    text = LOG.request(3, 5)
    require_cosignature(process, text, post(connection, text))
    connection.close()


def test_its_files_are_its_owners_alone(start: Start) -> None:
    process = start()
    process.ask(LOG.request(0, 3))
    files = [each for each in process.data.rglob("*") if each.name != "logs"]
    assert {each.name for each in files} >= {"witness.key", "tls.key", "ca.pem", "records"}
    assert not [each for each in files if stat.S_IMODE(each.stat().st_mode) & 0o077]


def test_a_second_process_on_its_folder_says_so_and_leaves(start: Start) -> None:
    process = start()
    command = [sys.executable, "-m", "ecabinet", "witness", "serve", "--data", str(process.data), "--port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert second.returncode == 1
    assert "running already" in second.stderr
    require_cosignature(process, LOG.request(0, 3), process.ask(LOG.request(0, 3)))


def test_check_tells_key_and_logs(start: Start) -> None:
    process = start()
    process.ask(LOG.request(0, 3))
    process.stop()
    command = [sys.executable, "-m", "ecabinet", "witness", "check", "--data", str(process.data)]
    process.data.chmod(0o700)
    told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert told.returncode == 0, told.stdout
    assert process.said["verifier_key"] in told.stdout
    assert "3 entries cosigned" in told.stdout


def test_hostile_connections_keep_nobody_else_waiting(start: Start) -> None:
    process = start()
    where = urlsplit(process.url)
    idle = [socket.create_connection((str(where.hostname), int(where.port or 0))) for _ in range(20)]
    for each in idle[:5]:
        each.sendall(b"\x16\x03\x01 no hello of anybody")
    require_cosignature(process, LOG.request(0, 3), process.ask(LOG.request(0, 3)))
    for each in idle:
        each.close()


def test_what_is_too_long_or_has_no_length_is_not_read(start: Start) -> None:
    process = start("--plain")
    connection = process.connect()
    connection.putrequest("POST", "/add-checkpoint")
    connection.putheader("Content-Length", str(LARGEST_REQUEST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    where = urlsplit(process.url)
    with socket.create_connection((str(where.hostname), int(where.port or 0)), 30) as bare:
        bare.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert bare.recv(100).startswith(b"HTTP/1.1 411 ")
    require_cosignature(process, LOG.request(0, 3), process.ask(LOG.request(0, 3)))


def test_killed_while_it_cosigns_it_never_goes_back(start: Start) -> None:
    process = start("--plain")
    largest = 0
    for round_ in range(4):
        connection: HTTPConnection = process.connect()
        for _ in range(5):
            text = LOG.request(largest, largest + 1)
            require_cosignature(process, text, post(connection, text))
            largest += 1
        # One more is on its way when it dies: it may have been kept, and was not answered.
        connection.putrequest("POST", "/add-checkpoint")
        data = LOG.request(largest, largest + 1).encode()
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        process.kill()
        connection.close()
        process.start()
        status, _, body = process.ask(LOG.request(0, 1))
        assert status == 409
        kept = int(body)
        assert largest <= kept <= largest + 1, round_
        largest = kept
        # Nor does it cosign another history, of this size or a larger one.
        assert process.ask(LOG.request(largest, largest, "b"))[0] == 409
        assert process.ask(LOG.request(largest, largest + 3, "b", largest - 1))[0] == 422
