"""What an eye would find wrong with a window: what is cut, squeezed, out of reach, too small, or said to nobody."""

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QScrollArea, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.widgets import Text


def shown_parts(within: QWidget) -> list[QWidget]:
    return [widget for widget in within.findChildren(QWidget) if widget.isVisible() and widget.window() is within]


def sideways(window: QWidget) -> list[str]:
    """What is wider than its place."""
    wide = [
        f"contents of a scroll area: {content.width()} in {area.viewport().width()}"
        for area in shown_parts(window)
        if isinstance(area, QScrollArea)
        and (content := area.widget()) is not None
        and content.width() > area.viewport().width()
    ]
    return wide + [
        repr(widget)
        for widget in shown_parts(window)
        if widget.mapTo(window, widget.rect().topRight()).x() >= window.width()
    ]


def cut(window: QWidget) -> list[str]:
    """Texts that are not shown whole."""
    return [
        text.text()
        for text in shown_parts(window)
        if isinstance(text, Text) and text.text() and text.height() < text.heightForWidth(text.width())
    ]


def squeezed(window: QWidget) -> list[str]:
    """What is pressed or written in, smaller than it must be."""
    return [
        f"{widget!r}: {widget.width()} x {widget.height()}"
        for widget in shown_parts(window)
        if isinstance(widget, QAbstractButton | QLineEdit)
        and (
            widget.width() < min(widget.minimumSizeHint().width(), theme.px(theme.TARGET))
            or widget.height() < widget.minimumSizeHint().height()
        )
    ]


def hard_to_press(window: QWidget) -> list[tuple[str, int, int]]:
    least = theme.px(theme.TARGET) - 1
    return [
        (type(button).__name__, button.width(), button.height())
        for button in shown_parts(window)
        if isinstance(button, QAbstractButton) and min(button.width(), button.height()) < least
    ]


def nameless(window: QWidget) -> list[str]:
    """What takes the keyboard and says nothing to a screen reader."""
    return [
        type(widget).__name__
        for widget in shown_parts(window)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]


def small(window: QWidget) -> list[str]:
    """Labels set below 16 px."""
    return [
        label.text()
        for label in shown_parts(window)
        if isinstance(label, QLabel) and label.text() and label.fontInfo().pixelSize() < theme.px(theme.Type.BODY)
    ]


def out_of_reach(window: QWidget) -> list[str]:
    """Buttons and fields that no scrolling brings into sight."""
    hidden = []
    for widget in shown_parts(window):
        if isinstance(widget, QAbstractButton | QLineEdit) and widget.isEnabled():
            areas = list(_areas_around(widget))
            for area in areas:
                area.ensureWidgetVisible(widget)
            seen = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size()) & window.rect()
            for area in areas:
                port = area.viewport()
                seen &= QRect(port.mapTo(window, port.rect().topLeft()), port.size())
            if seen.height() < min(widget.height(), theme.px(theme.TARGET)) - 1 or seen.width() < widget.width() - 1:
                hidden.append(repr(widget))
    return hidden


def _areas_around(widget: QWidget) -> Iterator[QScrollArea]:
    """The innermost first."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            yield around
        around = around.parentWidget()
