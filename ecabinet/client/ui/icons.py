"""Lucide icons, drawn in the colour of a token.

Every name here is a file in `resources/icons`, unchanged from `lucide-static` (its README says how to add one); tests
keep this list, the files and what the windows use the same.
"""

from functools import cache, lru_cache
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ecabinet import resources
from ecabinet.client.ui import theme

Name = Literal[
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "book-open",
    "bookmark",
    "calendar-days",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "clipboard-list",
    "clock",
    "clock-alert",
    "cloud-off",
    "ellipsis",
    "eraser",
    "file-diff",
    "file-text",
    "file-up",
    "flame",
    "gallery-vertical",
    "grip-vertical",
    "highlighter",
    "inbox",
    "info",
    "layout-grid",
    "list-tree",
    "maximize",
    "merge",
    "message-square-text",
    "minus",
    "moon",
    "move-horizontal",
    "notebook-pen",
    "octagon-alert",
    "pen-line",
    "pencil",
    "plus",
    "printer",
    "rectangle-vertical",
    "redo-2",
    "refresh-cw",
    "rotate-cw",
    "scan",
    "search",
    "shield-user",
    "split",
    "square",
    "strikethrough",
    "trash-2",
    "triangle-alert",
    "underline",
    "undo-2",
    "upload",
    "user-round",
    "vote",
    "x",
    "zoom-in",
    "zoom-out",
]


def pixmap(name: Name, ink: str, size: int, ratio: float = 1.0, *, room: int = 0) -> QPixmap:
    """An icon in the colour of the token `ink`, for a screen of that device pixel ratio.

    `size` and the empty `room` at its right are px at 100 %.
    """
    return _drawn(name, theme.color(ink).name(), theme.px(size), theme.px(room), ratio)


def icon(name: Name, ink: str = "ink", size: int = 24, *, room: int = 0) -> QIcon:
    """An icon for a button or an action."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, ink, size, ratio, room=room), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, "ink_muted", size, ratio, room=room), QIcon.Mode.Disabled)
    return made


def paint(painter: QPainter, name: Name, ink: str, area: QRectF) -> None:
    """Draw an icon into a square, sharp at any scale."""
    _renderer(name, theme.color(ink).name()).render(painter, area)


@lru_cache(maxsize=512)
def _drawn(name: Name, colour: str, side: int, room: int, ratio: float) -> QPixmap:
    drawn = QPixmap(QSize(round((side + room) * ratio), round(side * ratio)))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    _renderer(name, colour).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return drawn


@lru_cache(maxsize=512)
def _renderer(name: Name, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_sources()[name].replace("currentColor", colour).encode()))


@cache
def _sources() -> dict[str, str]:
    """All of them, read with the first window: later the UI thread opens no file."""
    return {file.stem: file.read_text("utf-8") for file in resources.path("icons").glob("*.svg")}
