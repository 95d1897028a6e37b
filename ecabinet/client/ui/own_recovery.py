"""A recovery code made anew: the PIN, then the code, which is shown once, to be printed or saved."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.errors import WrongPin, WrongUnlockPin
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.printing import print_text
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Kind,
    Muted,
    Notice,
    PinField,
    Sheet,
    Text,
    TickBox,
    boxed,
    column,
    flow,
)
from ecabinet.client.ui.words import say


class NewRecoveryCodeSheet(Sheet):
    """Asks for the PIN; what it makes is shown by `RecoveryCodeSheet`."""

    def __init__(self, over: Screen, seat: Seat) -> None:
        self._screen, self._seat = over, seat
        self._pin = PinField(say("own_keys.old_pin"))
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._make)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        act = Button(say("own_keys.new_recovery"), Kind.PRIMARY)
        act.setObjectName("make_recovery")
        act.clicked.connect(self._pin.enter)
        self._parts: tuple[QWidget, ...] = (self._pin, leave, act)
        self._progress = column(gap=0)
        told = Text(say("own_keys.new_recovery_what"))
        super().__init__(over, say("own_keys.new_recovery"), told, self._pin, self._progress, buttons=(leave, act))
        self.setObjectName("new_recovery_sheet")
        self._pin.setFocus()

    def reject(self) -> None:
        if self._pin.isEnabled():
            super().reject()

    def _make(self, pin: str) -> None:
        self._let_work(is_working=True)
        own_keys = self._seat.desk.own_keys
        show: Callable[[QWidget], object] = self._progress.addWidget
        work = say("own_keys.making_recovery")
        self._screen.ask(work, lambda _: own_keys.new_recovery_code(pin), self._show_code, failed=self._fail, show=show)

    def _show_code(self, code: str) -> None:
        self._let_work(is_working=False)
        self.accept()
        RecoveryCodeSheet(self._screen, self._seat, code).open()

    def _fail(self, error: Exception) -> None:
        self._let_work(is_working=False)
        match error:
            case WrongPin():
                self._pin.refuse(error.tries_left)
            case WrongUnlockPin():
                told = explain(error)
                self._pin.fail("" if told is None else f"{told.happened} {told.to_do}")
                self._pin.setFocus()
            case _:
                self.reject()
                self._screen.show_error(error)

    def _let_work(self, *, is_working: bool) -> None:
        for part in self._parts:
            part.setEnabled(not is_working)


class RecoveryCodeSheet(Sheet):
    """The code, once. Nothing takes it away but its being kept: the one before is void already."""

    def __init__(self, over: Screen, seat: Seat, code: str) -> None:
        self._screen = over
        host, phrase = seat.desk.own_keys.recovery_slip
        self._slip = say("access.recovery.slip", code=code, server=host, device=phrase)
        shown = Text(code, size=Type.TITLE, weight=Weight.SEMIBOLD)
        shown.setObjectName("recovery_code")
        shown.setAccessibleName(say("access.recovery.spoken", code=code))
        printing = Button(say("access.recovery.print"))
        printing.setObjectName("print_recovery")
        printing.clicked.connect(lambda: print_text(self, self._slip))
        saving = Button(say("access.recovery.save"))
        saving.setObjectName("save_recovery")
        saving.clicked.connect(self._save)
        self._kept = TickBox(say("access.recovery.kept"))
        self._kept.setObjectName("recovery_kept")
        close = Button(say("kit.close"), Kind.PRIMARY)
        close.setObjectName("recovery_done")
        close.setEnabled(False)
        close.clicked.connect(self.accept)
        self._kept.toggled.connect(close.setEnabled)
        self._told = column(gap=0)
        super().__init__(
            over,
            say("own_keys.recovery"),
            Text(say("own_keys.recovery_made")),
            Card("", shown, boxed(flow(printing, saving, gap=Space.MEDIUM))),
            self._told,
            Muted(say("access.recovery.never_again")),
            self._kept,
            buttons=(close,),
        )
        self.setObjectName("recovery_sheet")
        printing.setFocus()

    def reject(self) -> None:
        """Escape leads nowhere before the code is kept."""
        if self._kept.isChecked():
            super().reject()

    def _save(self) -> None:
        slip, told = self._slip, self._told

        def save(file: Path) -> None:
            self._screen.ask(
                say("access.recovery.saving"),
                lambda _: file.write_text(slip, "utf-8"),
                lambda _: told.addWidget(Notice(Tone.POSITIVE, say("access.recovery.saved", file=file.name))),
            )

        choose_where_to_save(self, say("files.recovery"), say("access.recovery.file_name"), save)
