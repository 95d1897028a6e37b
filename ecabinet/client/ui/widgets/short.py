"""What keeps a low window usable: parts that scroll with the rest where they would leave too little room for it."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QSizePolicy, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.collecting import is_collected
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets.layout import Item, boxed, column, scrolled

_LEAST_BELOW = 360
"""The height that what is below keeps, px at 100 %, or all there is."""
_FOLDS_BELOW = 440


class Below(QScrollArea):
    """Content below what is told. Where both have no room the whole scrolls: neither is ever squeezed."""

    def __init__(self, above: QWidget, content: QLayout, least: int = 0) -> None:
        """`least` is the height the content has in any case, px at 100 %."""
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._both = _Both(self, above, boxed(content), least)
        self.setWidget(self._both)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._both.updateGeometry()  # how much the content keeps hangs on the height there is
        super().resizeEvent(event)


def headed(head: QLayout, *items: Item, least: int = 220) -> Below:
    """A head over what it is about, such as a list, which keeps `least` px of height at 100 %."""
    side = theme.px(Space.LARGE)
    head.setContentsMargins(side, side, side, 0)
    return Below(boxed(head), column(*items, pad=Space.LARGE), least)


class _Both(QWidget):
    def __init__(self, area: Below, above: QWidget, content: QWidget, least: int) -> None:
        super().__init__()
        self._area, self._above, self._content, self._least = area, above, content, least
        for part in (above, content):
            part.setParent(self)
        above.installEventFilter(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)  # narrower than its content would like: that folds by itself

    def heightForWidth(self, width: int) -> int:
        room = self._area.viewport().height()
        told = _height_of(self._above, width)
        return told + max(room - told, min(room, theme.px(_LEAST_BELOW)), theme.px(self._least))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and not is_collected(self) and watched is self._above:
            self.updateGeometry()
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        told = _height_of(self._above, self.width())
        self._above.setGeometry(0, 0, self.width(), told)
        self._content.setGeometry(0, told, self.width(), max(self.height() - told, 0))


class Capped(QScrollArea):
    """As tall as its content, up to a share of its window; then it scrolls."""

    def __init__(self, content: QWidget, share: float) -> None:
        super().__init__()
        self._content, self._share = content, share
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        content.installEventFilter(self)
        self.fit()

    def fit(self) -> None:
        """Take the height that is right in the window as it is."""
        wanted = _height_of(self._content, self.width())
        self._content.setMinimumHeight(wanted)  # not what it would be at the width it likes best
        self.setFixedHeight(min(wanted, round(self.window().height() * self._share)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and not is_collected(self):
            self.fit()
        return super().eventFilter(watched, event)


class Footed(QWidget):
    """What scrolls, over a foot that stays; where there is little height the foot scrolls too, at the end."""

    def __init__(self, content: QWidget, foot: QWidget) -> None:
        super().__init__()
        self.foot, self._content = foot, content
        self._inner = column(content, gap=0)
        self._inner.setStretch(0, 1)
        self.area = scrolled(boxed(self._inner))
        self._outer = column(self.area, foot, gap=0)
        self._outer.setStretch(0, 1)
        self.setLayout(self._outer)
        self._is_folded = False

    def whole_height(self, width: int) -> int:
        """What it takes to show everything without scrolling, px."""
        return _height_of(self._content, width) + _height_of(self.foot, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_folded = self.height() < theme.px(_FOLDS_BELOW)
        if is_folded is self._is_folded:
            return
        self._is_folded = is_folded
        focused = self.window().focusWidget()  # None, whatever its stub says, where nothing has it
        (self._inner if is_folded else self._outer).addWidget(self.foot)  # which takes it from where it was
        if focused in self.foot.findChildren(QWidget):
            focused.setFocus()


def _height_of(widget: QWidget, width: int) -> int:
    layout = widget.layout()
    if layout is None or layout.isEmpty():
        return 0
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
