"""Somebody in the register: roles, devices, and taking a device's key out of force."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import DeviceLine, PersonLine
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.roles import office_said, roles_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    ChoiceField,
    Field,
    Kind,
    Muted,
    Notice,
    Text,
    boxed,
    column,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Names, say
from ecabinet.core.codec import Name
from ecabinet.core.register import RevocationReason
from ecabinet.core.revocation import Standing

_reason = Names("enrolments.reason", RevocationReason)
_outside = Names("enrolments.outside", Standing)


class PersonScreen(Screen):
    """One person and the devices in force."""

    nouns: ClassVar[frozenset[str]] = frozenset({"register"})

    def __init__(self, seat: Seat, person: Name) -> None:
        super().__init__(seat.background, say("enrolments.person"))
        self._seat, self._person = seat, person
        self._first: QWidget | None = None

    def load(self) -> None:
        self.ask(say("enrolments.loading"), lambda _: self._seat.desk.enrolments.people(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._first is None else (self._first,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, people: tuple[PersonLine, ...]) -> None:
        found = next((each for each in people if each.person == self._person), None)
        if found is None:
            self.leaves.emit()
            return
        roles = roles_said(found.grants, {each.person: each for each in people})
        self.retitle(office_said(found.office, found.office_en), roles)
        who = [Text(found.office, weight=Weight.SEMIBOLD)]
        if found.office_en:
            who.append(Muted(say("enrolments.in_english", office=found.office_en)))
        known_as = Muted(say("enrolments.short_name", name=found.person))
        cards = [Card(say("enrolments.who"), *who, Text(roles), known_as)]
        cards += [self._device_card(device) for device in found.devices]
        none = [] if found.devices else [Notice(Tone.NEUTRAL, say("enrolments.no_device_note"))]
        self._first = boxed(column(*cards, *none, None, gap=Space.LARGE, pad=Space.LARGE))
        self.show_content(scrolled(self._first))

    def _device_card(self, device: DeviceLine) -> Card:
        revoke = Button(say("enrolments.revoke"), Kind.DANGER)
        revoke.setObjectName("revoke")
        revoke.clicked.connect(lambda: self._ask_to_revoke(device))
        until = say("enrolments.valid_until", day=self._seat.times.exact(device.not_after))
        phrase = Text(device.phrase, weight=Weight.MEDIUM)
        title = say("enrolments.this_device") if device.is_this_one else say("enrolments.device")
        told = [*self._outside(device), *self._reported(device)]
        return Card(title, Muted(say("enrolments.phrase")), phrase, Muted(until), *told, row(None, revoke))

    def _reported(self, device: DeviceLine) -> Sequence[QWidget]:
        """That its owner asks to have it revoked, and why."""
        lost = device.reported
        if lost is None:
            return ()
        said = say("enrolments.reported", when=self._seat.times.exact(lost.at), reason=_reason(lost.reason))
        notice = Notice(Tone.WARNING, said, to_do=say("enrolments.reported_to_do"))
        notice.setObjectName("reported")
        return (notice,)

    def _outside(self, device: DeviceLine) -> Sequence[QWidget]:
        """What an outside authority says of its certificate, and when it said so."""
        outside = device.outside
        if outside is None:
            return ()
        day = "" if outside.as_of is None else self._seat.times.exact(outside.as_of)
        said = _outside(outside.standing, authority=outside.authority, day=day)
        told = Notice(Tone.DANGER, said) if outside.standing is Standing.REVOKED else Muted(said)
        told.setObjectName("outside")
        return (told,)

    def _ask_to_revoke(self, device: DeviceLine) -> None:
        choice = ChoiceField()
        choice.setObjectName("revocation_reason")
        for reason in RevocationReason:
            choice.addItem(_reason(reason), reason)
        if device.reported is not None:
            choice.setCurrentIndex(choice.findData(device.reported.reason))
        why = Field(say("enrolments.reason_title"), choice)
        warned = [Notice(Tone.WARNING, say("enrolments.revoke_own"))] if device.is_this_one else []
        desk, person, digest = self._seat.desk, self._person, device.certificate_digest

        def sign(pin: str) -> Callable[[], Changes]:
            reason = RevocationReason(choice.currentData())
            return lambda: desk.enrolments.revoke(person, digest, reason, pin)

        PinSheet(
            self,
            self._seat,
            say("enrolments.revoke"),
            say("enrolments.revoke_consequence"),
            do=say("enrolments.revoke"),
            sign=sign,
            then=self._revoked,
            extra=(why, *warned),
        ).open()

    def _revoked(self, changes: Changes) -> None:
        self._seat.send_soon()
        self._seat.changed(changes)
