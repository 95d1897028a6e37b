"""Tab as the eye goes: through a window in the order in which it is laid out, whatever was made first.

Qt's own order is that of making: what comes into a form later would be reached after everything else.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QWidget

_TAB = Qt.FocusPolicy.TabFocus


class InOrder(QWidget):
    """A window in which Tab follows the layouts; within another one, that one's order counts."""

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - Qt's signature
        focused = QApplication.focusWidget()
        order = [each for each in _shown(self) if each is focused or _takes_keyboard(each)]
        if not self.isWindow() or focused not in order:  # not there any more: Qt knows where it was
            return super().focusNextPrevChild(next)
        taker = order[(order.index(focused) + (1 if next else -1)) % len(order)]
        taker.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
        _bring_into_view(taker)
        return taker is not focused


def _shown(within: QWidget) -> Iterator[QWidget]:
    """All that is seen inside, each before what it holds; what no layout places comes last."""
    children = [each for each in within.children() if isinstance(each, QWidget) and not each.isWindow()]
    layout = within.layout()
    placed = _laid_out(layout, children) if layout is not None else ()
    for each in dict.fromkeys((*placed, *children)):
        if each.isVisible():
            yield each
            yield from _shown(each)


def _laid_out(layout: QLayout, children: Sequence[QWidget]) -> Iterator[QWidget]:
    """Those of the children that a layout places, in its order.

    Its items are not asked for: PySide keeps what it was given of them beyond their death.
    """
    layouts = [each for each in layout.children() if isinstance(each, QLayout)]
    placed: list[tuple[int, Iterable[QWidget]]] = [(layout.indexOf(each), (each,)) for each in children]
    placed += [(layout.indexOf(each), _laid_out(each, children)) for each in layouts]
    for _, widgets in sorted((each for each in placed if each[0] >= 0), key=itemgetter(0)):
        yield from widgets


def _takes_keyboard(widget: QWidget) -> bool:
    """Whether by itself: what hands it on to a proxy is met there."""
    return bool(widget.focusPolicy() & _TAB) and widget.isEnabled() and widget.focusProxy() is None


def _bring_into_view(taker: QWidget) -> None:
    parent = taker.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(taker)
        parent = parent.parentWidget()
