"""The bar below a draft: what is still missing, each a way to where it is filled in; then the way to send it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from ecabinet.client.desk.preparing import Missing
from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets import Beside, Button, Flow, IconLabel, Kind, Muted, Text, boxed, column, flow, row
from ecabinet.client.ui.widgets.layout import empty
from ecabinet.client.ui.words import Names, say

_missing = Names("preparing.missing", Missing)
_ask_for = Names("preparing.ask_for", Missing)


class SendBar(QFrame):
    """`wanted` carries what the person would fill in now."""

    wanted = Signal(Missing)

    def __init__(self, send: str) -> None:
        super().__init__()
        self.setProperty("is", "bar")
        self.setAccessibleName(say("preparing.bar"))
        self.send = Button(send, Kind.PRIMARY, icon="check", hint="Ctrl+Enter")
        self.send.setObjectName("send")
        self._listed: tuple[Missing, ...] = ()
        self._kept = Muted()
        self._kept.setObjectName("kept")
        self._kept.setWordWrap(False)
        self._kept.setFixedHeight(theme.px(theme.TARGET))  # as high as the button, or lines of its own above it
        self._list = Flow((), Space.HAIR)
        self._checklist = boxed(self._list)
        self._checklist.setObjectName("missing")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._checklist.setSizePolicy(policy)
        ways = boxed(flow(self._kept, self.send, gap=Space.LARGE, ends_right=True))
        ways.setSizePolicy(policy)
        whole = column(Beside(self._checklist, ways, folds_below=600, gap=Space.LARGE, shares=(1, 0)))
        side, above = theme.px(Space.HUGE), theme.px(Space.SMALL)
        whole.setContentsMargins(side, above, side, above)
        self.setLayout(whole)

    def show_missing(self, missing: tuple[Missing, ...]) -> None:
        """List what is missing; nothing: it can be sent."""
        if missing == self._listed and self._list.count():
            return
        self._listed = missing
        empty(self._list)
        if missing:
            self._list.addWidget(_lead("circle-alert", "warning", say("preparing.lacking")))
            for each in missing:
                self._list.addWidget(_Link(_capital(_missing(each)), partial(self.wanted.emit, each)))
        else:
            self._list.addWidget(_lead("circle-check", "positive", say("preparing.complete")))
        self._checklist.setAccessibleName(listed(missing) if missing else say("preparing.complete"))
        self.updateGeometry()

    def show_unkept(self) -> None:
        """Something has changed since it was kept."""
        self._kept.setText(say("preparing.not_kept_yet"))

    def show_kept(self, at: str) -> None:
        """Everything has been kept."""
        self._kept.setText(say("preparing.kept", at=at))

    def go_to_first(self) -> None:
        """Go to the first thing that is missing, or to the button when nothing is."""
        if self._listed:
            self.wanted.emit(self._listed[0])
        else:
            self.send.setFocus()

    def announce(self) -> None:
        """Have screen readers speak what is missing."""
        QAccessible.updateAccessibility(QAccessibleEvent(self._checklist, QAccessible.Event.Alert))

    @staticmethod
    def ask_for(missing: Missing) -> str:
        """What to do about it, as it stands below its field."""
        return _ask_for(missing)


class _Link(Button):
    """A thing that is missing, by name; leads to where it is filled in."""

    def __init__(self, name: str, go: partial[None]) -> None:
        super().__init__(name, Kind.PLAIN)
        face = theme.font(weight=Weight.MEDIUM)
        face.setUnderline(True)
        self.setFont(face)
        self.setProperty("is", "link")
        self.setAccessibleDescription(say("preparing.go_to"))
        self.clicked.connect(go)


def listed(missing: Sequence[Missing]) -> str:
    """What is missing, in a sentence."""
    return say("preparing.lacking_all", all="; ".join(map(_missing, missing)))


def _lead(icon: str, ink: str, text: str) -> QFrame:
    lead = QFrame()
    words = Text(text, weight=Weight.SEMIBOLD)
    words.setWordWrap(False)
    line = row(IconLabel(icon, ink, 24), words)  # type: ignore[arg-type]
    lead.setLayout(line)
    lead.setFixedHeight(theme.px(theme.TARGET))
    return lead


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
