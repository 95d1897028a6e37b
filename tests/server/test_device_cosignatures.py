"""Members' devices say which history they verified: kept if it is theirs, told to members, counted by no quorum."""

import pytest

from ecabinet.core.checkpoint import Checkpoint, open_checkpoint
from ecabinet.core.cosignature import (
    DeviceCosignature,
    DeviceCosignatures,
    cosign,
    device_witness_key,
    open_cosignatures,
)
from ecabinet.core.protocol import Path, Reason, Refused
from ecabinet.core.signed_note import NoteKey, SignedNote
from tests.server.live import LiveCabinet


def key_of(cabinet: LiveCabinet, person: str) -> NoteKey:
    return device_witness_key(cabinet.body, cabinet.devices[person].device_key.public_key().public_bytes_raw())


def cosigned(cabinet: LiveCabinet, person: str, note: str) -> str:
    signed = SignedNote.from_text(note)
    line = cosign(signed.text, key_of(cabinet, person).name, cabinet.devices[person].device_key, cabinet.now)
    return str(signed.adding([line]))


def say(cabinet: LiveCabinet, person: str, note: str) -> None:
    cabinet.caller(person).send("POST", cabinet.path(Path.COSIGNATURES), DeviceCosignature(note=note))


def heard(cabinet: LiveCabinet, person: str) -> tuple[str, ...]:
    return cabinet.caller(person).ask(DeviceCosignatures, "GET", cabinet.path(Path.COSIGNATURES)).notes


def test_what_devices_say_reaches_the_others(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    earlier, latest = cabinet.receipts[-2].note, cabinet.receipts[-1].note
    assert heard(cabinet, "chair") == ()
    say(cabinet, "chair", cosigned(cabinet, "chair", earlier))
    say(cabinet, "finance", cosigned(cabinet, "finance", latest))
    first, second = heard(cabinet, "secretary")
    for note, shown, person in ((first, latest, "finance"), (second, earlier, "chair")):
        assert open_checkpoint(note, cabinet.log_key) == open_checkpoint(shown, cabinet.log_key)
        assert len(open_cosignatures(note, [key_of(cabinet, person)])) == 1
    # Both of one size now, in one note; what is said of an earlier one after that changes nothing.
    say(cabinet, "chair", cosigned(cabinet, "chair", latest))
    say(cabinet, "chair", cosigned(cabinet, "chair", earlier))
    (both,) = heard(cabinet, "finance")
    assert len(open_cosignatures(both, [key_of(cabinet, person) for person in ("chair", "finance")])) == 2
    # No device is a witness.
    with pytest.raises(Refused):
        cabinet.server.send("GET", cabinet.path(Path.COSIGNED, epoch=1))


def test_what_is_not_the_logs_or_not_the_devices_own_is_refused(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    note = cabinet.receipts[-1].note
    text = SignedNote.from_text(note).text
    other = Checkpoint(origin=cabinet.log_key.name, size=2, root=bytes(32)).signed(cabinet.devices["chair"].device_key)
    forged = cosign(text, key_of(cabinet, "chair").name, cabinet.devices["finance"].device_key, cabinet.now)
    for wrong, reason in (
        ("", Reason.BAD_REQUEST),
        (note, Reason.BAD_SIGNATURE),
        (cosigned(cabinet, "finance", note), Reason.BAD_SIGNATURE),
        (str(SignedNote.from_text(note).adding([forged])), Reason.BAD_SIGNATURE),
        (cosigned(cabinet, "chair", other), Reason.FOREIGN_CHECKPOINT),
    ):
        with pytest.raises(Refused) as refused:
            say(cabinet, "chair", wrong)
        assert refused.value.refusal.reason is reason
    assert heard(cabinet, "chair") == ()
    for method in ("GET", "POST"):
        with pytest.raises(Refused) as refused:
            cabinet.server.send(method, cabinet.path(Path.COSIGNATURES))
        assert refused.value.refusal.reason is Reason.NOT_SIGNED_IN
