"""Opinions signed beforehand and accepted for good, beside bare verifications of P-256 and PostgreSQL's own inserts.

One server process, over TLS, on SQLite and on PostgreSQL, both of which sync every commit. Each elector is signed in
on a connection of his own and sends one opinion after the other, each of which replaces the one before. Afterwards the
server is killed; what the next one has is held against every receipt.
"""

import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path as FilePath
from urllib.parse import urlsplit

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import URL

from ecabinet.core import codec
from ecabinet.core.ballots import Answer, Opinion
from ecabinet.core.canonical import digest
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.envelope import Envelope
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.protocol import MEDIA_TYPE, Path, Submission, SubmissionOutcome
from tests.bench.corpus import FOLDER
from tests.bench.figures import tell
from tests.bench.senders import send
from tests.server.live import LARGEST_ANSWER, LiveCabinet, Process
from tests.services.postgres import find_programs, throw_away_cluster

CONNECTIONS, EACH = 64, 100
VERIFICATIONS = 10_000
_INSERTING, _INSERTERS = 5, 16
"""Seconds, and clients of pgbench."""


def main() -> None:
    """Opinions, verifications and inserts per second."""
    programs = find_programs()
    assert programs is not None, "PostgreSQL is not on this machine: install postgresql"
    _run("sqlite")
    with throw_away_cluster(programs, is_durable=True) as url:
        inserts = _insert(programs, url)
        speed = _run("postgresql", "--database", url.render_as_string(hide_password=False))
    tell(
        "accept",
        ours=speed,
        peer=inserts,
        ratio=speed / inserts,
        goal="ratio of at least 0.15",
        unit="opinions accepted, rows inserted per second",
        database="postgresql",
    )


def _run(database: str, *options: str) -> float:
    """Opinions accepted per second."""
    with _polling(*options) as (process, cabinet):
        electors = cabinet.members
        # Signed far from the net, each by what he saw last.
        seen = [receipt.note for receipt in cabinet.receipts[-len(electors) :]]
        signed = {elector: _opinions(cabinet, elector, note) for elector, note in zip(electors, seen, strict=True)}
        queues = [[_request(cabinet, elector, each) for each in own] for elector, own in signed.items()]
        bare = [_verify()]
        url = urlsplit(process.url)
        authority = x509.load_der_x509_certificate(cabinet.server.ca_certificate).public_bytes(Encoding.PEM).decode()
        assert url.hostname is not None
        assert url.port is not None
        sent = send(url.hostname, url.port, authority, queues)
        bare.append(_verify())
        process.kill()
        process.start()
        cabinet.reconnect(process.url)
        accepted, commits = _compare(cabinet, chain(*signed.values()), chain(*sent.answers))
    speed, peer = accepted / sent.seconds, statistics.mean(bare)
    tell(
        "accept",
        ours=speed,
        peer=peer,
        ratio=speed / peer,
        goal="ratio of at least 0.05 (aim: 0.10); p99 below 1 s",
        unit="opinions accepted, signatures verified per second",
        database=database,
        opinions=accepted,
        commits=commits,
        p50_ms=round(sent.latencies[len(sent.latencies) // 2] * 1000),
        p99_ms=round(sent.latencies[len(sent.latencies) * 99 // 100] * 1000),
        client_share_of_a_core=round(sent.processor_seconds / sent.seconds, 2),
    )
    return speed


@contextmanager
def _polling(*options: str) -> Iterator[tuple[Process, LiveCabinet]]:
    """A server with a body whose electors are enrolled and signed in, and have a ballot before them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="accept-", dir=FOLDER) as folder:
        process = Process(FilePath(folder) / "server", *options)
        try:
            cabinet = LiveCabinet(process.url, process.said["founding_code"])
            electors = [f"elector-{number}" for number in range(CONNECTIONS)]
            cabinet.offices |= {
                each: (f"Đại biểu số {place}", f"Deputy {place}") for place, each in enumerate(electors)
            }
            cabinet.seat(electors)
            cabinet.publish()
            cabinet.open_ballot()
            yield process, cabinet
        finally:
            process.stop()


def _opinions(cabinet: LiveCabinet, elector: str, seen: str) -> list[Envelope]:
    asked = cabinet.asked
    signed: list[Envelope] = []
    for number in range(EACH):
        chosen = [(question, question.options[number % len(question.options)]) for question in asked.questions]
        said = Opinion(
            **cabinet.heading(seen=seen),
            ballot=asked.ballot,
            opened=cabinet.opening.digest,
            elector=elector,
            capacity=cabinet.offices[elector][0],
            answers=tuple(
                Answer(
                    question=question.key, option=option.key, text=f"Ý kiến số {number}." if option.needs_text else ""
                )
                for question, option in chosen
            ),
            remark="",
            attachments=(),
            counter=number + 1,
            replaces=digest(signed[-1].statement) if signed else None,
        )
        signed.append(cabinet.sign(elector, said))
    return signed


def _request(cabinet: LiveCabinet, elector: str, signed: Envelope) -> bytes:
    caller = cabinet.caller(elector)
    content = codec.dump(Submission(envelopes=(signed,)))
    head = (
        f"POST {cabinet.path(Path.STATEMENTS)} HTTP/1.1",
        f"host: {urlsplit(caller.url).netloc}",
        f"authorization: {caller.headers['authorization']}",
        f"content-type: {MEDIA_TYPE}",
        f"content-length: {len(content)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + content


def _compare(cabinet: LiveCabinet, signed: Iterable[Envelope], answers: Iterable[bytes]) -> tuple[int, int]:
    """How many opinions are in the ledger, as many as were sent, each where its receipt says; in how many commits."""
    record = cabinet.record()
    entries = [record.entries[start : start + ENTRY_SIZE] for start in range(0, len(record.entries), ENTRY_SIZE)]
    opened = cabinet.opening.envelope.digest
    leaves, notes = set(), set()
    for envelope, content in zip(signed, answers, strict=True):
        (outcome,) = codec.load(SubmissionOutcome, content, limit=LARGEST_ANSWER).outcomes
        assert outcome.receipt is not None, outcome.refusal
        receipt = Receipt.from_text(outcome.receipt)
        receipt.verify(cabinet.log_key, tag=opened, envelope_digest=envelope.digest)
        assert entries[receipt.index - record.first_leaf] == bytes(receipt.entry)
        leaves.add(receipt.index)
        notes.add(receipt.note)
    assert len(leaves) == CONNECTIONS * EACH == len(entries) - 1
    return len(leaves), len(notes)


def _verify() -> float:
    """Bare verifications of P-256 per second, on one core."""
    algorithm, message = ec.ECDSA(hashes.SHA256()), b"ecabinet" * 100
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(CONNECTIONS)]
    signed = [(key.public_key(), key.sign(message, algorithm)) for key in keys]
    began_at = time.perf_counter()
    for number in range(VERIFICATIONS):
        key, signature = signed[number % len(signed)]
        key.verify(signature, message, algorithm)
    return VERIFICATIONS / (time.perf_counter() - began_at)


def _insert(programs: FilePath, url: URL) -> float:
    """Rows that pgbench inserts per second, one in a transaction."""
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE inserts")
    own = url.set(drivername="postgresql", database="inserts").render_as_string()
    with psycopg.connect(own, autocommit=True) as connection, tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        connection.execute("CREATE TABLE inserted (id bigserial PRIMARY KEY, number integer NOT NULL)")
        script.write("INSERT INTO inserted (number) VALUES (:client_id);\n")
        script.flush()
        command = [str(programs / "pgbench"), "--no-vacuum", f"--file={script.name}"]
        command += [f"--client={_INSERTERS}", "--jobs=2", f"--time={_INSERTING}", own]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows = connection.execute("SELECT count(*) FROM inserted").fetchone()
    processed = re.search(r"^number of transactions actually processed: (\d+)", told, re.MULTILINE)
    speed = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
    assert processed is not None
    assert speed is not None
    assert rows == (int(processed[1]),) != (0,)
    return float(speed[1])


if __name__ == "__main__":
    main()
