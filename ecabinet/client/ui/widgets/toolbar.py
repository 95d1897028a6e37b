"""A toolbar that folds: tools for which there is no room move into a menu at its end."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QLayout, QMenu, QSizePolicy, QToolButton, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets.buttons import IconButton
from ecabinet.client.ui.widgets.layout import row
from ecabinet.client.ui.words import say


class Toolbar(QWidget):
    """Tools in the order of their importance: the last fold first."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tools: list[tuple[IconButton, QAction]] = []
        self._fixed: list[QWidget] = []
        self._told: list[QWidget] = []
        """What is good to know; nothing is done with it."""
        self._more = IconButton("ellipsis", say("kit.more_tools"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._more)
        self._more.setMenu(self._menu)
        self._row = row(self._more, None, gap=Space.HAIR)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._row)

    def add_tool(
        self,
        icon: icons.Name,
        name: str,
        act: Callable[[], object] | None = None,
        *,
        keys: str = "",
        is_switch: bool = False,
    ) -> QAction:
        """Add a tool; the action enables, switches and presses it wherever it is shown."""
        action = QAction(icons.icon(icon), name, self)
        action.setCheckable(is_switch)
        button = IconButton(icon, name, keys=keys)
        button.setCheckable(is_switch)
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: _follow(button, action))
        if act is not None:
            action.triggered.connect(lambda _on=False: act())
        self._tools.append((button, action))
        self._row.insertWidget(self._row.count() - 2, button)
        return action

    def add_widget(self, widget: QWidget, *, is_needed: bool = True) -> None:
        """Add something that never folds, such as the number of a page; what is not needed goes, the last first."""
        (self._fixed if is_needed else self._told).append(widget)
        self._row.insertWidget(self._row.count() - 2, widget)

    def sizeHint(self) -> QSize:
        return QSize(self._needed(len(self._tools), len(self._told)), theme.px(theme.TARGET + Space.SMALL))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(0, 0), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a widget may have become wider
            self.updateGeometry()
            self._fold()
        return super().event(event)

    def _fold(self) -> None:
        told = next((n for n in range(len(self._told), 0, -1) if self._needed(0, n) <= self.width()), 0)
        shown = next((n for n in range(len(self._tools), 0, -1) if self._needed(n, told) <= self.width()), 0)
        for number, widget in enumerate(self._told):
            widget.setVisible(number < told)
        self._menu.clear()
        for number, (button, action) in enumerate(self._tools):
            button.setVisible(number < shown)
            if number >= shown:
                self._menu.addAction(action)
        self._more.setVisible(shown < len(self._tools))

    def _needed(self, shown: int, told: int) -> int:
        """The width that so many tools take and so much of what is told, with the menu when some are left."""
        widths = [widget.sizeHint().width() for widget in (*self._fixed, *self._told[:told])]
        widths += [theme.px(theme.TARGET)] * (shown + (shown < len(self._tools)))
        return sum(widths) + self._row.spacing() * (len(widths) + 1)


def _follow(button: IconButton, action: QAction) -> None:
    button.setEnabled(action.isEnabled())
    button.setChecked(action.isChecked())
