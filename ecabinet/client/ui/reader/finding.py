"""Finding in the paper in front: a line to type in, all hits marked on its pages, the one in turn framed.

Ctrl+F opens it, F3 and Shift+F3 go on and back, Esc closes it and leaves one where the last hit is.
"""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout

from ecabinet.client.background import Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.finding import Hits, PaperText
from ecabinet.client.pages import Box, Recognised, Word
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.marks import Ground
from ecabinet.client.ui.reader.selection import boxes_by_line
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.recognising import recognising_told
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Button, IconButton, Key, Muted, TextField, bind, boxed, row
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Digest
from ecabinet.core.finding import numbers_of_pieces

_LOOK_AGAIN_MS = 500
_FRAME = 2
_BESIDE = 200 + 3 * theme.TARGET + 8 * Space.SMALL
"""The least width of the field, the buttons, and the gaps, px at 100 %."""


class FindBar(QFrame):
    """The line to type in, how many hits there are, and the way from one to the next."""

    def __init__(self, seat: Seat, view: PageView) -> None:
        super().__init__()
        self.setProperty("is", "bar")
        self.setAccessibleName(say("find.bar"))
        self.setObjectName("find_bar")
        self._finder = Finder(seat, view, self)
        self.field = TextField(example=say("find.example"))
        self.field.setObjectName("find")
        self.field.setAccessibleName(say("find.field"))
        self.field.setAccessibleDescription(say("find.help"))
        self.field.textChanged.connect(lambda _: self._finder.find())
        self._told = Muted()
        self._told.setObjectName("find_count")
        self._told.setWordWrap(False)
        self.recognise = Button(say("recognising.begin"))
        self.recognise.setObjectName("recognise")
        self.recognise.clicked.connect(self._finder.recognise)
        self.recognise.hide()
        before = IconButton("chevron-left", say("find.previous"), keys="Shift+F3")
        following = IconButton("chevron-right", say("find.next"), keys="F3")
        close = IconButton("x", say("find.close"), keys="Esc")
        before.clicked.connect(self.go_back)
        following.clicked.connect(self.go_on)
        close.clicked.connect(self.close_bar)
        about = row(self._told, self.recognise)
        about.setStretch(0, 1)
        self._about = boxed(about)
        self._line = QGridLayout()
        self._line.setSpacing(theme.px(Space.SMALL))
        self._line.setColumnStretch(0, 1)
        self._line.setContentsMargins(theme.px(Space.SMALL), theme.px(2), theme.px(Space.SMALL), theme.px(2))
        for column, part in enumerate((self.field, self._about, before, following, close)):
            self._line.addWidget(part, 0, column)
        self.setLayout(self._line)
        bind(
            self,
            [
                Key(keys="Escape", name=say("find.close"), act=self.close_bar),
                Key(keys="Return", name=say("find.next"), act=self.go_on),
                Key(keys="Shift+Return", name=say("find.previous"), act=self.go_back),
            ],
        )
        self.hide()

    def keys(self) -> Sequence[Key]:
        """What works anywhere in the reader."""
        return (
            Key(keys="Ctrl+F", name=say("find.field"), act=self.open_bar),
            Key(keys="F3", name=say("find.next"), act=self.go_on),
            Key(keys="Shift+F3", name=say("find.previous"), act=self.go_back),
        )

    def show_paper(self, digest: Digest | None) -> None:
        """Another paper, or version, is in front; None for none."""
        self._finder.take_paper(digest)

    def open_bar(self, typed: str = "") -> None:
        """Show the line and go to it; with words, look for them."""
        if typed:
            self.field.setText(typed)
        self.show()
        self._finder.begin()
        self.field.setFocus()
        self.field.selectAll()

    def close_bar(self) -> None:
        """Take the line and the marks away."""
        self.hide()
        self._finder.end()

    def go_on(self) -> None:
        """To the next hit; from the last to the first."""
        self._go(1)

    def go_back(self) -> None:
        """To the hit before."""
        self._go(-1)

    def tell(self, words: str) -> None:
        """Say how many there are, to a screen reader too."""
        self._told.setText(words)
        self._told.setAccessibleName(words)
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """What is told, and offered, lies below what is typed where there is no room for it beside that."""
        told = self._told.fontMetrics().horizontalAdvance(self._told.text())
        offered = 0 if self.recognise.isHidden() else self.recognise.sizeHint().width()
        is_folded = told + offered + theme.px(_BESIDE) > self.width()
        self._line.removeWidget(self._about)
        self._line.addWidget(self._about, *((1, 0, 1, self._line.columnCount()) if is_folded else (0, 1)))
        self._told.setWordWrap(is_folded)

    def _go(self, step: int) -> None:
        if self.isHidden():
            self.open_bar()
        else:
            self._finder.step(step)


class Finder(QObject):
    """Where the words stand that are looked for, and which of the places is in turn."""

    def __init__(self, seat: Seat, view: PageView, bar: FindBar) -> None:
        super().__init__(bar)
        self._seat, self._view, self._bar = seat, view, bar
        self._digest: Digest | None = None
        self._text: PaperText | None = None
        self._hits: Hits | None = None
        self._awaited: Digest | None = None
        """The scan whose words are to be recognised."""
        self._at = 0
        self._boxes: dict[int, dict[int, list[Box]]] = {}
        """By page and number of the hit."""
        self._again = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS)
        self._again.timeout.connect(self._load)
        view.paint_found = self.paint
        seat.recognising.moved.connect(self._tell)
        seat.recognising.done.connect(self._await_no_more)
        seat.recognising.failed.connect(self._await_no_more)
        seat.news.came.connect(self._take_recognised)

    def take_paper(self, digest: Digest | None) -> None:
        """Another paper."""
        self._digest, self._text = digest, None
        self._show_hits(None)
        if not self._bar.isHidden():
            self.begin()

    def begin(self) -> None:
        """Have at hand what the paper says."""
        if self._digest is not None and (self._text is None or not self._text.is_complete):
            self._seat.desk.finding.prefer(self._digest)
            self._load()
        else:
            self.find()

    def end(self) -> None:
        """Mark nothing any more."""
        self._again.stop()
        self._show_hits(None)
        self._view.setFocus()

    def find(self) -> None:
        """Look for what is typed, from the page one is on."""
        typed = self._bar.field.text()
        hits = None if self._text is None else self._text.find(typed)
        self._show_hits(hits)
        if hits:
            self._at = hits.first_from(self._view.page)
            self._show_hit()
        self._tell()

    def recognise(self) -> None:
        """Have the words of this scan recognised."""
        if self._digest is not None:
            self._awaited = self._digest
            self._seat.desk.recognising.want(self._digest)
            self._seat.recognising.look()
            self._tell()

    def step(self, step: int) -> None:
        """To the next hit, or the one before."""
        if self._hits:
            self._at = (self._at + step) % len(self._hits)
            self._show_hit()
            self._tell()

    def paint(self, painter: QPainter, page: int, ground: Ground) -> None:
        """All hits on a page, as ink on paper; the one in turn with a frame."""
        painter.save()
        painter.setCompositionMode(night.laid(is_night=ground.is_night))
        paper = night.paper_of(is_night=ground.is_night)
        hit = night.ground_of(QColor(paper.warning_soft).darker(120), is_night=ground.is_night)
        here = self._on(page)
        for boxes in here.values():
            for box in boxes:
                painter.fillRect(ground.shown(box), hit)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(QPen(QColor(paper.danger), theme.px(_FRAME)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box in here.get(self._at, []):
            side = theme.px(_FRAME)
            painter.drawRect(ground.shown(box).adjusted(-side, -side, side, side))
        painter.restore()

    def _load(self) -> None:
        digest = self._digest
        if digest is None:
            return

        def take(text: PaperText) -> None:
            if digest == self._digest and not self._bar.isHidden():
                is_more = self._text is None or len(text.texts) > len(self._text.texts)
                self._text = text
                if is_more or text.is_complete:
                    self.find()
                if not text.is_complete:
                    self._again.start()

        finding = self._seat.desk.finding
        self._seat.background.run(Lane.PAGES, lambda _: finding.text_of(digest), then=take, owner=self)

    def _take_recognised(self, changes: Changes) -> None:
        """What was recognised, here or by the publisher, can be picked at once, and found when it has been read in."""
        digest, papers = self._digest, self._seat.desk.papers
        if digest is None or digest not in changes.recognised:
            return
        self._text = None

        def take(recognised: Recognised) -> None:
            if digest == self._digest:
                self._view.take_recognised(recognised)
                if not self._bar.isHidden():
                    self.begin()

        self._seat.background.run(Lane.PAGES, lambda _: papers.recognised(digest), then=take, owner=self)

    def _await_no_more(self, _: object) -> None:
        """A run has ended, whatever came of it."""
        self._awaited = None
        self._tell()

    def _show_hits(self, hits: Hits | None) -> None:
        self._hits, self._at = hits, 0
        self._boxes.clear()
        self._view.viewport().update()

    def _show_hit(self) -> None:
        hits, at = self._hits, self._at
        if hits is None:
            return
        page = hits[at].page
        self._view.viewport().update()

        def show(_words: Sequence[Word]) -> None:
            if hits is self._hits and at == self._at:
                boxes = self._on(page).get(at, [])
                self._view.show_place(page, boxes[0] if boxes else None)

        self._view.show_place(page, None)
        self._view.words.want(page, show)

    def _on(self, page: int) -> dict[int, list[Box]]:
        """The boxes of the hits on a page, as far as its words are here; else they are asked for."""
        if self._hits is None or not self._hits:
            return {}
        if page not in self._boxes:
            words = self._view.words.of(page)
            if words is None:
                self._view.words.want(page, lambda _: self._view.viewport().update())
                return {}
            pieces = numbers_of_pieces([word.text for word in words])
            self._boxes[page] = {
                place: boxes_by_line([words[piece] for piece in dict.fromkeys(pieces[here.start : here.stop])])
                for place, here in self._hits.on_page(page)
            }
        return self._boxes[page]

    def _tell(self) -> None:
        text, hits = self._text, self._hits
        is_scan = text is not None and text.is_complete and not text.has_words and not text.is_refused
        self._bar.recognise.setVisible(is_scan and self._awaited != self._digest)
        if text is None:
            self._bar.tell(say("find.reading"))
        elif text.is_refused:
            self._bar.tell(say("find.refused"))
        elif is_scan:
            self._bar.tell(recognising_told(self._seat.recognising) or say("find.scan"))
        elif hits is None:
            self._bar.tell("")
        elif hits:
            told = say("find.count", at=number(self._at + 1), count=number(len(hits)))
            self._bar.tell(told if text.is_complete else say("find.so_far", told=told, pages=number(len(text.texts))))
        else:
            self._bar.tell(say("find.none") if text.is_complete else say("find.reading"))
