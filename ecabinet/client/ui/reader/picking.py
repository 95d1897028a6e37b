"""Picking words on a page, by the mouse or by Shift and the arrows; and the words of pages, asked for once each."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from ecabinet.client.pages import Word
from ecabinet.client.ui.reader.selection import Selection, word_at

_KEPT = 16
"""Pages whose words are kept."""

Words = Sequence[Word]
AskForWords = Callable[[int, Callable[[Words], None], Callable[[Exception], None]], None]
"""A page, what is to be done with its words, what is to be done when they can't be had."""


class PageWords:
    """The words of the pages one is at."""

    def __init__(self, ask: AskForWords) -> None:
        self._ask = ask
        self._known: OrderedDict[int, Words] = OrderedDict()
        self._wanted: dict[int, list[Callable[[Words], None]]] = {}

    def forget(self) -> None:
        """Another paper is shown."""
        self._known.clear()
        self._wanted.clear()

    def of(self, page: int) -> Words | None:
        """The words of a page, if they are here."""
        return self._known.get(page)

    def want(self, page: int, then: Callable[[Words], None] = lambda _: None) -> None:
        """Have `then` done with a page's words: now, or when they come, or never when they can't be had."""
        known = self._known.get(page)
        if known is not None:
            self._known.move_to_end(page)
            then(known)
        elif page in self._wanted:
            self._wanted[page].append(then)
        else:
            self._wanted[page] = [then]
            self._ask(page, partial(self._take, page), lambda _: self._give_up(page))

    def _take(self, page: int, words: Words) -> None:
        self._known[page] = words
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        for then in self._wanted.pop(page, []):
            then(words)

    def _give_up(self, page: int) -> None:
        # The page itself tells why it can't be read; without words there is just nothing to pick.
        self._wanted.pop(page, None)


class Picker(QObject):
    """What is picked. Picking by keys goes on where the last picking ended, else at the first word in view."""

    changed = Signal()
    stepped = Signal()
    """A key picked; what it picked may be out of view."""
    finished = Signal()
    """The mouse button was let go over something picked."""
    found_nothing = Signal(int)
    """A page without words was to be picked from: a scan."""

    def __init__(self, words: PageWords) -> None:
        super().__init__()
        self._words = words
        self._selection: Selection | None = None
        self._began: tuple[int, float, float] | None = None
        self._ended: tuple[int, int] | None = None

    @property
    def selection(self) -> Selection | None:
        """What is picked now."""
        return self._selection

    def drop(self) -> None:
        """Pick nothing."""
        self._select(None)

    def forget(self) -> None:
        """Another paper is shown: pick nothing, and begin anew."""
        self.drop()
        self._began = self._ended = None

    # ------------------------------------------------------------ by mouse; points are in PDF space

    def press(self, page: int, x: float, y: float) -> None:
        """The button went down; moving on picks."""
        self.drop()
        self._began = page, x, y
        self._words.want(page)

    def drag(self, page: int, x: float, y: float) -> None:
        """The pointer moved with the button down."""
        if self._began is None or self._began[0] != page:
            return
        words = self._words.of(page)
        if words is None:
            return
        head = word_at(words, x, y)
        anchor = self._selection.anchor if self._selection is not None else word_at(words, *self._began[1:])
        if head is not None:
            self._select(Selection(page, words, head if anchor is None else anchor, head))

    def release(self) -> None:
        """The button went up."""
        if self._began is not None and self._selection is not None:
            self.finished.emit()
        self._began = None

    def pick_word(self, page: int, x: float, y: float) -> None:
        """A double click."""

        def pick(words: Words) -> None:
            at = word_at(words, x, y)
            if at is not None:
                self._select(Selection(page, words, at, at))
                self.finished.emit()

        self._words.want(page, pick)

    # ------------------------------------------------------------ by keys

    def step(self, key: Qt.Key, page: int, is_seen: Callable[[Word], bool]) -> None:
        """One word or line further, or the first word; `page` and `is_seen` say where one is when nothing is picked."""
        at = page if self._selection is None else self._selection.page
        self._words.want(at, partial(self._step, key, at, is_seen))

    def _step(self, key: Qt.Key, page: int, is_seen: Callable[[Word], bool], words: Words) -> None:
        if not words:
            self.found_nothing.emit(page)
            return
        if self._selection is None or self._selection.page != page:
            first = self._first(page, words, is_seen)
            self._select(Selection(page, words, first, first))
        else:
            self._select(_moved(self._selection, key))
        self.stepped.emit()

    def _first(self, page: int, words: Words, is_seen: Callable[[Word], bool]) -> int:
        if self._ended is not None and self._ended[0] == page:
            following = self._ended[1] + 1
            if following < len(words) and is_seen(words[following]):
                return following
        return next((place for place, word in enumerate(words) if is_seen(word)), 0)

    def _select(self, selection: Selection | None) -> None:
        if selection != self._selection:
            self._selection = selection
            if selection is not None:
                self._ended = selection.page, selection.last
            self.changed.emit()


def _moved(selection: Selection, key: Qt.Key) -> Selection:
    match key:
        case Qt.Key.Key_Right:
            return selection.to(selection.head + 1)
        case Qt.Key.Key_Left:
            return selection.to(selection.head - 1)
        case Qt.Key.Key_Down:
            return selection.by_line(1)
        case _:
            return selection.by_line(-1)
