"""What is filled in on the first run: which server and which code, which body is founded, which PIN."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call
from ecabinet.client.desk.access import LONGEST_PIN, PIN_LENGTH, Founder, ServerInvitation, read_invitation
from ecabinet.client.desk.errors import BadInvitation, BadPin, PinFlaw
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.files import choose_to_open
from ecabinet.client.ui.folding import name_from
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.widgets import Button, Field, Muted, PinField, TextField, TickBox, column, row
from ecabinet.client.ui.words import say
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, MalformedError

_TICKET = "ecabinet://"
_LONGEST_TICKET = 2_000


class CodeForm(QWidget):
    """The server's address and the one-time code, typed, pasted in one piece, or from a file."""

    entered = Signal()
    file_chosen = Signal(Path)

    def __init__(self, *, may_found: bool) -> None:
        super().__init__()
        self._address = TextField(example=say("access.address_example"))
        self._address.setObjectName("server_address")
        self._code = TextField()
        self._code.setObjectName("enrolment_code")
        self._address_field = Field(say("access.address"), self._address, help_text=say("access.address_help"))
        self._code_field = Field(say("access.code"), self._code, help_text=say("access.code_help"))
        self._founds = TickBox(say("access.founds"))
        self._founds.setObjectName("founds_body")
        from_file = Button(say("access.from_file"), icon="file-up")
        from_file.setObjectName("open_ticket")
        from_file.clicked.connect(self._choose_file)
        self._address.textChanged.connect(self._fit)
        self._address.returnPressed.connect(self._leave_address)
        self._code.returnPressed.connect(self.entered)
        self.setLayout(column(self._address_field, self._code_field, row(from_file, None), self._founds))
        self._founds.setVisible(may_found)
        self.setFocusProxy(self._address)

    @property
    def founds_body(self) -> bool:
        """Whether the code is one that founds a body."""
        return self._founds.isChecked()

    def show_ticket(self, text: str) -> None:
        """Fill in what a file holds."""
        self._address.setText(text.strip())

    def invitation(self) -> ServerInvitation | None:
        """What is written, or None and what is wrong stands beside it."""
        self._address_field.clear_error()
        self._code_field.clear_error()
        try:
            return read_invitation(self._address.value, "" if self._is_ticket else self._code.value)
        except BadInvitation as error:
            told = explain(error)
            wrong = self._address_field if self._is_ticket or not self._address.value else self._code_field
            wrong.fail(told.to_do if told is not None else "")
            wrong.setFocus()
            return None

    @property
    def _is_ticket(self) -> bool:
        return self._address.value.casefold().startswith(_TICKET)

    def _fit(self) -> None:
        self._code_field.setVisible(not self._is_ticket)

    def _leave_address(self) -> None:
        if self._is_ticket:
            self.entered.emit()
        else:
            self._code.setFocus()

    def _choose_file(self) -> None:
        choose_to_open(self, say("files.ticket"), say("access.file_pattern"), self.file_chosen.emit)


def read_ticket(screen: Screen, file: Path, form: CodeForm) -> None:
    """Fill in what an enrolment file holds."""

    def read(_call: Call) -> str:
        with file.open(encoding="utf-8", errors="replace") as ticket:
            return ticket.read(_LONGEST_TICKET)

    screen.ask(say("access.reading"), read, form.show_ticket)


class FounderForm(QWidget):
    """Who founds which body."""

    def __init__(self) -> None:
        super().__init__()
        self._body = TextField(example=say("access.agency_code_example"))
        self._body.setObjectName("agency_code")
        self._name = TextField()
        self._name.setObjectName("body_name")
        self._name_en = TextField()
        self._name_en.setObjectName("body_name_en")
        self._office = TextField(example=say("access.office_example"))
        self._office.setObjectName("office")
        self._body_field = Field(say("access.agency_code"), self._body, help_text=say("access.agency_code_help"))
        self._name_field = Field(say("access.body_name"), self._name)
        self._office_field = Field(say("access.office"), self._office)
        self.setLayout(
            column(
                self._body_field,
                self._name_field,
                Field(say("access.body_name_en"), self._name_en),
                self._office_field,
            )
        )
        self.setFocusProxy(self._body)

    def founder(self) -> Founder | None:
        """What is written, or None and what is wrong stands beside it."""
        body, name, office = self._body.value.upper(), self._name.value, self._office.value
        flaws = (
            (self._body_field, _is_agency_code(body), say("access.agency_code_wrong")),
            (self._name_field, bool(name), say("access.missing")),
            (self._office_field, bool(name_from(office)), say("access.missing")),
        )
        for field, is_right, wrong in flaws:
            field.clear_error()
            if not is_right:
                field.fail(wrong)
        first = next((field for field, is_right, _ in flaws if not is_right), None)
        if first is not None:
            first.setFocus()
            return None
        return Founder(body=body, name=name, name_en=self._name_en.value, registrar=name_from(office), office=office)


class PinForm(QWidget):
    """A new PIN, twice."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pin = PinField(say("access.new_pin"), say("access.pin_help", least=PIN_LENGTH, most=LONGEST_PIN))
        self._pin.setObjectName("pin")
        self._again = PinField(say("access.pin_again"))
        self._again.setObjectName("pin_again")
        self._pin.lead_to(self._again)
        self._again.entered.connect(self._enter)
        self._entered_again = ""
        self.setLayout(column(self._pin, self._again, Muted(say("access.pin_warning"))))
        self.setFocusProxy(self._pin)

    def pin(self) -> str | None:
        """The PIN, which is forgotten here; None when it can't be one, and what is wrong stands beside it."""
        pin, again = self._pin.take(), self._entered_again or self._again.take()
        self._entered_again = ""
        if len(pin) < PIN_LENGTH:
            self.refuse(BadPin(PinFlaw.TOO_SHORT))
        elif pin != again:
            self._again.fail(say("access.pins_differ"))
            self._pin.setFocus()
        else:
            return pin
        return None

    def refuse(self, error: BadPin) -> None:
        """Say why the desk would not have this PIN."""
        told = explain(error)
        self._pin.fail(f"{told.happened} {told.to_do}" if told is not None else "")
        self._pin.setFocus()

    def _enter(self, pin: str) -> None:
        self._entered_again = pin
        self.entered.emit()


def _is_agency_code(text: str) -> bool:
    kind: Any = AgencyCode
    try:
        codec.from_value(kind, text)
    except MalformedError:
        return False
    return True
