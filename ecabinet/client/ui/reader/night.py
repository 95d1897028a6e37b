"""Reading by night: light ink on dark paper. What is drawn over a page keeps its hue; light and dark change sides."""

from PySide6.QtGui import QColor, QPainter

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Mode, Tokens

_GROUND = 0.24
"""Lightness of a ground under light letters."""
_LINE = 0.64
"""Lightness that a line on dark paper has at least."""
Composition = QPainter.CompositionMode


def paper_of(*, is_night: bool) -> Tokens:
    """The colours of a sheet and what is written on it, whatever the appearance of the windows."""
    return theme.TOKENS[Mode.DARK if is_night else Mode.LIGHT]


def ground_of(colour: QColor, *, is_night: bool) -> QColor:
    """A colour as a ground for letters."""
    return _with_lightness(colour, _GROUND) if is_night else colour


def line_of(colour: QColor, *, is_night: bool) -> QColor:
    """A colour as a line, or ink."""
    return _with_lightness(colour, max(1 - colour.lightnessF(), _LINE)) if is_night else colour


def laid(*, is_night: bool) -> QPainter.CompositionMode:
    """How a ground is laid over letters so that they stay as they are: the darker wins by day, the lighter by night."""
    return Composition.CompositionMode_Screen if is_night else Composition.CompositionMode_Multiply


def _with_lightness(colour: QColor, lightness: float) -> QColor:
    return QColor.fromHslF(max(colour.hslHueF(), 0.0), colour.hslSaturationF(), lightness, colour.alphaF())
