"""What a long form is made of: cards of a readable width below each other, and a quiet way out at the end."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Beside, Button, Card, Item, Kind, Muted, Text, TextArea, boxed, column, row
from ecabinet.client.ui.widgets.layout import empty
from ecabinet.client.ui.words import say

_WIDEST = 920
"""A form is no wider than this, px at 100 %: the eye finds its way from one line to the next."""

_FOLDS_BELOW = 560
_NAMES = 152
"""The room for the names of what is read back."""

Control = TypeVar("Control", bound=QWidget)


class FormCard(Card):
    """A part of a form: its name, a line that helps, and its fields."""

    def __init__(self, title: str, *items: Item, actions: tuple[QWidget, ...] = (), help_text: str = "") -> None:
        explained = (Muted(help_text),) if help_text else ()
        super().__init__(title, *explained, *items, actions=actions)
        self.setMaximumWidth(theme.px(_WIDEST))


def page(*parts: QWidget) -> QVBoxLayout:
    """Parts below each other, in the middle of a page that scrolls."""
    inner = boxed(column(*parts, None, gap=Space.LARGE))
    inner.setMaximumWidth(theme.px(_WIDEST))
    inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    middle = row(None, inner, None)
    middle.setStretch(1, 1_000)
    return column(middle, pad=Space.HUGE)


def foot(discard: Callable[[], object]) -> QWidget:
    """The way to forget a draft: at its end, where nobody presses it in passing."""
    button = Button(say("preparing.discard"), Kind.PLAIN, icon="trash-2")
    button.setObjectName("discard")
    button.clicked.connect(discard)
    return boxed(row(None, button))


def beside(*fields: QWidget) -> Beside:
    """Fields beside each other where there is room: labels on one line, and one that says what is wrong grows alone."""
    return Beside(*(boxed(column(field, None)) for field in fields), folds_below=_FOLDS_BELOW, gap=Space.LARGE)


def told(name: str, value: str) -> QWidget:
    """A name and what it is, one line of what a sheet reads back."""
    label = Muted(name)
    label.setFixedWidth(theme.px(_NAMES))
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    words = Text(value)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    line = row(label, words, gap=Space.MEDIUM)
    line.setStretch(1, 1)
    return boxed(line)


class TitleField(TextArea):
    """A title: long, and yet one paragraph. Enter is told, and writes no new line."""

    entered = Signal()

    def __init__(self, text: str = "", *, example: str = "") -> None:
        super().__init__(text, example=example, lines=2)
        self.setFixedHeight(self.height() + theme.px(Space.HAIR))  # else two full lines would have a bar to scroll by

    @property
    def value(self) -> str:
        """What is written, NFC, in one line."""
        return " ".join(super().value.split())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


def named(control: Control, name: str) -> Control:
    """A control under the name by which it is found."""
    control.setObjectName(name)
    return control


class Slot(QWidget):
    """A place for something that is made anew only when it would differ; the keyboard stays on what bears its name."""

    def __init__(self) -> None:
        super().__init__()
        self._as: object = None
        self._column = column(gap=0)
        self.setLayout(self._column)

    def show_as(self, key: object, make: Callable[[], QWidget | None]) -> None:
        """Show what `make` makes, or nothing, unless what is shown was made for the same key."""
        if self._as == key:
            return
        self._as = key
        focused = QApplication.focusWidget()
        name = focused.objectName() if focused is not None and self.isAncestorOf(focused) else ""
        empty(self._column)
        made = make()
        self.setVisible(made is not None)
        if made is None:
            return
        self._column.addWidget(made)
        if name:
            again = made.findChild(QWidget, name)
            if again is not None:
                again.setFocus()


def bring_into_view(view: QAbstractItemView, line: QRect) -> None:
    """Has the form around a list that is as tall as its content scroll to one of its lines."""
    parent: QWidget | None = view.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    content = parent.widget() if parent is not None else None
    if parent is not None and content is not None:
        centre = view.viewport().mapTo(content, line.center())
        parent.ensureVisible(centre.x(), centre.y(), 0, line.height() // 2 + theme.px(Space.HUGE))
