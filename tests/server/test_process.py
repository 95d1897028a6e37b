"""The server as a process: how it starts, stops, is killed, and what is left of it then."""

import gc
import hashlib
import json
import os
import random
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

import pytest
import urllib3
from cryptography import x509

from ecabinet.core import codec, protocol
from ecabinet.core.checkpoint import Receipt, open_checkpoint
from ecabinet.core.ledger import verify_consistency
from ecabinet.core.protocol import Code, Path
from tests.server.conftest import DATABASES
from tests.server.live import ROOT, Caller, LiveCabinet, Process
from tests.server.reading import Reader

Start = Callable[..., Process]


def test_it_starts_with_nothing_configured(tmp_path: FilePath) -> None:
    environment = {"XDG_DATA_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "ecabinet", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    data = tmp_path / "ecabinet-server"
    assert said["listening"].startswith("https://127.0.0.1:")
    assert (data / "founding-code.txt").read_text() == said["founding_code"]
    Code.from_text(said["founding_code"])
    for file in data.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_code_is_the_same_until_it_is_used(start: Start) -> None:
    process = start()
    code = process.said["founding_code"]
    assert process.stop() == 0
    process.start()
    assert process.said["founding_code"] == code
    LiveCabinet(process.url, code).found()
    assert not (process.data / "founding-code.txt").exists()
    process.stop()
    process.start()
    assert "founding_code" not in process.said


def test_a_command_gives_a_code_for_one_more_body(start: Start) -> None:
    process = start()
    LiveCabinet(process.url, process.said["founding_code"]).found()
    command = [sys.executable, "-m", "ecabinet", "server", "founding-code", "--data", str(process.data)]
    code = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    LiveCabinet(process.url, code, "H49.2").found()
    assert [body.body for body in Caller.meet(process.url).ask(protocol.Hello, "GET", Path.HELLO).bodies] == [
        "H49.1",
        "H49.2",
    ]


def test_tls(start: Start) -> None:
    process = start("sqlite", "--name", "ecabinet.example")
    caller = Caller.meet(process.url)
    chain = x509.load_pem_x509_certificates((process.data / "keys" / "tls.pem").read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"ecabinet.example", "localhost", socket.gethostname()} <= set(names.get_values_for_type(x509.DNSName))
    assert chain[0].not_valid_before_utc < datetime.now(UTC) - timedelta(hours=47)
    for name in ("localhost", "127.0.0.1", "ecabinet.example"):
        host, _, port = process.url.removeprefix("https://").rpartition(":")
        with caller.context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=name) as secure:
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}
    stranger = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        stranger.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with old.wrap_socket(socket.create_connection((host, int(port)))) as secure:
        assert secure.version() == "TLSv1.2"


def test_a_port_that_is_taken_is_said_so(start: Start, tmp_path: FilePath) -> None:
    port = start().url.rpartition(":")[2]
    command = [sys.executable, "-m", "ecabinet", "serve", "--data", str(tmp_path / "other"), "--port", port]
    second = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert second.returncode == 1
    assert port in second.stderr
    assert "Traceback" not in second.stderr


def test_its_keys_get_a_passphrase_and_are_useless_without_it(start: Start, tmp_path: FilePath) -> None:
    process = start()
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.found()
    process.stop()
    file = tmp_path / "passphrase"
    file.write_text("Kq7mD2vX9tLw4sZb8pRc\n", "ascii")
    process.environment = {"ECABINET_KEY_PASSPHRASE_FILE": str(file)}
    process.start()
    hello = Caller.meet(process.url).ask(protocol.Hello, "GET", Path.HELLO)
    assert [body.body for body in hello.bodies] == ["H49.1"]
    process.stop()
    for path in process.data.rglob("*.key"):
        assert path.read_text("ascii").startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----"), path
    for words in (["serve", "--port", "0"], ["server", "log-keys"], ["server", "founding-code"]):
        command = [sys.executable, "-m", "ecabinet", *words, "--data", str(process.data)]
        without = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=60)
        assert (without.returncode, without.stdout) == (1, ""), words
        assert "ECABINET_KEY_PASSPHRASE_FILE" in without.stderr
        assert "Traceback" not in without.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="knows no such limit")
@pytest.mark.parametrize("hard", [512, 4096])
def test_more_may_wait_than_a_process_may_have_files_at_first(hard: int) -> None:
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))
from ecabinet.server.app import allow_connections
allow_connections()
assert resource.getrlimit(resource.RLIMIT_NOFILE) == ({hard}, {hard})
allow_connections()
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, timeout=60)


def test_it_stops_while_somebody_waits_for_a_look(start: Start) -> None:
    process = start()
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.found()
    waiting = cabinet.caller("registrar").request("GET", cabinet.path(Path.LOOK), preload_content=False)
    assert waiting.status == 200
    assert waiting.read1(1)
    assert process.stop() == 0
    waiting.close()


def test_a_look_comes_with_the_news_and_only_to_those_it_concerns(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    streams = {
        person: cabinet.caller(person).request("GET", cabinet.path(Path.LOOK), preload_content=False)
        for person in ("secretary", "chair", "registrar")
    }
    assert {stream.headers["content-type"] for stream in streams.values()} == {"text/event-stream; charset=utf-8"}
    for stream in streams.values():
        assert stream.read1() == b":\n\n"
    cabinet.publish()
    assert streams["secretary"].read1() == b"data: look\n\n"
    cabinet.send_meeting()
    assert streams["chair"].read1() == b"data: look\n\n"
    cabinet.enrol("construction")
    assert streams["registrar"].read1() == b"data: look\n\n"
    for stream in streams.values():
        stream.close()


def test_nothing_is_told_to_a_device_that_was_revoked(cabinet: LiveCabinet) -> None:
    """Not even that there is something new: the stream it has open ends with its right."""
    cabinet.seat(members=["chair", "finance"])
    streams = {
        person: cabinet.caller(person).request("GET", cabinet.path(Path.LOOK), preload_content=False)
        for person in ("chair", "finance")
    }
    for stream in streams.values():
        assert stream.read1() == b":\n\n"
    cabinet.revoke("finance")
    assert streams["chair"].read1() == b"data: look\n\n"
    assert streams["finance"].read1() == b""
    for stream in streams.values():
        stream.close()


# ---------------------------------------------------------------- killed


@pytest.mark.parametrize("kind", DATABASES)
@pytest.mark.long
def test_an_upload_survives_a_kill(start: Start, kind: str) -> None:
    process = start(kind)
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.seat(members=["chair"])
    data = random.Random(1).randbytes(9_000_000)
    cabinet.caller("secretary")
    received, part = 0, 1_000_000
    digest = hashlib.sha256(data).hexdigest()
    cabinet.offer("secretary", digest, len(data))
    while received < len(data):
        before = received
        received = cabinet.upload_part("secretary", digest, received, data[received : received + part])
        if received % 3_000_000 == 0:
            process.kill()
            process.start()
            cabinet.reconnect(process.url)
            assert cabinet.offer("secretary", digest, len(data)) == received > before
    cabinet.publish_versions(cabinet.version("1/BC", data))
    assert cabinet.download("secretary", cabinet.documents[0].document).data == data


@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")  # urllib3's, where a server died in a handshake
@pytest.mark.parametrize("kind", DATABASES)
@pytest.mark.long
def test_nothing_acknowledged_is_lost_and_nothing_is_repeated(start: Start, kind: str) -> None:
    process = start(kind)
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.prepare()
    reader = Reader(cabinet, "chair").read()
    statements = [cabinet.meeting() for _ in range(60)]
    receipts: dict[int, Receipt] = {}

    def send(place: int) -> None:
        try:
            (outcome,) = cabinet.submit(statements[place])
        except (urllib3.exceptions.HTTPError, OSError):
            return  # killed before it answered: nobody knows
        assert outcome.receipt is not None
        receipts[place] = Receipt.from_text(outcome.receipt)

    for killed_after in (5, 17, 31):
        alarm = threading.Event()

        def kill(alarm: threading.Event = alarm, count: int = killed_after) -> None:
            while len(receipts) < count and not alarm.is_set():
                threading.Event().wait(0.001)
            process.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(send, [place for place in range(len(statements)) if place not in receipts]))
        alarm.set()
        killer.join()
        acknowledged = dict(receipts)
        process.start()
        cabinet.reconnect(process.url)
        for place, receipt in acknowledged.items():
            (outcome,) = cabinet.submit(statements[place])
            again = Receipt.from_text(outcome.receipt or "")
            assert (again.index, again.entry) == (receipt.index, receipt.entry)
            old, new = (open_checkpoint(each.note, cabinet.log_key) for each in (receipt, again))
            path = f"{cabinet.path(Path.CONSISTENCY)}?first={old.size}&second={new.size}"
            proof = cabinet.caller("chair").ask(protocol.Consistency, "GET", path).path
            verify_consistency(old.size, new.size, proof, old.root, new.root)
    outcomes = [cabinet.submit(each)[0] for each in statements]
    leaves = [cabinet.take(each, outcome).leaf for each, outcome in zip(statements, outcomes, strict=True)]
    assert sorted(leaves) == list(range(min(leaves), min(leaves) + len(statements)))
    register, publication, papers, meeting, ballot = 7, 1, 2, 1, 1
    prepared = register + publication + papers + meeting + ballot
    assert len(reader.read().kept) == prepared + len(statements)
    gc.collect()  # those, now


def test_a_reply_that_is_lost_does_no_harm(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=["chair"])
    opinion = cabinet.opinion("chair")
    body = codec.dump(protocol.Submission(envelopes=(opinion,)))
    caller = cabinet.caller("chair")
    head = (
        f"POST {cabinet.path(Path.STATEMENTS)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: {caller.headers['authorization']}\r\n\r\n"
    )
    with caller.connect() as line:
        line.sendall(head.encode() + body)  # and nobody reads the answer
    first, second = (cabinet.submit(opinion)[0] for _ in range(2))
    assert first == second
    appended = cabinet.take(opinion, first)
    assert appended.leaf == len(cabinet.ledger) - 1
    assert len([row for row in cabinet.read_all("chair") if row.envelope == opinion]) == 1
