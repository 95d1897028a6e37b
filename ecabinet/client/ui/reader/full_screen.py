"""Nothing but pages: the window fills the screen, the tools come when the pointer is at its top."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.collecting import is_collected
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screen import Screen

_EDGE = 3
_BELOW = 24
"""How far under the tools the pointer is when they go."""


class FullScreen(QObject):
    """Of one reader. The frame makes room, and ends it when another screen comes to the front."""

    def __init__(self, screen: Screen, view: PageView, bar: QWidget) -> None:
        super().__init__(screen)
        self._screen, self._view, self._bar = screen, view, bar
        self._is_on = False
        screen.filling.connect(self._take)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)

    def toggle(self) -> None:
        """Fill the screen, or go back into the frame."""
        self._screen.fills.emit(not self._is_on)

    def leave(self) -> None:
        """Go back into the frame, unless one is there."""
        if self._is_on:
            self.toggle()

    def show_tools(self) -> None:
        """While something is asked of them."""
        self._bar.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_collected(self):
            return False
        is_move = event.type() == QEvent.Type.MouseMove
        if self._is_on and is_move and isinstance(event, QMouseEvent):
            at = event.position().y()
            if at <= _EDGE:
                self._bar.show()
            elif at > theme.px(_BELOW) and not self._holds_keyboard():
                self._bar.hide()
        elif self._is_on and watched is self._view and event.type() == QEvent.Type.FocusIn:
            self._bar.hide()
        return False

    def _holds_keyboard(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self._bar.isAncestorOf(focused)

    def _take(self, is_on: bool) -> None:  # noqa: FBT001 - a slot
        self._is_on = is_on
        self._bar.setVisible(not is_on)
        if is_on:
            self._view.setFocus()
