"""The feed: everybody gets what he may see, keeps it as long as he may, and misses nothing."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as FilePath

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ecabinet.core import envelope
from ecabinet.core.meetings import AgendaItem, MeetingSent
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import Reason, Refused, RowKind
from ecabinet.server.feed import MOST_LOOKS, Lookout
from tests.cabinet import Appended
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet, local_server
from tests.server.reading import Kept, Reader, allowed
from tests.server.served import ServedCabinet

TWO = ("chair", "finance")


def revised(cabinet: ServedCabinet, sent: Appended, **changes: object) -> Appended:
    """The meeting, sent again."""
    said = sent.statement
    assert isinstance(said, MeetingSent)
    following = {
        **cabinet.heading(),
        "revision": said.revision + 1,
        "replaces": sent.opened.statement_digest,
        **changes,
    }
    return cabinet.append(cabinet.sign("secretary", replace(said, **following)))  # type: ignore[arg-type]


def regrant(cabinet: ServedCabinet, person: str, *grants: Grant) -> Appended:
    """The person as before, with other roles."""
    enrolment = cabinet.enrolment(person, device=cabinet.devices[person])
    return cabinet.append(cabinet.altered(enrolment, grants=grants))


def allowed_to(cabinet: ServedCabinet, person: str) -> set[Kept]:
    return allowed(cabinet.ledger, cabinet.person(person), cabinet.now)


def kinds(cabinet: ServedCabinet, person: str) -> list[RowKind]:
    return [row.kind for row in cabinet.read_all(person)]


# ---------------------------------------------------------------- pages


def test_everybody_gets_what_is_his(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=["chair", "finance", "construction"])
    cabinet.answer("chair")
    people = {person: Reader(cabinet, person).read() for person in cabinet.devices}
    cabinet.answer("finance")
    cabinet.close()
    cabinet.announce()
    for person, reader in people.items():
        assert set(reader.read().kept) == allowed_to(cabinet, person), person


def test_four_hundred_small_things_arrive_in_one_page(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.publish({f"{number}/BC": b"%PDF" for number in range(400)})
    before = local.feed("chair")
    local.send_meeting()
    page = local.feed("chair", after=before.position, epoch=before.epoch)
    assert [row.kind for row in page.rows] == [RowKind.DOCUMENT] * 400 + [RowKind.ENVELOPE] * 2
    assert not page.has_more
    assert local.feed("chair", after=page.position, epoch=page.epoch).rows == ()


def test_pages_follow_each_other_without_a_gap(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.publish({f"{number}/BC": b"%PDF" for number in range(700)})
    local.send_meeting()
    first = local.feed("chair")
    assert (len(first.rows), first.has_more) == (500, True)
    rest = local.feed("chair", after=first.position, epoch=first.epoch)
    assert not rest.has_more
    documents = {row.document.document for row in first.rows + rest.rows if row.document is not None}
    assert len(documents) == 700


def test_a_page_is_never_longer_than_its_reader_takes(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    for number in range(12):
        local.answer("chair", remark=f"{number}" * 300_000)
    page = local.feed("chair")
    assert page.has_more
    assert sum(len(row.envelope.statement) for row in page.rows if row.envelope) < 3_000_000
    assert len(Reader(local, "chair").read().kept) == len(allowed_to(local, "chair"))


def test_much_that_goes_at_once_goes_in_pieces(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.publish({f"{number}/BC": b"%PDF" for number in range(2500)})
    regrant(local, "chair", Grant(role=Role.CLERK, from_at=local.began_at))
    reader = Reader(local, "chair").read()
    assert len(reader.kept) == 4 + 1 + 2500
    before = reader.position
    regrant(local, "chair", Grant(role=Role.MEMBER, from_at=local.began_at))
    page = local.feed("chair", after=before, epoch=reader.epoch)
    assert [len(row.gone) for row in page.rows if row.kind is RowKind.GONE] == [2000, 501]
    assert set(reader.read().kept) == allowed_to(local, "chair")


def test_another_epoch_begins_from_the_beginning(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    page = local.feed("chair")
    again = local.feed("chair", after=page.position, epoch="of a server that was restored")
    assert again == page


def test_a_client_that_has_seen_more_than_there_is_is_told(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    with pytest.raises(Refused) as refused:
        cabinet.feed("chair", tree=99)
    assert (refused.value.refusal.reason, refused.value.refusal.what) == (Reason.BAD_REQUEST, "tree")


# ---------------------------------------------------------------- rights that come and go


def test_who_is_left_out_of_a_meeting_loses_it_with_its_papers(local: LocalCabinet) -> None:
    local.seat(members=TWO)
    local.publish()
    sent = local.send_meeting()
    reader = Reader(local, "finance").read()
    assert len(reader.kept) == 4 + 2 + 2
    without = revised(local, sent, participants=("chair",))
    gone = local.read_all("finance")[-1]
    assert (gone.kind, len(gone.gone)) == (RowKind.GONE, 4)
    assert len(reader.read().kept) == 4
    assert len(Reader(local, "finance").read().kept) == 4  # and a new device never sees it
    assert RowKind.DOCUMENT not in kinds(local, "finance")
    revised(local, without, participants=TWO)
    assert set(reader.read().kept) == allowed_to(local, "finance")
    assert len(reader.kept) == 4 + 2 + 3  # the revisions he was in; of the one he was not he learns nothing


def test_an_item_may_be_for_some_only(local: LocalCabinet) -> None:
    local.seat(members=TWO)
    local.publish()
    sent = local.send_meeting()
    said = sent.statement
    assert isinstance(said, MeetingSent)
    revised(local, sent, items=(replace(said.items[0], readers=("chair",)),))
    assert RowKind.DOCUMENT not in kinds(local, "finance")
    assert kinds(local, "chair").count(RowKind.DOCUMENT) == 2


def test_a_superseded_version_stays_with_who_has_the_next(local: LocalCabinet) -> None:
    local.seat(members=TWO)
    local.publish()
    sent = local.send_meeting()
    first = local.documents[0]
    local.publish_versions(
        local.version("430/TTr-STC", b"%PDF 2", document=first.document, version=2, replaces=first.digest)
    )
    newcomers = ("finance", "construction")
    local.enrol("construction", Role.MEMBER)
    said = sent.statement
    assert isinstance(said, MeetingSent)
    revised(local, sent, participants=newcomers, items=(replace(said.items[0], documents=local.references()),))
    old, new = (("document", f"{first.document}/{version}") for version in (1, 2))
    kept = {person: Reader(local, person).read().kept.keys() for person in ("chair", "finance", "construction")}
    assert {old, new} <= kept["finance"]
    assert new in kept["construction"]
    assert old not in kept["construction"]
    assert not {old, new} & kept["chair"]
    for person, keys in kept.items():
        assert keys == allowed_to(local, person)


def test_a_ballot_puts_its_papers_before_its_electors_for_good(local: LocalCabinet) -> None:
    local.seat(members=TWO)
    local.publish()
    sent = local.send_meeting()
    local.open_ballot()
    revised(local, sent, participants=("chair",))
    kept = Reader(local, "finance").read().kept
    assert len([key for key in kept if key[0] == "document"]) == 2
    assert set(kept) == allowed_to(local, "finance")


def test_a_role_that_ends_by_the_clock_takes_everything_with_it(local: LocalCabinet, clock: Clock) -> None:
    local.prepare(members=TWO)
    local.answer("finance")
    member = Grant(role=Role.MEMBER, from_at=local.began_at)
    for_a_day = Grant(role=Role.SECRETARY, from_at=clock.now, to_at=clock.now + timedelta(days=1))
    regrant(local, "chair", member, for_a_day)
    reader = Reader(local, "chair").read()
    as_secretary = set(reader.kept)
    assert as_secretary == allowed_to(local, "chair")
    clock.advance(timedelta(days=2))
    local.now = clock.now
    assert RowKind.GONE in kinds(local, "chair")
    assert set(reader.read().kept) == allowed_to(local, "chair") < as_secretary
    assert set(Reader(local, "chair").read().kept) == allowed_to(local, "chair")


def test_a_role_that_begins_later_brings_what_was_there_before(local: LocalCabinet, clock: Clock) -> None:
    local.prepare(members=TWO)
    regrant(local, "chair", Grant(role=Role.SECRETARY, from_at=clock.now + timedelta(days=1)))
    reader = Reader(local, "chair").read()
    few = len(reader.kept)
    clock.advance(timedelta(days=2))
    local.append(local.meeting())  # somebody else's act is enough
    assert len(reader.read().kept) > few
    assert set(reader.kept) == allowed_to(local, "chair")


def test_an_assistant_reads_what_his_member_reads(local: LocalCabinet) -> None:
    local.prepare(members=TWO)
    local.enrol("construction", Role.GUEST)
    assert kinds(local, "construction") == [RowKind.ENVELOPE] * 5
    regrant(local, "construction", Grant(role=Role.ASSISTANT, from_at=local.began_at, for_person="chair"))
    local.answer("chair")
    assert kinds(local, "construction").count(RowKind.DOCUMENT) == 2
    assert set(Reader(local, "construction").read().kept) == allowed_to(local, "construction")


def test_an_administrator_and_a_registrar_read_no_papers(local: LocalCabinet) -> None:
    local.prepare(members=TWO)
    local.enrol("construction", Role.ADMINISTRATOR)
    local.answer("chair")
    assert set(kinds(local, "construction")) == {RowKind.ENVELOPE}
    assert len(kinds(local, "construction")) == 5
    assert set(kinds(local, "registrar")) == {RowKind.ENVELOPE, RowKind.ENROLMENT}


# ---------------------------------------------------------------- whatever happens


PEOPLE = ("chair", "finance", "construction")
SOME = st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(tuple)


class Comings(RuleBasedStateMachine):
    """Papers, meetings, ballots and roles in any order; everybody always has just what he may."""

    database = ""

    @initialize()
    def seat(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="ecabinet-feed-")
        self.clock = Clock()
        self.server = local_server(FilePath(self.folder.name) / "data", self.database, self.clock)
        self.cabinet = LocalCabinet(self.server)
        self.cabinet.seat(PEOPLE)
        self.cabinet.publish()
        self.meetings: list[Appended] = []
        self.open = False
        self.readers = {person: Reader(self.cabinet, person) for person in self.cabinet.devices}
        self.papers = 0

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.check_everybody()
            self.server.store.close()
            self.folder.cleanup()

    @rule(is_new=st.booleans())
    def publish(self, *, is_new: bool) -> None:
        self.papers += 1
        data = f"%PDF {self.papers}".encode()
        if is_new:
            version = self.cabinet.version(f"{self.papers}/BC", data)
        else:
            last = {each.document: each for each in self.cabinet.documents}
            old = next(iter(last.values()))
            following = {"document": old.document, "version": old.version + 1, "replaces": old.digest}
            version = self.cabinet.version(old.number, data, **following)
        self.cabinet.publish_versions(version)

    @rule(participants=SOME, readers=st.none() | SOME, papers=st.data())
    def send(self, participants: tuple[str, ...], readers: tuple[str, ...] | None, papers: st.DataObject) -> None:
        changes = self.meeting_of(participants, readers, papers)
        self.meetings.append(self.cabinet.append(self.cabinet.altered(self.cabinet.meeting(), **changes)))

    @rule(participants=SOME, readers=st.none() | SOME, papers=st.data())
    @precondition(lambda self: self.meetings)
    def revise(self, participants: tuple[str, ...], readers: tuple[str, ...] | None, papers: st.DataObject) -> None:
        changes = self.meeting_of(participants, readers, papers)
        self.meetings[-1] = revised(self.cabinet, self.meetings[-1], **changes)

    def meeting_of(
        self, participants: tuple[str, ...], readers: tuple[str, ...] | None, papers: st.DataObject
    ) -> dict[str, object]:
        references = [each.reference for each in self.cabinet.documents[-3:]]
        item = AgendaItem(
            item=envelope.new_id(self.cabinet.now),
            number=1,
            title="Dự toán ngân sách địa phương năm 2027",
            agency="Sở Tài chính",
            documents=tuple(papers.draw(st.lists(st.sampled_from(references), min_size=1, unique=True))),
            readers=readers,
        )
        return {"participants": participants, "chair": participants[0], "items": (item,)}

    @rule(electors=SOME, shows_answers=st.booleans())
    @precondition(lambda self: not self.open)
    def open_ballot(self, electors: tuple[str, ...], *, shows_answers: bool) -> None:
        electorate = self.cabinet.electorate()
        asked = tuple(each for each in electorate.electors if each.person in electors)
        electorate = replace(electorate, electors=asked, chair=asked[0].person)
        self.cabinet.open_ballot(electorate=electorate, shows_answers_before_own=shows_answers)
        self.open = True

    @rule(place=st.integers(0, 2))
    @precondition(lambda self: self.open)
    def answer(self, place: int) -> None:
        electors = self.cabinet.asked.electorate.electors
        self.cabinet.answer(electors[place % len(electors)].person)

    @rule(is_announced=st.booleans())
    @precondition(lambda self: self.open)
    def close(self, *, is_announced: bool) -> None:
        self.cabinet.close()
        if is_announced:
            self.cabinet.announce()
        self.open = False

    @rule(
        person=st.sampled_from(PEOPLE),
        role=st.sampled_from([Role.MEMBER, Role.SECRETARY, Role.CLERK, Role.ADMINISTRATOR, Role.ASSISTANT]),
        begins=st.integers(-2, 2),
        lasts=st.none() | st.integers(1, 4),
    )
    def grant(self, person: str, role: Role, begins: int, lasts: int | None) -> None:
        from_at = self.cabinet.now + timedelta(hours=begins)
        helped = "finance" if role is Role.ASSISTANT else None
        until = None if lasts is None else from_at + timedelta(hours=lasts)
        regrant(self.cabinet, person, Grant(role=role, from_at=from_at, to_at=until, for_person=helped))

    @rule(hours=st.integers(1, 3))
    def wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        self.cabinet.now = self.clock.now

    @rule(person=st.sampled_from([*PEOPLE, "secretary", "registrar"]))
    def read(self, person: str) -> None:
        assert set(self.readers[person].read().kept) == self.expected(person)

    @invariant()
    def one_who_always_reads_is_always_right(self) -> None:
        if hasattr(self, "readers"):
            self.read("finance")

    def check_everybody(self) -> None:
        for person, reader in self.readers.items():
            expected = self.expected(person)
            assert set(reader.read().kept) == expected
            # A new device is shown nothing besides, not even on the way.
            newcomer = Reader(self.cabinet, person).read()
            assert newcomer.kept.keys() == newcomer.shown == expected

    def expected(self, person: str) -> set[Kept]:
        return allowed(self.cabinet.ledger, self.cabinet.person(person), self.clock.now)


TestComings = pytest.mark.timeout(900)(Comings.TestCase)  # a server is made for each example
TestComings.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_who_looks_too_often_takes_only_his_own_room() -> None:
    async def look() -> None:
        lookout = Lookout()
        other = lookout.looks("H49.1", "finance")
        mine = [lookout.looks("H49.1", "chair") for _ in range(MOST_LOOKS + 2)]
        for each in (other, *mine):
            assert await anext(each) is False
        for each in mine[:2]:
            with pytest.raises(StopAsyncIteration):
                await asyncio.wait_for(anext(each), 5)
        lookout.wake("H49.1", {"chair", "finance"})
        for each in (other, *mine[2:]):
            assert await asyncio.wait_for(anext(each), 5)

    asyncio.run(look())
