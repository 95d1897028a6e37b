"""When keys are lost: the recovery code and a new PIN open the vault, a new invitation makes one sign again."""

from PySide6.QtCore import Signal

from ecabinet.client.background import Lane
from ecabinet.client.desk.access import Profile
from ecabinet.client.desk.errors import BadPin, WrongPin, WrongRecoveryCode
from ecabinet.client.ui.access_forms import CodeForm, PinForm, read_ticket
from ecabinet.client.ui.access_token import TokenForm
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.widgets import Button, Field, Kind, PinField, Text, TextField
from ecabinet.client.ui.words import say


class Recover(GateScreen):
    """The recovery code and a new PIN; `recovered` carries the Profile, which has new keys from now on."""

    recovered = Signal(object)
    left = Signal()

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, say("unlock.recovery.title"))
        self._profile = profile
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
        back = Button(say("unlock.recovery.back"), Kind.PLAIN)
        back.setObjectName("back")
        back.clicked.connect(self.left)
        recover = Button(say("unlock.recovery.open"), Kind.PRIMARY)
        recover.setObjectName("recover")
        recover.clicked.connect(self._take)
        items = [Text(say("unlock.recovery.intro")), self._code_field, self._pin, self._token]
        self.present(say("unlock.recovery.title"), *items, ways=[back, recover], first=self._code)

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


class Rejoin(GateScreen):
    """A new invitation for a profile whose keys are new; `joined` carries the Profile, which waits to be confirmed."""

    joined = Signal(object)
    left = Signal()

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, say("unlock.rejoin_title"))
        self._profile = profile
        self._code = CodeForm(may_found=False)
        self._code.entered.connect(self._take)
        self._code.file_chosen.connect(lambda file: read_ticket(self, file, self._code))

    def load(self) -> None:
        back = Button(say("unlock.recovery.back"), Kind.PLAIN)
        back.setObjectName("back")
        back.clicked.connect(self.left)
        send = Button(say("unlock.rejoin_send"), Kind.PRIMARY)
        send.setObjectName("continue")
        send.clicked.connect(self._take)
        self.present(
            say("unlock.rejoin_title"), Text(say("access.code_intro")), self._code, ways=[back, send], first=self._code
        )

    def _take(self) -> None:
        invitation = self._code.invitation()
        if invitation is not None:
            self.pause()
            access, profile = self.gate.access, self._profile
            self.ask(
                say("access.joining"),
                lambda _: access.rejoin(profile, invitation),
                self.joined.emit,
                failed=self._fail,
                lane=Lane.NETWORK,
            )

    def _fail(self, error: Exception) -> None:
        self.resume()
        self.show_error(error)


class Renew(GateScreen):
    """New keys before the old ones run out: PIN and a new invitation; `joined` carries the Profile, which waits."""

    joined = Signal(object)
    left = Signal()

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, say("unlock.renewal.title"))
        self._profile = profile
        self._code = CodeForm(may_found=False)
        self._code.entered.connect(self._take)
        self._code.file_chosen.connect(lambda file: read_ticket(self, file, self._code))
        self._pin = PinField()
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._renew)
        self._token = TokenForm()
        self._token.looks.connect(self._look_for_tokens)
        self._token.entered.connect(self._take)

    def load(self) -> None:
        back = Button(say("unlock.recovery.back"), Kind.PLAIN)
        back.setObjectName("back")
        back.clicked.connect(self.left)
        renew = Button(say("unlock.renewal.send"), Kind.PRIMARY)
        renew.setObjectName("continue")
        renew.clicked.connect(self._take)
        title, intro = say("unlock.renewal.title"), Text(say("unlock.renewal.intro"))
        items = [intro, self._code, self._pin, self._token]
        self.present(title, *items, ways=[back, renew], first=self._code)

    def _look_for_tokens(self) -> None:
        access = self.gate.access
        self.ask(say("token.looking"), lambda _: access.tokens(), self._token.show_tokens, lane=Lane.NETWORK)

    def _take(self) -> None:
        if self._code.invitation() is not None:
            self._pin.enter()

    def _renew(self, pin: str) -> None:
        invitation = self._code.invitation()
        if invitation is not None:
            self.pause()
            access, profile, token = self.gate.access, self._profile, self._token.choice()
            self.ask(
                say("access.joining"),
                lambda _: access.change_keys(profile, invitation, pin, token),
                self.joined.emit,
                failed=self._fail,
                lane=Lane.NETWORK,
            )

    def _fail(self, error: Exception) -> None:
        self.resume()
        if isinstance(error, WrongPin):
            self._pin.refuse(error.tries_left)
        else:
            self.show_error(error)
