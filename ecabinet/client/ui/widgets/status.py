"""The bottom line of the frame: one honest sentence on what this machine has and how fresh it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from ecabinet.client.background import Progress
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets.fields import IconLabel
from ecabinet.client.ui.widgets.layout import row
from ecabinet.client.ui.widgets.painting import ring
from ecabinet.client.ui.widgets.progress import Bar
from ecabinet.client.ui.words import number, say

_HIGH, _LOW = 40, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is to be told. `progress` is set while papers are on their way; being off-line is no alarm."""

    updated_at: datetime | None = None
    papers_here: int = 0
    papers: int = 0
    ready_until: datetime | None = None
    waiting_to_be_sent: int = 0
    is_offline: bool = False
    is_connecting: bool = False
    """The server has not answered yet: then nothing is claimed of how fresh and how complete this machine is."""
    progress: Progress | None = None


def sentence(status: Status, times: Times) -> str:
    """`Cập nhật lúc 14:02 · Đã tải đủ 42/42 tài liệu · Dùng được khi không có mạng đến hết ngày 30/11`."""
    return " · ".join(whole for whole, _ in _parts(status, times))


def brief_sentence(status: Status, times: Times) -> str:
    """`Cập nhật 14:02 · Đủ 42/42 tài liệu · Không cần mạng đến 30/11`."""
    return " · ".join(brief for _, brief in _parts(status, times))


def _parts(status: Status, times: Times) -> Iterator[tuple[str, str]]:
    """Each in full and in brief."""
    if status.is_connecting:
        yield _same(say("status.connecting"))
        if status.waiting_to_be_sent:
            yield _same(say("status.waiting", count=number(status.waiting_to_be_sent)))
        return
    if status.is_offline:
        yield _until(status.ready_until, times) if status.ready_until else _same(say("status.offline"))
    if status.updated_at is None:
        yield _same(say("status.never_updated"))
    else:
        at = times.recent(status.updated_at)
        yield say("status.updated", time=at), say("status.updated_briefly", time=at)
    here, total = number(status.papers_here), number(status.papers)
    if status.progress is not None:
        yield _same(say("status.fetching", here=here, total=total))
    elif status.updated_at is None and not status.papers:
        pass  # nobody knows yet how many there are
    elif not status.papers:
        yield _same(say("status.none"))
    elif status.papers_here == status.papers:
        yield say("status.complete", here=here, total=total), say("status.complete_briefly", here=here, total=total)
    else:
        yield _same(say("status.incomplete", here=here, total=total))
    if status.waiting_to_be_sent:
        yield _same(say("status.waiting", count=number(status.waiting_to_be_sent)))
    if status.ready_until is not None and not status.is_offline:
        day = times.day(status.ready_until)
        yield say("status.ready_until", day=day), say("status.ready_until_briefly", day=day)


def _until(at: datetime, times: Times) -> tuple[str, str]:
    day = times.day(at)
    return say("status.offline_until", day=day), say("status.offline_until_briefly", day=day)


def _same(said: str) -> tuple[str, str]:
    return said, said


class StatusLine(QFrame):
    """The line; F6 reaches it, and a screen reader then reads it."""

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._times = times
        self._icon = IconLabel("circle-check", "ink_muted")
        self._text = _Elided()
        self._bar = Bar(say("status.name"))
        self._bar.setMaximumWidth(theme.px(160))
        self._work = _Elided("ink_muted")
        self._work.setObjectName("work")
        self._work.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._work.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._work.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._work.hide()
        line = row(self._icon, self._text, self._work, self._bar, gap=Space.SMALL)
        line.setContentsMargins(theme.px(Space.LARGE), 0, theme.px(Space.LARGE), 0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.fold(is_low=False)
        self.setFocusProxy(self._text)
        self.show_status(Status())

    def fold(self, *, is_low: bool) -> None:
        """Take less height where there is little."""
        self.setFixedHeight(theme.px(_LOW if is_low else _HIGH))

    def show_status(self, status: Status) -> None:
        """Tell this now."""
        is_known = status.updated_at is not None and not status.is_connecting
        is_whole = is_known and status.papers_here == status.papers
        name: icons.Name
        name, ink = (
            ("cloud-off", "ink_muted")
            if status.is_offline
            else ("circle-check", "positive")
            if is_whole
            else ("refresh-cw", "ink_muted")
        )
        self._icon.show_icon(name, ink)
        self._text.tell(sentence(status, self._times), brief_sentence(status, self._times))
        self._share()
        progress = None if status.is_connecting else status.progress
        self._bar.setVisible(progress is not None)
        if progress is not None:
            self._bar.show_progress(progress)

    def show_work(self, said: str, brief: str = "") -> None:
        """Tell what else is being done; nothing when there is nothing."""
        self._work.tell(said, brief or said)
        self._work.setVisible(bool(said))
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """What else is being done has the room that is left; where there is little, as much as it needs in brief."""
        room = self.width() - 2 * theme.px(Space.LARGE + Space.SMALL) - self._icon.sizeHint().width()
        self._work.setFixedWidth(self._work.fitting(room - self._text.needed()))

    @property
    def text(self) -> str:
        """What it tells."""
        return self._text.text()


class _Elided(QLabel):
    """A line said in brief, and that with an ellipsis, where it must be; whole on hover and for a screen reader."""

    def __init__(self, ink: str = "ink") -> None:
        super().__init__()
        self._brief, self._ink = "", ink
        self.setFont(theme.font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def tell(self, whole: str, brief: str) -> None:
        self._brief = brief
        self.setText(whole)
        self.setToolTip(whole)

    def needed(self) -> int:
        """The width of it whole, px."""
        return self.fontMetrics().horizontalAdvance(self.text())

    def fitting(self, room: int) -> int:
        """Its width whole where there is room for it, else in brief, px."""
        brief = self.fontMetrics().horizontalAdvance(self._brief)
        return self.needed() if self.needed() <= room else brief

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.color(self._ink))
        metrics = self.fontMetrics()
        said = self.text() if metrics.horizontalAdvance(self.text()) <= self.width() else self._brief
        shown = metrics.elidedText(said, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | self.alignment(), shown)
        if self.hasFocus():
            ring(painter, QRectF(self.rect()).adjusted(0, 4, 0, -4))
        painter.end()
