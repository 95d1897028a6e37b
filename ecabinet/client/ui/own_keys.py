"""One's own keys and devices: what they are, until when they last, and what to do when one is lost or runs out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.desk import KeyStatus
from ecabinet.client.desk.errors import BadPin, KeyFault, WrongPin, WrongUnlockPin
from ecabinet.client.desk.own_keys import OwnDevice
from ecabinet.client.ui.access_forms import PinForm
from ecabinet.client.ui.explanations import explain, key_happened, key_to_do
from ecabinet.client.ui.own_recovery import NewRecoveryCodeSheet
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Item,
    Kind,
    Muted,
    Notice,
    PinField,
    Sheet,
    Text,
    boxed,
    column,
    empty,
    flow,
)
from ecabinet.client.ui.words import say
from ecabinet.core.register import RevocationReason


@dataclass(frozen=True, slots=True)
class OwnKeysShown:
    """What the cards are made from."""

    status: KeyStatus
    devices: tuple[OwnDevice, ...]


def read_own_keys(seat: Seat) -> OwnKeysShown:
    """For a lane. Raises KeyUnusable when the keystore can't be asked."""
    return OwnKeysShown(seat.desk.keys(), seat.desk.own_keys.devices())


def own_keys_cards(over: Screen, seat: Seat, shown: OwnKeysShown) -> Sequence[Card]:
    """This device, each of the others, and the recovery code."""
    others = [each for each in shown.devices if not each.is_this_one]
    cards = [_this_device(over, seat, shown), *(_other_device(over, seat, each) for each in others)]
    anew = Button(say("own_keys.new_recovery"))
    anew.setObjectName("new_recovery")
    anew.clicked.connect(lambda: NewRecoveryCodeSheet(over, seat).open())
    return [*cards, Card(say("own_keys.recovery"), Text(say("own_keys.recovery_state")), boxed(flow(anew)))]


def _this_device(over: Screen, seat: Seat, shown: OwnKeysShown) -> Card:
    status = shown.status
    items: list[Item] = [_fitness(shown)]
    phrase = Text(status.phrase, size=Type.LEAD, weight=Weight.SEMIBOLD)
    phrase.setObjectName("phrase")
    items.append(boxed(column(Muted(say("settings.keys.phrase")), phrase, gap=Space.HAIR)))
    if status.not_after is not None:
        items.append(Text(say("settings.keys.until", when=seat.times.exact(status.not_after))))
    items.append(Text(say("own_keys.on_token") if status.is_on_token else say("own_keys.on_this_machine")))
    items.append(
        Text(say("token.counts") if status.is_on_token else say("settings.keys.tries", count=status.tries_left))
    )
    change = Button(say("own_keys.change_pin"))
    change.setObjectName("change_pin")
    change.clicked.connect(lambda: ChangePinSheet(over, seat).open())
    renew = Button(say("own_keys.renew"))
    renew.setObjectName("renew_keys")
    renew.clicked.connect(lambda: _explain(over, say("own_keys.renew"), say("own_keys.renew_steps")).open())
    items.append(boxed(flow(change, renew, gap=Space.MEDIUM)))
    return Card(say("settings.keys.title"), *items)


def _fitness(shown: OwnKeysShown) -> Notice:
    fault, this = shown.status.fault, next((each for each in shown.devices if each.is_this_one), None)
    if fault is not None:
        tone = Tone.ACCENT if fault is KeyFault.WAITING else Tone.DANGER
        return Notice(tone, key_happened(fault), to_do=key_to_do(fault))
    if this is not None and this.is_expiring:
        return Notice(Tone.WARNING, say("own_keys.expiring"), to_do=say("own_keys.expiring_to_do"))
    return Notice(Tone.POSITIVE, say("settings.keys.fit"))


def _other_device(over: Screen, seat: Seat, device: OwnDevice) -> Card:
    report = Button(say("own_keys.retire") if device.is_former else say("own_keys.lost"))
    report.setObjectName("report_lost")
    report.clicked.connect(lambda: ReportSheet(over, seat, device).open())
    until = say("settings.keys.until", when=seat.times.exact(device.not_after))
    phrase = Text(device.phrase, weight=Weight.MEDIUM)
    items: list[Item] = [boxed(column(Muted(say("settings.keys.phrase")), phrase, gap=Space.HAIR)), Text(until)]
    if device.is_expiring:
        items.append(Muted(say("own_keys.expiring")))
    if device.is_former:
        items.append(Text(say("own_keys.former_state")))
    if device.reported_at is not None:
        when = seat.times.exact(device.reported_at)
        told = Notice(Tone.ACCENT, say("own_keys.reported", when=when), to_do=say("own_keys.reported_next"))
        told.setObjectName("reported")
        items.append(told)
    title = say("own_keys.former") if device.is_former else say("own_keys.other_device")
    return Card(title, *items, boxed(flow(report)))


def _explain(over: QWidget, title: str, steps: str) -> Sheet:
    """What a person does himself, away from this program: the registrar's part nobody can do for him."""
    close = Button(say("kit.close"), Kind.PRIMARY)
    sheet = Sheet(over, title, Text(steps), buttons=(close,))
    close.clicked.connect(sheet.accept)
    close.setFocus()
    return sheet


class ReportSheet(Sheet):
    """Has the registrar asked to revoke another device; and how to tell him by telephone, which is quicker."""

    def __init__(self, over: Screen, seat: Seat, device: OwnDevice) -> None:
        self._screen, self._seat, self._device = over, seat, device
        phrase = Text(device.phrase, size=Type.LEAD, weight=Weight.SEMIBOLD)
        phrase.setObjectName("own_keys_phrase")
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        self._act = Button(say("own_keys.send_report"), Kind.PRIMARY)
        self._act.setObjectName("send_report")
        self._act.clicked.connect(self._send)
        self._progress = column(gap=0)
        title = say("own_keys.retire") if device.is_former else say("own_keys.lost")
        steps = say("own_keys.retire_steps") if device.is_former else say("own_keys.lost_steps")
        super().__init__(over, title, Text(steps), phrase, self._progress, buttons=(leave, self._act))
        self.setObjectName("report_sheet")
        self._act.setFocus()

    def _send(self) -> None:
        self._act.setEnabled(False)
        reason = RevocationReason.SUPERSEDED if self._device.is_former else RevocationReason.DEVICE_LOST
        own_keys, certificate = self._seat.desk.own_keys, self._device.certificate
        show: Callable[[QWidget], object] = self._progress.addWidget
        self._screen.ask(
            say("own_keys.sending_report"),
            lambda _: own_keys.report(certificate, reason),
            self._sent,
            failed=self._fail,
            show=show,
            lane=Lane.NETWORK,
        )

    def _sent(self, changes: Changes) -> None:
        self.accept()
        self._seat.changed(changes)
        self._screen.reload()

    def _fail(self, error: Exception) -> None:
        """Not sent: then there is the telephone, as the sheet says."""
        self._act.setEnabled(True)
        told = explain(error)
        if told is None:
            self.reject()
            self._screen.show_error(error)
            return
        empty(self._progress)
        notice = Notice(Tone.WARNING, told.happened, to_do=say("own_keys.not_sent"))
        notice.setObjectName("not_sent")
        self._progress.addWidget(notice)


class ChangePinSheet(Sheet):
    """The PIN as it is, and the new one twice."""

    def __init__(self, over: Screen, seat: Seat) -> None:
        self._screen, self._seat, self._is_working = over, seat, False
        self._old = PinField(say("own_keys.old_pin"))
        self._old.setObjectName("old_pin")
        self._new = PinForm()
        self._old.lead_to(self._new)
        self._new.entered.connect(self._change)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        act = Button(say("own_keys.change_pin"), Kind.PRIMARY)
        act.setObjectName("sign")
        act.clicked.connect(self._change)
        self._fields = boxed(column(self._old, self._new, gap=Space.LARGE))
        self._progress = column(gap=0)
        self._buttons = (leave, act)
        what = say("own_keys.pin_of_token") if seat.me.signs_with_token else say("own_keys.pin_opens")
        title = say("own_keys.change_pin")
        super().__init__(over, title, Text(what), self._fields, self._progress, buttons=self._buttons)
        self.setObjectName("change_pin_sheet")
        self._old.setFocus()

    def reject(self) -> None:
        if not self._is_working:
            super().reject()

    def _change(self) -> None:
        if not self._old.is_complete:
            self._old.enter()  # which says so
            return
        new = self._new.pin()
        if new is None:
            return
        old, own_keys = self._old.take(), self._seat.desk.own_keys
        self._let_work(is_working=True)
        show: Callable[[QWidget], object] = self._progress.addWidget
        work = say("own_keys.changing")
        self._screen.ask(work, lambda _: own_keys.change_pin(old, new), self._changed, failed=self._fail, show=show)

    def _changed(self, _: None) -> None:
        self._is_working = False
        self.accept()
        self._screen.show_notice(Notice(Tone.POSITIVE, say("own_keys.pin_changed"), is_closable=True))
        self._screen.reload()

    def _fail(self, error: Exception) -> None:
        self._let_work(is_working=False)
        match error:
            case WrongPin():
                self._old.refuse(error.tries_left)
            case WrongUnlockPin():
                told = explain(error)
                self._old.fail("" if told is None else f"{told.happened} {told.to_do}")
                self._old.setFocus()
            case BadPin():
                self._new.refuse(error)
            case _:
                self.reject()
                self._screen.show_error(error)

    def _let_work(self, *, is_working: bool) -> None:
        self._is_working = is_working
        for part in (self._fields, *self._buttons):
            part.setEnabled(not is_working)
