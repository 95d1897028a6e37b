"""A main pane and one at its side, which steps back where there is no room for both."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from ecabinet.client.ui import theme

_ROOM_FOR_BOTH = 860
_SIDE = 400
_LEAST = 320


class Split(QSplitter):
    """Two panes. The side closes by itself below 860 px and opens again when asked, or when there is room.

    One that `waits_to_be_asked` opens only then.
    """

    side_toggled = Signal(bool)

    def __init__(
        self, main: QWidget, side: QWidget, *, side_width: int = _SIDE, waits_to_be_asked: bool = False
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._main, self._side, self._side_width = main, side, side_width
        self._is_roomy, self._is_wanted = True, not waits_to_be_asked
        self.addWidget(main)
        self.addWidget(side)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        main.setMinimumWidth(theme.px(_LEAST))
        side.setMinimumWidth(theme.px(_LEAST))

    @property
    def is_side_open(self) -> bool:
        """Whether the side is shown."""
        return not self._side.isHidden()

    def open_side(self, is_open: bool = True) -> None:  # noqa: FBT001, FBT002 - a switch
        """Show or hide the side. Without room for both, the main pane steps back meanwhile."""
        focused = QApplication.focusWidget()
        self._side.setVisible(is_open)
        self._main.setVisible(self._is_roomy or not is_open)
        for hidden, left in ((self._side, self._main), (self._main, self._side)):
            if hidden.isHidden() and focused is not None and hidden.isAncestorOf(focused):
                _give_keyboard(left)
        if is_open and self._is_roomy:
            side = theme.px(self._side_width)
            self.setSizes([max(self.width() - side, 1), side])
        self.side_toggled.emit(is_open)

    def toggle_side(self) -> None:
        """Show the side, or hide it. Hidden where there is no room, it is back when there is."""
        is_open = not self.is_side_open
        if self._is_roomy:
            self._is_wanted = is_open
        self.open_side(is_open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_roomy = self.width() >= theme.px(_ROOM_FOR_BOTH)
        if is_roomy != self._is_roomy or event.oldSize().width() <= 0:
            if is_roomy and not self._is_roomy:  # what was shown alone stays
                self._is_wanted |= self.is_side_open
            self._is_roomy = is_roomy
            self.open_side(is_roomy and self._is_wanted)


def _give_keyboard(pane: QWidget) -> None:
    """To the first in a pane that takes it."""
    for widget in pane.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled() and widget.isVisibleTo(pane):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
            return
