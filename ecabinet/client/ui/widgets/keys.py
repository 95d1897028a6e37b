"""Keys: what they do where one is, and the sheet that tells all of them (F1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets.buttons import Button, Kind, spelt
from ecabinet.client.ui.widgets.layout import boxed, scrolled
from ecabinet.client.ui.widgets.sheets import Sheet
from ecabinet.client.ui.widgets.text import Text
from ecabinet.client.ui.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and what it does. One without `act` is only told: a widget minds it itself."""

    keys: str
    name: str
    act: Callable[[], object] | None = None


def bind(owner: QWidget, keys: Sequence[Key]) -> None:
    """Make keys work while the keyboard is anywhere in `owner`."""
    for key in keys:
        if key.act is not None:
            shortcut = QShortcut(owner)
            # Both Enter keys; the same sequence twice would be ambiguous and do nothing.
            shortcut.setKeys([QKeySequence(keys) for keys in {key.keys, key.keys.replace("Return", "Enter")}])
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(key.act)


class KeysSheet(Sheet):
    """All keys that work here, by group."""

    def __init__(self, over: QWidget, groups: Sequence[tuple[str, Sequence[Key]]]) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, theme.px(Space.MEDIUM), 0)
        grid.setHorizontalSpacing(theme.px(Space.LARGE))
        grid.setVerticalSpacing(theme.px(Space.SMALL))
        grid.setColumnStretch(1, 1)
        for title, keys in groups:
            if keys:
                head = grid.rowCount()
                grid.setRowMinimumHeight(head, theme.px(Space.HAIR))
                grid.addWidget(Text(title, weight=Weight.SEMIBOLD, ink="ink_muted"), head + 1, 0, 1, 2)
            for key in keys:
                line = grid.rowCount()
                grid.addWidget(KeyCap(key.keys), line, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(Text(key.name), line, 1)
        area = scrolled(boxed(grid))
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # to be scrolled by keys
        area.setAccessibleName(say("kit.all_keys"))
        area.setFixedHeight(
            max(min(grid.sizeHint().height(), over.window().height() - theme.px(200)), theme.px(theme.TARGET))
        )
        close = Button(say("kit.close"), Kind.PRIMARY)
        super().__init__(over, say("kit.all_keys"), area, buttons=(close,))
        close.clicked.connect(self.accept)
        close.setFocus()


class KeyCap(QLabel):
    """A key as it is written on the keyboard."""

    def __init__(self, keys: str) -> None:
        super().__init__(spelt(keys))
        self.setFont(theme.font(weight=Weight.MEDIUM))
