"""Sharing notes from the reader: choosing with whom, by office; reading what others share; saying how it went."""

from collections.abc import Callable, Collection, Sequence
from enum import Enum, StrEnum

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.notes import Colleague, NoteView
from ecabinet.client.desk.sharing import SharedPaper, ShareState, ShareView
from ecabinet.client.ui import theme
from ecabinet.client.ui.roles import office_said, offices_said
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Choice,
    Item,
    Key,
    Kind,
    Muted,
    Notice,
    OptionCards,
    Sheet,
    Text,
    TickBox,
    bind,
)
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.codec import Identifier, Name

_COLUMNS = 2
_SAID = 120
"""Letters of a note that are shown where it is asked whether to share it."""


class _Scope(StrEnum):
    """What is shared."""

    NOTE = "note"
    ALL = "all"


_scope = Names("sharing.scopes", _Scope)
_shared = Names("sharing.shared", _Scope)
_taken_back = Names("sharing.taken_back", _Scope)


class Whose(Enum):
    """By whom the notes are that a list shows."""

    MINE = "mine"
    OTHERS = "others"


whose_name = Names("sharing.whose", Whose)


def author_said(note: NoteView) -> str:
    """Whose note it is; nothing for one's own."""
    return "" if note.author is None else say("sharing.by", office=_office(note.author))


class NoteSharing(QObject):
    """With whom the notes on the paper in front are shared."""

    def __init__(
        self,
        screen: Screen,
        seat: Seat,
        document: Identifier,
        *,
        tell: Callable[[str, Notice], None],
        forget: Callable[[str], None],
    ) -> None:
        super().__init__(screen)
        self._screen, self._seat, self._document = screen, seat, document
        self._tell, self._forget = tell, forget
        self._shared = SharedPaper()
        self._told: set[tuple[Identifier | None, tuple[Colleague, ...]]] = set()

    @property
    def shared(self) -> SharedPaper:
        """As last shown."""
        return self._shared

    def show(self, shared: SharedPaper) -> None:
        """How things stand; what was refused since is told once."""
        self._shared = shared
        refused = [each for each in shared.shares if each.state is ShareState.REFUSED]
        new = [each for each in refused if (each.note, each.readers) not in self._told]
        self._told = {(each.note, each.readers) for each in refused}
        if new:
            self._tell("share refused", _refused(new[-1]))
        elif not refused:
            self._forget("share refused")

    def ask(self, note: NoteView | None) -> None:
        """With whom a note is to be shared, and whether it alone; without one, with whom all on the paper."""
        sharing = self._seat.desk.sharing

        def show(colleagues: Sequence[Colleague]) -> None:
            sheet = ShareSheet(self._screen, note, colleagues, self._shared)
            sheet.chosen.connect(self._share)
            sheet.open()

        self._screen.ask(say("sharing.looking"), lambda _: sharing.colleagues(self._document), show)

    def read(self, note: NoteView) -> None:
        """Shows another's note."""
        OthersNoteSheet(self._screen, self._seat.times, note).open()

    def tell_read_only(self) -> None:
        """Why another's note stays as it is."""
        self._tell("read only", Notice(Tone.NEUTRAL, say("sharing.read_only"), is_closable=True))

    def _share(self, note: NoteView | None, readers: Sequence[Colleague]) -> None:
        key = None if note is None else note.note
        before = {each.person for each in self._shared.share_of(key)}
        names = [each.person for each in readers]
        sharing = self._seat.desk.sharing

        def told(changes: Changes) -> None:
            if not changes:
                return
            what = _Scope.ALL if note is None else _Scope.NOTE
            if readers:
                safe = say("sharing.taken_back_safe") if before - set(names) else ""
                happened = _shared(what, offices=offices_said(readers))
                notice = Notice(Tone.POSITIVE, happened, safe=safe, to_do=say("sharing.shared_next"), is_closable=True)
            else:
                safe = say("sharing.taken_back_safe")
                notice = Notice(Tone.POSITIVE, _taken_back(what), safe=safe, is_closable=True)
            self._tell("shared", notice)
            self._seat.changed(changes)

        self._screen.ask(say("sharing.keeping"), lambda _: sharing.share(self._document, key, names), told)


class ShareSheet(Sheet):
    """What is shared, and a box for each person who may read the paper, one's assistants first.

    Of a note it is asked whether it alone or all of the paper. Ticked are those who read that already; Escape changes
    nothing.
    """

    wide = 800
    chosen = Signal(object, object)
    """Carries the note, None for all of the paper, and those who are ticked."""

    def __init__(
        self, over: QWidget, note: NoteView | None, colleagues: Sequence[Colleague], shared: SharedPaper
    ) -> None:
        self._note = note
        of_all = shared.share_of(None)
        of_note = shared.share_of(note.note) if note is not None else ()
        self._named = {_Scope.NOTE: {each.person for each in of_note}, _Scope.ALL: {each.person for each in of_all}}
        # Whoever may read the paper no longer stays in the list: so that it can be taken back from him.
        self._people = {each.person: each for each in (*colleagues, *of_note, *of_all)}
        people = self._people.values()
        self._boxes: dict[Name, TickBox] = {}
        helping = [each for each in people if each.helps_me]
        others = [each for each in people if not each.helps_me]
        self._at = _Scope.ALL if note is None else _Scope.NOTE
        scope = OptionCards(say("sharing.scope"), _choices(note)) if note is not None else None
        items: list[Item] = [scope or Muted(say("sharing.all_told"))]
        self._through_all = Muted(say("sharing.through_all", offices=offices_said(of_all)) if of_all else "")
        items.append(self._through_all)
        ticked = self._named[self._at]
        for title, group in ((say("sharing.assistants"), helping), (say("sharing.others"), others)):
            if group:
                items.append(Text(title, weight=Weight.SEMIBOLD))
                items.append(self._grid([self._box(each, ticked) for each in group]))
        if not people:
            items.append(Text(say("sharing.no_one")))
        items += [Muted(say("sharing.sealed")), Muted(say("sharing.honest"))]
        leave = Button(say("sharing.leave"))
        leave.clicked.connect(self.reject)
        keep = Button(say("sharing.keep"), Kind.PRIMARY, hint=say("sharing.keep_hint"))
        keep.setObjectName("keep_sharing")
        keep.clicked.connect(self.accept)
        keep.setEnabled(bool(people))
        title = say("sharing.title") if note is not None else say("sharing.title_all")
        super().__init__(over, title, *items, buttons=(leave, keep))
        self.setObjectName("share_sheet")
        bind(self, [Key(keys="Ctrl+Return", name=say("sharing.keep"), act=self.accept)])
        self.accepted.connect(self._tell)
        self._through_all.setVisible(note is not None and bool(of_all))
        if scope is not None:
            scope.setObjectName("share_scope")
            scope.choose(_Scope.NOTE.value)
            scope.chosen.connect(self._turn_to)
            scope.setFocus()
        else:
            next(iter(self._boxes.values()), leave).setFocus()

    def _box(self, person: Colleague, ticked: Collection[Name]) -> TickBox:
        box = TickBox(_office(person))
        box.setObjectName(f"reader.{person.person}")
        box.setChecked(person.person in ticked)
        self._boxes[person.person] = box
        return box

    @staticmethod
    def _grid(boxes: Sequence[TickBox]) -> QGridLayout:
        """In columns that are read downwards."""
        grid, lines = QGridLayout(), -(-len(boxes) // _COLUMNS)
        grid.setHorizontalSpacing(theme.px(Space.LARGE))
        grid.setVerticalSpacing(0)
        for place, box in enumerate(boxes):
            grid.addWidget(box, place % lines, place // lines)
        for side in range(_COLUMNS):
            grid.setColumnStretch(side, 1)
        return grid

    def _turn_to(self, scope: str) -> None:
        """Ticks those who read what is to be shared now: nobody gets all because he was to get one."""
        self._named[self._at] = {name for name, box in self._boxes.items() if box.isChecked()}
        self._at = _Scope(scope)
        for name, box in self._boxes.items():
            box.setChecked(name in self._named[self._at])
        self._through_all.setVisible(self._at is _Scope.NOTE and bool(self._through_all.text()))

    def _tell(self) -> None:
        readers = [self._people[name] for name, box in self._boxes.items() if box.isChecked()]
        self.chosen.emit(self._note if self._at is _Scope.NOTE else None, readers)


class OthersNoteSheet(Sheet):
    """Another's note, to be read."""

    def __init__(self, over: QWidget, times: Times, note: NoteView) -> None:
        items: list[Item] = [Muted(_where(note))]
        if len(note.states) > 1:
            items.append(Notice(Tone.WARNING, say("sharing.two_states"), safe=say("sharing.two_states_safe")))
        for state in note.states:
            if not state.is_deleted:
                said = Text(state.text) if state.text else Muted(say("sharing.no_words"))
                items.append(Card("", Muted(say("sharing.when", when=times.short(state.made_at))), said))
        items.append(Muted(say("sharing.read_only")))
        close = Button(say("sharing.close"), Kind.PRIMARY)
        close.setObjectName("close_note")
        close.clicked.connect(self.reject)
        super().__init__(over, author_said(note), *items, buttons=(close,))
        self.setObjectName("others_note")
        close.setFocus()


def _choices(note: NoteView) -> list[Choice]:
    text = note.latest.text
    said = text if len(text) <= _SAID else f"{text[:_SAID].rstrip()}…"
    told = {_Scope.NOTE: said or _where(note), _Scope.ALL: say("sharing.later_too")}
    return [Choice(key=scope.value, label=_scope(scope), note=told[scope]) for scope in _Scope]


def _where(note: NoteView) -> str:
    anchor = note.latest.anchor
    page = say("reader.note_page", page=number(anchor.page + 1))
    return say("reader.quoted", page=page, quote=anchor.quote) if anchor.quote else page


def _office(person: Colleague) -> str:
    return office_said(person.office, person.office_en)


def _refused(share: ShareView) -> Notice:
    what = share.refusal.what if share.refusal is not None else ""
    person = next((each for each in share.readers if each.person == what), None)
    return Notice(
        Tone.WARNING,
        say("sharing.refused", offices=offices_said(share.readers)),
        safe=say("sharing.refused_safe"),
        to_do=" ".join(
            (
                *((say("sharing.refused_person", office=_office(person)),) if person else ()),
                say("sharing.refused_to_do"),
            )
        ),
        is_closable=True,
    )
