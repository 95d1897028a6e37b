"""What is other than in the version before: a list at the side, and every place marked on its page.

Shift+F7 opens the list, Alt+Down and Alt+Up go on and back from change to change; what touches a number or a date can
be asked for alone.
"""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.background import Call, CancelledError, Lane
from ecabinet.client.desk.comparing import Compared
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.pages import Box
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.marks import Ground
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Chip, EmptyState, Heading, Key, Muted, Row, RowList, TickBox, column
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.comparing import Change, Kind, Piece, Version
from ecabinet.core.notes import Quad
from ecabinet.core.notes.text import HUNDREDTHS

kind_name = Names("changes.kind", Kind)
_ICONS: dict[Kind, icons.Name] = {Kind.ADDED: "plus", Kind.REMOVED: "minus", Kind.REPLACED: "pencil"}
_LONGEST = 160
"""Letters of either side that a row shows."""
_BAR = 3
_LINE = 2


class ChangesPanel(QFrame):
    """The list; `opened` carries the number of a change."""

    opened = Signal(int)
    narrowed = Signal(bool)
    """Whether only numbers and dates are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(say("changes.title"))
        self._rows = RowList(say("changes.title"))
        self._rows.setObjectName("changes")
        self._rows.opened.connect(lambda key: self.opened.emit(int(key)))
        self._against = Muted()
        self._figures = TickBox(say("changes.figures"))
        self._figures.setObjectName("changed_figures")
        self._figures.toggled.connect(self.narrowed)
        self._none = EmptyState("check", say("changes.none"), say("changes.none_next"))
        self._first = EmptyState("file-text", say("changes.first"), say("changes.first_next"))
        self._coming = EmptyState("refresh-cw", say("changes.coming"), say("changes.coming_next"))
        self._parts: tuple[QWidget, ...] = (self._rows, self._none, self._first, self._coming)
        whole = column(Heading(say("changes.title")), self._against, self._figures, *self._parts, pad=Space.LARGE)
        for place in range(3, 3 + len(self._parts)):
            whole.setStretch(place, 1)
        self.setLayout(whole)
        self.show_coming()

    @property
    def wants_figures(self) -> bool:
        return self._figures.isChecked()

    def show_coming(self) -> None:
        """The versions are being compared."""
        self._show(self._coming, "")

    def show_first(self) -> None:
        """There is nothing to compare with."""
        self._show(self._first, "")

    def show_changes(self, compared: Compared) -> None:
        """Those that are wanted."""
        numbered = enumerate(compared.comparison.changes)
        rows = [_row(each, change) for each, change in numbered if change.touches_figures or not self.wants_figures]
        version, count = number(compared.earlier.version), number(len(rows))
        pages = number(len(compared.comparison.changed_pages(Version.NEW, figures_only=self.wants_figures)))
        against = say("changes.against", version=version, count=count, pages=pages)
        self._show(self._rows if rows else self._none, against)
        self._rows.show_rows(rows)

    def go_to(self, change: int) -> None:
        """Put the row on a change."""
        self._rows.go_to(str(change))

    def _show(self, part: QWidget, against: str) -> None:
        for each in self._parts:
            each.setVisible(each is part)
        self._against.setText(against)
        self._against.setVisible(bool(against))
        self._figures.setVisible(part in (self._rows, self._none))


class PaperChanges(QObject):
    """The changes of the version in front: compared when they are first asked for, marked while the list is open.

    Whoever has read an earlier version need not ask: how many pages are other is told by itself.
    """

    told = Signal(int, int)
    """On how many pages something is other than in which version; 0 while nobody knows."""

    def __init__(self, seat: Seat, document: Identifier, view: PageView, panel: ChangesPanel) -> None:
        super().__init__(panel)
        self._seat, self._document, self._view, self._panel = seat, document, view, panel
        self._digest: Digest | None = None
        self._compared: Compared | None = None
        self._at: int | None = None
        self._is_shown = False
        self._run: Call | None = None
        panel.opened.connect(self._go_to)
        panel.narrowed.connect(lambda _: self._fill())
        view.paint_changed = self.paint

    def keys(self) -> Sequence[Key]:
        """What works anywhere in the reader, once the list is open."""
        return (
            Key(keys="Alt+Down", name=say("changes.next"), act=self.go_on),
            Key(keys="Alt+Up", name=say("changes.previous"), act=self.go_back),
        )

    def show_version(self, digest: Digest | None, *, is_awaited: bool = False) -> None:
        """Another version is in front; None for none."""
        if self._run is not None:
            self._run.cancel()
        self._digest, self._compared, self._at, self._run = digest, None, None, None
        self._panel.show_coming()
        self.told.emit(0, 0)
        if self._is_shown or is_awaited:
            self._begin()

    def show(self, *, is_shown: bool) -> None:
        """The list was opened, or closed."""
        self._is_shown = is_shown
        if is_shown:
            self._begin()
        self._view.viewport().update()

    def go_on(self) -> None:
        """To the next change: from the page one is on, the first time."""
        if self._compared is not None:
            comparison, figures = self._compared.comparison, self._panel.wants_figures
            following = (
                comparison.first_from(Version.NEW, self._view.page, figures_only=figures)
                if self._at is None
                else comparison.following(self._at, figures_only=figures)
            )
            self._go_to(following)

    def go_back(self) -> None:
        """To the change before."""
        if self._compared is not None:
            at = len(self._compared.comparison.changes) if self._at is None else self._at
            self._go_to(self._compared.comparison.preceding(at, figures_only=self._panel.wants_figures))

    def paint(self, painter: QPainter, page: int, ground: Ground) -> None:
        """A bar at the margin and a line below each word that is new; the change in turn on a ground of its own."""
        if not self._is_shown or self._compared is None:
            return
        painter.save()
        for at, change in enumerate(self._compared.comparison.changes):
            if self._panel.wants_figures and not change.touches_figures:
                continue
            boxes = _boxes(change.new, page)
            for box in map(ground.shown, boxes):
                self._paint_box(painter, box, ground, is_in_turn=at == self._at)
        painter.restore()

    def _paint_box(self, painter: QPainter, box: QRectF, ground: Ground, *, is_in_turn: bool) -> None:
        colours = night.paper_of(is_night=ground.is_night)
        if is_in_turn:
            painter.setCompositionMode(night.laid(is_night=ground.is_night))
            painter.fillRect(box, QColor(colours.accent_soft))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        line, bar = theme.px(_LINE), theme.px(_BAR)
        painter.fillRect(QRectF(box.left(), box.bottom() - line, box.width(), line), QColor(colours.accent))
        painter.fillRect(QRectF(theme.px(Space.SMALL), box.top(), bar, box.height()), QColor(colours.accent))

    def _begin(self) -> None:
        digest, seat = self._digest, self._seat
        if digest is None or self._compared is not None or self._run is not None:
            return
        comparing, serially = seat.desk.comparing, seat.background.serially

        def take(compared: Compared) -> None:
            self._run = None
            if digest == self._digest:
                self._compared = compared
                self._fill()
                self.told.emit(len(compared.comparison.changed_pages(Version.NEW)), compared.earlier.version)

        def give_up(error: Exception) -> None:
            self._run = None
            if digest == self._digest and not isinstance(error, CancelledError):
                self._panel.show_first()
                if not isinstance(error, NotHere) and explain(error) is None:
                    raise error

        self._run = seat.background.run(
            Lane.IDLE,
            lambda call: comparing.with_earlier(seat.pages, self._document, digest, serially, call.heed),
            then=take,
            failed=give_up,
            owner=self,
        )

    def _fill(self) -> None:
        if self._compared is not None:
            self._at = None
            self._panel.show_changes(self._compared)
            self._view.viewport().update()

    def _go_to(self, change: int | None) -> None:
        if change is None or self._compared is None:
            return
        self._at = change
        piece = self._compared.comparison.changes[change].new
        boxes = _boxes(piece, piece.page)
        self._view.show_place(piece.page, boxes[0] if boxes else None)
        self._panel.go_to(change)
        self._view.viewport().update()


def _boxes(piece: Piece, page: int) -> list[Box]:
    return [_box(quad) for at, quads in piece.places if at == page for quad in quads]


def _box(quad: Quad) -> Box:
    return Box(x0=quad.x0 / HUNDREDTHS, y0=quad.y0 / HUNDREDTHS, x1=quad.x1 / HUNDREDTHS, y1=quad.y1 / HUNDREDTHS)


def _row(at: int, change: Change) -> Row:
    page = say("reader.note_page", page=number(change.new.page + 1))
    figures = (Chip(text=say("changes.touches_figures"), tone=Tone.WARNING),) if change.touches_figures else ()
    return Row(
        key=str(at),
        title=_said(change),
        detail=" · ".join((page, say("changes.moved") if change.is_moved else kind_name(change.kind))),
        icon=_ICONS[change.kind],
        chips=figures,
    )


def _said(change: Change) -> str:
    old, new = (_short(piece.words) for piece in (change.old, change.new))
    if change.kind is Kind.REPLACED:
        return say("changes.replaced", old=old, new=new)
    return say("reader.quote", quote=new or old)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()}…"
