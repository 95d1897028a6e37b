"""Widgets shown by themselves, and what a screen reader says of them."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.widgets import boxed, column


class Show:
    """Shows widgets below each other in a window, and keeps it for the test."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._windows: list[QWidget] = []

    def __call__(self, *widgets: QWidget, width: int = 480, height: int = 400) -> QWidget:
        window = boxed(column(*widgets))
        self._windows.append(window)
        self._qtbot.addWidget(window)
        window.resize(width, height)
        with self._qtbot.waitExposed(window):
            window.show()
        return window


def click(widget: QWidget, at: QPoint) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def heard(widget: QWidget, what: QAccessible.Text = QAccessible.Text.Name) -> str:
    """What a screen reader says of a widget."""
    return QAccessible.queryAccessibleInterface(widget).text(what)


def role(widget: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(widget).role()
