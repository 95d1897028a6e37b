"""Hands at a real application: they press keys where the keyboard is, and find what is on the screen by its name."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QLineEdit, QWidget

from ecabinet.client.app import Application
from tests.ui.body import PATIENCE, wait_until


class Hands:
    """Of somebody who has no mouse."""

    def __init__(self, application: Application) -> None:
        self.application = application
        application.window.resize(1366, 768)
        application.start()
        application.window.activateWindow()

    def see(self, name: str, seconds: float = PATIENCE) -> QWidget:
        """What is called so, once it is on the screen."""
        wait_until(lambda: self._shown(name), seconds)
        return self._shown(name)[0]

    def sees(self, name: str) -> bool:
        return bool(self._shown(name))

    def read(self, name: str) -> str:
        """The words of a label or field, once it is on the screen."""
        widget = self.see(name)
        assert isinstance(widget, QLabel | QLineEdit)
        return widget.text()

    def everything_said(self) -> str:
        """All words on the screen."""
        labels = self.application.window.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def hear(self, words: str) -> None:
        """Wait until these words are on the screen."""
        wait_until(lambda: words in self.everything_said())

    def nameless(self) -> list[str]:
        """What takes the keyboard and a screen reader could not name."""
        found = [widget for widget in self._top.findChildren(QWidget) if widget.isVisible()]
        takers = [widget for widget in found if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and _is_own(widget)]
        return [repr(widget) for widget in takers if not _spoken(widget)]

    def cut(self) -> list[str]:
        """What is wider than its window and so can't be seen whole."""
        found = [widget for widget in self._top.findChildren(QWidget) if widget.isVisible() and _is_own(widget)]
        width = self._top.width()
        return [repr(widget) for widget in found if widget.mapTo(self._top, widget.rect().topRight()).x() >= width]

    def go_to(self, name: str) -> QWidget:
        """Press Tab until the keyboard is at what is called so."""
        self.see(name)
        for _ in range(80):
            wait_until(self._has_keyboard)
            if name in self._names_at_focus():
                return self._focused
            QTest.keyClick(self._focused, Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never reaches {name}")

    def at(self, name: str) -> bool:
        """Whether the keyboard is at what is called so."""
        return name in self._names_at_focus()

    def type(self, name: str, text: str) -> None:
        """Go there and write, in place of what stands there."""
        field = self.go_to(name)
        QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
        for character in text:
            QTest.keyClicks(field, character) if character.isascii() else self._compose(field, character)

    def press(self, name: str, keys: str = "Space") -> None:
        """Go there and press a key."""
        self.go_to(name)
        self.keys(keys)

    def keys(self, keys: str) -> None:
        """Press keys wherever the keyboard is."""
        wait_until(self._has_keyboard)
        QTest.keySequence(self._focused, QKeySequence(keys))

    def open_row(self, name: str, words: str) -> None:
        """Go to a list and open the row in which the words stand."""
        rows = self.go_to(name)
        assert isinstance(rows, QAbstractItemView)
        wait_until(lambda: self.row(rows, words) is not None)
        for _ in range(rows.model().rowCount()):
            here, there = rows.currentIndex().row(), self.row(rows, words)
            if here == there:
                QTest.keyClick(rows, Qt.Key.Key_Return)
                return
            QTest.keyClick(rows, Qt.Key.Key_Down if there is not None and here < there else Qt.Key.Key_Up)
        raise AssertionError(f"no arrow leads to {words}")

    @staticmethod
    def row(rows: QWidget, words: str) -> int | None:
        """The place in a list of the row in which the words stand."""
        assert isinstance(rows, QAbstractItemView)
        model = rows.model()
        spoken = (str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount()))
        return next((row for row, text in enumerate(spoken) if words in text), None)

    def _has_keyboard(self) -> bool:
        """Whether the keyboard is in the window in front, a sheet over it included."""
        if QApplication.activeWindow() is not self._top:
            self._top.activateWindow()  # as a window manager does when a sheet is closed; off-screen there is none
        focused = QApplication.focusWidget()
        return focused is not None and focused.window() is self._top

    @property
    def _top(self) -> QWidget:
        return QApplication.activeModalWidget() or self.application.window

    @property
    def _focused(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused

    def _names_at_focus(self) -> set[str]:
        """Of what has the keyboard, and of all for which it stands."""
        widget: QWidget | None = self._focused
        names = set()
        while widget is not None:
            if widget is self._focused or self._stands_for(widget):
                names.add(widget.objectName())
            widget = widget.parentWidget()
        return names

    def _stands_for(self, widget: QWidget) -> bool:
        proxy = widget.focusProxy()
        while proxy is not None and proxy is not self._focused:
            proxy = proxy.focusProxy()
        return proxy is not None

    def _shown(self, name: str) -> list[QWidget]:
        found = [self._top, *self._top.findChildren(QWidget)]
        return [widget for widget in found if widget.objectName() == name and widget.isVisible()]

    @staticmethod
    def _compose(field: QWidget, character: str) -> None:
        event = QInputMethodEvent()  # as an input method hands over a finished Vietnamese letter
        event.setCommitString(character)
        QApplication.sendEvent(field, event)


def _is_own(widget: QWidget) -> bool:
    return not widget.objectName().startswith("qt_")


def _spoken(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
