"""Everything before a profile is unlocked: which screen is due, from the first run to the PIN."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ecabinet.client.desk.access import Profile, Stage
from ecabinet.client.ui import theme
from ecabinet.client.ui.access import FirstRun
from ecabinet.client.ui.access_waiting import Waiting
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.unlock import Profiles, Unlock
from ecabinet.client.ui.unlock_recovery import Recover, Rejoin, Renew
from ecabinet.client.ui.widgets import Button, Kind, Muted, Title, column, row
from ecabinet.client.ui.words import Language, language, say


class Entrance(QWidget):
    """Shows one screen at a time; `unlocked` carries the Desk, `language_chosen` the Language to begin anew in."""

    unlocked = Signal(object)
    language_chosen = Signal(object)

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate
        self._stack = QStackedWidget()
        other = Language.ENGLISH if language() is Language.VIETNAMESE else Language.VIETNAMESE
        self._switch = Button(say("entrance.other_language"), Kind.PLAIN)
        self._switch.setObjectName("other_language")
        self._switch.clicked.connect(lambda: self.language_chosen.emit(other))
        head = row(Title(say("entrance.program")), Muted(say("entrance.purpose")), self._switch, gap=Space.LARGE)
        head.setStretch(1, 1)
        head.setContentsMargins(theme.px(Space.HUGE), theme.px(Space.LARGE), theme.px(Space.HUGE), 0)
        whole = column(head, self._stack, gap=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def start(self) -> None:
        """Show what is due for whoever used this machine last."""
        self._with_profiles(self._show_first)

    def _with_profiles(self, then: Callable[[tuple[Profile, ...]], None]) -> None:
        looking = Looking(self._gate, then)
        self._show(looking)

    def _show_first(self, profiles: tuple[Profile, ...]) -> None:
        if profiles:
            self._show_profile(profiles[0])
        else:
            self._show_first_run(may_leave=False)

    def _show_first_run(self, *, may_leave: bool) -> None:
        screen = FirstRun(self._gate, may_leave=may_leave)
        screen.joined.connect(self._show_profile)
        screen.left.connect(self.start)
        screen.began.connect(self._switch.hide)  # to begin anew would lose what was typed, or the recovery code
        self._show(screen)

    def _show_profile(self, profile: Profile) -> None:
        if profile.stage in (Stage.CONFIRMED, Stage.NEW_KEYS):
            self._show_unlock(profile, is_new=False)
        else:
            self._show_waiting(profile)

    def _show_waiting(self, profile: Profile) -> None:
        screen = Waiting(self._gate, profile)
        screen.confirmed.connect(lambda confirmed: self._show_unlock(confirmed, is_new=True))
        screen.forgotten.connect(self.start)
        screen.others.connect(self._show_choice)
        self._show(screen)

    def _show_unlock(self, profile: Profile, *, is_new: bool) -> None:
        screen = Unlock(self._gate, profile, is_new=is_new)
        screen.unlocked.connect(self.unlocked)
        screen.is_unlocking.connect(self._switch.setHidden)  # to begin anew would leave an open vault to nobody
        screen.recovers.connect(self._show_recovery)
        screen.rejoins.connect(self._show_rejoining)
        screen.renews.connect(self._show_renewal)
        screen.others.connect(self._show_choice)
        self._show(screen)

    def _show_renewal(self, profile: Profile) -> None:
        screen = Renew(self._gate, profile)
        screen.joined.connect(self._show_profile)
        screen.left.connect(self.start)  # the keys may be new by now, though nobody has taken them
        self._show(screen)

    def _show_recovery(self, profile: Profile) -> None:
        screen = Recover(self._gate, profile)
        screen.recovered.connect(self._show_profile)
        screen.left.connect(lambda: self._show_profile(profile))
        self._show(screen)

    def _show_rejoining(self, profile: Profile) -> None:
        screen = Rejoin(self._gate, profile)
        screen.joined.connect(self._show_profile)
        screen.left.connect(lambda: self._show_profile(profile))
        self._show(screen)

    def _show_choice(self) -> None:
        def show(profiles: tuple[Profile, ...]) -> None:
            screen = Profiles(self._gate, profiles)
            screen.chosen.connect(self._show_profile)
            screen.joins.connect(lambda: self._show_first_run(may_leave=True))
            self._show(screen)

        self._with_profiles(show)

    def _show(self, screen: GateScreen) -> None:
        before = self._stack.currentWidget()
        self._stack.addWidget(screen)
        self._stack.setCurrentWidget(screen)
        if before is not None:
            self._stack.removeWidget(before)
            before.deleteLater()
        self._switch.show()
        self.setWindowTitle(say("frame.title", screen=screen.title, program=say("frame.program")))


class Looking(GateScreen):
    """While the profiles are looked up, which takes no time unless the disk is slow."""

    def __init__(self, gate: Gate, then: Callable[[tuple[Profile, ...]], None]) -> None:
        super().__init__(gate, say("entrance.looking"))
        self._then = then

    def load(self) -> None:
        self.ask(say("entrance.looking"), lambda _: self.gate.access.profiles(), self._then)
