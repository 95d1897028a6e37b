"""The agenda of a meeting that is being prepared, and the dossier of a ballot: papers arranged by keys or by dragging.

Every change of the agenda can be taken back while the window is open; a paper that was taken out of the draft cannot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.desk.preparing import ItemDraft, PreparedPaper
from ecabinet.client.ui import icons
from ecabinet.client.ui.preparing import arranging
from ecabinet.client.ui.preparing.arranging import Items
from ecabinet.client.ui.preparing.outline import Entry, Outline, Rest
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Beside, Muted, Toolbar, bind, column
from ecabinet.client.ui.widgets.keys import Key
from ecabinet.client.ui.words import number, say, size
from ecabinet.core.codec import Identifier
from ecabinet.core.envelope import new_id


class Arranged(QWidget):
    """An outline with its tools. What they do to papers themselves is for the screen, which is told."""

    changed = Signal()
    """The order, or what belongs together, is another."""
    paper_renamed = Signal(str, str)
    opened = Signal(str)
    to_take_out = Signal(str)
    """A paper shall leave the draft."""
    given_files = Signal(object, object)
    """Paths, and the item they were dropped onto, or None."""

    def __init__(self, name: str, object_name: str) -> None:
        super().__init__()
        self.outline = Outline(name)
        self.outline.setObjectName(object_name)
        self.papers: dict[Identifier, PreparedPaper] = {}
        self.published: dict[Identifier, PaperLine] = {}
        """Papers that were sent before, as a meeting that is sent anew has them."""
        self.tools = Toolbar(say("outline.tools"))
        keys = Muted(say("outline.keys"))
        head = Beside(self.tools, keys, folds_below=720, gap=Space.SMALL, shares=(0, 1))
        self.setLayout(column(head, self.outline, gap=Space.SMALL))
        self.outline.opened.connect(self.opened)
        self.outline.stepped.connect(self._step)
        self.outline.renamed.connect(self._rename)
        self.outline.put.connect(self._put)
        self.outline.given_files.connect(self.given_files)
        self.outline.to_take_out.connect(self._take_out)
        self.outline.moved.connect(self._show_tools)

    def _tool(self, icon: icons.Name, name: str, act: Callable[[str], object], keys: str) -> QAction:
        """A tool for the line the keyboard is on, which gets the keyboard back."""

        def use() -> None:
            key = self.outline.current_key
            if key is not None:
                self.outline.setFocus()
                act(key)

        return self.tools.add_tool(icon, name, use, keys=keys)

    def _paper_entry(self, document: Identifier, depth: int = 0) -> Entry:
        if document in self.papers:
            paper = self.papers[document]
            twin = twin_of(paper, self.published.values())
            return paper_entry(paper, depth, twin="" if twin is None else said_twin(paper, twin))
        return published_entry(self.published[document], depth)

    def _show(self, entries: Sequence[Entry | Rest]) -> None:
        self.setVisible(bool(entries))
        self.outline.show_entries(entries)
        self._show_tools()

    def _step(self, key: str, step: int) -> None:
        raise NotImplementedError

    def _rename(self, key: str, title: str) -> None:
        raise NotImplementedError

    def _put(self, key: str, target: str | None, is_on: bool) -> None:  # noqa: FBT001 - a slot
        raise NotImplementedError

    def _take_out(self, key: str) -> None:
        raise NotImplementedError

    def _show_tools(self) -> None:
        raise NotImplementedError


class Agenda(Arranged):
    """Items, their papers below them, and papers that stand nowhere yet."""

    def __init__(self) -> None:
        super().__init__(say("agenda.name"), "agenda_draft")
        self.items: Items = ()
        self._before: list[Items] = []
        self._tools = (
            self._tool("pencil", say("outline.rename"), lambda _: self.outline.rename(), "F2"),
            self._tool("arrow-up", say("outline.up"), lambda key: self._step(key, -1), "Alt+↑"),
            self._tool("arrow-down", say("outline.down"), lambda key: self._step(key, 1), "Alt+↓"),
        )
        self._merge = self._tool("merge", say("agenda.merge"), self._merge_up, "Ctrl+M")
        self._part = self._tool("split", say("agenda.part"), self._part_out, "Ctrl+T")
        self._delete = self._tool("trash-2", say("agenda.take_out"), self._take_out, "Delete")
        self._undo = self.tools.add_tool("undo-2", say("agenda.take_back"), self._take_back, keys="Ctrl+Z")
        self.outline.to_take_back.connect(self._take_back)
        bind(
            self.outline,
            (
                Key(keys="Ctrl+M", name=say("agenda.merge"), act=lambda: self._with_current(self._merge_up)),
                Key(keys="Ctrl+T", name=say("agenda.part"), act=lambda: self._with_current(self._part_out)),
            ),
        )

    def show_agenda(self, items: Items, papers: Mapping[Identifier, PreparedPaper]) -> None:
        """Show an agenda over these papers. One that is known no longer leaves it."""
        self.papers = dict(papers)
        known = self.papers.keys() | self.published.keys()
        for item in items:
            for document in set(item.papers) - known:
                items = arranging.without_paper(items, document)
        self.items = items
        entries: list[Entry | Rest] = []
        for place, item in enumerate(items, 1):
            instead = say("agenda.item", number=number(place))
            entries.append(
                Entry(key=item.item, title=item.title, detail=_about(item), number=f"{place}.", instead=instead)
            )
            entries += [self._paper_entry(each, depth=1) for each in item.papers]
        placed = {document for item in items for document in item.papers}
        loose = [paper for document, paper in self.papers.items() if document not in placed]
        if loose:
            entries += [Rest(title=say("agenda.loose")), *(paper_entry(paper, depth=1) for paper in loose)]
        self._show(entries)

    def add_papers(self, papers: Sequence[PreparedPaper], into: Identifier | None = None) -> None:
        """Put papers that have just come into an item, or each into one of its own."""
        self.papers.update({paper.document: paper for paper in papers})
        if any(item.item == into for item in self.items):
            items = self.items
            for paper in papers:
                items = arranging.dropped(items, paper.document, into, is_on=True)
        else:
            items = arranging.with_papers(self.items, papers, new_identifier)
        self.change(items)

    def take_in_place(self, paper: PreparedPaper) -> None:
        """A paper has become the next version of one that stands here already."""
        self.change(arranging.without_trace(self.items, paper))

    def change(self, items: Items) -> None:
        """Have another agenda; the one before can be had back."""
        if items != self.items:
            self._before.append(self.items)
            self.show_agenda(items, self.papers)
            self.changed.emit()

    def _with_current(self, act: Callable[[str], object]) -> None:
        if self.outline.current_key is not None:
            act(self.outline.current_key)

    def _step(self, key: str, step: int) -> None:
        self.change(arranging.stepped(self.items, key, step))
        self.outline.go_to(key)

    def _put(self, key: str, target: str | None, is_on: bool) -> None:  # noqa: FBT001 - a slot
        self.change(arranging.dropped(self.items, key, target, is_on=is_on))
        self.outline.go_to(key)

    def _rename(self, key: str, title: str) -> None:
        if key in self.papers:
            self.change(arranging.paper_renamed(self.items, self.papers[key], title))
            self.paper_renamed.emit(key, title)
        else:
            self.change(arranging.renamed(self.items, key, title))

    def _merge_up(self, key: str) -> None:
        first = next((item.papers[:1] for item in self.items if item.item == key), ())
        self.change(arranging.merged_up(self.items, key))
        if first:
            self.outline.go_to(first[0])

    def _part_out(self, key: str) -> None:
        if key in self.papers:
            self.change(arranging.parted(self.items, self.papers[key], new_identifier))
            self.outline.go_to(key)

    def _take_out(self, key: str) -> None:
        if key in self.papers:
            self.to_take_out.emit(key)
        elif key in self.published:
            self.change(arranging.without_paper(self.items, key))
        else:
            self.change(arranging.without_item(self.items, key))

    def _take_back(self) -> None:
        if self._before:
            self.show_agenda(self._before.pop(), self.papers)
            self.changed.emit()

    def _show_tools(self) -> None:
        key = self.outline.current_key
        for tool in (*self._tools, self._delete):
            tool.setEnabled(key is not None)
        self._merge.setEnabled(any(item.item == key for item in self.items[1:]))
        self._part.setEnabled(key in self.papers)
        self._undo.setEnabled(bool(self._before))


class Dossier(Arranged):
    """The papers of a ballot, in the order in which they are read."""

    def __init__(self) -> None:
        super().__init__(say("ballot_draft.papers"), "ballot_papers")
        self.documents: tuple[Identifier, ...] = ()
        self._tools = (
            self._tool("pencil", say("outline.rename"), lambda _: self.outline.rename(), "F2"),
            self._tool("arrow-up", say("outline.up"), lambda key: self._step(key, -1), "Alt+↑"),
            self._tool("arrow-down", say("outline.down"), lambda key: self._step(key, 1), "Alt+↓"),
            self._tool("trash-2", say("outline.take_out"), self._take_out, "Delete"),
        )

    def show_dossier(self, documents: tuple[Identifier, ...], papers: Mapping[Identifier, PreparedPaper]) -> None:
        """Show these of the papers, in this order."""
        self.papers = dict(papers)
        known = self.papers.keys() | self.published.keys()
        self.documents = tuple(document for document in documents if document in known)
        self._show([self._paper_entry(each) for each in self.documents])

    def add_papers(self, papers: Sequence[PreparedPaper]) -> None:
        """Put papers that have just come at the end."""
        self.papers.update({paper.document: paper for paper in papers})
        self.change((*self.documents, *(paper.document for paper in papers)))

    def take_in_place(self, paper: PreparedPaper) -> None:
        """A paper has become the next version of one that stands here already."""
        self.change(tuple(document for document in self.documents if document != paper.document))

    def change(self, documents: tuple[Identifier, ...]) -> None:
        """Have other papers, or another order."""
        if documents != self.documents:
            self.show_dossier(documents, self.papers)
            self.changed.emit()

    def _step(self, key: str, step: int) -> None:
        self.change(arranging.swapped(self.documents, key, step))
        self.outline.go_to(key)

    def _put(self, key: str, target: str | None, is_on: bool) -> None:  # noqa: ARG002, FBT001 - a slot
        rest = [each for each in self.documents if each != key]
        at = rest.index(target) if target in rest else len(rest)
        self.change((*rest[:at], key, *rest[at:]))
        self.outline.go_to(key)

    def _rename(self, key: str, title: str) -> None:
        self.paper_renamed.emit(key, title)

    def _take_out(self, key: str) -> None:
        self.to_take_out.emit(key)

    def _show_tools(self) -> None:
        for tool in self._tools:
            tool.setEnabled(self.outline.current_key is not None)


def arranging_keys() -> tuple[Key, ...]:
    """The keys that an agenda minds itself, to be told."""
    return (
        Key(keys="F2", name=say("outline.rename")),
        Key(keys="Alt+↑ ↓", name=say("outline.step")),
        Key(keys="Ctrl+M", name=say("agenda.merge")),
        Key(keys="Ctrl+T", name=say("agenda.part")),
        Key(keys="Delete", name=say("agenda.take_out")),
        Key(keys="Ctrl+Z", name=say("agenda.take_back")),
    )


def twin_of(paper: PreparedPaper, sent: Iterable[PaperLine]) -> PaperLine | None:
    """The paper sent before that a new one seems to be the next version of: by its number, or its file's name."""
    if paper.version > 1:
        return None
    same = (each for each in sent if (paper.number and paper.number == each.number) or _same_file(paper, each))
    return next(same, None)


def said_twin(paper: PreparedPaper, twin: PaperLine) -> str:
    """What the two have in common."""
    return say("taking.same_file") if _same_file(paper, twin) else say("taking.same_number")


def _same_file(paper: PreparedPaper, sent: PaperLine) -> bool:
    return paper.file_name.casefold() == sent.file_name.casefold()


def paper_entry(paper: PreparedPaper, depth: int = 0, *, twin: str = "") -> Entry:
    """A paper as a line: its `twin` in words, number, agency, pages, size below its title."""
    pages = say("taking.pages", pages=number(paper.pages))
    version = say("taking.version", version=number(paper.version)) if paper.version > 1 else ""
    doubt = say("taking.is_repaired") if paper.is_repaired else ""
    said = (twin, doubt, paper.number, paper.agency, pages, size(paper.size), version)
    detail = " · ".join(filter(None, said))
    return Entry(key=paper.document, title=paper.title, detail=detail, depth=depth, instead=paper.file_name)


def published_entry(paper: PaperLine, depth: int = 0) -> Entry:
    """A paper that was sent before."""
    detail = " · ".join(filter(None, (paper.number, paper.agency, size(paper.size), say("taking.published"))))
    return Entry(key=paper.document, title=paper.title, detail=detail, depth=depth, is_fixed=True)


def new_identifier() -> Identifier:
    """For an item that has just been made."""
    return new_id(datetime.now(UTC))


def _about(item: ItemDraft) -> str:
    readers = "" if item.readers is None else say("agenda.readers", count=number(len(item.readers)))
    return " · ".join(filter(None, (item.agency, readers)))
