"""A form that scrolls, over its buttons."""

from PySide6.QtWidgets import QLayout, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Footed, boxed, row


def footed(form: QLayout, *ways: QWidget) -> QWidget:
    """The form, and the ways on at the right below it."""
    foot = row(None, *ways, gap=Space.MEDIUM)
    side = theme.px(Space.LARGE)
    foot.setContentsMargins(side, theme.px(Space.SMALL), side, side)
    return Footed(boxed(form), boxed(foot))
