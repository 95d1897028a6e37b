"""One profile from unlocking to locking: its frame and screens, the rounds of sync, what changed, what must be told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Background, Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.desk import Desk, Me
from ecabinet.client.desk.recognising import NoTesseract
from ecabinet.client.desk.syncing import Alarm, Trouble
from ecabinet.client.desk.work import Counts
from ecabinet.client.pages import Pages
from ecabinet.client.ui.alarms import AlarmsScreen
from ecabinet.client.ui.attention import AttentionScreen
from ecabinet.client.ui.ballots import BallotScreen, BallotsScreen
from ecabinet.client.ui.behind import Behind
from ecabinet.client.ui.enrolments import EnrolmentsScreen
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.idle import Idle
from ecabinet.client.ui.meetings import MeetingScreen, MeetingsScreen
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.papers import PapersScreen
from ecabinet.client.ui.preferences import Preferences
from ecabinet.client.ui.preparing.monitor import MonitorScreen
from ecabinet.client.ui.preparing.overview import PreparingScreen
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.recognising import absence_notice, recognising_briefly, recognising_told
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.search import SearchScreen
from ecabinet.client.ui.seat import News, Seat, Sought, nouns_of
from ecabinet.client.ui.settings import SettingsScreen
from ecabinet.client.ui.syncing import Rounds, told, trouble_notice
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import Times, amount_of
from ecabinet.client.ui.widgets import Button, EmptyState, Kind, Notice
from ecabinet.client.ui.window import Window
from ecabinet.client.ui.words import say
from ecabinet.core.codec import Digest, Identifier

_EVERYTHING = frozenset({"documents", "meetings", "ballots", "notes", "enrolments", "register", "synced"})
_A_MINUTE_MS = 60_000
_A_MINUTE = timedelta(minutes=1)


class Sitting(QObject):
    """Makes the frame, and makes it anew when the language or the look becomes another."""

    locked = Signal()
    """The outbox has been sent as far as could be, the vault is closed, no page is open any more."""
    preferences_chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, me: Me, background: Background, window: Window, preferences: Preferences) -> None:
        super().__init__()
        self._desk, self._me, self._background, self._window = desk, me, background, window
        self._pages = Pages()
        self._is_locking = False
        self._is_first_sync_shown = self._is_absence_told = False
        self._trouble: Trouble | None = None
        self._clock_off_by: timedelta | None = None
        self._news = News(self)
        self._rounds = Rounds(background, desk.syncing, self)
        self._rounds.changed.connect(self._take)
        self._rounds.moved.connect(self._show_status)
        self._rounds.underway.connect(self._refresh_all)
        self._rounds.failed.connect(self.failed)
        self._reading_in = Behind(background, partial(desk.finding.read_in, self._pages), self)
        self._reading_in.failed.connect(self.failed)
        self._recognising = Behind(background, partial(desk.recognising.run, self._pages), self)
        self._recognising.moved.connect(self._show_recognising)
        self._recognising.done.connect(self._take)
        self._recognising.failed.connect(self._tell_of_recognising)
        self._crossing = Behind(background, partial(desk.crossings.run, self._pages), self)
        self._crossing.done.connect(self._take)
        self._crossing.failed.connect(self.failed)
        self._reading_in.done.connect(lambda _: self._crossing.look())
        self._reading_in.done.connect(lambda _: self._recognising.look())
        self._begin(preferences)
        self._look_for_alarms()
        self._rounds.start()
        self._reading_in.look()

    def begin_anew(self, preferences: Preferences) -> None:
        """Show everything in another language or look, at the settings where it was chosen."""
        self._begin(preferences)
        self._open_settings()

    def lock(self) -> None:
        """Take everything off the screen at once, send what is signed, and close the vault."""
        if self._is_locking:
            return
        self._is_locking = True
        self._rounds.end()
        self._reading_in.end()
        self._crossing.end()
        self._recognising.end()
        self._desk.recognising.stop()
        self._idle.deleteLater()
        self._window.forget_all()
        self._window.show_inside(parting())
        self._background.run(Lane.PAGES, lambda _: self._pages.stop(), then=lambda _: None, owner=None)
        self._background.run(
            Lane.NETWORK,
            lambda _: self._desk.lock(),
            then=lambda _: self.locked.emit(),
            failed=self._fail_to_lock,
            owner=None,
        )

    def _fail_to_lock(self, error: Exception) -> None:
        self.failed.emit(error)
        self.locked.emit()

    # The frame and its screens.

    def _begin(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._idle = Idle(self, preferences.locks_after * _A_MINUTE_MS)
        self._idle.expired.connect(self.lock)
        self._seat = Seat(
            desk=self._desk,
            background=self._background,
            pages=self._pages,
            times=Times(zone=ZoneInfo(self._me.time_zone), clock=self._desk.syncing.now),
            me=self._me,
            changed=self._take,
            news=self._news,
            send_soon=self._rounds.send_soon,
            recognising=self._recognising,
            open_ballot=partial(self._open, BallotScreen),
            open_meeting=partial(self._open, MeetingScreen),
            open_paper=partial(self._open, ReaderScreen),
            open_as_sent=self._open_as_sent,
            open_found=self._open_found,
            open_monitor=partial(self._open, MonitorScreen),
        )
        menu = self._menu()
        self._frame = Frame(self._makers(), self._identity(), self._seat.times, menu)
        for action in menu:
            action.setParent(self._frame)
        self._frame.addActions(menu)  # so that their keys work while the menu is closed
        self._window.show_inside(self._frame)
        self._trouble = self._clock_off_by = None
        self._show_status()
        self._count()

    def _makers(self) -> dict[Place, Callable[[], Screen]]:
        makers: dict[Place, Callable[[], Screen]] = {
            Place.ATTENTION: lambda: AttentionScreen(self._seat),
            Place.MEETINGS: lambda: MeetingsScreen(self._seat),
            Place.BALLOTS: lambda: BallotsScreen(self._seat),
            Place.PAPERS: lambda: PapersScreen(self._seat),
            Place.SEARCH: lambda: SearchScreen(self._seat),
        }
        if self._me.may_prepare:
            makers[Place.PREPARE] = lambda: PreparingScreen(self._seat)
        if self._me.may_enrol:
            makers[Place.ADMINISTER] = lambda: EnrolmentsScreen(self._seat)
        return makers

    def _identity(self) -> Identity:
        me = self._me
        return Identity(office=office_said(me.office, me.office_en), body=office_said(me.body_name, me.body_name_en))

    def _menu(self) -> list[QAction]:
        actions = []
        for words, keys, act in (
            (say("sitting.lock"), "Ctrl+L", self.lock),
            (say("sitting.settings"), "Ctrl+,", self._open_settings),
        ):
            action = QAction(words)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(act)
            actions.append(action)
        return actions

    def _open(self, make: Callable[[Seat, Identifier], Screen], thing: Identifier) -> None:
        screen = make(self._seat, thing)
        screen.thing = thing
        self._frame.lay(screen)

    def _open_as_sent(self, document: Identifier, digest: Digest) -> None:
        self._open(lambda seat, thing: ReaderScreen(seat, thing, digest=digest), document)

    def _open_found(self, document: Identifier, sought: Sought) -> None:
        self._open(lambda seat, thing: ReaderScreen(seat, thing, sought), document)

    def _open_settings(self) -> None:
        if not isinstance(self._frame.screen_shown, SettingsScreen):
            self._frame.lay(SettingsScreen(self._seat, self._preferences, self.preferences_chosen.emit))

    def _open_alarms(self) -> None:
        if not isinstance(self._frame.screen_shown, AlarmsScreen):
            self._frame.lay(AlarmsScreen(self._seat))

    # What changed.

    def _take(self, changes: Changes) -> None:
        if self._is_locking:
            return
        self._frame.take_gone(changes.gone)
        self._frame.refresh(nouns_of(changes))
        self._news.came.emit(changes)
        self._count()
        if changes.documents or changes.recognised:
            self._reading_in.look()
        elif changes.notes:
            self._crossing.look()
        if changes.register:
            self._background.run(Lane.SERIAL, lambda _: self._desk.me(), then=self._become, owner=self)
        if changes.alarms:
            self._look_for_alarms()

    def _become(self, me: Me) -> None:
        if me == self._me or self._is_locking:
            return
        before, self._me = self._me, me
        if me.time_zone != before.time_zone:
            self._begin(self._preferences)  # every time on every screen is another
        else:
            self._seat = replace(self._seat, me=me)
            self._frame.become(self._makers(), self._identity())
            self._count()

    def _refresh_all(self) -> None:
        if not self._is_locking:
            self._frame.refresh(_EVERYTHING)
            self._count()

    def _count(self) -> None:
        self._background.run(Lane.SERIAL, lambda _: self._desk.work.counts(), then=self._show_counts, owner=self._frame)

    def _show_counts(self, counts: Counts) -> None:
        self._frame.show_counts(
            {
                Place.ATTENTION: counts.todo,
                Place.MEETINGS: counts.meetings,
                Place.BALLOTS: counts.ballots,
                Place.PAPERS: counts.papers,
            }
        )

    def _show_status(self) -> None:
        if self._is_locking:
            return
        status = self._desk.syncing.status()
        self._frame.show_status(told(status))
        if status.updated_at is not None and not self._is_first_sync_shown:
            self._is_first_sync_shown = True
            self._frame.refresh(frozenset({"synced"}))
        if status.trouble != self._trouble and not status.is_running:
            self._trouble = status.trouble
            self._window.tell("trouble", trouble_notice(status))
        off_by = None if status.clock_off_by is None else round(status.clock_off_by / _A_MINUTE) * _A_MINUTE
        if off_by != self._clock_off_by:  # told once, not with every round
            self._clock_off_by = off_by
            self._window.tell("clock", _clock_notice(off_by))

    def _show_recognising(self) -> None:
        if not self._is_locking:
            self._frame.show_work(recognising_told(self._recognising), recognising_briefly(self._recognising))

    def _tell_of_recognising(self, error: Exception) -> None:
        """That it can't be done here is told once, for nothing else suffers from it."""
        if not isinstance(error, NoTesseract):
            self.failed.emit(error)
        elif not self._is_locking and not self._is_absence_told:
            self._is_absence_told = True
            self._window.tell("recognising", absence_notice(error.absence))

    def _look_for_alarms(self) -> None:
        self._background.run(Lane.SERIAL, lambda _: self._desk.syncing.alarms(), then=self._show_alarms, owner=self)

    def _show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        if alarms and not self._is_locking:
            self._window.tell("alarm", alarm_notice(self._open_alarms))


def alarm_notice(see_it: Callable[[], None]) -> Notice:
    """That there is an alarm: it can be looked at, and not closed."""
    see = Button(say("sitting.see_alarms"), Kind.DANGER)
    see.setObjectName("see_alarms")
    see.clicked.connect(see_it)
    notice = Notice(Tone.DANGER, say("sitting.alarm"), to_do=say("sitting.alarm_to_do"), actions=(see,))
    notice.setObjectName("alarm_told")
    return notice


def parting() -> QWidget:
    """What stands there while the outbox is sent and the vault is closed."""
    return EmptyState("shield-user", say("sitting.locking"), say("sitting.locking_next"))


def _clock_notice(off_by: timedelta | None) -> Notice | None:
    if off_by is None:
        return None
    amount, is_ahead = amount_of(abs(off_by)), off_by > timedelta(0)
    words = say("sitting.clock_ahead", amount=amount) if is_ahead else say("sitting.clock_behind", amount=amount)
    return Notice(Tone.WARNING, words, safe=say("sitting.clock_safe"), to_do=say("sitting.clock_to_do"))
