"""A body at work, for tests and pictures of windows: a real server over TLS, the sample's papers, people at real desks.

`body_at_work` starts `ecabinet serve`, founds tỉnh Bình Minh, seats the chair at a desk of his own (`Sitter`), and
enrols the other members as a `Cabinet` does: what they do is one call. So is what the secretariat does, unless
`body.sit` gives it a desk too. The server's time is the machine's, so deadlines lie ahead of now. A private Secret
Service must be there before.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, QSize, QThread
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from ecabinet.client.background import Background, Lane
from ecabinet.client.desk import Access, Changes
from ecabinet.client.desk.access import ServerInvitation
from ecabinet.client.desk.desk import Desk
from ecabinet.client.pages import Pages
from ecabinet.client.ui.ballots import BallotScreen, BallotsScreen
from ecabinet.client.ui.behind import Behind
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.meetings import MeetingScreen, MeetingsScreen
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.search import SearchScreen
from ecabinet.client.ui.seat import News, Seat, nouns_of
from ecabinet.client.ui.syncing import told
from ecabinet.client.ui.times import Times
from ecabinet.core import envelope, protocol
from ecabinet.core.ballots import Elector, Electorate, Opinion, Recorded
from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope
from ecabinet.core.meetings import (
    AgendaItem,
    Classification,
    DocumentReference,
    DocumentsPublished,
    DocumentVersion,
    MeetingSent,
)
from ecabinet.core.people import Grant, Role
from ecabinet.core.register import Enrolled
from ecabinet.demo.relay import Relay
from ecabinet.keys.os_keystore import Keystore
from ecabinet.papers import sample
from tests.cabinet import Appended
from tests.server.live import LiveCabinet, Process

T = TypeVar("T")

PIN = "246913"
WRONG_PIN = "864213"
CHAIR = "chu-tich"
SECRETARY = "chuyen-vien-tong-hop"
"""At a desk; the cabinet's own secretary is another."""
PATIENCE = 60.0
"""Seconds, for a machine that is busy."""
BODY: AgencyCode = "H49.7"
_PEOPLE = {person.id: person for person in sample.people()}


def wait_until(is_so: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the program run on until something is so. Raises TimeoutError."""
    patience = QDeadlineTimer(round(seconds * 1000))
    while not is_so():
        if patience.hasExpired():
            raise TimeoutError(f"not within {seconds:.0f} s")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QThread.msleep(2)  # as an idle window does: the lanes, the server and the page processes want the machine


def address_of(url: str) -> tuple[str, int]:
    """Host and port."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


class SampleCabinet(LiveCabinet):
    """The sample's body at a live server: members, papers, meeting and ballots as `resources/sample` has them."""

    def __init__(self, url: str, founding_code: str) -> None:
        super().__init__(url, founding_code, BODY)
        self.offices |= {person.id: (person.office, person.office_en) for person in sample.people()}
        self.versions: dict[str, DocumentVersion] = {}
        """The last version of each paper, by the stem of its file."""

    # ---------------------------------------------------------------- people

    def invitation_for(self, person: str) -> protocol.Code:
        """A code for somebody of the sample, in the roles he has there."""
        return self.code_for(person, *self._grants(person))

    def confirm_waiting(self) -> None:
        """The registrar confirms everybody who waits, whatever the phrase."""
        asked = [row.enrolment for row in self.read_all("registrar") if row.enrolment is not None]
        latest = {each.enrolment: each for each in asked}
        for each in latest.values():
            if each.state is protocol.EnrolmentState.WAITING and self._is_of_a_desk(each):
                self.append(self._enrolment_of(each))

    def _is_of_a_desk(self, enrolment: protocol.Enrolment) -> bool:
        own = {device.certificate for device in self.devices.values()}
        return enrolment.keys.signing_certificate not in own

    def _enrolment_of(self, asked: protocol.Enrolment) -> Envelope:
        enrolled = Enrolled(
            **self.heading(),
            person=asked.person,
            office=asked.office,
            office_en=asked.office_en,
            grants=self._grants(asked.person),
            keys=asked.keys,
            previous=self.register_head,
        )
        return self.sign("registrar", enrolled)

    def _grants(self, person: str) -> tuple[Grant, ...]:
        known = _PEOPLE[person]
        helped = {Role.ASSISTANT: known.for_person}
        return tuple(Grant(role=role, from_at=self.began_at, for_person=helped.get(role)) for role in known.roles)

    def electorate(self, proposed_by: str = "") -> Electorate:
        electors = tuple(
            Elector(person=each, office=self.offices[each][0], proposed=each == proposed_by) for each in self.members
        )
        count = len(electors)
        return Electorate(electors=electors, statutory=count, in_office=count, vacant=0, chair=CHAIR)

    # ---------------------------------------------------------------- papers and meetings

    def publish_sample(self) -> None:
        """Every paper of the sample, in one act."""
        self.publish({paper.stem: paper.path.read_bytes() for paper in sample.papers()})

    def publish(self, papers: Mapping[str, bytes] | None = None) -> Appended:
        appended = super().publish(papers)
        said = appended.statement
        assert isinstance(said, DocumentsPublished)
        self.versions |= {Path(version.file_name).stem: version for version in said.documents}
        return appended

    def publish_again(self, stem: str, data: bytes, what_changed: str) -> None:
        """A new version of a paper. It reaches those before whom it is then put."""
        before = self.versions[stem]
        digest = self.upload("secretary", data)
        after = replace(
            before,
            version=before.version + 1,
            digest=digest,
            blob=digest,
            size=len(data),
            replaces=before.digest,
            what_changed=what_changed,
        )
        self.append(self.sign("secretary", DocumentsPublished(**self.heading(), documents=(after,))))
        self.versions[stem] = after

    def _version(self, number: str, data: bytes) -> DocumentVersion:
        known = next((paper for paper in sample.papers() if paper.stem == number), None)
        title = known.title if known else "Tài liệu thử"
        digest = hashlib.sha256(data).hexdigest()
        return DocumentVersion(
            document=envelope.new_id(self.now),
            version=1,
            digest=digest,
            blob=digest,
            size=len(data),
            file_name=f"{number}.pdf",
            title=title,
            number=known.number if known else "",
            agency=known.agency if known else "Văn phòng UBND tỉnh",
            kind=known.kind if known else "tai-lieu",
            replaces=None,
            what_changed="",
            classification=Classification.OPEN,
        )

    def references_to(self, stems: Sequence[str]) -> tuple[DocumentReference, ...]:
        return tuple(self.versions[stem].reference for stem in stems)

    def send_sample_meeting(self, *, starts_at: datetime) -> MeetingSent:
        """The regular meeting of November, with its seven items and twelve papers."""
        meeting = sample.meeting()
        return self.send_items(
            [(item.title, item.agency, [paper.stem for paper in item.papers]) for item in meeting.items],
            title=meeting.title,
            place=meeting.place,
            starts_at=starts_at,
        )

    def send_items(
        self, items: Sequence[tuple[str, str, Sequence[str]]], *, revises: MeetingSent | None = None, **changes: Any
    ) -> MeetingSent:
        """A meeting of items of title, agency and papers; or the next revision of one."""
        said: dict[str, Any] = {
            "meeting": envelope.new_id(self.now),
            "revision": 1,
            "replaces": None,
            "title": "Cuộc họp chuyên đề",
            "starts_at": self.now + timedelta(days=1),
            "place": "Phòng họp số 2",
            "chair": CHAIR,
            "participants": self.members,
        }
        if revises is not None:
            said |= {name: getattr(revises, name) for name in ("meeting", "title", "starts_at", "place")}
            said |= {"revision": revises.revision + 1, "replaces": hashlib.sha256(bytes(revises)).hexdigest()}
        agenda = tuple(
            AgendaItem(
                item=envelope.new_id(self.now),
                number=number,
                title=title,
                agency=agency,
                documents=self.references_to(stems),
                readers=None,
            )
            for number, (title, agency, stems) in enumerate(items, 1)
        )
        sent = MeetingSent(**{**self.heading(), **said, "items": agenda, **changes})
        self.append(self.sign("secretary", sent))
        return sent

    # ---------------------------------------------------------------- ballots

    def ask(self, key: str = "du-phong-mua-lu", *, due_in: timedelta = timedelta(hours=3), **changes: Any) -> str:
        """One of the sample's ballots, sent to all members; its id. What follows (`answer`, `close` …) is about it."""
        ballot = next(each for each in sample.ballots() if each.key == key)
        said = {name: getattr(ballot, name) for name in (*SAID_IN_SAMPLE, "rule")}
        self.open_ballot(
            **{
                **said,
                "electorate": self.electorate(ballot.proposed_by),
                "documents": self.references_to([paper.stem for paper in ballot.papers]),
                "deadline_at": _whole_minutes(self.now + due_in),
                **changes,
            }
        )
        return self.asked.ballot

    def opinions(self) -> tuple[Recorded, ...]:
        """Those of people at desks too: as the server's record of the ballot has them."""
        placed = ((each.placed, envelope.parse(each.envelope.statement)) for each in self.record().ballot)
        return tuple(
            Recorded(leaf=where.leaf, accepted_at=where.accepted_at, opinion=said)
            for where, said in placed
            if isinstance(said, Opinion)
        )

    def collect(self, *options: Sequence[str], text: str = "") -> None:
        """Each of the other members answers, by turns as `options` say."""
        others = [person for person in self.members if person in self.devices]
        for place, person in enumerate(others):
            self.answer(person, *options[place % len(options)], text=text)


SAID_IN_SAMPLE = (
    "subject",
    "submitter",
    "grounds",
    "decided_by",
    "deciding_note",
    "field",
    "priority",
    "specialist",
    "summary",
    "disputed",
    "questions",
)
"""What a ballot of the sample says."""


class Sitter:
    """Somebody at a desk of his own, behind a network that can be cut, with the frame of his windows."""

    def __init__(self, body: "Body", person: str, folder: Path, service: str) -> None:
        self.person, self.folder = person, folder
        self.unexpected: list[Exception] = []
        """What no window took."""
        self.relay = Relay(body.address)
        self.background = Background(unhandled=self.unexpected.append)
        self.pages = Pages()
        self.frame: Frame | None = None
        self.access = Access(folder, Keystore(service, may_prompt=False), serially=self.background.serially)
        host, port = self.relay.address
        invited = ServerInvitation(host=host, port=port, code=body.cabinet.invitation_for(person))
        profile = self.do(lambda: self.access.join(invited, PIN, "Máy thử"), Lane.NETWORK).profile
        body.cabinet.confirm_waiting()
        self.profile = self.do(lambda: self.access.ask_again(profile), Lane.NETWORK)
        self.desk: Desk = self.do(lambda: self.access.unlock(self.profile, PIN))
        self.sync()
        me = self.do(self.desk.me)
        self.seat = Seat(
            desk=self.desk,
            background=self.background,
            pages=self.pages,
            times=Times(zone=ZoneInfo(me.time_zone)),
            me=me,
            changed=self.refresh,
            news=News(),
            send_soon=self.send_soon,
            recognising=Behind(self.background, partial(self.desk.recognising.run, self.pages), None),
            open_ballot=lambda ballot: self.lay(BallotScreen(self.seat, ballot)),
            open_meeting=lambda meeting: self.lay(MeetingScreen(self.seat, meeting)),
            open_paper=lambda document: self.lay(ReaderScreen(self.seat, document)),
            open_as_sent=lambda document, digest: self.lay(ReaderScreen(self.seat, document, digest=digest)),
            open_found=lambda document, sought: self.lay(ReaderScreen(self.seat, document, sought)),
            open_monitor=lambda _: None,
        )
        self.seat.recognising.done.connect(self.refresh)

    # ---------------------------------------------------------------- at the desk

    def do(self, work: Callable[[], T], lane: Lane = Lane.SERIAL) -> T:
        """Have a use case done in its lane, and wait for it; raises what it raises."""
        results: list[T] = []
        errors: list[Exception] = []
        self.background.run(lane, lambda _: work(), then=results.append, failed=errors.append, owner=None)
        wait_until(lambda: results or errors)
        if errors:
            raise errors[0]
        return results[0]

    def sync(self) -> Changes:
        """One round, which has to reach its end, with what it changed shown."""
        before = self.desk.syncing.status().updated_at
        changes = self.do(self.desk.syncing.once, Lane.NETWORK)
        after = self.desk.syncing.status()
        assert after.updated_at != before, f"the round broke off: {after.trouble or 'the network is gone'}"
        assert after.trouble is None, after.trouble
        self.refresh(changes)
        return changes

    def send_soon(self) -> None:
        self.background.run(Lane.NETWORK, lambda _: self.desk.syncing.send(), then=self.refresh, owner=None)

    def leave(self) -> None:
        """Lock, and let go of everything."""
        self.close_frame()
        if not self.relay.is_cut:
            self.do(self.desk.lock, Lane.NETWORK)
        self.background.stop()
        self.pages.stop()
        self.relay.cut()

    # ---------------------------------------------------------------- the windows

    def show(self, place: Place, size: QSize = QSize(1366, 768)) -> Frame:  # noqa: B008 - a value
        """The frame at one of the places, anew."""
        self.close_frame()
        makers: dict[Place, Callable[[], Screen]] = {
            Place.MEETINGS: lambda: MeetingsScreen(self.seat),
            Place.BALLOTS: lambda: BallotsScreen(self.seat),
            Place.SEARCH: lambda: SearchScreen(self.seat),
        }
        me = self.seat.me
        identity = Identity(
            office=office_said(me.office, me.office_en), body=office_said(me.body_name, me.body_name_en)
        )
        self.frame = Frame(makers, identity, self.seat.times)
        self.frame.show_status(told(self.desk.syncing.status()))
        self.frame.go(place)
        self.frame.resize(size)
        self.frame.show()
        self.frame.activateWindow()
        return self.frame

    @property
    def window(self) -> Frame:
        """What `Hands` press keys in; `start` is there for them too."""
        assert self.frame is not None
        return self.frame

    def start(self) -> None:
        """The windows are there since `show`."""

    def lay(self, screen: Screen) -> None:
        self.window.lay(screen)

    def refresh(self, changes: Changes) -> None:
        if self.frame is not None and isValid(self.frame) and changes:
            self.frame.take_gone(changes.gone)
            self.frame.refresh(nouns_of(changes))
            self.seat.news.came.emit(changes)

    def close_frame(self) -> None:
        frame, self.frame = self.frame, None
        if frame is not None and isValid(frame):
            frame.close()
            frame.deleteLater()
            wait_until(self.is_settled)

    def is_settled(self) -> bool:
        """Whether nothing is on its way: no work in a lane, every page in view painted as sharp as it gets."""
        views = [view for top in QApplication.topLevelWidgets() for view in top.findChildren(PageView)]
        return not self.background._wishes and all(view.is_complete for view in views if view.isVisible())


class Body:
    """The server, the body there, and who sits at a desk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = Process(folder / "server")
        self._sitters: list[Sitter] = []
        self.cabinet = SampleCabinet(self._server.url, self._server.said["founding_code"])
        self.cabinet.found()
        self.cabinet.enrol("secretary", Role.SECRETARY)

    @property
    def address(self) -> tuple[str, int]:
        return address_of(self._server.url)

    def sit(self, person: str, *, device: str = "") -> Sitter:
        """Seat somebody of the sample at a desk; again for another device of his."""
        name = f"{person}{device}"
        sitter = Sitter(self, person, self.folder / name, f"ecabinet-test-{self.folder.name}-{name}")
        self._sitters.append(sitter)
        return sitter

    def sitter(self, person: str) -> Sitter:
        """Who sits already, or sits down now."""
        return next((each for each in self._sitters if each.person == person), None) or self.sit(person)

    def is_settled(self) -> bool:
        """Whether nothing is on its way at any desk."""
        return all(each.is_settled() for each in self._sitters)

    def enrol_members(self) -> None:
        """Those of the sample who have no desk here; what they do is told to the cabinet."""
        for person in sample.people():
            if Role.MEMBER in person.roles and person.id not in self.cabinet.members:
                self.cabinet.enrol(person.id, *person.roles)

    def end(self) -> None:
        with ExitStack() as ends:
            ends.callback(self._server.stop)
            for sitter in self._sitters:
                ends.callback(sitter.leave)


@contextmanager
def body_at_work(folder: Path) -> Iterator[Body]:
    """The body with the sample's papers, its meeting in two days; the chair, the first of the members, at a desk."""
    body = Body(folder)
    try:
        chair = body.sit(CHAIR)
        body.enrol_members()
        body.cabinet.publish_sample()
        body.cabinet.send_sample_meeting(starts_at=_eight_o_clock(in_days=2))
        chair.sync()
        yield body
    finally:
        body.end()


def _eight_o_clock(*, in_days: int) -> datetime:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    day = datetime.now(zone) + timedelta(days=in_days)
    return day.replace(hour=8, minute=0, second=0, microsecond=0).astimezone(UTC)


def _whole_minutes(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


__all__ = ["CHAIR", "PIN", "SECRETARY", "WRONG_PIN", "Body", "SampleCabinet", "Sitter", "body_at_work"]
