"""Unlocking: the PIN with the tries that are left; and who else has a profile here."""

from collections.abc import Sequence

from PySide6.QtCore import Signal

from ecabinet.client.desk.access import Profile, Stage
from ecabinet.client.desk.errors import KeyFault, KeyUnusable, WrongPin
from ecabinet.client.ui import theme
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.theme import Tone, Type, Weight
from ecabinet.client.ui.widgets import Button, Chip, Kind, Muted, Notice, PinField, Row, RowList, Text
from ecabinet.client.ui.words import Names, say

_stage = Names("unlock.stage", Stage)
_STAGE_TONES = {Stage.CONFIRMED: Tone.POSITIVE, Stage.DECLINED: Tone.DANGER}
_ROW, _MOST_ROWS = 112, 4
_OPENED_BY_RECOVERY = frozenset({KeyFault.SECRET_LOST, KeyFault.DAMAGED, KeyFault.DESTROYED})


class Unlock(GateScreen):
    """One profile and its PIN; `unlocked` carries the Desk, `is_unlocking` whether one is being opened."""

    unlocked = Signal(object)
    is_unlocking = Signal(bool)
    recovers = Signal(object)
    rejoins = Signal(object)
    renews = Signal(object)
    others = Signal()

    def __init__(self, gate: Gate, profile: Profile, *, is_new: bool = False) -> None:
        """`is_new`: the registrar has just confirmed it, so that the person is told who he is here."""
        super().__init__(gate, say("unlock.title"))
        self._profile, self._is_new = profile, is_new
        self._pin = PinField()
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._unlock)
        self._recover = Button(say("unlock.use_recovery"), Kind.PLAIN)
        self._recover.setObjectName("use_recovery")
        self._recover.clicked.connect(lambda: self.recovers.emit(profile))

    def load(self) -> None:
        profile = self._profile
        office = Text(office_said(profile.office, profile.office_en), size=Type.LEAD, weight=Weight.SEMIBOLD)
        office.setObjectName("profile_office")
        greeting = []
        if self._is_new:
            words = say(
                "unlock.confirmed", office=office_said(profile.office, profile.office_en), body=profile.body_name
            )
            greeting.append(Notice(Tone.POSITIVE, words, to_do=say("unlock.confirmed_to_do")))
        if profile.stage is Stage.NEW_KEYS:
            rejoin = Button(say("unlock.rejoin"))
            rejoin.setObjectName("rejoin")
            rejoin.clicked.connect(lambda: self.rejoins.emit(profile))
            words, to_do = say("unlock.new_keys"), say("unlock.new_keys_to_do")
            greeting.append(Notice(Tone.WARNING, words, to_do=to_do, actions=(rejoin,)))
        renew = Button(say("unlock.renew"), Kind.PLAIN)
        renew.setObjectName("renew")
        renew.clicked.connect(lambda: self.renews.emit(profile))
        others = Button(say("unlock.others"), Kind.PLAIN)
        others.setObjectName("other_profile")
        others.clicked.connect(self.others)
        unlock = Button(say("unlock.unlock"), Kind.PRIMARY)
        unlock.setObjectName("unlock")
        unlock.clicked.connect(self._pin.enter)
        renewing = [renew] if profile.stage is Stage.CONFIRMED else []
        items = [*greeting, office, Muted(profile.body_name), self._pin]
        self.present(say("unlock.title"), *items, ways=[others, *renewing, self._recover, unlock], first=self._pin)

    def _unlock(self, pin: str) -> None:
        self.pause()
        self.is_unlocking.emit(True)
        access, profile = self.gate.access, self._profile
        self.ask(say("unlock.unlocking"), lambda _: access.unlock(profile, pin), self.unlocked.emit, failed=self._fail)

    def _fail(self, error: Exception) -> None:
        self.is_unlocking.emit(False)
        self.resume()
        if isinstance(error, WrongPin):
            self._pin.refuse(error.tries_left)
            if not error.tries_left:
                self._recover.setFocus()
        elif isinstance(error, KeyUnusable) and error.fault in _OPENED_BY_RECOVERY:
            self._offer_recovery(error)
        else:
            self.show_error(error)

    def _offer_recovery(self, error: KeyUnusable) -> None:
        told = self.explain(error)
        recover = Button(say("unlock.use_recovery"))
        recover.setObjectName("use_recovery_now")
        recover.clicked.connect(lambda: self.recovers.emit(self._profile))
        self.show_notice(
            Notice(Tone.DANGER, told.happened, safe=told.safe, to_do=told.to_do, actions=(recover,), is_closable=True)
        )
        recover.setFocus()


class Profiles(GateScreen):
    """Everybody who began or finished a first run on this machine."""

    chosen = Signal(object)
    joins = Signal()

    def __init__(self, gate: Gate, profiles: Sequence[Profile]) -> None:
        super().__init__(gate, say("unlock.profiles.title"))
        self._profiles = {profile.id: profile for profile in profiles}

    def load(self) -> None:
        rows = RowList(say("unlock.profiles.title"))
        rows.setObjectName("rows")
        rows.show_rows(
            [
                Row(
                    key=profile.id,
                    title=office_said(profile.office, profile.office_en) or profile.device_name,
                    detail=profile.body_name or profile.host,
                    icon="user-round",
                    chips=(Chip(text=_stage(profile.stage), tone=_STAGE_TONES.get(profile.stage, Tone.WARNING)),),
                )
                for profile in self._profiles.values()
            ]
        )
        rows.opened.connect(lambda key: self.chosen.emit(self._profiles[key]))
        rows.setMinimumHeight(theme.px(_ROW * min(len(self._profiles), _MOST_ROWS)))
        join = Button(say("unlock.profiles.join"))
        join.setObjectName("join")
        join.clicked.connect(self.joins)
        self.present(say("unlock.profiles.title"), rows, ways=[join], first=rows)
