"""The pages of a paper, and what a reader does on them: picks words, draws, sees his notes, chooses and opens them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QScrollEvent,
    QScrollPrepareEvent,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip

from ecabinet.client.desk.reading import Look
from ecabinet.client.pages import Box, Link, Page, Recognised, Word
from ecabinet.client.ui.reader.column import PageColumn
from ecabinet.client.ui.reader.drawing import Drawing
from ecabinet.client.ui.reader.ink import FULL_PRESSURE, MOUSE_PRESSURE, Shapes
from ecabinet.client.ui.reader.links import Links
from ecabinet.client.ui.reader.marks import (
    Ground,
    Mark,
    paint_chosen,
    paint_grounds,
    paint_lines,
    paint_others,
    paint_ribbons,
    paint_slips,
    ribbon,
    slips,
)
from ecabinet.client.ui.reader.palette import Tool
from ecabinet.client.ui.reader.pens import Pens, is_rubber
from ecabinet.client.ui.reader.picking import PageWords, Picker
from ecabinet.client.ui.reader.places import Places
from ecabinet.client.ui.reader.rendering import Source
from ecabinet.client.ui.reader.touch import Touch
from ecabinet.core.notes import NoteKind

_STEPS = {
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Up: (0, -1),
}
_ARROWS = frozenset(_STEPS)
_SIDE_BUTTONS = (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton)


class PageView(PageColumn):
    """The reader's view. Object name `pages`; the text of the page one is on is told to screen readers."""

    mark_chosen = Signal(str)
    """Carries the key of a note, as the next two; an empty one when none is chosen any more."""
    mark_opened = Signal(str)
    """A note's slip was pressed, or Enter on the mark that is chosen."""
    mark_deleted = Signal(str)
    escaped = Signal()
    """Escape, with nothing to let go of."""
    tool_dropped = Signal()
    """Escape: nothing is to be in hand any more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._marks: dict[int, list[Mark]] = {}
        self._shapes = Shapes()
        self._chosen: str | None = None
        self._tool: Tool | None = None
        self._colour = QColor()
        self.drawing = Drawing(self, lambda page: self._marks.get(page, []))
        self.pens = Pens(self)
        self.pens.came.connect(self.drawing.cancel)
        self.places = Places(self)
        self.links = Links(self, self.places)
        self.touch = Touch(self)
        self.touch.tapped.connect(self._tap)
        self.touch.tapped_twice.connect(self._tap_twice)
        self._pressed: Link | None = None
        self.viewport().setMouseTracking(True)  # a link is shown to be one
        self.words = PageWords(self._ask_for_words)
        self.picker = Picker(self.words)
        self.paint_found: Callable[[QPainter, int, Ground], None] = lambda *_: None
        """Draws what was found on a page."""
        self.paint_changed: Callable[[QPainter, int, Ground], None] = lambda *_: None
        """Draws what is other than in the version before."""
        self.picker.changed.connect(self.viewport().update)
        self.picker.stepped.connect(self._follow)
        self.rested.connect(self._tell_text)

    def clear(self) -> None:
        super().clear()
        self._marks.clear()
        self._chosen = None
        self.drawing.forget()
        self.words.forget()
        self.picker.forget()
        self.places.forget()
        self.links.show_paper(None)

    def show_paper(
        self,
        pages: Sequence[Page],
        source: Source,
        *,
        position: tuple[int, float] = (0, 0.0),
        look: Look | None = None,
    ) -> None:
        super().show_paper(pages, source, position=position, look=look)
        self.links.show_paper(source)

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draws these marks, and no others."""
        by_page: dict[int, list[Mark]] = {}
        for mark in marks:
            by_page.setdefault(mark.page, []).append(mark)
        changed = [page for page in by_page.keys() | self._marks.keys() if by_page.get(page) != self._marks.get(page)]
        self._marks = by_page
        self._shapes.keep({mark.edit for mark in marks})
        self.drawing.take_marks()
        if self._chosen is not None and all(mark.key != self._chosen for mark in marks):
            self._choose(None)
        seen = self.visible()
        for page in changed:
            if page in seen:
                self._update_page(page)

    @property
    def marks(self) -> Sequence[Mark]:
        """All that are drawn."""
        return [mark for marks in self._marks.values() for mark in marks]

    def take_in_hand(self, tool: Tool | None, colour: QColor) -> None:
        """What the mouse or the pen does from now on: picks words, or works with a tool."""
        self.drawing.cancel()
        self._tool, self._colour = tool, colour
        is_drawing = tool in (Tool.PEN, Tool.ERASER, Tool.BOX)
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if is_drawing else Qt.CursorShape.IBeamCursor)
        if is_drawing:
            self._choose(None)
            self.picker.drop()

    @property
    def chosen(self) -> str | None:
        """The key of the note whose mark was pressed last."""
        return self._chosen

    def _choose(self, key: str | None) -> None:
        if key != self._chosen:
            self._chosen = key
            self.viewport().update()
            self.mark_chosen.emit(key or "")

    def copy(self) -> None:
        """Takes the picked words to the clipboard."""
        if self.picker.selection is not None:
            QApplication.clipboard().setText(self.picker.selection.quote)

    # ------------------------------------------------------------ words

    def _ask_for_words(
        self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]
    ) -> None:
        source = self._source
        if source is None:
            return

        def arrived(words: Sequence[Word]) -> None:
            if source is self._source:
                then(words)

        def given_up(error: Exception) -> None:
            if source is self._source:
                failed(error)

        source.words(page, arrived, given_up)

    def take_recognised(self, recognised: Recognised) -> None:
        """The pages of a scan have words from now on."""
        if self._source is not None:
            self._source.take_recognised(recognised)
            self.words.forget()
            self._tell_text()

    def _tell_text(self) -> None:
        page = self.page

        def tell(words: Sequence[Word]) -> None:
            if page == self.page:
                self.setAccessibleDescription(" ".join(word.text for word in words))

        self.words.want(page, tell)

    # ------------------------------------------------------------ by keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = Qt.Key(event.key())
        if self._tool is Tool.BOX and not control and self._frame_by_key(key, stretches=shift):
            return
        if shift and not control and key in _ARROWS:
            self.picker.step(key, self.page, self._is_seen(self.page))
        elif control and key == Qt.Key.Key_C:
            self.copy()
        elif key == Qt.Key.Key_Escape and (self.picker.selection or self.links.chosen or self._chosen or self._tool):
            self._let_go()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif key == Qt.Key.Key_Delete and self._chosen is not None:
            self.mark_deleted.emit(self._chosen)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.links.chosen is not None:
            self.links.follow(self.links.chosen)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chosen is not None:
            self.mark_opened.emit(self._chosen)
        else:
            super().keyPressEvent(event)

    def _frame_by_key(self, key: Qt.Key, *, stretches: bool) -> bool:
        """The first arrow or Enter shows a frame; then arrows move it, with Shift they stretch it, Enter keeps it."""
        is_enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not self._pages or not (is_enter or key in _STEPS):
            return False
        if not self.drawing.is_at_work:
            self.drawing.frame_by_keys(self._colour)
        elif is_enter:
            self.drawing.keep_frame()
        else:
            self.drawing.step_frame(*_STEPS[key], stretches=stretches)
        return True

    def _let_go(self) -> None:
        """Of one thing at a time: what is picked, the link or mark that is chosen, the tool."""
        if self.drawing.is_at_work:
            self.drawing.cancel()
        elif self.picker.selection is not None:
            self.picker.drop()
        elif self.links.chosen is not None:
            self.links.let_go()
        elif self._chosen is not None:
            self._choose(None)
        else:
            self.tool_dropped.emit()

    def _is_seen(self, page: int) -> Callable[[Word], bool]:
        """Whether a word of a page is not above the view."""
        return lambda word: self.rectangle(page).top() + self.shown(page, word.box).top() >= 0

    def _follow(self) -> None:
        picked = self.picker.selection
        if picked is not None:
            self.show_place(picked.page, picked.words[picked.head].box)

    # ------------------------------------------------------------ by mouse and pen

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = None
        if event.button() in _SIDE_BUTTONS:
            self.places.back() if event.button() == Qt.MouseButton.BackButton else self.places.forward()
        if event.button() != Qt.MouseButton.LeftButton or not self._pages or self.pens.is_palm(event):
            return
        if self._tool is not None and not self._tool.marks_words:
            self.drawing.press(self._tool, self._colour, event.position(), MOUSE_PRESSURE)
            return
        self._press(event.position())

    def _press(self, at: QPointF) -> None:
        point = at.toPoint()
        slip = self._slip_at(point)
        if slip is not None:
            self.mark_opened.emit(slip.key)
            return
        page, x, y = self.at(point)
        self.picker.press(page, x, y)
        mark = next((mark for mark in reversed(self._marks.get(page, [])) if self._is_at(mark, page, point)), None)
        self._choose(None if mark is None else mark.key)
        if mark is None and self._tool is None:
            self._pressed = self.links.at(page, x, y)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._pages or self.pens.is_palm(event):
            return
        if self.drawing.is_at_work:
            self.drawing.move(event.position(), MOUSE_PRESSURE)
        else:
            page, x, y = self.at(event.position())
            self.picker.drag(page, x, y)
            if self._tool is None:
                is_over = self.links.at(page, x, y) is not None
                self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.IBeamCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.pens.is_palm(event):
            return
        if self.drawing.is_at_work:
            self.drawing.release(event.position(), MOUSE_PRESSURE)
        else:
            self._release(event.position())

    def _release(self, at: QPointF) -> None:
        self.picker.release()
        pressed, self._pressed = self._pressed, None
        has_picked = self.picker.selection is not None
        if pressed is not None and not has_picked and self.links.at(*self.at(at)) is pressed:
            self.links.follow(pressed)

    def _tap(self, at: QPointF) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = None
        if self._pages:
            self._press(at)
            self._release(at)

    def _tap_twice(self, at: QPointF) -> None:
        if self._pages:
            self.picker.pick_word(*self.at(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is not None and not self._tool.marks_words:
            self.mousePressEvent(event)  # two dots, one after the other
        elif event.button() == Qt.MouseButton.LeftButton and self._pages and not self.pens.is_palm(event):
            self.picker.pick_word(*self.at(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QTabletEvent):
            return self._take_pen(event)
        if isinstance(event, QTouchEvent):
            return self._take_touch(event)
        if isinstance(event, QNativeGestureEvent | QScrollPrepareEvent | QScrollEvent):
            return self.touch.take_other(event)
        if isinstance(event, QHelpEvent):
            slip = self._slip_at(event.pos())
            link = self.links.at(*self.at(event.pos())) if self._pages else None
            told = slip.text if slip is not None else "" if link is None else link.address
            QToolTip.showText(event.globalPos(), told, self.viewport())
            return True
        return super().viewportEvent(event)

    def _take_touch(self, event: QTouchEvent) -> bool:
        """Fingers scroll, unless they are a writer's palm, or have a tool in hand."""
        if self.pens.is_palm(event):
            event.accept()
        elif self._tool is not None:
            event.ignore()  # Qt makes a mouse of it
            return False
        elif self._pages:
            self.touch.take(event)
        return True

    def _take_pen(self, event: QTabletEvent) -> bool:
        """Draws and erases; with any other tool a pen does what a mouse does, which Qt makes of it."""
        self.pens.see(event)
        at, pressure = event.position(), round(event.pressure() * FULL_PRESSURE)
        tool = Tool.ERASER if is_rubber(event) else self._tool
        if event.type() == QEvent.Type.TabletPress and tool in (Tool.PEN, Tool.ERASER) and self._pages:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.drawing.press(tool, self._colour, at, pressure)
        elif event.type() == QEvent.Type.TabletMove and self.drawing.is_at_work:
            self.drawing.move(at, pressure)
        elif event.type() == QEvent.Type.TabletRelease and self.drawing.is_at_work:
            self.drawing.release(at, pressure)
        else:
            event.ignore()
            return False
        event.accept()
        return True

    def _is_at(self, mark: Mark, page: int, point: QPoint) -> bool:
        if mark.kind is NoteKind.BOOKMARK:
            inside = QPointF(point - self.rectangle(page).topLeft())
            return ribbon(self.rectangle(page).width(), is_others=mark.is_others).contains(inside)
        return mark.is_at(self.on(page, point))

    def _slip_at(self, point: QPoint) -> Mark | None:
        for page in self.visible():
            inside = point - self.rectangle(page).topLeft()
            for mark, area in self._slips(page):
                if area.contains(inside):
                    return mark
        return None

    # ------------------------------------------------------------ painting

    def paint_over(self, painter: QPainter, page: int, dirty: QRect) -> None:
        marks, picked = self._marks.get(page, []), self.picker.selection
        boxes: Sequence[Box] = picked.boxes() if picked is not None and picked.page == page else ()
        ground = Ground(self.way(page), self.rotation, self.scale, QRectF(dirty), self.is_night)
        paint_grounds(painter, marks, boxes, ground)
        self.paint_changed(painter, page, ground)
        self.paint_found(painter, page, ground)
        paint_lines(painter, marks, self._shapes, self.drawing.rubbed, ground)
        paint_others(painter, marks, ground)
        self.drawing.paint(painter, page, dirty)
        self.links.paint(painter, page, ground)
        paint_chosen(painter, marks, self._chosen, ground)
        paint_ribbons(painter, marks, self.rectangle(page).width())
        paint_slips(painter, self._slips(page))

    def _slips(self, page: int) -> list[tuple[Mark, QRectF]]:
        return slips(self._marks.get(page, []), lambda box: self.shown(page, box), self.rectangle(page).width())
