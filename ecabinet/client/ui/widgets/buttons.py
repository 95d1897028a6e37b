"""Buttons: what a press does stands on them, or in their accessible name and hint."""

from enum import StrEnum

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.widgets.painting import ring
from ecabinet.client.ui.words import number, say

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_COUNT, _MANY = 20, 100
"""How high a number at an icon's corner is, and from when on it is only said that there are many."""


class Kind(StrEnum):
    """How much a button asks to be pressed. At most one in a view is primary."""

    PRIMARY = "primary"
    QUIET = "quiet"
    PLAIN = "plain"
    DANGER = "danger"


_INK = {Kind.PRIMARY: "on_accent", Kind.QUIET: "accent", Kind.PLAIN: "accent", Kind.DANGER: "on_danger"}


class Button(QPushButton):
    """A button with words on it. Space and Enter press it."""

    def __init__(self, text: str, kind: Kind = Kind.QUIET, *, icon: icons.Name | None = None, hint: str = "") -> None:
        super().__init__(text)
        self.setProperty("kind", kind.value)
        self.setAutoDefault(False)
        self.setFont(theme.font(weight=theme.Weight.SEMIBOLD))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(hint)
        self._ink = _INK[kind]
        if icon is not None:
            self.setIcon(icons.icon(icon, self._ink, 20, room=4))
            self.setIconSize(QSize(theme.px(24), theme.px(20)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _press_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _show_focus(self, self._ink)


class IconButton(QToolButton):
    """A button with an icon alone; its name is its hint and what a screen reader says."""

    def __init__(self, icon: icons.Name, name: str, *, ink: str = "ink", keys: str = "") -> None:
        """`keys` are only told: whoever owns the action binds them."""
        super().__init__()
        self._ink = ink
        self.setProperty("on", "bar" if ink == "on_bar" else "surface")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(theme.px(24), theme.px(24)))
        self.setFixedSize(theme.px(theme.TARGET), theme.px(theme.TARGET))
        self._count = 0
        self.become(icon, name, keys=keys)

    def become(self, icon: icons.Name, name: str, *, keys: str = "", count: int = 0, counted: str = "") -> None:
        """Take another icon and name, as a button that opens what it then closes.

        `count` stands at its corner, unless 0; `counted` says of what that is the number.
        """
        self._count = count
        self.setIcon(icons.icon(icon, self._ink))
        self.setAccessibleName(name)
        self.setAccessibleDescription(counted)
        hint = say("kit.name_and_keys", name=name, keys=spelt(keys)) if keys else name
        self.setToolTip("\n".join(filter(None, (hint, counted))))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _press_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._count:
            self._paint_count()
        _show_focus(self, "on_bar" if self._ink == "on_bar" else "focus")

    def _paint_count(self) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(weight=theme.Weight.SEMIBOLD))
        said = number(self._count) if self._count < _MANY else f"{number(_MANY - 1)}+"
        height = theme.px(_COUNT)
        width = max(height, painter.fontMetrics().horizontalAdvance(said) + theme.px(_COUNT // 2))
        badge = QRect(self.width() - width, 0, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(theme.color("on_accent"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, said)
        painter.end()


def spelt(keys: str) -> str:
    """A key sequence as keyboards have it."""
    return keys.replace("Return", "Enter").replace("Left", "←").replace("Right", "→").replace("Backspace", "⌫")


def _press_by_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    if event.key() not in _ENTER or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return False
    button.click()
    return True


def _show_focus(button: QWidget, ink: str) -> None:
    if button.hasFocus():
        gap = theme.px(3)
        painter = QPainter(button)
        ring(painter, QRectF(button.rect()).adjusted(gap, gap, -gap, -gap), ink=ink, radius=theme.RADIUS - 3)
        painter.end()
