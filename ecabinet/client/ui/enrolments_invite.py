"""Inviting somebody: office and roles → a one-time code, to be handed over in person, by post or in a file."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk.enrolments import Invited, PersonLine
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.folding import name_from
from ecabinet.client.ui.footed import bring_into_view, footed
from ecabinet.client.ui.printing import print_text
from ecabinet.client.ui.roles import office_said, role_name, roles_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    Card,
    ChoiceField,
    Field,
    Kind,
    Muted,
    Notice,
    Text,
    TextField,
    TickBox,
    boxed,
    column,
    flow,
    row,
    scrolled,
)
from ecabinet.client.ui.words import say
from ecabinet.core.people import Grant, Role

_OFFERED = tuple(role for role in Role if role is not Role.REGISTRAR)  # held by the founding key alone
_ROLE_ROWS = 5


class InviteScreen(Screen):
    """The form, then the code."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("invite.title"))
        self._seat = seat
        self._first: QWidget | None = None

    def load(self) -> None:
        self.ask(say("enrolments.loading"), lambda _: self._seat.desk.enrolments.people(), self._ask_whom)

    def panes(self) -> Sequence[QWidget]:
        return () if self._first is None else (self._first,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _ask_whom(self, people: tuple[PersonLine, ...]) -> None:
        form = _Form(people)
        invite = Button(say("invite.make"), Kind.PRIMARY)
        invite.setObjectName("make_invitation")
        invite.clicked.connect(lambda: self._invite(form))
        self._first = form
        self.show_content(footed(column(Card("", form), None, pad=Space.LARGE), invite))
        form.setFocus()

    def _invite(self, form: "_Form") -> None:
        if not form.is_right():
            return
        enrolments, now = self._seat.desk.enrolments, self._seat.times.clock()
        person, office, office_en, grants = form.person, form.office, form.office_en, form.grants(now)
        roles = roles_said(grants, form.known)

        def work(_call: Call) -> Invited:
            return enrolments.invite(person=person, office=office, office_en=office_en, grants=grants)

        self.ask(say("invite.making"), work, lambda invited: self._show_code(office, roles, invited), lane=Lane.NETWORK)

    def _show_code(self, office: str, roles: str, invited: Invited) -> None:
        code = Text(invited.code, size=Type.TITLE, weight=Weight.SEMIBOLD)
        code.setObjectName("invitation_code")
        address = Text(invited.address)
        address.setObjectName("invitation_address")
        expires = self._seat.times.exact(invited.expires_at)
        slip = say("invite.slip", office=office, address=invited.address, expires=expires)
        file_name = say("invite.file_name", name=name_from(office))
        actions = []
        for name, words, act in (
            ("copy_invitation", say("invite.copy"), lambda: self._copy(invited.address)),
            ("save_invitation", say("invite.save"), lambda: self._save(invited.address, file_name)),
            ("print_invitation", say("invite.print"), lambda: print_text(self, slip)),
        ):
            button = Button(words)
            button.setObjectName(name)
            button.clicked.connect(lambda _=False, act=act: act())
            actions.append(button)
        another = Button(say("invite.another"), Kind.PRIMARY)
        another.setObjectName("invite_another")
        another.clicked.connect(self.load)
        card = Card(
            say("invite.made", office=office),
            Text(say("invite.made_roles", roles=roles)),
            Text(say("invite.hand_over")),
            Muted(say("invite.code")),
            code,
            Muted(say("invite.address")),
            address,
            flow(*actions),
            Muted(say("invite.expires", when=expires)),
        )
        self._first = boxed(column(card, row(None, another), None, gap=Space.LARGE, pad=Space.LARGE))
        self.show_content(scrolled(self._first))
        actions[0].setFocus()

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.show_notice(Notice(Tone.POSITIVE, say("invite.copied"), is_closable=True))

    def _save(self, text: str, file_name: str) -> None:
        def save(file: Path) -> None:
            self.ask(
                say("invite.saving"),
                lambda _: file.write_text(f"{text}\n", "utf-8"),
                lambda _: self.show_notice(
                    Notice(Tone.POSITIVE, say("invite.saved", file=file.name), is_closable=True)
                ),
            )

        choose_where_to_save(self, say("files.invitation"), file_name, save)


class _Form(QWidget):
    def __init__(self, people: Sequence[PersonLine]) -> None:
        super().__init__()
        self.known = {person.person: person for person in people}
        """Everybody in the register."""
        self._office, self._office_en, self._person = (
            TextField(example=say("invite.office_example")),
            TextField(),
            TextField(),
        )
        for name, control in (("office", self._office), ("office_en", self._office_en), ("person_id", self._person)):
            control.setObjectName(name)
        self._office_field = Field(say("enrolments.office"), self._office, help_text=say("invite.office_help"))
        self._person_field = Field(say("invite.person"), self._person, help_text=say("invite.person_help"))
        self._office.textEdited.connect(lambda text: self._person.setText(name_from(text)))
        self._roles = {role: TickBox(role_name(role)) for role in _OFFERED}
        for role, box in self._roles.items():
            box.setObjectName(f"role_{role}")
        self._helped = ChoiceField()
        self._helped.setObjectName("for_person")
        self._helped.setPlaceholderText(say("invite.choose_person"))
        for person in people:
            if any(grant.role in (Role.MEMBER, Role.CHAIR) for grant in person.grants):
                self._helped.addItem(office_said(person.office, person.office_en), person.person)
        self._helped.setCurrentIndex(-1)  # nobody's, until somebody has chosen
        self._helped_field = Field(say("invite.for_person"), self._helped)
        self._helped.currentIndexChanged.connect(self._helped_field.clear_error)
        self._helped_field.hide()
        self._roles[Role.ASSISTANT].setEnabled(self._helped.count() > 0)
        self._roles[Role.ASSISTANT].toggled.connect(self._ask_for_whom)
        boxes = QGridLayout()
        boxes.setContentsMargins(0, 0, 0, 0)
        for place, box in enumerate(self._roles.values()):
            boxes.addWidget(box, place % _ROLE_ROWS, place // _ROLE_ROWS)
        self._roles_wrong = Notice(Tone.DANGER, say("invite.no_role"))
        self._roles_wrong.hide()
        self.setLayout(
            column(
                Beside(
                    _topped(self._office_field),
                    _topped(Field(say("enrolments.office_en"), self._office_en)),
                    folds_below=560,
                    gap=Space.LARGE,
                ),
                self._person_field,
                Text(say("invite.roles"), weight=Weight.MEDIUM),
                self._roles_wrong,
                boxes,
                self._helped_field,
            )
        )
        self.setFocusProxy(self._office)

    @property
    def office(self) -> str:
        return self._office.value

    @property
    def office_en(self) -> str:
        return self._office_en.value

    @property
    def person(self) -> str:
        return self._person.value

    def grants(self, now: datetime) -> tuple[Grant, ...]:
        return tuple(
            Grant(
                role=role,
                from_at=now,
                for_person=str(self._helped.currentData()) if role is Role.ASSISTANT else None,
            )
            for role, box in self._roles.items()
            if box.isChecked()
        )

    def is_right(self) -> bool:
        """Whether all of it can be taken; what is wrong stands beside it."""
        for field in (self._office_field, self._person_field, self._helped_field):
            field.clear_error()
        has_role = any(box.isChecked() for box in self._roles.values())
        self._roles_wrong.setVisible(not has_role)
        if not self.office:
            self._office_field.fail(say("invite.missing"))
            self._office.setFocus()
        elif not self.person or self.person != name_from(self.person):
            self._person_field.fail(say("invite.person_wrong"))
            self._person.setFocus()
        elif not has_role:
            self._roles[Role.MEMBER].setFocus()
        elif self._roles[Role.ASSISTANT].isChecked() and self._helped.currentData() is None:
            self._helped_field.fail(say("invite.no_person"))
            self._helped.setFocus()
        else:
            return True
        return False

    def _ask_for_whom(self) -> None:
        is_assistant, field = self._roles[Role.ASSISTANT].isChecked(), self._helped_field
        field.setVisible(is_assistant)
        if is_assistant:
            QTimer.singleShot(0, field, lambda: bring_into_view(field))  # once it has its place


def _topped(field: Field) -> QWidget:
    """A field at the top of its place, beside one that has help below it."""
    return boxed(column(field, None))
