"""What a publisher recognised reaches the readers of his papers; what anybody else says was recognised never does."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ecabinet.client.vault import recognised
from ecabinet.core import recognition
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.people import Grant, Role
from ecabinet.core.recognition import RecognisedLine, RecognisedOffer, RecognisedPage, RecognisedText, offer_message
from ecabinet.core.register import DeviceKeys as PublicKeys
from ecabinet.core.register import Enrolled
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.simulator import Simulator
from tests.wire import Fault

PROGRAM = "tesseract 5.3.0"


def page(words: str, index: int = 0) -> RecognisedPage:
    places = (100, 100, 200, 200) * len(words.split())
    return RecognisedPage(index=index, lines=(RecognisedLine(block=0, words=words, places=places),))


def recognise(who: ClientDevice, digest: str, words: str) -> None:
    """As his program would, page by page."""

    def keep_all(db: object) -> None:
        recognised.begin(db, digest, program=PROGRAM, languages="vie+eng")  # type: ignore[arg-type]
        for index in range(2):
            assert recognised.keep(db, digest, page(words, index))  # type: ignore[arg-type]
        assert recognised.complete(db, digest)  # type: ignore[arg-type]

    who.vault.do(keep_all)


def known(who: ClientDevice, digest: str) -> list[str]:
    packed = who.vault.do(lambda db: recognised.packed_pages(db, digest))
    return [recognition.unpack(each).lines[0].words for each in packed.values()]


def fetches(who: ClientDevice) -> int:
    return sum(request.startswith("GET") and request.endswith("/recognised") for request in who.wire.requests)


@pytest.fixture
def secretary(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    """Who published the papers, and has them; no meeting has been sent."""
    made = device("second", "secretary", Role.SECRETARY)
    made.round()
    return made


@pytest.fixture
def mine(simulator: Simulator, device: MakeDevice, secretary: ClientDevice) -> ClientDevice:
    """A member, before whom the papers were put."""
    made = device()
    simulator.send_meeting()
    made.round()
    return made


@pytest.fixture
def digest(simulator: Simulator) -> str:
    return simulator.documents[0].digest


def test_it_reaches_whoever_may_read_the_paper(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(mine, digest, "đọc ở máy mình")
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    changes = mine.round()
    assert changes.recognised == {digest}
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2, "the publisher's words stand in place of one's own"
    for who in (secretary, mine):
        who.wire.requests.clear()
        assert not who.round().recognised
        assert not [request for request in who.wire.requests if "recognised" in request or "upload" in request]


def test_what_nobody_would_read_is_not_offered_and_its_publisher_is_told(
    simulator: Simulator,
    secretary: ClientDevice,
    mine: ClientDevice,
    digest: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recognise(secretary, digest, "rất dài")
    monkeypatch.setattr(recognition, "_LARGEST_TEXT", 150)  # each page is taken, both together are not
    changes = secretary.round()
    document = simulator.documents[0].document
    assert document in changes.documents
    assert secretary.desk.papers.one(document).words_stay_here
    assert known(secretary, digest) == ["rất dài"] * 2
    assert simulator.offers == {}
    secretary.wire.requests.clear()
    assert not secretary.round()
    assert not [request for request in secretary.wire.requests if "recognised" in request or "upload" in request]
    mine.round()
    assert not mine.desk.papers.one(document).words_stay_here


def test_nobody_offers_what_others_published(simulator: Simulator, mine: ClientDevice, digest: str) -> None:
    recognise(mine, digest, "đọc ở máy mình")
    mine.round()
    assert simulator.offers == {}
    assert known(mine, digest) == ["đọc ở máy mình"] * 2


@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.DONE_TWICE])
@pytest.mark.parametrize("at", ["POST .*/uploads", "PUT .*/uploads/.*", "POST .*/recognised"])
def test_offering_goes_on_where_it_was_broken_off(
    secretary: ClientDevice, mine: ClientDevice, digest: str, fault: Fault, at: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.wire.faults_at[at] = fault
    secretary.sync.once()
    assert any(re.fullmatch(at, request) for request in secretary.wire.requests)
    secretary.wire.faults_at.clear()
    secretary.reopen()
    secretary.round()
    mine.round()
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2


def test_a_file_that_breaks_off_is_fetched_again(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    mine.wire.faults_at["GET .*/recognised"] = Fault.CUT_OFF
    mine.sync.once()
    mine.wire.faults_at.clear()
    assert known(mine, digest) == []
    assert mine.sync.status().papers_here == mine.sync.status().papers
    mine.reopen()
    mine.round()
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2


def test_a_later_offer_takes_the_place_of_an_earlier_one(
    simulator: Simulator, device: MakeDevice, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "đọc lần đầu")
    secretary.round()
    mine.round()
    other = device("third", "secretary", Role.SECRETARY)
    recognise(other, digest, "đọc bằng máy khác")
    other.sync.once()
    assert other.sync.status().trouble is None
    offers = simulator.offers[simulator.documents[0].document, 1]
    mine.round()
    assert known(mine, digest) == known(other, digest)
    assert offers.by in {device_of(each.keys.sealing_public_key) for each in (secretary, other)}


def test_what_a_lost_device_offered_another_of_the_publisher_offers_anew(
    simulator: Simulator, device: MakeDevice, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    other = device("third", "secretary", Role.SECRETARY)
    other.round()
    assert known(other, digest) == ["dự phòng ngân sách"] * 2
    simulator.revoke_device(secretary.keys.chain[0], "secretary")
    mine.round()
    assert known(mine, digest) == []
    other.round()
    mine.round()
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2


def test_it_goes_with_the_paper_and_comes_again(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    mine.round()
    (meeting,) = mine.desk.meetings.all()
    simulator.withhold(meeting.meeting)
    mine.round()
    assert known(mine, digest) == []
    assert not mine.vault.do(lambda db: db.exec_driver_sql("SELECT * FROM recognised_offers").all())
    simulator.hand_back(meeting.meeting)
    mine.round()
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2


def test_a_new_epoch_fetches_nothing_again(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    mine.round()
    mine.wire.requests.clear()
    simulator.begin_new_feed_epoch()
    mine.round()
    assert fetches(mine) == 0
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2


# ---------------------------------------------------------------- a server that lies

Forge = Callable[[Simulator, ClientDevice, ClientDevice, RecognisedOffer], RecognisedOffer]


def signed_by(who: ClientDevice, offer: RecognisedOffer, body: str) -> RecognisedOffer:
    own = replace(offer, by=device_of(who.keys.sealing_public_key))
    return replace(own, signature=who.keys.device_sign(offer_message(body, own)))


def unsigned(_: Simulator, __: ClientDevice, ___: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return replace(offer, signature=bytes(64))


def of_another_body(_: Simulator, secretary: ClientDevice, __: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return signed_by(secretary, offer, "H99.9")


def by_a_stranger(_: Simulator, __: ClientDevice, ___: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return replace(offer, by=hashlib.sha256(b"a device nobody knows").hexdigest())


def by_a_member(simulator: Simulator, _: ClientDevice, mine: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return signed_by(mine, offer, simulator.body)


def by_a_revoked_device(
    simulator: Simulator, secretary: ClientDevice, _: ClientDevice, offer: RecognisedOffer
) -> RecognisedOffer:
    simulator.revoke_device(secretary.keys.chain[0], "secretary")
    return offer


def by_one_who_publishes_no_more(
    simulator: Simulator, secretary: ClientDevice, _: ClientDevice, offer: RecognisedOffer
) -> RecognisedOffer:
    enrol(simulator, secretary, Role.MEMBER)
    return offer


def for_another_paper(
    simulator: Simulator, _: ClientDevice, __: ClientDevice, offer: RecognisedOffer
) -> RecognisedOffer:
    return replace(offer, document=simulator.documents[1].document, paper=simulator.documents[1].digest)


def signed_for_another_paper(
    simulator: Simulator, secretary: ClientDevice, _: ClientDevice, offer: RecognisedOffer
) -> RecognisedOffer:
    return signed_by(secretary, replace(offer, document=simulator.documents[1].document), simulator.body)


def for_another_version(_: Simulator, __: ClientDevice, ___: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return replace(offer, version=2)


def of_another_file(_: Simulator, __: ClientDevice, ___: ClientDevice, offer: RecognisedOffer) -> RecognisedOffer:
    return replace(offer, file=hashlib.sha256(b"slipped in").hexdigest())


def enrol(simulator: Simulator, who: ClientDevice, role: Role) -> None:
    """The same device, in another role."""
    office, office_en = simulator.offices[who.person]
    keys = PublicKeys(
        signing_certificate=who.keys.chain[0],
        device_key=who.keys.device_public_key,
        sealing_key=who.keys.sealing_public_key,
    )
    enrolled = Enrolled(
        **simulator.heading(),
        person=who.person,
        office=office,
        office_en=office_en,
        grants=(Grant(role=role, from_at=simulator.began_at),),
        keys=keys,
        previous=simulator.register_head,
    )
    simulator.append(simulator.sign("registrar", enrolled))


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        of_another_body,
        by_a_stranger,
        by_a_revoked_device,
        by_one_who_publishes_no_more,
        by_a_member,
        for_another_paper,
        signed_for_another_paper,
        for_another_version,
        of_another_file,
    ],
)
def test_what_no_publisher_signed_is_not_even_fetched(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str, forge: Forge
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    place = (simulator.documents[0].document, 1)
    offer = simulator.offers.pop(place)
    simulator.feeds[mine.person] = [row for row in simulator.feeds[mine.person] if not (row.item and row.item.offer)]
    forged = forge(simulator, secretary, mine, offer)
    simulator.offers[forged.document, forged.version] = forged
    simulator.slip_in(mine.person, forged)
    for _ in range(2):
        assert not mine.round().recognised
    assert fetches(mine) == 0
    assert [known(mine, each.digest) for each in simulator.documents] == [[], []]


@pytest.mark.parametrize("spoilt", ["changed", "other words", "too long", "about another paper", "no file", "empty"])
def test_a_file_that_is_not_what_was_signed_is_fetched_once_and_never_taken(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str, spoilt: str
) -> None:
    other = simulator.documents[1].digest
    text = RecognisedText(paper=digest, program=PROGRAM, languages="vie", pages=(page("dự phòng ngân sách"),))
    honest = recognition.write(text)
    others = recognition.write(replace(text, pages=(page("hoàn toàn khác"),)))
    data = {
        "changed": honest,
        "other words": honest,
        "too long": honest,
        "about another paper": recognition.write(replace(text, paper=other)),
        "no file": b"%PDF-1.7",
        "empty": recognition.write(replace(text, pages=(RecognisedPage(index=0, lines=()),))),
    }[spoilt]
    changed = data[:-1] + bytes([data[-1] ^ 1])
    sent = {"changed": changed, "other words": others, "too long": data + b"!"}.get(spoilt, data)
    unsigned = RecognisedOffer(
        document=simulator.documents[0].document,
        version=1,
        paper=digest,
        file=hashlib.sha256(data).hexdigest(),
        size=len(sent),
        by="",
        signature=b"",
    )
    offer = signed_by(secretary, unsigned, simulator.body)
    simulator.blobs[offer.file] = sent
    simulator.offers[offer.document, 1] = offer
    simulator.spread()
    recognise(mine, digest, "đọc ở máy mình")
    for _ in range(3):
        assert not mine.round().recognised
        mine.reopen()
    assert fetches(mine) == 1
    assert known(mine, digest) == ["đọc ở máy mình"] * 2


def test_an_honest_offer_is_taken_after_a_forged_one(
    simulator: Simulator, secretary: ClientDevice, mine: ClientDevice, digest: str
) -> None:
    recognise(secretary, digest, "dự phòng ngân sách")
    secretary.round()
    offer = simulator.offers[simulator.documents[0].document, 1]
    rows = simulator.feeds[mine.person]
    simulator.feeds[mine.person] = [row for row in rows if not (row.item and row.item.offer)]
    simulator.slip_in(mine.person, replace(offer, file="0" * 64))
    mine.round()
    assert known(mine, digest) == []
    simulator.slip_in(mine.person, offer)
    mine.round()
    assert known(mine, digest) == ["dự phòng ngân sách"] * 2
