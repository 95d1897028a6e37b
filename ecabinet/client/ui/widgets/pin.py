"""The PIN: never shown, with what is left of the tries. Ours is of digits; a token's is as its issuer made it."""

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Type
from ecabinet.client.ui.widgets.fields import Field
from ecabinet.client.ui.widgets.layout import column
from ecabinet.client.ui.words import say

LEAST, MOST = 6, 12
"""How many digits a PIN has."""


class PinField(QWidget):
    """Where a PIN is typed. `entered` carries it when Enter is pressed; it is forgotten here as soon as it is taken."""

    entered = Signal(str)
    changed = Signal()

    def __init__(self, label: str = "", help_text: str = "", *, of_token: bool = False) -> None:
        super().__init__()
        self._of_token = of_token
        self._line = QLineEdit()
        self._line.setEchoMode(QLineEdit.EchoMode.Password)
        hints = (
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhHiddenText
        )
        if not of_token:
            self._line.setValidator(QRegularExpressionValidator(QRegularExpression(f"[0-9]{{0,{MOST}}}"), self))
            hints |= Qt.InputMethodHint.ImhDigitsOnly
        self._line.setInputMethodHints(hints)
        self._line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._line.setFont(theme.font(Type.TITLE))
        self._line.setMaximumWidth(theme.px(320))
        self._line.returnPressed.connect(self.enter)
        self._line.textChanged.connect(self._change)
        self._next: QWidget | None = None
        self._field = Field(label or say("kit.pin.label"), self._line, help_text=help_text)
        self.setLayout(column(self._field))
        self.setFocusProxy(self._line)

    @property
    def is_complete(self) -> bool:
        """Whether enough digits stand there to try. A token knows itself, and some have keys of their own for it."""
        return self._of_token or LEAST <= len(self._line.text()) <= MOST

    def take(self) -> str:
        """The PIN, which is forgotten here."""
        pin = self._line.text()
        self._line.clear()
        return pin

    def lead_to(self, following: QWidget) -> None:
        """Have Enter go on to another field; the PIN stays here until it is taken."""
        self._next = following

    def refuse(self, tries_left: int) -> None:
        """Say that the PIN was wrong and how many tries are left; none means the key is destroyed."""
        self._line.clear()
        if tries_left > 0:
            self._field.fail(say("kit.pin.wrong", left=tries_left))
            self._line.setFocus()
        else:
            self._field.fail(say("kit.pin.locked"))
            self.setEnabled(False)

    def fail(self, text: str) -> None:
        """Say what else is wrong, such as two PINs that differ."""
        self._field.fail(text)

    def enter(self) -> None:
        """Hand the PIN over, as Enter does; too short a one is told."""
        if not self.is_complete:
            self._field.fail(say("kit.pin.too_short", least=LEAST))
        elif self._next is not None:
            self._next.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.entered.emit(self.take())

    def _change(self) -> None:
        if self._line.text():
            self._field.clear_error()
        self.changed.emit()
