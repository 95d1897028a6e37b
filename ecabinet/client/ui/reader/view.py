"""The pages of a paper, and what a reader does on them: picks words by mouse and keys, sees his notes, opens them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QToolTip

from ecabinet.client.pages import Box, Word
from ecabinet.client.ui.reader.column import PageColumn
from ecabinet.client.ui.reader.marks import Mark, Shown, paint_highlights, paint_slips, slips
from ecabinet.client.ui.reader.picking import PageWords, Picker

_ARROWS = frozenset({Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up})


class PageView(PageColumn):
    """The reader's view. Object name `pages`; the text of the page one is on is told to screen readers."""

    mark_pressed = Signal(str)
    mark_opened = Signal(str)
    """A note's slip was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._marks: dict[int, list[Mark]] = {}
        self.words = PageWords(self._ask_for_words)
        self.picker = Picker(self.words)
        self.paint_found: Callable[[QPainter, int, Shown], None] = lambda *_: None
        """Draws what was found on a page."""
        self.picker.changed.connect(self.viewport().update)
        self.picker.stepped.connect(self._follow)
        self.rested.connect(self._tell_text)

    def clear(self) -> None:
        super().clear()
        self._marks.clear()
        self.words.forget()
        self.picker.forget()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draws these marks, and no others."""
        self._marks.clear()
        for mark in marks:
            self._marks.setdefault(mark.page, []).append(mark)
        self.viewport().update()

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
        if shift and not control and key in _ARROWS:
            self.picker.step(key, self.page, self._is_seen(self.page))
        elif control and key == Qt.Key.Key_C:
            self.copy()
        elif key == Qt.Key.Key_Escape and self.picker.selection is not None:
            self.picker.drop()
        else:
            super().keyPressEvent(event)

    def _is_seen(self, page: int) -> Callable[[Word], bool]:
        """Whether a word of a page is not above the view."""
        return lambda word: self.rectangle(page).top() + self.shown(page, word.box).top() >= 0

    def _follow(self) -> None:
        picked = self.picker.selection
        if picked is not None:
            self.show_place(picked.page, picked.words[picked.head].box)

    # ------------------------------------------------------------ by mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton or not self._pages:
            return
        point = event.position().toPoint()
        slip = self._slip_at(point)
        if slip is not None:
            self.mark_opened.emit(slip.key)
            return
        page, x, y = self.at(point)
        self.picker.press(page, x, y)
        mark = next((mark for mark in self._marks.get(page, []) if any(box.contains(x, y) for box in mark.boxes)), None)
        if mark is not None:
            self.mark_pressed.emit(mark.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pages:
            self.picker.drag(*self.at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.picker.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._pages:
            self.picker.pick_word(*self.at(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            slip = self._slip_at(event.pos())
            QToolTip.showText(event.globalPos(), slip.text if slip is not None else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def _slip_at(self, point: QPoint) -> Mark | None:
        for page in self.visible():
            inside = point - self.rectangle(page).topLeft()
            for mark, area in self._slips(page):
                if area.contains(inside):
                    return mark
        return None

    # ------------------------------------------------------------ painting

    def paint_over(self, painter: QPainter, page: int) -> None:
        marks, picked = self._marks.get(page, []), self.picker.selection
        boxes: Sequence[Box] = picked.boxes() if picked is not None and picked.page == page else ()
        paint_highlights(painter, marks, boxes, lambda box: self.shown(page, box))
        self.paint_found(painter, page, lambda box: self.shown(page, box))
        paint_slips(painter, self._slips(page))

    def _slips(self, page: int) -> list[tuple[Mark, QRectF]]:
        return slips(self._marks.get(page, []), lambda box: self.shown(page, box), self.rectangle(page).width())
