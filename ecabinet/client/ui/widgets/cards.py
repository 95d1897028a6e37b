"""Cards: one thing, its name, and what can be done with it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets.layout import Beside, Item, boxed, column, flow
from ecabinet.client.ui.widgets.text import Heading


class Card(QFrame):
    """A raised panel; `actions` stand at the right of its title."""

    def __init__(self, title: str = "", *items: Item, actions: tuple[QWidget, ...] = ()) -> None:
        super().__init__()
        self._column = column(pad=Space.LARGE)
        self.setLayout(self._column)
        if title:
            self.setAccessibleName(title)
            head = Heading(title)
            ways = (boxed(flow(*actions)),) if actions else ()
            self._column.addWidget(
                Beside(head, *ways, folds_below=440, gap=Space.SMALL, shares=(1, 0)) if ways else head
            )
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        """Put a widget or layout below what is there; None takes what room is left."""
        if item is None:
            self._column.addStretch(1)
        elif isinstance(item, QWidget):
            self._column.addWidget(item)
        else:
            self._column.addLayout(item)


class Line(QFrame):
    """A thin line between parts."""

    def __init__(self, direction: Qt.Orientation = Qt.Orientation.Horizontal) -> None:
        super().__init__()
        if direction is Qt.Orientation.Horizontal:
            self.setFixedHeight(1)
        else:
            self.setFixedWidth(1)
