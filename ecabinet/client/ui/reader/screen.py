"""The reader: a paper's pages, a folding toolbar above, the notes at the side. It goes on where one stopped."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.notes import NoteView, place_of
from ecabinet.client.desk.papers import PaperLine, Presence, Reading
from ecabinet.client.desk.reading import Look, ReadingPosition
from ecabinet.client.desk.sharing import SharedPaper
from ecabinet.client.pages import Heading, Paper, PaperRefused, Refusal
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.reader.changes import ChangesPanel, PaperChanges
from ecabinet.client.ui.reader.contents import Contents
from ecabinet.client.ui.reader.crossing import NoteCrossing
from ecabinet.client.ui.reader.exporting import NoteExport
from ecabinet.client.ui.reader.finding import FindBar
from ecabinet.client.ui.reader.full_screen import FullScreen
from ecabinet.client.ui.reader.links import LinkAsking
from ecabinet.client.ui.reader.notes import first_box
from ecabinet.client.ui.reader.noting import Noting
from ecabinet.client.ui.reader.panel import NotesPanel
from ecabinet.client.ui.reader.password import PaperPassword
from ecabinet.client.ui.reader.printing import PaperPrint
from ecabinet.client.ui.reader.progress import Progress
from ecabinet.client.ui.reader.source import PaperSource, Shelf
from ecabinet.client.ui.reader.thumbnails import Thumbnails
from ecabinet.client.ui.reader.tools import Tools
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat, Sought
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import (
    Below,
    Button,
    EmptyState,
    IconButton,
    Key,
    Notice,
    Split,
    Toolbar,
    boxed,
    column,
    empty,
    row,
)
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import NoteKind

_THOUSANDTHS = 1000
_refusal = Names("reader.refused", Refusal)


@dataclass(frozen=True, slots=True)
class _Opened:
    line: PaperLine
    notes: tuple[NoteView, ...]
    shared: SharedPaper
    steps: tuple[bool, bool]
    """Whether something can be undone, and done again."""
    colours: dict[NoteKind, str]
    paper: Paper | None
    """None when a version is open already, or its bytes are not here yet."""
    look: Look | None
    """As the paper; None too when a version was open before, and shows how the next one is to be shown."""
    changes: Changes


class ReaderScreen(Screen):
    """One paper. What is done on its pages is the view's, what becomes of its notes `Noting`'s."""

    nouns: ClassVar[frozenset[str]] = frozenset({"documents", "notes", "gone"})

    def __init__(
        self, seat: Seat, document: Identifier, sought: Sought | None = None, *, digest: Digest | None = None
    ) -> None:
        """`sought` is what brought one here; `digest` is of the version to open first, else the latest."""
        super().__init__(seat.background, say("reader.title"))
        self.thing = document
        self._seat, self._document, self._sought, self._digest = seat, document, sought, digest
        self._line: PaperLine | None = None
        self._notes: tuple[NoteView, ...] = ()
        self._shared = SharedPaper()
        self._steps = False, False
        self._source: PaperSource | None = None
        self._notices: dict[str, Notice] = {}
        self._shelf = Shelf(seat.pages)
        self.destroyed.connect(self._shelf.close)
        self._view = PageView()
        self._find = FindBar(seat, self._view)
        self._panel = NotesPanel()
        self._contents = Contents()
        self._changed = ChangesPanel()
        self._changes = PaperChanges(seat, document, self._view, self._changed)
        self._side = QStackedWidget()
        self._thumbnails = Thumbnails(self._view)
        leasts: dict[QWidget, int] = {self._panel: 400, self._contents: 0, self._thumbnails: 0, self._changed: 320}
        self._pages = {panel: Below(QWidget(), column(panel), least) for panel, least in leasts.items()}
        """Each panel scrolls where it has not the height that it needs."""
        for page in self._pages.values():
            self._side.addWidget(page)
        self._split = Split(self._view, self._side, side_width=360, waits_to_be_asked=True)
        self._noting = Noting(
            self,
            seat,
            document,
            self._view,
            self._panel,
            tell=self._tell,
            forget=self._forget,
            ask=self._ask_about,
        )
        self._tools = Tools(self._view, self._noting)
        self._openers = {
            self._thumbnails: _opener("layout-grid", "thumbnails_panel", say("reader.key.thumbnails"), "Ctrl+F7"),
            self._contents: _opener("list-tree", "contents_panel", say("reader.key.contents"), "F7"),
            self._changed: _opener("file-diff", "changes_panel", say("changes.title"), "Shift+F7"),
            self._panel: _opener("notebook-pen", "notes_panel", say("reader.key.notes"), "F4"),
        }
        bar = _Bar(self._tools, *self._openers.values())
        self._full = FullScreen(self, self._view, bar)
        self._tools.wanted.connect(self._full.show_tools)
        self._tools.full_screen.connect(self._full.toggle)
        self._tools.printing.connect(self._print)
        whole = column(bar, self._find, self._split, gap=0)
        whole.setStretch(2, 1)
        self._reading, self._instead = boxed(whole), column(gap=0)
        self._whole = QStackedWidget()
        self._whole.addWidget(boxed(self._instead))
        self._whole.addWidget(self._reading)
        self._kept: ReadingPosition | None = None
        self._has_shown = False
        self._place = 0, 0.0
        """Where to go on in a version that one has not read yet: where one was in the one before."""
        self._crossing = NoteCrossing(
            self,
            seat,
            document,
            tell=self._tell,
            forget=self._forget,
            here=self._noting.here,
            show_place=lambda anchor: self._view.show_place(anchor.page, first_box(anchor)),
        )
        LinkAsking(self._view.links, tell=self._tell, forget=self._forget)
        self._progress = Progress(self._view, self._keep_read)
        self._password = PaperPassword(self, self._show_instead)
        self._exporting = NoteExport(self, seat, tell=self._tell)
        self._printing = PaperPrint(self, seat, tell=self._tell)
        self._connect()

    def load(self) -> None:
        self.ask(say("reader.opening"), self._open, self._show, failed=self._fail_to_open, lane=Lane.PAGES)

    def panes(self) -> Sequence[QWidget]:
        return (self._view, self._tools, self._side, *self._notices.values())

    def keys(self) -> Sequence[Key]:
        return (
            *self._find.keys(),
            *self._tools.keys(),
            Key(keys="F4", name=say("reader.key.notes"), act=partial(self._open_side, self._panel)),
            Key(keys="Shift+F4", name=say("sharing.key.share"), act=self._noting.share),
            Key(keys="F7", name=say("reader.key.contents"), act=partial(self._open_side, self._contents)),
            Key(keys="Shift+F7", name=say("changes.title"), act=partial(self._open_side, self._changed)),
            *self._changes.keys(),
            Key(keys="Ctrl+F7", name=say("reader.key.thumbnails"), act=partial(self._open_side, self._thumbnails)),
            Key(keys="Ctrl+P", name=say("reader.key.print"), act=self._print),
            Key(keys="F11", name=say("reader.key.full_screen"), act=self._full.toggle),
            Key(keys="Delete", name=say("reader.delete_note")),
            Key(keys="Shift+Right", name=say("reader.key.pick")),
            Key(keys="Ctrl+C", name=say("reader.key.copy")),
        )

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, PaperRefused):
            return Explanation(
                happened=_refusal(error.refusal), safe=say("errors.safe"), to_do=say("reader.refused_to_do")
            )
        return explain(error) or super().explain(error)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_place()
        self._progress.end()

    # ------------------------------------------------------------ opening

    def _open(self, call: Call) -> _Opened:
        """In the page lane: looks the paper up, and has it opened: what is needed of it is decrypted then."""
        desk, serially = self._seat.desk, self._seat.background.serially
        line = serially(lambda: desk.papers.one(self._document))
        noted = serially(
            lambda: (
                desk.notes.of_paper(self._document),
                desk.sharing.of_paper(self._document),
                desk.notes.steps(self._document),
                {} if self._line is not None else desk.notes.colours(),
            )
        )
        if self._line is not None:
            return _Opened(line, *noted, None, None, Changes())
        if self._digest is not None:
            versions = serially(lambda: desk.papers.versions(self._document))
            line = next((each for each in versions if each.digest == self._digest), line)
        call.heed()
        if line.presence is not Presence.HERE:
            serially(lambda: desk.papers.want(self._document))
            return _Opened(line, *noted, None, None, Changes())
        recognised = desk.papers.recognised(line.digest)
        paper = desk.papers.open(self._seat.pages, line.digest, line.size, recognised, password=self._password.tried)
        self._shelf.put(paper)
        look = None if self._has_shown else serially(lambda: desk.papers.look(self._document, line.digest))
        return _Opened(line, *noted, paper, look, serially(lambda: desk.papers.opened(line.digest)))

    def _show(self, opened: _Opened) -> None:
        self._notes, self._shared, self._steps = opened.notes, opened.shared, opened.steps
        self._noting.learn(opened.colours)
        if opened.paper is not None:
            self._show_paper(opened.paper, opened.line, opened.look)
            self._crossing.begin(opened.line.carried)
            self._seat.changed(opened.changes)
        elif self._line is None:
            self._tell_of_coming(opened.line)
        elif opened.line.digest != self._line.digest:
            self._tell_of_newer(opened.line)
        self._show_notes()

    def _tell_of_coming(self, line: PaperLine) -> None:
        """It will be opened by itself as soon as it is here: it is fetched before all others."""
        self._retitle(line)
        here = say("reader.coming_next", here=size(line.fetched), whole=size(line.size))
        self._show_instead(EmptyState("file-text", say("reader.coming"), here))

    def _show_instead(self, told: EmptyState) -> None:
        empty(self._instead)
        self._instead.addWidget(told)
        self._whole.setCurrentIndex(0)
        self.show_content(self._whole)

    def _retitle(self, line: PaperLine) -> None:
        self.retitle(line.title, " · ".join(filter(None, (line.number, line.agency, _version(line)))))

    def _show_paper(self, paper: Paper, line: PaperLine, look: Look | None) -> None:
        position = line.position
        self._line = line
        self._retitle(line)
        self._source = PaperSource(self._seat.background, self._seat.pages, paper, owner=self._view)
        self._view.setAccessibleName(say("reader.pages_of", title=line.title))
        self._whole.setCurrentWidget(self._reading)
        self.show_content(self._whole)
        if position is not None:
            self._place = position.page, position.offset / _THOUSANDTHS
        if self._sought is not None:
            self._place = self._sought.page, 0.0
        self._view.show_paper(paper.pages, self._source, position=self._place, look=look)
        self._has_shown = True
        self._find.show_paper(line.digest)
        self._changes.show_version(line.digest, is_awaited=line.reading is Reading.CHANGED)
        self._noting.show_version(line.digest)
        self._tools.show_paper(len(paper.pages))
        self._thumbnails.show_paper(self._source, len(paper.pages))
        self._progress.begin()
        self._source.outline(self._show_contents, lambda _: self._show_contents(()))
        self._view.setFocus()
        if self._sought is not None:
            self._find.open_bar(self._sought.typed)
            self._sought = None

    def _show_contents(self, headings: Sequence[Heading]) -> None:
        self._contents.show_headings(headings)
        self._contents.show_page(self._view.page)

    def _fail_to_open(self, error: Exception) -> None:
        if isinstance(error, NotHere):
            self._let_go()
            self._show_instead(EmptyState("file-text", say("reader.gone"), say("reader.gone_next")))
        elif isinstance(error, PaperRefused) and error.takes_password:
            self._password.ask()
        else:
            self.show_error(error)

    def _let_go(self) -> None:
        self._progress.end()
        self._place = self._view.position
        if self._source is not None:
            self._source.close()
        self._thumbnails.show_paper(None, 0)
        self._view.clear()
        self._find.show_paper(None)
        self._changes.show_version(None)
        self._noting.show_version(None)
        self._line = self._source = None

    def _tell_of_newer(self, line: PaperLine) -> None:
        open_it = Button(say("reader.open_newer"))
        open_it.setObjectName("open_newer")
        open_it.clicked.connect(self._open_newer)
        notice = Notice(
            Tone.ACCENT,
            say("reader.newer", version=number(line.version)),
            safe=say("reader.newer_safe"),
            to_do=line.what_changed or say("reader.newer_unsaid"),
            actions=(open_it,),
        )
        if "newer" not in self._notices:
            self._tell("newer", notice)

    def _open_newer(self) -> None:
        self._digest = None
        self._forget("newer")
        self._keep_place()
        self._let_go()
        self.reload()

    def _tell(self, about: str, notice: Notice) -> None:
        """Tell something instead of what was told about the same before."""
        self._forget(about)
        self._notices[about] = notice
        notice.closed.connect(lambda: self._notices.pop(about, None))
        self.show_notice(notice)

    def _forget(self, about: str) -> None:
        notice = self._notices.pop(about, None)
        if notice is not None:
            notice.hide()
            notice.deleteLater()

    # ------------------------------------------------------------ tools

    def _connect(self) -> None:
        self._view.rested.connect(self._keep_place)
        self._view.look_changed.connect(self._keep_place)
        self._view.escaped.connect(self._full.leave)
        self._view.picker.found_nothing.connect(self._tell_no_words)
        self._view.rendering.failures_changed.connect(self._tell_failures)
        for panel, opener in self._openers.items():
            opener.clicked.connect(partial(self._open_side, panel))
        self._split.side_toggled.connect(self._tell_side)
        self._side.currentChanged.connect(self._tell_side)
        self._thumbnails.opened.connect(self._view.places.leap)
        self._contents.opened.connect(self._view.places.leap)
        self._view.page_changed.connect(self._contents.show_page)
        self._changes.told.connect(self._tell_changed_pages)
        self._crossing.changed.connect(self._show_notes)
        self._panel.exported.connect(self._export_notes)

    def _print(self) -> None:
        if self._source is not None and self._line is not None:
            notes = sorted((*self._notes, *self._shared.others), key=place_of)
            self._printing.ask(self._line, len(self._source.paper.pages), self._view.page, notes)

    def _export_notes(self) -> None:
        if self._line is not None and self._source is not None:
            self._exporting.ask(self._line, self._source.paper, self._notes)

    def _tell_changed_pages(self, count: int, earlier: int) -> None:
        counted = say("changes.counted", count=number(count), version=number(earlier)) if count else ""
        self._openers[self._changed].become(
            "file-diff", say("changes.title"), keys="Shift+F7", count=count, counted=counted
        )

    def _open_side(self, panel: QWidget) -> None:
        """Show a panel at the side, or hide it when it is there."""
        is_there = self._is_open(panel)
        self._side.setCurrentWidget(self._pages[panel])
        if is_there or not self._split.is_side_open:
            self._split.toggle_side()

    def _is_open(self, panel: QWidget) -> bool:
        return self._split.is_side_open and self._side.currentWidget() is self._pages[panel]

    def _tell_side(self) -> None:
        for panel, opener in self._openers.items():
            opener.setChecked(self._is_open(panel))
        self._changes.show(is_shown=self._openers[self._changed].isChecked())

    def _tell_failures(self) -> None:
        failed = sorted(self._view.failures)
        if not failed:
            self._forget("failures")
            return
        again = Button(say("screen.again"), icon="refresh-cw")
        again.setObjectName("retry_pages")
        again.clicked.connect(self._view.retry)
        pages = ", ".join(number(page + 1) for page in failed)
        self._tell(
            "failures",
            Notice(
                Tone.WARNING,
                say("reader.page_failed", pages=pages),
                safe=say("reader.page_failed_safe"),
                actions=(again,),
                is_closable=True,
            ),
        )

    def _tell_no_words(self, page: int) -> None:
        happened = say("reader.no_words", page=number(page + 1))
        self._tell("no words", Notice(Tone.NEUTRAL, happened, to_do=say("reader.no_words_to_do"), is_closable=True))

    def _keep_place(self) -> None:
        if self._line is None or self._source is None:
            return
        page, share = self._view.position
        papers, digest = self._seat.desk.papers, self._line.digest
        offset = max(0, min(round(share * _THOUSANDTHS), _THOUSANDTHS))
        place = ReadingPosition(page=page, offset=offset, look=self._view.look)
        if place == self._kept:
            return
        self._kept = place
        # Nothing that is shown anywhere changes by this.
        self._seat.background.run(
            Lane.SERIAL, lambda _: papers.stopped_at(digest, place), then=lambda _: None, owner=None
        )

    def _keep_read(self, pages: Collection[int]) -> None:
        if self._line is None or self._source is None:
            return
        papers, digest, count = self._seat.desk.papers, self._line.digest, len(self._source.paper.pages)
        self._seat.background.run(
            Lane.SERIAL, lambda _: papers.read_pages(digest, count, pages), then=self._seat.changed, owner=None
        )

    def _ask_about(self, note: Identifier) -> bool:
        return self._crossing.ask(note)

    def _show_notes(self) -> None:
        if self._line is not None:
            self._noting.show(self._notes, self._shared, self._steps, self._crossing.questions)


class _Bar(QFrame):
    """The tools above the pages, and at its end what opens the panels below it."""

    def __init__(self, toolbar: Toolbar, *at_end: QWidget) -> None:
        super().__init__()
        self.setProperty("is", "bar")
        line = row(toolbar, *at_end)
        line.setStretch(0, 1)
        line.setContentsMargins(theme.px(Space.SMALL), theme.px(2), theme.px(Space.SMALL), theme.px(2))
        self.setLayout(line)


def _opener(icon: icons.Name, name: str, words: str, keys: str) -> IconButton:
    button = IconButton(icon, words, keys=keys)
    button.setObjectName(name)
    button.setCheckable(True)
    return button


def _version(line: PaperLine) -> str:
    return say("reader.version", version=number(line.version)) if line.version > 1 else ""
