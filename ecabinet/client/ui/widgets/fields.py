"""Fields to fill in: a label above, help or what is wrong below, never a placeholder instead of a label."""

from datetime import UTC, datetime, tzinfo
from unicodedata import normalize

from PySide6.QtCore import QDate, QDateTime, QLocale, QPoint, QPointF, QRectF, QSize, Qt, QTime, QTimeZone
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QTextCharFormat, QWheelEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QToolButton,
    QWidget,
)

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets.layout import column, row
from ecabinet.client.ui.widgets.painting import Lines, ring, rounded
from ecabinet.client.ui.widgets.text import Muted, Text
from ecabinet.client.ui.words import Language, language, say


class IconLabel(QLabel):
    """An icon that says nothing by itself: words stand beside it."""

    def __init__(self, icon: icons.Name, ink: str = "ink", size: int = 20) -> None:
        super().__init__()
        self._size = size
        self.setFixedSize(theme.px(size), theme.px(size))
        self.setScaledContents(True)
        self.show_icon(icon, ink)

    def show_icon(self, icon: icons.Name, ink: str = "ink") -> None:
        """Show another icon."""
        self.setPixmap(icons.pixmap(icon, ink, self._size, 2.0))


class Field(QWidget):
    """A control with its label; the control's accessible name and description follow what is written."""

    def __init__(self, label: str, control: QWidget, *, help_text: str = "") -> None:
        super().__init__()
        self._control, self._help_text = control, help_text
        title = Text(label, weight=Weight.MEDIUM)
        title.setBuddy(control)
        self._help = Muted(help_text)
        self._error_text = Text(ink="danger")
        self._error_text.setAlignment(Qt.AlignmentFlag.AlignTop)  # beside its icon, where a longer help text stood
        self._error = QWidget()
        error = row(column(IconLabel("circle-alert", "danger"), None), self._error_text)
        error.setStretch(1, 1)
        self._error.setLayout(error)
        self.setLayout(column(title, control, self._help, self._error, gap=Space.HAIR))
        self._help.setVisible(bool(help_text))
        self._error.hide()
        self.setFocusProxy(control)
        control.setAccessibleName(label)
        control.setAccessibleDescription(help_text)

    def explain(self, help_text: str) -> None:
        """Have other help below it."""
        self._help_text = help_text
        self._help.setText(help_text)
        self._show_error(self.error)

    def fail(self, text: str) -> None:
        """Say what is wrong and how to mend it."""
        self._error_text.setText(text)
        self._show_error(text)

    def clear_error(self) -> None:
        """Nothing is wrong any more."""
        self._show_error("")

    @property
    def error(self) -> str:
        """What is said to be wrong."""
        return "" if self._error.isHidden() else self._error_text.text()

    def _show_error(self, text: str) -> None:
        self._error.setVisible(bool(text))
        self._help.setVisible(bool(self._help_text) and not text)
        self._control.setAccessibleDescription(text or self._help_text)
        self._control.setProperty("wrong", bool(text))
        self._control.style().unpolish(self._control)
        self._control.style().polish(self._control)


class TextField(QLineEdit):
    """One line of text, brought to NFC, as everything that is signed."""

    def __init__(self, text: str = "", *, example: str = "") -> None:
        super().__init__(text)
        self.setPlaceholderText(example)
        self.setFont(theme.font())
        self.setCursorPosition(0)

    @property
    def value(self) -> str:
        """What is written, NFC, without spaces around it."""
        return composed(self.text())


class TextArea(QPlainTextEdit):
    """Several lines of text. Tab leaves it; Ctrl+Enter goes to the window."""

    def __init__(self, text: str = "", *, example: str = "", lines: int = 4) -> None:
        super().__init__(text)
        self.setPlaceholderText(example)
        self.setFont(theme.font())
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # lines are wrapped
        self.document().setDocumentMargin(2)  # as QLineEdit's own, so that texts below each other align
        self.setFixedHeight(round(QFontMetricsF(theme.font()).lineSpacing() * lines + theme.px(2 * Space.MEDIUM)))

    @property
    def value(self) -> str:
        """What is written, NFC, without spaces around it."""
        return composed(self.toPlainText())


_LEAST_CHOICE = 144


class ChoiceField(QComboBox):
    """One of a few, folded away."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(theme.font())
        self.view().setFont(theme.font())
        self.setItemDelegate(QStyledItemDelegate(self))  # Fusion's own pays no heed to the style sheet

    def minimumSizeHint(self) -> QSize:
        # Not as wide as the longest choice: the list that unfolds shows it whole.
        least = super().minimumSizeHint()
        return QSize(min(least.width(), theme.px(_LEAST_CHOICE)), least.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A wheel that scrolls the window past this field must not change it.
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_at_end(self, "chevron-down")


class TickBox(QCheckBox):
    """Yes or no. The words belong to the target."""

    _BOX = 24

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFont(theme.font())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(round(self._lines(width).height) + theme.px(2 * Space.SMALL), theme.px(theme.TARGET))

    def sizeHint(self) -> QSize:
        width = round(QFontMetricsF(theme.font()).horizontalAdvance(self.text())) + self._left() + theme.px(Space.SMALL)
        return QSize(width, theme.px(theme.TARGET))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(theme.TARGET))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = theme.px(self._BOX)
        box = QRectF(theme.px(4), (self.height() - side) / 2, side, side)
        is_on = self.isChecked()
        rounded(
            painter, box, ground="accent" if is_on else "raised", edge="accent" if is_on else "edge", width=2, radius=5
        )
        if is_on:
            icons.paint(painter, "check", "on_accent", box.adjusted(3, 3, -3, -3))
        lines = self._lines(self.width())
        ink = "ink" if self.isEnabled() else "ink_muted"
        lines.paint(painter, QPointF(self._left(), (self.height() - lines.height) / 2), ink)
        if self.hasFocus():
            ring(painter, QRectF(self.rect()))
        painter.end()

    def _left(self) -> int:
        return theme.px(4 + self._BOX + Space.MEDIUM)

    def _lines(self, width: int) -> Lines:
        return Lines(self.text(), theme.font(), width - self._left() - theme.px(4), most=4)


class DateTimeField(QDateTimeEdit):
    """A day and a time in the body's zone."""

    def __init__(self, zone: tzinfo, at: datetime) -> None:
        super().__init__()
        self._zone = zone
        is_vietnamese = language() is Language.VIETNAMESE
        self.setLocale(QLocale("vi_VN" if is_vietnamese else "en_GB"))
        self.setTimeZone(QTimeZone.utc())  # keeps the wall time as it is typed; `zone` says what it means
        self.setDisplayFormat("dddd, dd/MM/yyyy, HH:mm")
        self.setCalendarPopup(True)
        _dress(self.calendarWidget())
        self.setFont(theme.font())
        self.setFixedHeight(theme.px(theme.TARGET))
        self.show_time(at)

    @property
    def value(self) -> datetime:
        """What is set, UTC."""
        local = self.dateTime()
        day, time = local.date(), local.time()
        return datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), tzinfo=self._zone).astimezone(
            UTC
        )

    def show_time(self, at: datetime) -> None:
        """Set another time."""
        here = at.astimezone(self._zone)
        self.setDateTime(
            QDateTime(QDate(here.year, here.month, here.day), QTime(here.hour, here.minute), QTimeZone.utc())
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_at_end(self, "calendar-days")


def _dress(calendar: QCalendarWidget) -> None:
    calendar.setGridVisible(False)
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
    calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
    calendar.setFont(theme.font())
    calendar.setMinimumSize(theme.px(7 * theme.TARGET + 56), theme.px(8 * theme.TARGET))
    head, weekend = QTextCharFormat(), QTextCharFormat()
    head.setForeground(theme.color("ink_muted"))
    head.setBackground(theme.color("raised"))
    weekend.setForeground(theme.color("danger"))
    calendar.setHeaderTextFormat(head)
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, weekend)
    steps: tuple[tuple[str, icons.Name, str], ...] = (
        ("qt_calendar_prevmonth", "chevron-left", say("kit.previous_month")),
        ("qt_calendar_nextmonth", "chevron-right", say("kit.next_month")),
    )
    for part, icon, name in steps:
        button = calendar.findChild(QToolButton, part)
        if button is not None:
            button.setIcon(icons.icon(icon))
            button.setIconSize(QSize(theme.px(24), theme.px(24)))
            button.setAccessibleName(name)


def composed(text: str) -> str:
    """A text as everything signed has it: NFC, without spaces around it."""
    return normalize("NFC", text).strip()


def _paint_at_end(field: QWidget, icon: icons.Name) -> None:
    side = theme.px(20)
    painter = QPainter(field)
    area = QRectF(field.width() - side - theme.px(Space.MEDIUM), (field.height() - side) / 2, side, side)
    icons.paint(painter, icon, "ink_muted", area)
    painter.end()
