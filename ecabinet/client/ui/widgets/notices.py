"""What a person is told: what happened, what is safe, what to do. And why a list is empty, and what comes next."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QSizePolicy, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets.buttons import IconButton
from ecabinet.client.ui.widgets.fields import IconLabel
from ecabinet.client.ui.widgets.layout import column, flow, row
from ecabinet.client.ui.widgets.text import Muted, Text
from ecabinet.client.ui.words import Names, say

_LARGE_ICON = 40
GOES_AFTER_MS = 6_000
"""How long a success is told."""
_ICONS: dict[Tone, icons.Name] = {
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "info",
    Tone.POSITIVE: "circle-check",
    Tone.WARNING: "triangle-alert",
    Tone.DANGER: "octagon-alert",
}
_spoken_tone = Names("kit.tone", Tone)


class Notice(QFrame):
    """A banner. An error says all three: what happened, what is safe, what to do.

    A success that can be closed `is_passing`: it goes by itself, but not from under the pointer or the keyboard.
    """

    closed = Signal()

    def __init__(
        self,
        tone: Tone,
        happened: str,
        *,
        safe: str = "",
        to_do: str = "",
        details: QWidget | None = None,
        actions: tuple[QWidget, ...] = (),
        is_closable: bool = False,
    ) -> None:
        super().__init__()
        self.is_passing = is_closable and tone is Tone.POSITIVE and not actions
        self._go = QTimer(self, interval=GOES_AFTER_MS)
        self._go.timeout.connect(self._go_unless_read)
        self.setProperty("tone", tone.value)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        lines = [Text(happened, weight=Weight.SEMIBOLD), *(Text(line) for line in (safe, to_do) if line)]
        body = column(*lines, gap=Space.HAIR)
        if details is not None:
            body.addSpacing(theme.px(Space.SMALL))
            body.addWidget(details)
        if actions:
            body.addSpacing(theme.px(Space.SMALL))
            body.addLayout(flow(*actions))
        mark = IconLabel(_ICONS[tone], theme.ink_of(tone), 24)
        mark_column = column(mark, None)
        line = row(mark_column, body, gap=Space.MEDIUM)
        line.setStretch(1, 1)
        line.setContentsMargins(
            theme.px(Space.LARGE), theme.px(Space.MEDIUM), theme.px(Space.MEDIUM), theme.px(Space.MEDIUM)
        )
        if is_closable:
            # The first line stands as high as the cross, which is taller than a line.
            beside = theme.px((theme.TARGET - 24) // 2)
            line.setContentsMargins(theme.px(Space.LARGE), theme.px(2), theme.px(2), theme.px(2))
            body.setContentsMargins(0, beside, 0, beside)
            mark_column.setContentsMargins(0, beside, 0, 0)
            close = IconButton("x", say("kit.close_notice"))
            close.clicked.connect(self.dismiss)
            line.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)
        self.setAccessibleName(f"{_spoken_tone(tone)}: {happened}")
        self.setAccessibleDescription(" ".join(filter(None, (safe, to_do))))

    def dismiss(self) -> None:
        """Close it, as its cross does."""
        self._go.stop()
        self.close()
        self.closed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.is_passing:
            self._go.start()

    def _go_unless_read(self) -> None:
        focused = QApplication.focusWidget()
        if not self.underMouse() and (focused is None or not self.isAncestorOf(focused)):
            self.dismiss()

    def announce(self) -> None:
        """Have screen readers speak it at once."""
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))


class EmptyState(QWidget):
    """What stands where a list would: why it is empty, what comes next, and where there is one, what to press."""

    def __init__(self, icon: icons.Name, why: str, next_up: str = "", action: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName("empty_state")
        title = Text(why, size=Type.LEAD, weight=Weight.SEMIBOLD)
        after = Muted(next_up)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        after.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._icon = IconLabel(icon, "ink_muted", _LARGE_ICON)
        around = column(None, _centred(self._icon), title, after, gap=Space.SMALL, pad=Space.HUGE)
        if action is not None:
            around.addSpacing(theme.px(Space.SMALL))
            around.addLayout(_centred(action))
        around.addStretch(2)
        self.setLayout(around)
        self.setAccessibleName(why)
        self.setAccessibleDescription(next_up)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words go before the icon where there is not the height for both."""
        super().resizeEvent(event)
        wanted = self.heightForWidth(self.width())
        wanted += theme.px(_LARGE_ICON + Space.SMALL) if self._icon.isHidden() else 0
        self._icon.setVisible(wanted <= self.height())


def _centred(widget: QWidget) -> QHBoxLayout:
    return row(None, widget, None)
