"""When keys are lost: the recovery code and a new PIN open the vault, a new invitation makes one sign again."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.access import Profile
from ecabinet.client.desk.errors import BadPin, WrongPin, WrongRecoveryCode
from ecabinet.client.ui.access_forms import CodeForm, PinForm, read_ticket
from ecabinet.client.ui.access_token import TokenForm
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.widgets import Button, Field, Kind, PinField, Text, TextField
from ecabinet.client.ui.words import say


class _Form(GateScreen):
    """What is asked of somebody who may go back instead."""

    left = Signal()

    def __init__(self, gate: Gate, profile: Profile, title: str) -> None:
        super().__init__(gate, title)
        self._profile, self._title = profile, title

    def show_form(self, *items: QWidget, onward: Button, first: QWidget) -> None:
        """Show these, with what takes them."""
        back = Button(say("unlock.recovery.back"), Kind.PLAIN)
        back.setObjectName("back")
        back.clicked.connect(self.left)
        onward.clicked.connect(self._take)
        self.present(self._title, *items, ways=[back, onward], first=first)

    def _take(self) -> None:
        raise NotImplementedError


class _Invited(_Form):
    """A new invitation, for new keys; `joined` carries the Profile, which waits to be confirmed."""

    joined = Signal(object)

    def __init__(self, gate: Gate, profile: Profile, title: str) -> None:
        super().__init__(gate, profile, title)
        self._code = CodeForm(may_found=False)
        self._code.entered.connect(self._take)
        self._code.file_chosen.connect(lambda file: read_ticket(self, file, self._code))

    def _join(self, work: Callable[[], Profile]) -> None:
        self.pause()
        self.ask(say("access.joining"), lambda _: work(), self.joined.emit, failed=self._fail, lane=Lane.NETWORK)

    def _fail(self, error: Exception) -> None:
        self.resume()
        self.show_error(error)


class Recover(_Form):
    """The recovery code and a new PIN; `recovered` carries the Profile, which has new keys from now on."""

    recovered = Signal(object)

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, profile, say("unlock.recovery.title"))
        self._code = TextField()
        self._code.setObjectName("recovery_code")
        self._code_field = Field(say("unlock.recovery.code"), self._code, help_text=say("unlock.recovery.code_help"))
        self._pin = PinForm()
        self._pin.entered.connect(self._take)
        self._code.returnPressed.connect(self._pin.setFocus)
        self._token = TokenForm()
        self._token.looks.connect(self._look_for_tokens)
        self._token.entered.connect(self._take)

    def load(self) -> None:
        recover = Button(say("unlock.recovery.open"), Kind.PRIMARY)
        recover.setObjectName("recover")
        items = [Text(say("unlock.recovery.intro")), self._code_field, self._pin, self._token]
        self.show_form(*items, onward=recover, first=self._code)

    def _look_for_tokens(self) -> None:
        access = self.gate.access
        self.ask(say("token.looking"), lambda _: access.tokens(), self._token.show_tokens, lane=Lane.NETWORK)

    def _take(self) -> None:
        self._code_field.clear_error()
        if not self._code.value:
            self._code_field.fail(say("unlock.recovery.code_missing"))
            self._code.setFocus()
            return
        pin = self._pin.pin()
        if pin is not None:
            self.pause()
            access, profile, code = self.gate.access, self._profile, self._code.value
            token = self._token.choice()
            self.ask(
                say("unlock.recovery.working"),
                lambda _: access.recover(profile, code, pin, token),
                self.recovered.emit,
                failed=self._fail,
            )

    def _fail(self, error: Exception) -> None:
        self.resume()
        told = explain(error)
        if isinstance(error, BadPin):
            self._pin.refuse(error)
        elif isinstance(error, WrongRecoveryCode) and told is not None:
            self._code_field.fail(f"{told.happened} {told.to_do}")
            self._code.setFocus()
        else:
            self.show_error(error)


class Rejoin(_Invited):
    """For a profile whose keys are new already."""

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, profile, say("unlock.rejoin_title"))

    def load(self) -> None:
        send = Button(say("unlock.rejoin_send"), Kind.PRIMARY)
        send.setObjectName("continue")
        self.show_form(Text(say("access.code_intro")), self._code, onward=send, first=self._code)

    def _take(self) -> None:
        invitation = self._code.invitation()
        if invitation is not None:
            access, profile = self.gate.access, self._profile
            self._join(lambda: access.rejoin(profile, invitation))


class Renew(_Invited):
    """For new keys before the old ones run out, with the PIN."""

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, profile, say("unlock.renewal.title"))
        self._pin = PinField()
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._renew)
        self._token = TokenForm()
        self._token.looks.connect(self._look_for_tokens)
        self._token.entered.connect(self._take)

    def load(self) -> None:
        renew = Button(say("unlock.renewal.send"), Kind.PRIMARY)
        renew.setObjectName("continue")
        items = [Text(say("unlock.renewal.intro")), self._code, self._pin, self._token]
        self.show_form(*items, onward=renew, first=self._code)

    def _look_for_tokens(self) -> None:
        access = self.gate.access
        self.ask(say("token.looking"), lambda _: access.tokens(), self._token.show_tokens, lane=Lane.NETWORK)

    def _take(self) -> None:
        if self._code.invitation() is not None:
            self._pin.enter()

    def _renew(self, pin: str) -> None:
        invitation = self._code.invitation()
        if invitation is not None:
            access, profile, token = self.gate.access, self._profile, self._token.choice()
            self._join(lambda: access.change_keys(profile, invitation, pin, token))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, WrongPin):
            self.resume()
            self._pin.refuse(error.tries_left)
        else:
            super()._fail(error)
