"""What the screens before unlocking have in common: what they are given, and one card in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QWidget

from ecabinet.client.background import Background
from ecabinet.client.desk import Access
from ecabinet.client.ui import theme
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Beside, Card, Item, Title, boxed, column, flow, row, scrolled

_WIDEST = 680


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What may be asked before a profile is unlocked."""

    access: Access
    background: Background
    device_name: str
    """What this machine is called, until the person calls it otherwise."""


class GateScreen(Screen):
    """A screen with one card. Before unlocking nothing changes behind one's back: it refreshes by itself alone."""

    def __init__(self, gate: Gate, title: str) -> None:
        super().__init__(gate.background, title)
        self.gate = gate
        self._first: QWidget | None = None

    def panes(self) -> Sequence[QWidget]:
        return (self._first,) if self._first is not None else ()

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def present(self, title: str, *items: Item, ways: Sequence[QWidget] = (), first: QWidget | None = None) -> None:
        """Show a card: its title, what it holds, and the ways on, the last of which is the main one.

        `first` gets the keyboard.
        """
        card = Card("", Title(title), *items)
        card.setAccessibleName(title)
        if ways:
            *aside, main = ways
            card.add(Beside(boxed(flow(*aside)), main, folds_below=440, gap=Space.MEDIUM, shares=(1, 0)))
        card.setMaximumWidth(theme.px(_WIDEST))
        card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        middle = row(None, card, None)
        middle.setStretch(1, 1_000)
        self.show_content(scrolled(boxed(column(middle, None, pad=Space.HUGE))))
        self._first = first
        if first is not None:
            QTimer.singleShot(0, first, self._take_keyboard)  # when it is laid out and can take it

    def _take_keyboard(self) -> None:
        if self._first is not None and self._first.isVisible():  # else it would be taken from what is shown by now
            self._first.setFocus()

    def pause(self) -> None:
        """Let nothing be typed or pressed in the card while something is under way."""
        self.content.setEnabled(False)

    def resume(self, at: QWidget | None = None) -> None:
        """Let the person go on, at a widget of the card or at its first."""
        self.content.setEnabled(True)
        here = at or self._first
        if here is not None:
            here.setFocus()
