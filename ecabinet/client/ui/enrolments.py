"""Quản trị, for the registrar: whose keys wait to be confirmed, who is in the register, and inviting people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call
from ecabinet.client.desk.enrolments import PersonLine, WaitingEnrolment
from ecabinet.client.ui.enrolments_invite import InviteScreen
from ecabinet.client.ui.enrolments_person import PersonScreen
from ecabinet.client.ui.enrolments_waiting import WaitingScreen, waiting_row
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.roles import office_said, roles_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Beside, Button, Chip, Entry, Kind, Muted, Row, RowList, Section, column, headed
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Everybody:
    waiting: tuple[WaitingEnrolment, ...]
    people: tuple[PersonLine, ...]


class EnrolmentsScreen(Screen):
    """Those who wait, then everybody in the register."""

    nouns: ClassVar[frozenset[str]] = frozenset({"enrolments", "register"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("enrolments.title"))
        self._seat = seat
        self._known: dict[str, WaitingEnrolment | PersonLine] = {}
        self._invite = Button(say("enrolments.invite"), Kind.PRIMARY, icon="user-round")
        self._invite.setObjectName("invite")
        self._invite.clicked.connect(lambda: self.opens.emit(InviteScreen(seat)))
        self._rows = RowList(say("enrolments.title"))
        self._rows.setObjectName("rows")
        self._rows.opened.connect(self._open)
        intro = Muted(say("enrolments.intro"))
        head = Beside(intro, self._invite, folds_below=520, gap=Space.LARGE, shares=(1, 0))
        self._page = headed(column(head), self._rows)

    def load(self) -> None:
        def gather(_call: Call) -> _Everybody:
            enrolments = self._seat.desk.enrolments
            return _Everybody(waiting=enrolments.waiting(), people=enrolments.people())

        self.ask(say("enrolments.loading"), gather, self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._rows, self._invite)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, everybody: _Everybody) -> None:
        self._known = {each.enrolment: each for each in everybody.waiting}
        self._known.update({each.person: each for each in everybody.people})
        known = {each.person: each for each in everybody.people}
        entries: list[Entry] = []
        if everybody.waiting:
            entries += [Section(title=say("enrolments.waiting")), *map(waiting_row, everybody.waiting)]
        entries += [Section(title=say("enrolments.people")), *(_person_row(each, known) for each in everybody.people)]
        self._rows.show_rows(entries)
        self.retitle(say("enrolments.title"), say("enrolments.count", count=number(len(everybody.people))))
        self.show_content(self._page)

    def _open(self, key: str) -> None:
        opened = self._known[key]
        if isinstance(opened, WaitingEnrolment):
            self.opens.emit(WaitingScreen(self._seat, opened.enrolment))
        else:
            self.opens.emit(PersonScreen(self._seat, opened.person))


def _person_row(person: PersonLine, known: Mapping[Name, PersonLine]) -> Row:
    if person.devices:
        devices = Chip(text=say("enrolments.devices", count=number(len(person.devices))), tone=Tone.POSITIVE)
    else:
        devices = Chip(text=say("enrolments.no_device"), tone=Tone.WARNING)
    title = office_said(person.office, person.office_en)
    roles = roles_said(person.grants, known)
    return Row(key=person.person, title=title, detail=roles, icon="user-round", chips=(devices,))
