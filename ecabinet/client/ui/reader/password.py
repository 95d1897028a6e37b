"""A paper that wants a password: asked for in the place of its pages, once until the vault is locked."""

import unicodedata
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from shiboken6 import isValid

from ecabinet.client.ui import theme
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Button, EmptyState, Field, Key, Kind, bind, boxed, column
from ecabinet.client.ui.words import say


class PaperPassword:
    """Asks, and has the screen try again with what was typed. Enter opens, Escape goes back to where one came from."""

    def __init__(self, screen: Screen, show: Callable[[EmptyState], None]) -> None:
        self._screen, self._show = screen, show
        self._field: Field | None = None
        self._line: QLineEdit | None = None
        self.tried = ""
        """What was typed last; the desk remembers what was right."""

    def ask(self) -> None:
        """Ask; where what was just tried was wrong, say so."""
        if self._field is not None and self._line is not None and isValid(self._field) and self._field.isVisible():
            self._field.fail(say("password.wrong"))
            self._line.selectAll()
        else:
            self._show(self._question())
        if self._line is not None:
            self._line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _question(self) -> EmptyState:
        self._line = line = QLineEdit()
        line.setObjectName("paper_password")
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        line.setFont(theme.font())
        line.setMinimumWidth(theme.px(320))
        line.returnPressed.connect(self._try)
        self._field = field = Field(say("password.label"), line, help_text=say("password.help"))
        line.textEdited.connect(field.clear_error)
        button = Button(say("password.open"), kind=Kind.PRIMARY)
        button.setObjectName("open_with_password")
        button.clicked.connect(self._try)
        asked = boxed(column(field, button, gap=Space.SMALL))
        bind(asked, [Key(keys="Escape", name=say("password.leave"), act=self._screen.leaves.emit)])
        return EmptyState("file-text", say("password.wanted"), say("password.unknown"), asked)

    def _try(self) -> None:
        if self._line is None or self._field is None:
            return
        self.tried = unicodedata.normalize("NFC", self._line.text())
        if self.tried:
            self._screen.reload()
        else:
            self._field.fail(say("password.empty"))
