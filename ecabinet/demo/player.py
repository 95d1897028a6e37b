"""Hands for a client's windows: presses real keys and the mouse in the process where the windows are.

The conductor writes one JSON command a line to the process's standard input and reads one answer a line from its
standard output. A widget is named by its object name and, where several bear one, by words in its text. What the
windows mean is none of this module's business.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QScrollArea, QWidget

_LOOK_AGAIN = 15
"""Milliseconds between two looks for a widget that is awaited."""

Answer = Mapping[str, Any]


class NoSuchWidgetError(LookupError):
    """No visible, enabled widget of that name and text came up in time."""


class Player(QObject):
    """Carries out commands one after another; each `wait` lets the program run on until what is awaited is there."""

    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._arrived.connect(self._begin, Qt.ConnectionType.QueuedConnection)
        self._deeds: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "click": self._click,
            "double_click": self._double_click,
            "open_row": self._open_row,
            "find_row": self._find_row,
            "press": self._press,
            "type": self._type,
            "drag": self._drag,
            "drop": self._drop,
            "read": self._read,
            "texts": self._texts,
            "grab": self._grab,
            "resize": self._resize,
            "quit": self._quit,
        }

    def listen(self) -> None:
        """Reads commands from standard input, in a thread of its own, until it ends; then the program quits."""
        threading.Thread(target=self._read_commands, name="player", daemon=True).start()

    def _read_commands(self) -> None:
        for line in sys.stdin:
            self._arrived.emit(json.loads(line))
        self._arrived.emit({"do": "quit"})

    def _begin(self, command: Mapping[str, Any]) -> None:
        awaited = QElapsedTimer()
        awaited.start()
        self._attempt(command, awaited)

    def _attempt(self, command: Mapping[str, Any], awaited: QElapsedTimer) -> None:
        try:
            answer = self._carry_out(command)
        except NoSuchWidgetError as error:
            if awaited.elapsed() < command.get("seconds", 0) * 1000:
                QTimer.singleShot(_LOOK_AGAIN, partial(self._attempt, command, awaited))
                return
            answer = {"error": str(error)}
        print(json.dumps({"ok": "error" not in answer, **answer}), flush=True)

    def _carry_out(self, command: Mapping[str, Any]) -> Answer:
        if command["do"] == "wait":
            return self._wait(command)
        return self._deeds[command["do"]](command)

    def _wait(self, command: Mapping[str, Any]) -> Answer:
        if not command.get("gone"):
            return {"text": _text_of(_find(command))}
        if any(_matching(command)):
            raise NoSuchWidgetError("it is still there")
        return {}

    def _click(self, command: Mapping[str, Any]) -> Answer:
        widget = _bring_into_view(_find(command))
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())
        return {}

    def _double_click(self, command: Mapping[str, Any]) -> Answer:
        widget = _bring_into_view(_find(command))
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())
        return {}

    def _open_row(self, command: Mapping[str, Any]) -> Answer:
        """Clicks the first row of a list or table in which the words stand."""
        view, index = self._row(command)
        view.scrollTo(index)
        place = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        return {}

    def _find_row(self, command: Mapping[str, Any]) -> Answer:
        self._row(command)
        return {}

    def _row(self, command: Mapping[str, Any]) -> tuple[QAbstractItemView, QModelIndex]:
        view = _find({"widget": command["widget"]})
        if not isinstance(view, QAbstractItemView):
            raise NoSuchWidgetError("it is no list")
        model = view.model()
        for number in range(model.rowCount()):
            index = model.index(number, 0)
            is_row = bool(model.flags(index) & Qt.ItemFlag.ItemIsEnabled)  # and no heading between rows
            text = model.data(index, Qt.ItemDataRole.AccessibleTextRole) or model.data(index)
            lacked = command.get("row_lacks")
            if is_row and command["row_has"] in str(text) and (lacked is None or lacked not in str(text)):
                return view, index
        raise NoSuchWidgetError(f"none of its {model.rowCount()} rows does")

    def _press(self, command: Mapping[str, Any]) -> Answer:
        QTest.keySequence(_in_focus(), QKeySequence(command["keys"]))
        return {}

    def _type(self, command: Mapping[str, Any]) -> Answer:
        widget = _find(command) if "widget" in command else _in_focus()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        while (inner := widget.focusProxy()) is not None:
            widget = inner
        for character in command["text"]:
            if character.isascii():
                QTest.keyClicks(widget, character)
            else:  # as an input method hands over a finished Vietnamese letter
                event = QInputMethodEvent()
                event.setCommitString(character)
                QApplication.sendEvent(widget, event)
        return {}

    def _drag(self, command: Mapping[str, Any]) -> Answer:
        """Press, move, release: from and to are fractions of the widget's size."""
        widget = _find(command)
        points = [QPoint(int(x * widget.width()), int(y * widget.height())) for x, y in command["path"]]
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
        for point in points[1:]:
            QTest.mouseMove(widget, point)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])
        return {}

    def _drop(self, command: Mapping[str, Any]) -> Answer:
        widget = _bring_into_view(_find(command))
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(path) for path in command["files"]])
        centre = widget.rect().center()
        action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(widget, QDragEnterEvent(centre, action, files, button, modifier))
        QApplication.sendEvent(widget, QDropEvent(QPointF(centre), action, files, button, modifier, QEvent.Type.Drop))
        return {}

    def _read(self, command: Mapping[str, Any]) -> Answer:
        return {"text": _text_of(_find(command))}

    def _texts(self, command: Mapping[str, Any]) -> Answer:
        return {"texts": [_text_of(widget) for widget in _matching(command)]}

    def _grab(self, command: Mapping[str, Any]) -> Answer:
        window = _front_window()
        Path(command["file"]).parent.mkdir(parents=True, exist_ok=True)
        return {} if window.grab().save(command["file"]) else {"error": "the picture could not be written"}

    def _resize(self, command: Mapping[str, Any]) -> Answer:
        _front_window().resize(command["width"], command["height"])
        return {}

    def _quit(self, _: Mapping[str, Any]) -> Answer:
        QTimer.singleShot(0, _front_window().close)
        return {}


def _matching(command: Mapping[str, Any]) -> Iterator[QWidget]:
    """Visible widgets of the named kind whose text has the words asked for, in the order they were made."""
    words = command.get("text_has", "")
    modal = QApplication.activeModalWidget()
    for window in [modal] if modal is not None else QApplication.topLevelWidgets():
        for widget in [window, *window.findChildren(QWidget)]:
            if widget.objectName() == command["widget"] and widget.isVisible() and words in _text_of(widget):
                yield widget


def _find(command: Mapping[str, Any]) -> QWidget:
    for widget in _matching(command):
        if widget.isEnabled():
            return widget
    raise NoSuchWidgetError(_instead(command["widget"]))


def _instead(name: str) -> str:
    """What there is where something else was awaited."""
    there = [each for each in QApplication.allWidgets() if each.objectName() == name and each.isVisible()]
    if there:
        said = "; ".join(f"“{_text_of(each)}”{'' if each.isEnabled() else ', and can not be used'}" for each in there)
        return f"instead it says {said}"
    seen = {each.objectName() for each in QApplication.allWidgets() if each.isVisible()}
    return f"there are only {', '.join(sorted(each for each in seen if each and not each.startswith('qt_')))}"


def _text_of(widget: QWidget) -> str:
    """What a person reads in a widget: its own text, or that of the labels and buttons in it."""
    for reading in ("text", "toPlainText", "currentText"):
        if callable(read := getattr(widget, reading, None)):
            return str(read())
    inner = [getattr(child, "text", None) for child in widget.findChildren(QWidget) if child.isVisibleTo(widget)]
    said = [widget.accessibleName(), widget.accessibleDescription()]
    return " · ".join([*said, *(str(read()) for read in inner if callable(read))])


def _bring_into_view(widget: QWidget) -> QWidget:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    return widget


def _in_focus() -> QWidget:
    window = _front_window()
    candidates: list[QWidget | None] = [QApplication.focusWidget(), window.focusWidget()]
    return next((widget for widget in candidates if widget is not None), window)


def _front_window() -> QWidget:
    window = QApplication.activeModalWidget() or QApplication.activeWindow()
    if window is not None:
        return window
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    if not shown:
        raise NoSuchWidgetError("no window")
    return shown[0]
