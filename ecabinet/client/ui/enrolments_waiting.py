"""A device that waits to be confirmed: its phrase, to be compared with the one the person reads out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import Doubt, WaitingEnrolment
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.footed import footed
from ecabinet.client.ui.roles import grant_said, office_said, roles_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Chip,
    Confirmation,
    Field,
    Item,
    Kind,
    Muted,
    Notice,
    Row,
    Text,
    TextField,
    TickBox,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import Names, say
from ecabinet.core.codec import Identifier

_doubt = Names("enrolments.doubt", Doubt)


def waiting_row(waiting: WaitingEnrolment) -> Row:
    """A device that waits, as a row of a list."""
    chips = [Chip(text=say("enrolments.waits"), tone=Tone.WARNING, icon="clock")]
    if waiting.is_further_device:
        chips.insert(0, Chip(text=say("enrolments.further_device"), tone=Tone.ACCENT))
    return Row(
        key=waiting.enrolment,
        title=office_said(waiting.office, waiting.office_en),
        detail=" · ".join((roles_said(waiting.grants, waiting.known), waiting.device_name)),
        icon="shield-user",
        chips=tuple(chips),
        is_new=True,
    )


class WaitingScreen(Screen):
    """Compare, then confirm with the PIN; or decline."""

    nouns: ClassVar[frozenset[str]] = frozenset({"enrolments", "register"})

    def __init__(self, seat: Seat, enrolment: Identifier) -> None:
        super().__init__(seat.background, say("enrolments.one"))
        self._seat, self._enrolment = seat, enrolment
        self._shown: WaitingEnrolment | None = None
        self._compared: TickBox | None = None

    def load(self) -> None:
        self.ask(say("enrolments.loading"), lambda _: self._seat.desk.enrolments.waiting(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._compared is None else (self._compared,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, everybody: tuple[WaitingEnrolment, ...]) -> None:
        found = next((each for each in everybody if each.enrolment == self._enrolment), None)
        if found is None:
            self.leaves.emit()  # confirmed or declined, here or on another device
            return
        if found == self._shown:
            return
        self._shown = found
        self.retitle(say("enrolments.one"), office_said(found.office, found.office_en))
        phrase = Text(found.phrase, size=Type.DISPLAY, weight=Weight.SEMIBOLD)
        phrase.setObjectName("phrase")
        office, office_en = TextField(found.office), TextField(found.office_en)
        office.setObjectName("office")
        office_en.setObjectName("office_en")
        compared = TickBox(say("enrolments.compared"))
        compared.setObjectName("phrase_compared")
        decline = Button(say("enrolments.decline"))
        decline.setObjectName("decline_enrolment")
        decline.clicked.connect(self._ask_to_decline)
        confirm = Button(say("enrolments.confirm"), Kind.PRIMARY)
        confirm.setObjectName("confirm_enrolment")
        confirm.setEnabled(False)
        confirm.clicked.connect(
            lambda: self._confirm(replace(found, office=office.value or found.office, office_en=office_en.value))
        )
        compared.toggled.connect(confirm.setEnabled)
        items: list[Item] = []
        if found.is_further_device:
            items.append(Notice(Tone.ACCENT, say("enrolments.further_device_note")))
        asked = self._seat.times.short(found.asked_at)
        facts = say("enrolments.facts", device=found.device_name, when=asked)
        rights = [Text(grant_said(grant, found.known, self._seat.times)) for grant in found.grants]
        items += [
            *_doubts(found),
            Card(say("enrolments.phrase"), Text(say("enrolments.what_to_do")), phrase, compared),
            Card(
                say("enrolments.who"),
                row(Field(say("enrolments.office"), office), Field(say("enrolments.office_en"), office_en)),
                Text(say("enrolments.short_name", name=found.person)),
                Field(say("enrolments.rights"), boxed(column(*rights, gap=Space.HAIR))),
                Muted(facts),
            ),
            None,
        ]
        self._compared = compared
        self.show_content(footed(column(*items, gap=Space.LARGE, pad=Space.LARGE), decline, confirm))
        compared.setFocus()

    def _confirm(self, found: WaitingEnrolment) -> None:
        PinSheet(
            self,
            self._seat,
            say("enrolments.confirm"),
            say(
                "enrolments.confirm_consequence",
                office=found.office,
                person=found.person,
                roles=roles_said(found.grants, found.known),
            ),
            do=say("enrolments.sign"),
            sign=lambda pin: lambda: self._seat.desk.enrolments.confirm([found], pin),
            then=self._confirmed,
        ).open()

    def _confirmed(self, changes: Changes) -> None:
        self._seat.send_soon()
        self._seat.changed(changes)

    def _ask_to_decline(self) -> None:
        Confirmation(
            self,
            say("enrolments.decline_question"),
            say("enrolments.decline_consequence"),
            do=say("enrolments.decline"),
            then=self._decline,
        ).open()

    def _decline(self) -> None:
        desk, enrolment = self._seat.desk, self._enrolment
        self.ask(
            say("enrolments.declining"),
            lambda _: desk.enrolments.decline(enrolment),
            self._seat.changed,
            lane=Lane.NETWORK,
        )


def _doubts(found: WaitingEnrolment) -> list[Item]:
    """A warning for whatever is not as the registrar invited it."""
    if not found.doubts:
        return []
    said = " ".join(_doubt(doubt, person=found.person) for doubt in found.doubts)
    invited = found.invited
    was = invited and say(
        "enrolments.was_invited", office=invited.office, roles=roles_said(invited.grants, found.known)
    )
    notice = Notice(Tone.WARNING, said, safe=was or "", to_do=say("enrolments.doubt_to_do"))
    notice.setObjectName("doubts")
    return [notice]
