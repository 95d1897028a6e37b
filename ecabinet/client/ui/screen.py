"""What every screen of the frame is: a title, content or why there is none, what is going on, and what went wrong.

A screen says which nouns it shows; when a use case has changed one of them the frame tells it, and it loads again: at
once when it is seen, else when it is next shown. Whatever it asks of the desk goes through `ask`, which keeps the rules
on waiting: said after 0.3 s, stoppable after 2 s, and an error is explained and never swallowed.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget
from shiboken6 import isValid

from ecabinet.client.background import Background, Call, CancelledError, Lane, Progress
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.collecting import is_collected
from ecabinet.client.ui.explanations import Explanation
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Below, Button, EmptyState, Key, Notice, ProgressRow, boxed, column
from ecabinet.client.ui.widgets.progress import OFFER_TO_STOP_AFTER_MS, SAY_AFTER_MS
from ecabinet.client.ui.words import say
from ecabinet.core.codec import Identifier

__all__ = ["Explanation", "Screen"]

T = TypeVar("T")


class Screen(QWidget):
    """One screen. Subclasses fill `load`, and call `show_content` or `show_empty` when they know."""

    nouns: ClassVar[frozenset[str]] = frozenset()
    """What kinds of things it shows, by the names the desk gives its changes: "ballots", "meetings"."""

    retitled = Signal()
    filled = Signal()
    """New content is shown."""
    opens = Signal(object)
    """Carries a Screen to be shown on top of this one."""
    leaves = Signal()
    """This screen is done with: back to where one came from."""

    fills = Signal(bool)
    """This screen wants the whole screen of the machine, or no longer."""
    filling = Signal(bool)
    """The frame has done so."""

    def __init__(self, background: Background, title: str, subtitle: str = "") -> None:
        super().__init__()
        self.thing: Identifier | None = None
        """The one paper, meeting or ballot it shows: when that may be seen no longer, the frame takes it away."""
        self._background = background
        self._is_stale = True
        self._error: Notice | None = None
        self._told = column(gap=Space.SMALL)
        told = boxed(self._told)
        self._above: list[QWidget] = []
        self._stack = QStackedLayout()
        self.content = QWidget()
        """What is shown now."""
        self.setLayout(column(Below(told, self._stack)))
        self._stack.addWidget(self.content)  # after it has a parent: else it would flash as a window of its own
        self.retitle(title, subtitle)

    # What a subclass says.

    @abstractmethod
    def load(self) -> None:
        """Ask the desk for what is shown; called when the screen is first seen and when it is out of date."""

    def panes(self) -> Sequence[QWidget]:
        """The panes in the order in which F6 visits them; the first gets the keyboard."""
        return ()

    def keys(self) -> Sequence[Key]:
        """The keys that work here, for binding and for F1."""
        return ()

    def explain(self, error: Exception) -> Explanation:
        """Put an error of this screen's use cases in words; what it doesn't know it leaves to this one."""
        return Explanation(
            happened=say("screen.error.happened", name=type(error).__name__),
            safe=say("screen.error.safe"),
            to_do=say("screen.error.to_do"),
        )

    # What a subclass uses.

    def retitle(self, title: str, subtitle: str = "") -> None:
        """Say where one is; the frame shows it at its top."""
        self.title, self.subtitle = title, subtitle
        self.setAccessibleName(title)
        self.retitled.emit()

    def show_content(self, content: QWidget) -> None:
        """Show content; what was shown before is deleted unless it is the same."""
        if content is self.content:
            return
        self._stack.addWidget(content)
        self._stack.setCurrentWidget(content)
        self._stack.removeWidget(self.content)
        self.content.hide()
        self.content.deleteLater()
        self.content = content
        self.filled.emit()

    def show_empty(self, icon: icons.Name, why: str, next_up: str = "", action: QWidget | None = None) -> None:
        """Say why there is nothing and what comes next."""
        self.show_content(EmptyState(icon, why, next_up, action))

    def ask(
        self,
        what: str,
        work: Callable[[Call], T],
        then: Callable[[T], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        lane: Lane = Lane.SERIAL,
        show: Callable[[QWidget], object] | None = None,
    ) -> Call:
        """Have work done and `then` shown. `what` is said to whoever has to wait, above the content or by `show`."""
        waiting = _Waiting(self, what, show or self.show_above)

        def succeed(result: T) -> None:
            waiting.end()
            then(result)

        def fail(error: Exception) -> None:
            waiting.end()
            (failed or self.show_error)(error)

        call = self._background.run(lane, work, then=succeed, failed=fail, progress=waiting.show_progress, owner=self)
        waiting.stopped.connect(call.cancel)
        return call

    def show_error(self, error: Exception) -> None:
        """Tell what went wrong, above the content; what a person stopped himself is no error."""
        if isinstance(error, CancelledError):
            return
        self._forget_error()
        told = self.explain(error)
        again = Button(say("screen.again"), icon="refresh-cw")
        again.clicked.connect(self.reload)
        self._error = Notice(Tone.DANGER, told.happened, safe=told.safe, to_do=told.to_do, actions=(again,))
        self.show_notice(self._error)

    def show_notice(self, notice: Notice) -> None:
        """Tell something above the content, and to a screen reader at once; one success takes another's place."""
        for told in self._above if notice.is_passing else ():
            if isValid(told) and isinstance(told, Notice) and told.is_passing and not told.isHidden():
                told.dismiss()
        self.show_above(notice)
        notice.announce()

    def show_above(self, widget: QWidget) -> None:
        """Put a widget above the content."""
        self._told.addWidget(widget)
        widget.show()  # now: the layout would leave its place blank for a moment
        self._above.append(widget)
        widget.installEventFilter(self)
        self._make_room()

    # What the frame uses.

    def reload(self) -> None:
        """Load again, now."""
        self._is_stale = False
        self._forget_error()
        self.load()

    def refresh(self, changed: frozenset[str]) -> None:
        """Something has changed; load again if it is shown here."""
        if self.nouns & changed:
            self._is_stale = True
            if self.isVisible():
                self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.reload()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide) and not is_collected(self):
            self._make_room()
        return super().eventFilter(watched, event)

    def _make_room(self) -> None:
        """Around what is told, while anything is."""
        # Not asked of the layout: its items live on in Python, where a later widget may be taken for one of them.
        self._above = [widget for widget in self._above if isValid(widget)]
        room = theme.px(Space.LARGE) if any(not widget.isHidden() for widget in self._above) else 0
        self._told.setContentsMargins(room, room, room, room // 2)

    def _forget_error(self) -> None:
        if self._error is not None:
            self._error.hide()
            self._error.deleteLater()
            self._error = None


class _Waiting(QObject):
    """What a person sees of work that takes its time: nothing, then what it is, then a way to stop it."""

    stopped = Signal()

    def __init__(self, screen: Screen, what: str, show: Callable[[QWidget], object]) -> None:
        super().__init__(screen)
        self._what, self._show_line = what, show
        self._line: ProgressRow | None = None
        self._progress: Progress | None = None
        self._say = QTimer(self, singleShot=True, interval=SAY_AFTER_MS)
        self._say.timeout.connect(self._show)
        self._offer = QTimer(self, singleShot=True, interval=OFFER_TO_STOP_AFTER_MS)
        self._offer.timeout.connect(self._offer_to_stop)
        self._say.start()
        self._offer.start()

    def show_progress(self, progress: Progress) -> None:
        self._progress = progress
        if self._line is not None:
            self._line.show_progress(progress)

    def end(self) -> None:
        self._say.stop()
        self._offer.stop()
        if self._line is not None:
            self._line.hide()
            self._line.deleteLater()
        self.deleteLater()

    def _show(self) -> None:
        self._line = ProgressRow(self._what, is_cancellable=False)
        self._line.cancelled.connect(self.stopped)
        if self._progress is not None:
            self._line.show_progress(self._progress)
        self._show_line(self._line)

    def _offer_to_stop(self) -> None:
        if self._line is not None:
            self._line.offer_to_stop()
