"""The first run: address and code → (founding: the body) → PIN twice → the recovery code, kept → the phrase, read out.

What was typed is kept while one goes back and forth; the PIN is not. Once the keys are made there is no way back.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.access import Founder, Joined, ServerInvitation
from ecabinet.client.desk.errors import BadPin, RefusedByServer
from ecabinet.client.ui.access_forms import CodeForm, FounderForm, PinForm, read_ticket
from ecabinet.client.ui.access_token import TokenForm
from ecabinet.client.ui.explanations import Explanation, explain_joining
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.printing import print_text
from ecabinet.client.ui.theme import Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Field,
    Item,
    Kind,
    Muted,
    Notice,
    StepHeader,
    Text,
    TextField,
    TickBox,
    flow,
)
from ecabinet.client.ui.words import say


class FirstRun(GateScreen):
    """Asks for everything a first run needs; `joined` carries the Profile once its recovery code is kept."""

    joined = Signal(object)
    began = Signal()
    """Something has been typed that should not be lost."""
    left = Signal()
    """The person would rather go back to the profiles that are here."""

    def __init__(self, gate: Gate, *, may_leave: bool) -> None:
        super().__init__(gate, say("access.title"))
        self._may_leave = may_leave
        self._code, self._founder_form, self._pin = CodeForm(may_found=True), FounderForm(), PinForm()
        self._device = TextField(gate.device_name)
        self._device.setObjectName("device_name")
        self._device_field = Field(say("access.device"), self._device, help_text=say("access.device_help"))
        self._invitation: ServerInvitation | None = None
        self._founder: Founder | None = None
        self._step: Callable[[], None] = self._ask_for_code
        self._code.entered.connect(self._take_code)
        self._code.file_chosen.connect(lambda file: read_ticket(self, file, self._code))
        self._pin.entered.connect(self._take_pin)
        self._token = TokenForm()
        self._token.looks.connect(self._look_for_tokens)
        self._token.entered.connect(self._take_pin)

    def load(self) -> None:
        self._step()

    # The steps, in their order.

    def _ask_for_code(self) -> None:
        self._step = self._ask_for_code
        leave = self._way("leave_first_run", say("access.leave"), self.left.emit) if self._may_leave else None
        self._present(0, [Text(say("access.code_intro")), self._code], self._take_code, self._code, back=leave)

    def _take_code(self) -> None:
        self._invitation = self._code.invitation()
        if self._invitation is not None:
            self.began.emit()
            self._ask_for_body() if self._code.founds_body else self._ask_for_pin()

    def _ask_for_body(self) -> None:
        self._step = self._ask_for_body
        back = self._way("back", say("access.back"), self._ask_for_code)
        form = self._founder_form
        self._present(1, [Text(say("access.body_intro")), form], self._take_body, form, back=back)

    def _take_body(self) -> None:
        self._founder = self._founder_form.founder()
        if self._founder is not None:
            self._ask_for_pin()

    def _ask_for_pin(self) -> None:
        self._step = self._ask_for_pin
        before = self._ask_for_body if self._code.founds_body else self._ask_for_code
        items = [Text(say("access.pin_intro")), self._pin, self._device_field, self._token]
        back = self._way("back", say("access.back"), before)
        self._present(2 if self._code.founds_body else 1, items, self._take_pin, self._pin, back=back)

    def _look_for_tokens(self) -> None:
        access = self.gate.access
        self.ask(say("token.looking"), lambda _: access.tokens(), self._token.show_tokens, lane=Lane.NETWORK)

    def _take_pin(self) -> None:
        invitation, pin = self._invitation, self._pin.pin()
        if pin is None or invitation is None:
            return
        access, founder = self.gate.access, self._founder if self._code.founds_body else None
        device, token = self._device.value or self.gate.device_name, self._token.choice()
        self.pause()

        def work(_call: object) -> Joined:
            if founder is not None:
                return access.found(invitation, pin, device, founder, token)
            return access.join(invitation, pin, device, token)

        self.ask(say("access.joining"), work, self._show_recovery, failed=self._fail, lane=Lane.NETWORK)

    def explain(self, error: Exception) -> Explanation:
        return explain_joining(error) or super().explain(error)

    def _fail(self, error: Exception) -> None:
        self.resume()
        if isinstance(error, BadPin):
            self._pin.refuse(error)
            return
        if isinstance(error, RefusedByServer):
            self._step = self._ask_for_code
            self._step()
        self.show_error(error)

    def _show_recovery(self, joined: Joined) -> None:
        self.resume()
        self._step = lambda: None  # the code is shown once: nothing may take it away but its being kept
        code = Text(joined.recovery_code, size=Type.TITLE, weight=Weight.SEMIBOLD)
        code.setObjectName("recovery_code")
        code.setAccessibleName(say("access.recovery.spoken", code=joined.recovery_code))
        profile = joined.profile
        slip = say("access.recovery.slip", code=joined.recovery_code, server=profile.host, device=profile.device_name)
        actions: tuple[QWidget, ...] = (
            self._way("print_recovery", say("access.recovery.print"), lambda: print_text(self, slip)),
            self._way("save_recovery", say("access.recovery.save"), lambda: self._save(slip)),
            self._way("copy_recovery", say("access.recovery.copy"), lambda: self._copy(joined.recovery_code)),
        )
        kept = TickBox(say("access.recovery.kept"))
        kept.setObjectName("recovery_kept")
        go_on = self._present(
            3 if self._code.founds_body else 2,
            [
                Text(say("access.recovery.intro")),
                Card("", code, flow(*actions)),
                Muted(say("access.recovery.never_again")),
                kept,
            ],
            lambda: self.joined.emit(joined.profile),
            actions[0],
        )
        go_on.setEnabled(False)
        kept.toggled.connect(go_on.setEnabled)

    # Small things.

    def _present(
        self, step: int, items: Sequence[Item], go_on: Callable[[], object], first: QWidget, back: Button | None = None
    ) -> Button:
        founding = [say("access.step.body")] if self._code.founds_body else []
        names = [say("access.step.code"), *founding, say("access.step.pin"), say("access.step.recovery")]
        header = StepHeader([*names, say("access.step.confirm")])
        header.go(step)
        onward = Button(say("access.continue"), Kind.PRIMARY)
        onward.setObjectName("continue")
        onward.clicked.connect(go_on)
        kept = (self._code, self._founder_form, self._pin, self._device_field, self._token)
        for form in kept:  # they live longer than the card they stand on
            form.setParent(self)
        self.present(
            say("access.title"), header, *items, ways=[*([back] if back is not None else []), onward], first=first
        )
        for form in kept:
            form.setVisible(form.parent() is not self)
        return onward

    def _way(self, name: str, words: str, act: Callable[[], object]) -> Button:
        button = Button(words, Kind.PLAIN if name in ("back", "leave_first_run") else Kind.QUIET)
        button.setObjectName(name)
        button.clicked.connect(lambda _=False: act())
        return button

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.show_notice(Notice(Tone.POSITIVE, say("access.recovery.copied"), is_closable=True))

    def _save(self, text: str) -> None:
        def save(file: Path) -> None:
            self.ask(
                say("access.recovery.saving"),
                lambda _: file.write_text(text, "utf-8"),
                lambda _: self.show_notice(
                    Notice(Tone.POSITIVE, say("access.recovery.saved", file=file.name), is_closable=True)
                ),
            )

        choose_where_to_save(self, say("files.recovery"), say("access.recovery.file_name"), save)
