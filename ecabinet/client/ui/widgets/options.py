"""Option cards: the answers a question offers, as large targets. Nothing is chosen until the person chooses."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QApplication, QRadioButton, QSizePolicy, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space, Type, Weight
from ecabinet.client.ui.widgets.buttons import spelt
from ecabinet.client.ui.widgets.layout import column
from ecabinet.client.ui.widgets.painting import Lines, ring, rounded
from ecabinet.client.ui.words import say

_CIRCLE = 24
_LEAST = 56
_NUMBERED = 9
_BACK = (Qt.Key.Key_Up, Qt.Key.Key_Left)
_FORTH = (Qt.Key.Key_Down, Qt.Key.Key_Right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer; `note` says what it entails, in a line or two."""

    key: str
    label: str
    note: str = ""


class OptionCards(QWidget):
    """One question's answers. Arrows move, Space chooses, Ctrl+1…9 choose at once; `chosen` carries the key."""

    chosen = Signal(str)

    def __init__(self, question: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.setAccessibleName(question)
        self._cards = [_Card(choice, number) for number, choice in enumerate(choices, 1)]
        self.setLayout(column(*self._cards, None, gap=Space.SMALL))
        for card in self._cards:
            card.toggled.connect(self._tell)
            card.moved.connect(self._move)
            if card.keys:
                shortcut = QShortcut(QKeySequence(card.keys), self)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(card.choose)
        self.setFocusProxy(self._cards[0])

    @property
    def chosen_key(self) -> str | None:
        """The answer chosen, or None while there is none."""
        return next((card.choice.key for card in self._cards if card.isChecked()), None)

    def choose(self, key: str) -> None:
        """Choose for the person what he chose before: a draft that is opened again."""
        next(card for card in self._cards if card.choice.key == key).setChecked(True)

    def clear(self) -> None:
        """Go back to nothing chosen."""
        for card in self._cards:
            card.setAutoExclusive(False)
            card.setChecked(False)
            card.setAutoExclusive(True)

    def _tell(self, is_on: bool) -> None:  # noqa: FBT001 - a slot
        key = self.chosen_key
        if is_on and key is not None:
            self.chosen.emit(key)

    def _move(self, step: int) -> None:
        card = self.sender()
        at = next(number for number, each in enumerate(self._cards) if each is card)
        self._cards[(at + step) % len(self._cards)].setFocus(Qt.FocusReason.TabFocusReason)


class _Card(QRadioButton):
    moved = Signal(int)

    def __init__(self, choice: Choice, number: int) -> None:
        super().__init__(choice.label)
        self.choice = choice
        self.keys = f"Ctrl+{number}" if number <= _NUMBERED else ""
        self.setAccessibleName(choice.label)
        self.setAccessibleDescription(
            ". ".join(filter(None, [choice.note, self.keys and say("kit.keys", keys=spelt(self.keys))]))
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Not at least as tall as where it is narrow: it has the height for its width.
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def choose(self) -> None:
        """As a press does, and take the keyboard."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt would choose whatever the arrows pass over; an official answer is chosen by a press alone.
        if event.key() in _BACK or event.key() in _FORTH:
            self.moved.emit(-1 if event.key() in _BACK else 1)
        else:
            super().keyPressEvent(event)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        label, note = self._lines(width)
        pad = theme.px(Space.MEDIUM)
        return round(max(label.height + note.height + 2 * pad, theme.px(_LEAST)))

    def sizeHint(self) -> QSize:
        width = theme.px(320)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(_LEAST))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        is_on, is_warm = self.isChecked(), self.underMouse() and self.isEnabled()
        edge = "accent" if is_on else "edge"
        ground = "accent_soft" if is_on else "sunken" if is_warm else "raised"
        rounded(painter, area, ground=ground, edge=edge, width=2 if is_on else 1)
        side = theme.px(_CIRCLE)
        circle = QRectF(area.left() + theme.px(Space.LARGE), area.center().y() - side / 2, side, side)
        painter.setPen(QPen(theme.color(edge), theme.px(2)))
        painter.setBrush(theme.color("raised"))
        painter.drawEllipse(circle.adjusted(1, 1, -1, -1))
        if is_on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(circle.center(), side * 0.27, side * 0.27)
        label, note = self._lines(self.width())
        left, top = self._left(), area.center().y() - (label.height + note.height) / 2
        label.paint(painter, QPointF(left, top), "ink" if self.isEnabled() else "ink_muted")
        note.paint(painter, QPointF(left, top + label.height), "ink_muted")
        if self.keys and self._is_near():
            painter.setFont(theme.font())
            painter.setPen(theme.color("ink_muted"))
            painter.drawText(
                area.adjusted(0, 0, -theme.px(Space.LARGE), 0),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                spelt(self.keys),
            )
        if self.hasFocus():
            gap = theme.px(4)
            ring(painter, area.adjusted(gap, gap, -gap, -gap), radius=theme.RADIUS - 3)
        painter.end()

    def _is_near(self) -> bool:
        """Whether the keyboard is at this question, so that its numbers work."""
        group, focused = self.parentWidget(), QApplication.focusWidget()
        return group is not None and focused is not None and group.isAncestorOf(focused)

    def _left(self) -> int:
        return theme.px(Space.LARGE + _CIRCLE + Space.MEDIUM)

    def _lines(self, width: int) -> tuple[Lines, Lines]:
        room = width - self._left() - theme.px(Space.LARGE) - (theme.px(72) if self.keys else 0)
        weight = Weight.SEMIBOLD if self.isChecked() else Weight.MEDIUM
        return (
            Lines(self.choice.label, theme.font(Type.LEAD, weight), room, most=6),
            Lines(self.choice.note, theme.font(), room, most=6),
        )
