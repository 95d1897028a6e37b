"""A full disk: what can't be kept is refused, what was kept stays, and when there is room again all goes on."""

import hashlib
import random
import resource
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from ecabinet.core import envelope
from ecabinet.core.notes import SealedNote
from ecabinet.core.protocol import NotesPush, Reason, Refused
from ecabinet.server import wire
from ecabinet.server.actions import notes
from tests.server.live import LiveCabinet, Process
from tests.server.local import LocalCabinet, local_server

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_an_upload_goes_on_when_there_is_room_again(start: Callable[..., Process]) -> None:
    process = start()
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.seat(members=[])
    data = random.Random(1).randbytes(4_000_000)
    digest = hashlib.sha256(data).hexdigest()
    cabinet.offer("secretary", digest, len(data))
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (2_500_000, resource.RLIM_INFINITY))
    with pytest.raises(Refused) as refused:
        cabinet.upload_part("secretary", digest, 0, data)
    assert refused.value.refusal.reason is Reason.SERVER_FULL
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    received = cabinet.offer("secretary", digest, len(data))
    assert received == 2_500_000
    assert cabinet.upload_part("secretary", digest, received, data[received:]) == len(data)


def test_a_statement_that_finds_no_room_changes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = local_server(tmp_path_factory.mktemp("server") / "data")
    local = LocalCabinet(server)
    local.prepare(members=["chair"])
    before = local.feed("chair")
    room = 400

    @event.listens_for(server.store.engine, "checkout")
    def limit(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room}")  # type: ignore[attr-defined]

    sealed = SealedNote(
        edit=envelope.new_id(local.now),
        note=envelope.new_id(local.now),
        key=envelope.new_id(local.now),
        ciphertext=bytes(200_000),
    )
    with pytest.raises(OperationalError) as full:
        fill(local, sealed)
    refusal = wire.refusal_of(full.value)
    assert refusal is not None
    assert refusal.reason is Reason.SERVER_FULL

    opinion = local.opinion("chair", remark="x" * 500_000)
    with pytest.raises(OperationalError) as full:
        local.submit(opinion)
    assert wire.refusal_of(full.value) == refusal
    assert local.feed("chair").checkpoint == before.checkpoint

    room = 100_000
    assert local.append(opinion).leaf == len(local.ledger) - 1
    server.store.close()


def fill(local: LocalCabinet, sealed: SealedNote) -> None:
    """Push notes for as long as there is room."""
    while True:
        another = replace(sealed, edit=envelope.new_id(local.now))
        notes.push_notes(local.server, local.caller("chair"), NotesPush(notes=(another,)))
