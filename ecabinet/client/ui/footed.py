"""A form that scrolls, over its buttons."""

from PySide6.QtWidgets import QLayout, QScrollArea, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Footed, boxed, row


def footed(form: QLayout, *ways: QWidget) -> QWidget:
    """The form, and the ways on at the right below it."""
    foot = row(None, *ways, gap=Space.MEDIUM)
    side = theme.px(Space.LARGE)
    foot.setContentsMargins(side, theme.px(Space.SMALL), side, side)
    return Footed(boxed(form), boxed(foot))


def bring_into_view(part: QWidget) -> None:
    """Has the form around a part scroll to it."""
    around = part.parentWidget()
    while around is not None and not isinstance(around, QScrollArea):
        around = around.parentWidget()
    if around is not None:
        around.ensureWidgetVisible(part, 0, theme.px(Space.LARGE))
