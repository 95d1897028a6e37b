"""The program itself: the first run, unlocking, what waits, papers, search, settings, and the registrar's windows."""

import atexit
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.access import Joined, Stage
from ecabinet.client.desk.enrolments import Invited, PersonLine
from ecabinet.client.desk.own_keys import OwnDevice
from ecabinet.client.desk.syncing import Alarm, AlarmKind, Status, Trouble
from ecabinet.client.desk.work import Todo
from ecabinet.client.ui.access import FirstRun
from ecabinet.client.ui.access_waiting import Waiting
from ecabinet.client.ui.alarms import AlarmsScreen
from ecabinet.client.ui.attention import AttentionScreen
from ecabinet.client.ui.enrolments import EnrolmentsScreen
from ecabinet.client.ui.enrolments_invite import InviteScreen
from ecabinet.client.ui.enrolments_person import PersonScreen
from ecabinet.client.ui.enrolments_waiting import WaitingScreen
from ecabinet.client.ui.entrance import Entrance
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.own_keys import ChangePinSheet, OwnKeysShown, ReportSheet, own_keys_cards
from ecabinet.client.ui.own_recovery import RecoveryCodeSheet
from ecabinet.client.ui.papers import PapersScreen
from ecabinet.client.ui.preferences import Preferences
from ecabinet.client.ui.roles import office_said, role_name
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.screens import picture
from ecabinet.client.ui.search import SearchScreen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.settings import SettingsScreen
from ecabinet.client.ui.sitting import alarm_notice, parting
from ecabinet.client.ui.syncing import told, trouble_notice
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.unlock import Profiles, Unlock
from ecabinet.client.ui.unlock_recovery import Recover, Renew
from ecabinet.client.ui.widgets import boxed, column, scrolled
from ecabinet.client.ui.window import Window
from ecabinet.core.envelope import new_id
from ecabinet.core.losses import LostDevice
from ecabinet.core.people import Grant, Role
from ecabinet.core.register import RevocationReason
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import Town, now
from tests.server.live import Process
from tests.ui.body import CHAIR, Body, Sitter

_RECOVERY_CODE = "7Q2M-9XKC-3T5V-BN8H-4WPZ-6RDJ-1YGF"
_SOON_MS = 0


# ---------------------------------------------------------------- before unlocking


def entrance(body: Body, make: Callable[[Gate], GateScreen]) -> Entrance:
    chair = body.sitter(CHAIR)
    gate = Gate(access=chair.access, background=chair.background, device_name="VP-UBND-01")
    entrance = Entrance(gate)
    entrance._show(make(gate))
    return entrance


def at_step(gate: Gate, go: Callable[[FirstRun], object], *, founds: bool = False) -> FirstRun:
    screen = FirstRun(gate, may_leave=False)
    screen._code._founds.setChecked(founds)
    QTimer.singleShot(_SOON_MS, screen, lambda: go(screen))
    return screen


@picture("first-run-code")
def first_run(body: Body) -> QWidget:
    return entrance(body, lambda gate: FirstRun(gate, may_leave=False))


@picture("first-run-body")
def first_run_body(body: Body) -> QWidget:
    return entrance(body, lambda gate: at_step(gate, FirstRun._ask_for_body, founds=True))


@picture("first-run-pin")
def first_run_pin(body: Body) -> QWidget:
    return entrance(body, lambda gate: at_step(gate, FirstRun._ask_for_pin))


@picture("first-run-recovery")
def first_run_recovery(body: Body) -> QWidget:
    joined = Joined(profile=body.sitter(CHAIR).profile, recovery_code=_RECOVERY_CODE)
    return entrance(body, lambda gate: at_step(gate, lambda screen: screen._show_recovery(joined)))


@picture("first-run-waiting")
def first_run_waiting(body: Body) -> QWidget:
    class Still(Waiting):
        """Does not ask the server, which would say that it is confirmed."""

        def _look(self) -> None: ...

    return entrance(body, lambda gate: Still(gate, replace(body.sitter(CHAIR).profile, stage=Stage.WAITING)))


@picture("first-run-declined")
def first_run_declined(body: Body) -> QWidget:
    return entrance(body, lambda gate: Waiting(gate, replace(body.sitter(CHAIR).profile, stage=Stage.DECLINED)))


@picture("unlock")
def unlock(body: Body) -> QWidget:
    return entrance(body, lambda gate: Unlock(gate, body.sitter(CHAIR).profile))


@picture("unlock-confirmed")
def unlock_confirmed(body: Body) -> QWidget:
    return entrance(body, lambda gate: Unlock(gate, body.sitter(CHAIR).profile, is_new=True))


@picture("unlock-wrong-pin")
def unlock_wrong_pin(body: Body) -> QWidget:
    def make(gate: Gate) -> GateScreen:
        screen = Unlock(gate, body.sitter(CHAIR).profile)
        QTimer.singleShot(_SOON_MS, screen, lambda: screen._pin.refuse(3))
        return screen

    return entrance(body, make)


@picture("unlock-recovery")
def unlock_recovery(body: Body) -> QWidget:
    return entrance(body, lambda gate: Recover(gate, body.sitter(CHAIR).profile))


@picture("unlock-profiles")
def unlock_profiles(body: Body) -> QWidget:
    profile = body.sitter(CHAIR).profile
    other = replace(profile, id="other", stage=Stage.WAITING, office="Trưởng Ban Chỉ huy Phòng thủ dân sự tỉnh")
    return entrance(body, lambda gate: Profiles(gate, [profile, other]))


# ---------------------------------------------------------------- a member


@cache
def busy(body: Body) -> Sitter:
    """The chair, for whom some things wait."""
    chair = body.sitter(CHAIR)
    body.cabinet.ask("du-phong-mua-lu", due_in=timedelta(hours=2))
    body.cabinet.ask("bang-gia-dat", due_in=timedelta(days=2, hours=3))
    body.cabinet.ask("van-ban-dien-tu", due_in=timedelta(days=9))
    chair.sync()
    return chair


def framed(seat: Seat, at: Place, make: Callable[[Seat], Screen], *, on_top: bool = False) -> Frame:
    makers: dict[Place, Callable[[], Screen]] = {
        Place.ATTENTION: lambda: AttentionScreen(seat),
        Place.PAPERS: lambda: PapersScreen(seat),
        Place.SEARCH: lambda: SearchScreen(seat),
    }
    if seat.me.may_enrol:
        makers[Place.ADMINISTER] = lambda: EnrolmentsScreen(seat)
    if not on_top:
        makers[at] = lambda: make(seat)
    me = seat.me
    identity = Identity(office=office_said(me.office, me.office_en), body=office_said(me.body_name, me.body_name_en))
    frame = Frame(makers, identity, seat.times)
    frame.show_status(told(seat.desk.syncing.status()))
    frame.go(at)
    if on_top:
        frame.lay(make(seat))
    return frame


@picture("attention")
def attention(body: Body) -> QWidget:
    return framed(busy(body).seat, Place.ATTENTION, AttentionScreen)


@picture("papers")
def papers(body: Body) -> QWidget:
    chair = busy(body)
    for paper, seen in zip(chair.do(chair.desk.papers.all)[2:], itertools.cycle((7, 24)), strict=False):
        chair.do(partial(chair.desk.papers.opened, paper.digest))
        chair.do(partial(chair.desk.papers.read_pages, paper.digest, 24, range(seen)))
    return framed(chair.seat, Place.PAPERS, PapersScreen)


@picture("search")
def search(body: Body) -> QWidget:
    frame = framed(busy(body).seat, Place.SEARCH, SearchScreen)
    screen = frame.screen_shown
    assert isinstance(screen, SearchScreen)
    screen._sought.setText("ngan sach")
    return frame


@picture("search-before")
def search_before(body: Body) -> QWidget:
    return framed(busy(body).seat, Place.SEARCH, SearchScreen)


@picture("settings")
def settings(body: Body) -> QWidget:
    def make(seat: Seat) -> Screen:
        screen = SettingsScreen(seat, Preferences(), lambda _: None)
        QTimer.singleShot(_SOON_MS, screen, screen._check_for_travel)
        return screen

    return framed(busy(body).seat, Place.ATTENTION, make, on_top=True)


_OTHER_PHRASE = "bam-khong thu-la hen-da rung-tim"


@picture("settings-keys")
def settings_keys(body: Body) -> QWidget:
    """One's own keys alone, with another device that runs out."""

    def others(device: OwnDevice) -> tuple[OwnDevice, ...]:
        ends_at = datetime.now(UTC) + timedelta(days=20)
        return device, replace(device, phrase=_OTHER_PHRASE, is_this_one=False, not_after=ends_at, is_expiring=True)

    return _keys_shown(body, others)


@picture("settings-keys-former")
def settings_keys_former(body: Body) -> QWidget:
    """Keys that the machine had before, and that the registrar was asked to revoke."""

    def former(device: OwnDevice) -> tuple[OwnDevice, ...]:
        asked_at = datetime.now(UTC)
        return (replace(device, phrase=_OTHER_PHRASE, is_this_one=False, is_former=True, reported_at=asked_at),)

    return _keys_shown(body, former)


def _keys_shown(body: Body, devices: Callable[[OwnDevice], tuple[OwnDevice, ...]]) -> QWidget:
    class Keys(SettingsScreen):
        def _show_keys(self, shown: OwnKeysShown) -> None:
            cards = own_keys_cards(self, self._seat, replace(shown, devices=devices(shown.devices[0])))
            whole = cards if any(each.is_this_one for each in devices(shown.devices[0])) else cards[1:]
            self.show_content(scrolled(boxed(column(*whole, None, gap=Space.LARGE, pad=Space.LARGE))))

    return framed(busy(body).seat, Place.ATTENTION, lambda seat: Keys(seat, Preferences(), lambda _: None), on_top=True)


@picture("settings-keys-lost")
def settings_keys_lost(body: Body) -> QWidget:
    """What is sent to the registrar when another device is lost."""

    def make(seat: Seat) -> Screen:
        screen = SettingsScreen(seat, Preferences(), lambda _: None)
        other = OwnDevice(
            certificate="0" * 64,
            phrase=_OTHER_PHRASE,
            not_after=datetime.now(UTC),
            is_this_one=False,
            is_former=False,
            reported_at=None,
            is_expiring=False,
        )
        QTimer.singleShot(_SOON_MS, screen, lambda: ReportSheet(screen, seat, other).open())
        return screen

    return framed(busy(body).seat, Place.ATTENTION, make, on_top=True)


@picture("settings-recovery")
def settings_recovery(body: Body) -> QWidget:
    """A recovery code that was made anew."""

    def make(seat: Seat) -> Screen:
        screen = SettingsScreen(seat, Preferences(), lambda _: None)
        code = "3M7K-9QXA-52TD-J0WE-H8RB-VN4C-6PZG"
        QTimer.singleShot(_SOON_MS, screen, lambda: RecoveryCodeSheet(screen, seat, code).open())
        return screen

    return framed(busy(body).seat, Place.ATTENTION, make, on_top=True)


@picture("settings-pin")
def settings_pin(body: Body) -> QWidget:
    def make(seat: Seat) -> Screen:
        screen = SettingsScreen(seat, Preferences(), lambda _: None)
        QTimer.singleShot(_SOON_MS, screen, lambda: ChangePinSheet(screen, seat).open())
        return screen

    return framed(busy(body).seat, Place.ATTENTION, make, on_top=True)


@picture("unlock-renewal")
def unlock_renewal(body: Body) -> QWidget:
    return entrance(body, lambda gate: Renew(gate, body.sitter(CHAIR).profile))


@picture("alarms-none")
def alarms(body: Body) -> QWidget:
    return framed(busy(body).seat, Place.ATTENTION, AlarmsScreen, on_top=True)


@picture("alarms")
def alarms_told(body: Body) -> QWidget:
    """Each kind there is."""
    subjects = {
        AlarmKind.FORK: "",
        AlarmKind.MISSING_OPINION: "Về sử dụng dự phòng ngân sách cấp tỉnh năm 2026",
        AlarmKind.CHANGED_KEYS: "Giám đốc Sở Xây dựng",
        AlarmKind.OTHER_PAPER: "Tờ trình về dự toán ngân sách địa phương năm 2027",
    }
    known = [
        Alarm(id=new_id(now()), kind=kind, raised_at=now(), subject=subjects[kind], evidence=b"") for kind in AlarmKind
    ]

    class Told(AlarmsScreen):
        """Of alarms that nothing here has raised."""

        def load(self) -> None:
            self._show(known)

    return framed(busy(body).seat, Place.ATTENTION, Told, on_top=True)


@picture("window-alarm")
def window_alarm(body: Body) -> QWidget:
    """What must not be overlooked, above wherever one is."""
    window = Window()
    window.show_inside(framed(busy(body).seat, Place.PAPERS, PapersScreen))
    window.tell("alarm", alarm_notice(lambda: None))
    window.tell("trouble", trouble_notice(Status(trouble=Trouble.DISK_FULL)))
    return window


@picture("window-locking")
def window_locking(body: Body) -> QWidget:
    window = Window()
    window.show_inside(parting())
    return window


# ---------------------------------------------------------------- the registrar


@cache
def office(body: Body) -> Seat:
    """A registrar's, of a body at a server of its own: a secretary and a member are in, another member waits."""
    server = Process(body.folder / "registrar-server")
    atexit.register(server.stop)
    name = f"ecabinet-test-{body.folder.name}-registrar"
    town = Town(body.folder / "town", Keystore(name, may_prompt=False), server.url.removeprefix("https://"))
    registrar = town.found(server.said["founding_code"])
    atexit.register(town.lock_all)
    town.enrol("secretary", Role.SECRETARY)
    town.enrol("finance", Role.MEMBER)
    town.ask_to_join("construction", Role.MEMBER)
    registrar.sync()
    chair, me = body.sitter(CHAIR), registrar.desk.me()
    return replace(chair.seat, desk=registrar.desk, me=me, times=Times(zone=chair.seat.times.zone))


@picture("administration")
def administration(body: Body) -> QWidget:
    return framed(office(body), Place.ADMINISTER, EnrolmentsScreen)


@picture("administration-attention")
def administration_attention(body: Body) -> QWidget:
    return framed(office(body), Place.ATTENTION, AttentionScreen)


@picture("administration-confirm")
def administration_confirm(body: Body) -> QWidget:
    seat = office(body)
    (waiting,) = seat.desk.enrolments.waiting()
    return framed(seat, Place.ADMINISTER, lambda seat: WaitingScreen(seat, waiting.enrolment), on_top=True)


@picture("administration-person")
def administration_person(body: Body) -> QWidget:
    return framed(office(body), Place.ADMINISTER, lambda seat: PersonScreen(seat, "finance"), on_top=True)


def _reporting(line: PersonLine) -> PersonLine:
    """The same, as if the person had reported a device lost."""
    lost = LostDevice(certificate="", reason=RevocationReason.DEVICE_LOST, at=now(), by="", signature=b"")
    return replace(line, devices=tuple(replace(each, reported=lost) for each in line.devices[:1]))


@picture("administration-person-lost")
def administration_person_lost(body: Body) -> QWidget:
    """Who has reported a device lost, as the registrar sees it."""

    class Reported(PersonScreen):
        def _show(self, people: tuple[PersonLine, ...]) -> None:
            super()._show(tuple(map(_reporting, people)))

    return framed(office(body), Place.ADMINISTER, lambda seat: Reported(seat, "finance"), on_top=True)


@picture("attention-lost")
def attention_lost(body: Body) -> QWidget:
    """The same on the registrar's list."""
    people = office(body).desk.enrolments.people()

    class Told(AttentionScreen):
        def _show(self, todo: Todo) -> None:
            super()._show(replace(todo, lost=tuple(_reporting(each) for each in people if each.person == "finance")))

    return framed(office(body), Place.ATTENTION, Told)


@picture("administration-invite")
def administration_invite(body: Body) -> QWidget:
    return framed(office(body), Place.ADMINISTER, InviteScreen, on_top=True)


@cache
def invitation(body: Body) -> Invited:
    return office(body).desk.enrolments.invite(
        person="home-affairs",
        office="Giám đốc Sở Nội vụ",
        office_en="",
        grants=[Grant(role=Role.MEMBER, from_at=now())],
    )


@picture("administration-code")
def administration_code(body: Body) -> QWidget:
    invited = invitation(body)

    class Made(InviteScreen):
        """Has been filled in already."""

        def load(self) -> None:
            self._show_code("Giám đốc Sở Nội vụ", role_name(Role.MEMBER), invited)

    return framed(office(body), Place.ADMINISTER, Made, on_top=True)
