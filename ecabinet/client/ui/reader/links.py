"""Links on the pages in view: pressed with the mouse, or chosen one after the other with a key and followed with Enter.

A place in the paper is gone to. An address outside is shown, and opened only when one says so; files, programs and
scripts never are.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QPainter, QPen

from ecabinet.client.pages import Link, LinkKind
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.column import PageColumn
from ecabinet.client.ui.reader.marks import Ground
from ecabinet.client.ui.reader.places import Places
from ecabinet.client.ui.reader.rendering import Source
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Button, Notice
from ecabinet.client.ui.words import say

_SCHEMES = frozenset({"http", "https", "mailto"})
_ABOUT = "link"
_SHOWN = 300
"""Letters of an address."""


class Links(QObject):
    """Those of one paper, page by page as one comes to rest there."""

    pressed_outside = Signal(object)
    """Carries a Link that leads out of the paper, or nowhere."""

    def __init__(self, column: PageColumn, places: Places) -> None:
        super().__init__(column)
        self._column, self._places = column, places
        self._source: Source | None = None
        self._known: dict[int, Sequence[Link]] = {}
        self._asked: set[int] = set()
        self._chosen: tuple[int, int] | None = None
        column.rested.connect(self.look)

    def show_paper(self, source: Source | None) -> None:
        """Another paper, or none."""
        self._source, self._chosen = source, None
        self._known.clear()
        self._asked.clear()

    def look(self) -> None:
        """Ask for those on the pages in view; each page once, for one that ends the page process would end it again."""
        source = self._source
        for page in self._column.visible() if source is not None else ():
            if page not in self._asked and source is not None:
                self._asked.add(page)
                source.links(page, partial(self._take, source, page), lambda _: None)

    def at(self, page: int, x: float, y: float) -> Link | None:
        """What is pressed there, in PDF space; the last is on top."""
        return next((link for link in reversed(self._known.get(page, ())) if link.box.contains(x, y)), None)

    @property
    def chosen(self) -> Link | None:
        """The one that Enter follows."""
        return None if self._chosen is None else self._known[self._chosen[0]][self._chosen[1]]

    def choose_next(self, step: int = 1) -> None:
        """The next link of the pages in view; from the last to the first."""
        seen = [(page, at) for page in self._column.visible() for at in range(len(self._known.get(page, ())))]
        if not seen:
            self.let_go()
            return
        start = seen.index(self._chosen) if self._chosen in seen else (-1 if step > 0 else len(seen))
        self._chosen = seen[(start + step) % len(seen)]
        page, at = self._chosen
        self._column.show_place(page, self._known[page][at].box)
        self._column.viewport().update()

    def let_go(self) -> None:
        """Choose none."""
        if self._chosen is not None:
            self._chosen = None
            self._column.viewport().update()

    def follow(self, link: Link) -> None:
        """Go where it leads; out of the paper only by way of asking."""
        if link.kind is LinkKind.PLACE and link.page is not None:
            self.let_go()
            self._places.leap(link.page, self._column.share_at(link.page, link.y))
        else:
            self.pressed_outside.emit(link)

    def paint(self, painter: QPainter, page: int, ground: Ground) -> None:
        """A frame around the one that is chosen."""
        if self._chosen is not None and self._chosen[0] == page and self.chosen is not None:
            room = theme.px(Space.HAIR)
            painter.setPen(QPen(QColor(night.paper_of(is_night=ground.is_night).focus), theme.px(2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(ground.shown(self.chosen.box).adjusted(-room, -room, room, room))

    def _take(self, source: Source, page: int, links: Sequence[Link]) -> None:
        if source is self._source:
            self._known[page] = links


class LinkAsking(QObject):
    """Tells of links that leave the paper, and opens an address when one says so."""

    def __init__(self, links: Links, *, tell: Callable[[str, Notice], None], forget: Callable[[str], None]) -> None:
        super().__init__(links)
        self._tell, self._forget = tell, forget
        links.pressed_outside.connect(self._ask)

    def _ask(self, link: Link) -> None:
        url = QUrl(link.address, QUrl.ParsingMode.StrictMode)
        if link.kind is LinkKind.NOWHERE:
            self._tell(_ABOUT, Notice(Tone.NEUTRAL, say("reader.link.nowhere"), is_closable=True))
        elif link.kind is LinkKind.ADDRESS and url.isValid() and url.scheme() in _SCHEMES:
            open_it = Button(say("reader.link.open"))
            open_it.setObjectName("open_link")
            open_it.clicked.connect(partial(self._open, url))
            # As ASCII: letters that only look like those of a known address show as what they are.
            written = bytes(url.toEncoded().data()).decode("ascii")
            shown = written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
            notice = Notice(
                Tone.WARNING,
                say("reader.link.outside", address=shown),
                to_do=say("reader.link.outside_to_do"),
                actions=(open_it,),
                is_closable=True,
            )
            self._tell(_ABOUT, notice)
        else:
            happened = say("reader.link.forbidden")
            self._tell(_ABOUT, Notice(Tone.WARNING, happened, safe=say("reader.link.forbidden_safe"), is_closable=True))

    def _open(self, url: QUrl) -> None:
        self._forget(_ABOUT)
        QDesktopServices.openUrl(url)
