"""The pixels of pages as they are shown: asked for, kept up to a number of bytes, painted.

A page is rendered whole while that takes few bytes; above, only the tiles of it that are seen. At most two pieces are
on their way at a time, the most wanted first; nobody waits. What is not there yet is painted from an older rendering at
another zoom, or as an empty sheet.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from ecabinet.client.pages import (
    Link,
    Page,
    PageCache,
    PageUnreadable,
    Pixels,
    Priority,
    Recognised,
    Region,
    Word,
)
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader.night import paper_of
from ecabinet.client.ui.theme import Type
from ecabinet.client.ui.words import number, say

CACHE_BYTES = 192 * 1024 * 1024
_BYTES_A_PIXEL = 4
_WHOLE = 10_000_000
"""Pixels up to which a page is rendered whole."""
_TILE = 1280
"""Pixels of a tile's side."""
_BACKDROP = 1_000_000
"""Pixels of a whole page that is seen until its tiles come."""
_AT_ONCE = 2


class Look(NamedTuple):
    """How a page is drawn."""

    scale: float
    """Device pixels a point."""
    rotation: int
    """Degrees clockwise, more than the page is turned itself."""
    is_night: bool


class Piece(NamedTuple):
    """A page in one look, or a part of it."""

    page: int
    look: Look
    region: Region | None = None


class Source(Protocol):
    """Where pixels and words come from: off the UI thread, handed over on it."""

    def render(
        self,
        piece: Piece,
        then: Callable[[Pixels], None],
        failed: Callable[[Exception], None],
        priority: Priority = Priority.VISIBLE,
    ) -> None:
        """Renders a piece of a page."""

    def words(self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]) -> None:
        """The words of a page, in reading order."""

    def links(self, page: int, then: Callable[[Sequence[Link]], None], failed: Callable[[Exception], None]) -> None:
        """The links of a page."""

    def take_recognised(self, recognised: Recognised) -> None:
        """Pages of a scan have words from now on."""


class Rendering(QObject):
    """The pieces of one paper that are seen or soon will be."""

    arrived = Signal(int)
    """Something of a page is there, or is known never to be."""
    failures_changed = Signal()

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self.failures: dict[int, Exception] = {}
        """Pages that could not be shown, and why."""
        self._source: Source | None = None
        self._pages: Sequence[Page] = ()
        self._look = Look(1.0, 0, False)
        self._cache: PageCache[Piece] = PageCache(CACHE_BYTES)
        self._latest: dict[int, Piece] = {}
        self._asked: set[Piece] = set()
        self._wanted: list[Piece] = []
        self._seen = 0

    def show(self, pages: Sequence[Page], source: Source | None) -> None:
        """Another paper, or none: every pixel of the one before is let go of."""
        self._pages, self._source = pages, source
        self._cache.drop(lambda _: True)
        self._latest.clear()
        self._asked.clear()
        self._wanted.clear()
        self.failures.clear()

    def turn(self, pages: Sequence[Page]) -> None:
        """The same pages, turned."""
        self._pages = pages

    def retry(self) -> None:
        """Try once more what could not be shown."""
        self.failures.clear()
        self.failures_changed.emit()
        self._ask()

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._cache.size

    @property
    def is_complete(self) -> bool:
        """Whether all that is seen is there, as sharp as it gets."""
        return all(
            self._cache.get(piece) is not None or piece.page in self.failures for piece in self._wanted[: self._seen]
        )

    def want(self, look: Look, seen: Sequence[tuple[int, QRect]], near: Sequence[int]) -> None:
        """What is seen of pages, in device pixels from their corners, and which pages will be next."""
        self._look = look
        wanted = [piece for page, part in seen for piece in self._pieces(page, part)]
        count = len(wanted)
        wanted += [self._whole(page) for page in near]
        wanted += [piece for page, part in seen for piece in self._around(page, part)]
        room = CACHE_BYTES
        self._wanted = []
        for at, piece in enumerate(dict.fromkeys(wanted)):
            room -= self._bytes(piece)
            if room < 0:  # else pieces would push out one another, and be asked for, for ever
                break
            self._wanted.append(piece)
            self._seen = min(count, at + 1)
        self._seen = min(self._seen, len(self._wanted))
        self._ask()

    def _ask(self) -> None:
        source = self._source
        if source is None:
            return
        for at, piece in enumerate(self._wanted):
            if len(self._asked) >= _AT_ONCE:
                return
            if piece not in self._asked and piece.page not in self.failures and self._cache.get(piece) is None:
                self._ask_for(piece, source, Priority.VISIBLE if at < self._seen else Priority.NEAR)

    def _ask_for(self, piece: Piece, source: Source, priority: Priority) -> None:
        self._asked.add(piece)

        def arrived(pixels: Pixels) -> None:
            if source is self._source:
                self._asked.discard(piece)
                self._cache.put(piece, pixels)
                if piece.region is None:
                    self._latest[piece.page] = piece
                self.arrived.emit(piece.page)
                self._ask()

        def failed(error: Exception) -> None:
            if source is self._source:
                self._asked.discard(piece)
                self.failures[piece.page] = error
                self.arrived.emit(piece.page)
                self.failures_changed.emit()
                if isinstance(error, PageUnreadable):
                    self._ask()

        source.render(piece, arrived, failed, priority)

    # ------------------------------------------------------------ pieces

    def _is_tiled(self, page: int) -> bool:
        width, height = self._pages[page].pixel_size(self._look.scale)
        return width * height > _WHOLE

    def _whole(self, page: int) -> Piece:
        """The page, or where that is too large, a small picture of it."""
        scale = self._look.scale
        if self._is_tiled(page):
            scale = math.sqrt(_BACKDROP / (self._pages[page].width * self._pages[page].height))
        return Piece(page, self._look._replace(scale=scale))

    def _pieces(self, page: int, part: QRect) -> Iterator[Piece]:
        yield self._whole(page)
        if self._is_tiled(page):
            yield from self._tiles(page, part)

    def _around(self, page: int, part: QRect) -> Iterator[Piece]:
        """Tiles that come next when one scrolls."""
        if self._is_tiled(page):
            down = part.height() // 2
            yield from self._tiles(page, part.adjusted(0, -down, 0, down))

    def _tiles(self, page: int, part: QRect) -> Iterator[Piece]:
        width, height = self._pages[page].pixel_size(self._look.scale)
        part = part & QRect(0, 0, width, height)
        for y in range(part.top() // _TILE * _TILE, part.bottom() + 1, _TILE):
            for x in range(part.left() // _TILE * _TILE, part.right() + 1, _TILE):
                region = Region(x=x, y=y, width=min(_TILE, width - x), height=min(_TILE, height - y))
                yield Piece(page, self._look, region)

    def _bytes(self, piece: Piece) -> int:
        if piece.region is not None:
            return piece.region.width * piece.region.height * _BYTES_A_PIXEL
        width, height = self._pages[piece.page].pixel_size(piece.look.scale)
        return width * height * _BYTES_A_PIXEL

    # ------------------------------------------------------------ painting

    def paint(self, painter: QPainter, page: int, area: QRect, seen: QRect, ratio: float) -> None:
        """Paints what is `seen` of a page that stands in `area`, on a screen of so many pixels a logical one."""
        whole = self._whole(page)
        pixels = self._cache.get(whole)
        if pixels is None and page in self._latest:
            latest = self._latest[page]
            pixels = self._cache.get(latest) if latest.look[1:] == self._look[1:] else None
        painter.save()
        painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
        is_tiled = self._is_tiled(page)
        part = area & seen
        if pixels is None:
            painter.fillRect(part, QColor(paper_of(is_night=self._look.is_night).raised))
            if not is_tiled or self._cache.get(next(self._tiles(page, _scaled(part, area, ratio)), whole)) is None:
                self._paint_words(painter, page, part)
        elif pixels is self._cache.get(whole) and not is_tiled:  # pixel by pixel: some may lie beyond the rounded edge
            _paint_sharp(painter, QPointF(area.topLeft()), pixels, ratio)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            across, down = pixels.width / area.width(), pixels.height / area.height()
            inside = QRectF(part.translated(-area.topLeft()))
            source = QRectF(inside.x() * across, inside.y() * down, inside.width() * across, inside.height() * down)
            painter.drawImage(QRectF(part), _image(pixels), source)
        if is_tiled:
            for tile in self._tiles(page, _scaled(part, area, ratio)):
                drawn = self._cache.get(tile)
                if drawn is not None and tile.region is not None:
                    corner = QPointF(tile.region.x / ratio, tile.region.y / ratio)
                    _paint_sharp(painter, QPointF(area.topLeft()) + corner, drawn, ratio)
        painter.restore()

    def _paint_words(self, painter: QPainter, page: int, part: QRect) -> None:
        """On a sheet that is still empty: which page it is, or that it can't be shown."""
        paper, has_failed = paper_of(is_night=self._look.is_night), page in self.failures
        words = say("reader.page_unreadable") if has_failed else say("reader.page_coming", page=number(page + 1))
        painter.setPen(QColor(paper.danger if has_failed else paper.ink_muted))
        painter.setFont(theme.font(Type.LEAD))
        painter.drawText(part, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)


def _scaled(part: QRect, area: QRect, ratio: float) -> QRect:
    """A part of the view, in device pixels from the corner of a page's area."""
    inside = part.translated(-area.topLeft())
    return QRectF(
        inside.x() * ratio, inside.y() * ratio, inside.width() * ratio, inside.height() * ratio
    ).toAlignedRect()


def _image(pixels: Pixels) -> QImage:
    return QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)


def _paint_sharp(painter: QPainter, corner: QPointF, pixels: Pixels, ratio: float) -> None:
    image = _image(pixels)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(corner, image)
