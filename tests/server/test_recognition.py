"""What was recognised in scans: who may offer it, whom it reaches, and that it goes with the paper."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import Path, Refused, RowKind
from ecabinet.core.recognition import LARGEST_FILE, RecognisedOffer, offer_message
from ecabinet.server.actions import recognition
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet
from tests.server.test_feed import regrant, revised

FILE = b"what somebody's program read"
LATER = b"what another read"


def offer_of(
    cabinet: LiveCabinet | LocalCabinet, by: str = "secretary", data: bytes = FILE, place: int = 0
) -> RecognisedOffer:
    """Of the cabinet's first paper, or another; signed by a device."""
    device, paper = cabinet.devices[by], cabinet.documents[place]
    sealing_key = device.sealing_key.public_key().public_bytes_raw()
    unsigned = RecognisedOffer(
        document=paper.document,
        version=paper.version,
        paper=paper.digest,
        file=hashlib.sha256(data).hexdigest(),
        size=len(data),
        by=hashlib.sha256(sealing_key).hexdigest(),
        signature=b"",
    )
    return signed(cabinet, unsigned, by)


def signed(
    cabinet: LiveCabinet | LocalCabinet, offer: RecognisedOffer, by: str = "secretary", body: str = ""
) -> RecognisedOffer:
    message = offer_message(body or cabinet.body, offer)
    return replace(offer, signature=cabinet.devices[by].device_key.sign(message))


def send(cabinet: LiveCabinet, offer: RecognisedOffer, by: str = "secretary") -> None:
    path = cabinet.path(Path.RECOGNISED, document=offer.document, version=offer.version)
    assert cabinet.caller(by).send("POST", path, offer).status == 204


def fetched(cabinet: LiveCabinet, person: str, offer: RecognisedOffer) -> bytes:
    path = cabinet.path(Path.RECOGNISED, document=offer.document, version=offer.version)
    return cabinet.caller(person).send("GET", path).data


def told(cabinet: LiveCabinet | LocalCabinet, person: str) -> list[RecognisedOffer]:
    rows = cabinet.read_all(person)
    gone = {thing: row.position for row in rows for thing in row.gone}
    return [row.recognised for row in rows if row.recognised and gone.get(row.recognised.document, 0) < row.position]


def test_it_reaches_those_who_may_read_the_paper_and_nobody_else(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    cabinet.publish()
    cabinet.upload("secretary", FILE)
    offer = offer_of(cabinet)
    for _ in range(2):  # again is harmless
        send(cabinet, offer)
    assert told(cabinet, "secretary") == [offer]
    for person in ("chair", "registrar"):
        assert told(cabinet, person) == []
        with pytest.raises(Refused, match="no_right"):
            fetched(cabinet, person, offer)
    cabinet.send_meeting()
    for person in ("chair", "finance"):
        assert told(cabinet, person) == [offer]
        assert fetched(cabinet, person, offer) == FILE
        kinds = [row.kind for row in cabinet.read_all(person)]
        assert kinds.index(RowKind.DOCUMENT) < kinds.index(RowKind.RECOGNISED)
    assert told(cabinet, "registrar") == []


def test_the_latest_is_the_one(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    cabinet.publish()
    cabinet.send_meeting()
    for data in (FILE, LATER):
        cabinet.upload("secretary", data)
        send(cabinet, offer_of(cabinet, data=data))
    rows = told(cabinet, "chair")
    assert rows == [offer_of(cabinet, data=LATER)] * 2
    assert fetched(cabinet, "chair", rows[-1]) == LATER


def test_what_may_not_be_offered(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    cabinet.publish()
    cabinet.send_meeting()
    cabinet.open_ballot()
    offer = offer_of(cabinet)
    with pytest.raises(Refused, match="paper_missing"):
        send(cabinet, offer)
    for person in ("secretary", "chair"):
        cabinet.upload(person, FILE)
    with pytest.raises(Refused, match="no_right"):
        send(cabinet, offer, by="chair")
    other_paper = replace(offer, paper=cabinet.documents[1].digest)
    for wrong, reason in (
        (offer_of(cabinet, by="chair"), "bad_signature"),
        (signed(cabinet, offer, body="H49.999"), "bad_signature"),
        (replace(offer, signature=b""), "bad_signature"),
        (replace(offer, by="0" * 64), "bad_signature"),
        (replace(offer, document=cabinet.documents[1].document), "unknown"),
        (signed(cabinet, other_paper), "unknown"),
        (signed(cabinet, replace(offer, version=2)), "unknown"),
        (signed(cabinet, replace(offer, size=offer.size + 1)), "paper_missing"),
        (signed(cabinet, replace(offer, size=LARGEST_FILE + 1)), "too_large"),
    ):
        with pytest.raises(Refused, match=reason):
            send(cabinet, wrong)
    path = cabinet.path(Path.RECOGNISED, document=cabinet.documents[1].document, version=1)
    with pytest.raises(Refused, match="bad_request"):
        cabinet.caller("secretary").send("POST", path, offer)
    with pytest.raises(Refused, match="unknown"):
        cabinet.caller("chair").send("GET", path)
    assert told(cabinet, "chair") == []
    cabinet.revoke("secretary")
    with pytest.raises(Refused, match="no_right"):
        send(cabinet, offer)


def test_it_goes_and_comes_with_the_paper(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    cabinet.publish()
    sent = cabinet.send_meeting()
    cabinet.upload("secretary", FILE)
    offer = offer_of(cabinet)
    send(cabinet, offer)
    assert told(cabinet, "finance") == [offer]
    without = revised(cabinet, sent, participants=("chair",))
    assert told(cabinet, "finance") == []
    assert told(cabinet, "chair") == [offer]
    with pytest.raises(Refused, match="no_right"):
        fetched(cabinet, "finance", offer)
    revised(cabinet, without, participants=("chair", "finance"))
    assert told(cabinet, "finance") == [offer]


def test_who_gets_a_right_by_the_clock_gets_it_too(local: LocalCabinet, clock: Clock) -> None:
    local.seat(members=["chair"])
    local.publish()
    local.upload("secretary", FILE)
    recognition.offer(local.server, local.caller("secretary"), offer_of(local))
    begins_at = local.now + timedelta(hours=1)
    local.enrol("construction", Role.GUEST)
    regrant(local, "construction", Grant(role=Role.CLERK, from_at=begins_at))
    assert told(local, "construction") == []
    clock.advance(timedelta(hours=2))
    assert told(local, "construction") == [offer_of(local)]
