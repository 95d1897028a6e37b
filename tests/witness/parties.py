"""A log to be witnessed, and witnesses: one in this process, and processes."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.checkpoint import Checkpoint, LogKey, origin_of
from ecabinet.core.cosignature import witness_key
from ecabinet.core.ledger import Tree, leaf_hash
from ecabinet.core.signed_note import NoteKey
from ecabinet.core.witnessing import ADD_CHECKPOINT, AddCheckpoint
from ecabinet.witness.records import Records
from ecabinet.witness.witness import Witness

ROOT = Path(__file__).parents[2]
ORIGIN = origin_of("H00.1", 1)
NAME = "audit.example/w1"
AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


class Log:
    """A log that may have several histories."""

    def __init__(self, origin: str = ORIGIN, seed: int = 1) -> None:
        self.origin = origin
        self.private_key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = LogKey(name=origin, public_key=self.private_key.public_key().public_bytes_raw())

    def tree(self, size: int, history: str = "a", fork_at: int = 0) -> Tree:
        """The first leaves are the same in all histories."""
        return Tree(leaf_hash(f"{number} {'' if number < fork_at else history}".encode()) for number in range(size))

    def note(self, size: int, history: str = "a", fork_at: int = 0) -> str:
        root = self.tree(size, history, fork_at).root()
        return Checkpoint(origin=self.origin, size=size, root=root).signed(self.private_key)

    def request(self, old: int, size: int, history: str = "a", fork_at: int = 0) -> str:
        """An honest request to cosign."""
        tree = self.tree(max(size, old), history, fork_at)
        proof = tree.consistency_proof(old, size) if old <= size else ()
        return AddCheckpoint(old_size=old, proof=proof, note=self.note(size, history, fork_at)).text()


def open_witness(folder: Path, *logs: LogKey, clock: Callable[[], datetime] = lambda: AT) -> tuple[Witness, Records]:
    """A witness in this process."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    records = Records(folder, witness_key(NAME, private))
    known: Mapping[str, Sequence[NoteKey]] = {log.name: [log.note_key] for log in logs}
    return Witness(NAME, private, lambda: known, records=records, clock=clock), records


class WitnessProcess:
    """`ecabinet witness serve` on a free port."""

    def __init__(self, data: Path, *options: str, name: str = NAME) -> None:
        self.data, self.options, self.name = data, options, name

    def knows(self, *logs: LogKey) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        lines = ["# sổ được biết", *(f"log {log.note_key.text()}" for log in logs), ""]
        (self.data / "logs").write_text("\n".join(lines), encoding="utf-8")

    def start(self) -> None:
        command = ["witness", "serve", "--data", str(self.data), "--port", "0", "--name", self.name, *self.options]
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ecabinet", *command], stdout=subprocess.PIPE, stderr=log, cwd=ROOT
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.data.with_suffix(".log").read_text()
        self.said: dict[str, str] = json.loads(line)
        self.url = self.said["listening"]
        self.key = NoteKey.from_text(self.said["verifier_key"])

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def connect(self) -> HTTPConnection:
        where = urlsplit(self.url)
        assert where.port is not None
        if where.scheme == "http":
            return HTTPConnection(str(where.hostname), where.port, timeout=30)
        context = ssl.create_default_context(cafile=self.said["ca"])
        return HTTPSConnection(str(where.hostname), where.port, timeout=30, context=context)

    def ask(self, text: str) -> tuple[int, str, str]:
        """Status, media type and body of the answer to a request."""
        connection = self.connect()
        try:
            return post(connection, text)
        finally:
            connection.close()


def post(
    connection: HTTPConnection, text: str | bytes, path: str = ADD_CHECKPOINT, **headers: Any
) -> tuple[int, str, str]:
    data = text.encode() if isinstance(text, str) else text
    connection.request("POST", path, data, headers)
    answer: HTTPResponse = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read().decode()
