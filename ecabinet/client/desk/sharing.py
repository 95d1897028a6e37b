"""Notes that are shared: with whom one's own are, and those that others share with this person."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from ecabinet.client.desk.note_states import rank
from ecabinet.client.desk.notes import Colleague, NoteView, newest_versions, place_of, view_of
from ecabinet.client.desk.unlocked import Unlocked, stored
from ecabinet.client.sync.apply import Reader
from ecabinet.client.sync.notes import OwnDevice
from ecabinet.client.sync.sharing import make_share
from ecabinet.client.vault import schema, shared
from ecabinet.client.vault.changes import Changes
from ecabinet.core import codec
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import Identifier, Name
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.notes import NoteEdit, NoteShare, heads
from ecabinet.core.notes.sharing import MOST_REPLACED
from ecabinet.core.people import Act, Person, Role, Thing, may
from ecabinet.core.protocol import Refusal
from ecabinet.core.register import Register


class ShareState(StrEnum):
    """How far a share has come."""

    WAITING = "waiting"
    """It is on this machine alone, and goes out with the next sync."""
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """With whom the person shares one note, or all his notes on a paper."""

    note: Identifier | None
    """None: all of them, those he makes later too."""
    readers: tuple[Colleague, ...]
    state: ShareState
    refusal: Refusal | None
    """Why nobody reads along; `what` names the person it turns on, if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPaper:
    """All about a paper that is shared."""

    others: tuple[NoteView, ...] = ()
    """What others share with this person, by page and place."""
    shares: tuple[ShareView, ...] = ()
    """What he shares himself."""

    def readers_of(self, note: Identifier | None) -> tuple[Colleague, ...]:
        """Who reads a note, or whatever is made next; those whom that is still on its way to, too."""
        covering = [each for each in self.shares if each.note in (None, note) and each.state is not ShareState.REFUSED]
        return tuple({reader.person: reader for share in covering for reader in share.readers}.values())

    def is_waiting(self, note: Identifier | None) -> bool:
        """Whether something of that is still on this machine alone."""
        return any(each.note in (None, note) and each.state is ShareState.WAITING for each in self.shares)

    def share_of(self, note: Identifier | None) -> tuple[Colleague, ...]:
        """Who is named for just this note, or for all."""
        named = [each for each in self.shares if each.note == note and each.state is not ShareState.REFUSED]
        return tuple({reader.person: reader for share in named for reader in share.readers}.values())


class Sharing:
    """With whom notes are shared. What others share is read, and never changed here."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked
        self._loaded: dict[tuple[Identifier, Identifier], NoteEdit] = {}

    def of_paper(self, document: Identifier) -> SharedPaper:
        """What is shared on a paper, by this person and by others."""
        return self._unlocked.vault.do(
            lambda db: SharedPaper(others=self._others(db, document), shares=tuple(self._shares(db, document)))
        )

    def others(self) -> tuple[NoteView, ...]:
        """What others share with this person, on all papers; in no order."""
        told = schema.note_shares.c
        asked = select(told.document).where(told.body == self._unlocked.body, told.author != self._unlocked.person)

        def read(db: Connection) -> tuple[NoteView, ...]:
            return tuple(note for document in db.scalars(asked.distinct()).all() for note in self._others(db, document))

        return self._unlocked.vault.do(read)

    def colleagues(self, document: Identifier) -> tuple[Colleague, ...]:
        """Who may read a paper, as far as is known here, but for the person: his assistants first, then whom he helps.

        Whoever has no device is left out: there would be nobody to read.
        """
        return self._unlocked.vault.do(lambda db: tuple(self._colleagues(db, document)))

    def share(self, document: Identifier, note: Identifier | None, readers: Iterable[Name]) -> Changes:
        """Shares a note, or all of the person's on a paper, with these and nobody else; with nobody: takes it back.

        It goes out with the next sync. What was read before was read: nobody can take that back. No changes: it was so
        before.
        """
        wanted = tuple(sorted(set(readers)))
        return self._unlocked.vault.do(lambda db: self._share(db, document, note, wanted))

    # ---------------------------------------------------------------- one's own

    def _share(
        self, db: Connection, document: Identifier, note: Identifier | None, readers: tuple[Name, ...]
    ) -> Changes:
        unlocked, told = self._unlocked, schema.note_shares
        same = (
            (told.c.document == document) & (told.c.author == unlocked.person) & told.c.note.is_not_distinct_from(note)
        )
        forgotten = db.execute(delete(told).where(same, told.c.refusal.is_not(None))).rowcount
        held = shared.holding(db, unlocked.body, unlocked.person, document=document)
        in_place = [share for share in held if share.note == note]
        # What a lost device made is not believed here, and yet its readers have it: it is replaced as well.
        replaced = {each for share in held for each in share.replaces}
        in_doubt = set(db.scalars(select(told.c.share).where(same, ~told.c.is_checked))) - replaced
        named = {reader for share in in_place for reader in share.readers}
        changes = Changes(documents=frozenset({document}))
        if named == set(readers) and len(in_place) <= 1 and not in_doubt:
            return changes if forgotten else Changes()
        make_share(
            *(db, Reader(body=unlocked.body, person=unlocked.person, now=unlocked.clock())),
            OwnDevice(unlocked.keys.sealing_private_key, unlocked.keys.device_sign),
            document=document,
            note=note,
            readers=readers,
            replaces=[*(share.share for share in in_place), *sorted(in_doubt)][:MOST_REPLACED],
        )
        return changes

    def _shares(self, db: Connection, document: Identifier) -> Iterator[ShareView]:
        told = schema.note_shares.c
        holding = shared.holding(db, self._unlocked.body, self._unlocked.person, document=document)
        names = [share.share for share in holding]
        asked = select(told.content, told.is_pushed, told.refusal).where(told.document == document)
        asked = asked.where(told.author == self._unlocked.person, told.share.in_(names) | told.refusal.is_not(None))
        for row in db.execute(asked.order_by(told.share)):
            share = codec.load(NoteShare, row.content)
            refusal = None if row.refusal is None else codec.load(Refusal, row.refusal)
            state = ShareState.SENT if row.is_pushed else ShareState.WAITING
            if share.readers:
                yield ShareView(
                    note=share.note,
                    readers=tuple(self._colleague(db, reader) for reader in share.readers),
                    state=state if refusal is None else ShareState.REFUSED,
                    refusal=refusal,
                )

    def _colleagues(self, db: Connection, document: Identifier) -> list[Colleague]:
        register = self._unlocked.vault.registers.of(db, self._unlocked.body)
        if register is None:
            return []
        body, now = self._unlocked.body, self._unlocked.sync.now()
        thing = Thing(body=body, readers=frozenset(_put_before(db, document)))
        found = [
            self._colleague(db, person.id)
            for person in register.people()
            if person.id != self._unlocked.person
            and register.devices(person.id)
            and may(person, Act.READ_PAPER, thing, now, body=body)
        ]
        helped = {grant.for_person for grant in self._unlocked.me(db).grants if grant.holds(now)}
        return sorted(found, key=lambda each: (not each.helps_me, each.person not in helped))

    def _colleague(self, db: Connection, name: Name) -> Colleague:
        register = self._unlocked.vault.registers.of(db, self._unlocked.body)
        person = _person(register, name)
        return Colleague(
            person=name,
            office=person.office,
            office_en=person.office_en,
            helps_me=any(
                grant.role is Role.ASSISTANT
                and grant.for_person == self._unlocked.person
                and grant.holds(self._unlocked.sync.now())
                for grant in person.grants
            ),
        )

    # ---------------------------------------------------------------- others'

    def _others(self, db: Connection, document: Identifier) -> tuple[NoteView, ...]:
        told = schema.note_shares.c
        asked = select(told.author).where(told.document == document, told.author != self._unlocked.person)
        newest = newest_versions(db, [document])
        views: list[NoteView] = []
        for author in db.scalars(asked.distinct()).all():
            shares = shared.holding(db, self._unlocked.body, author, document=document)
            colleague = self._colleague(db, author)
            notes = (states for states in self._states(db, shares) if not all(state.is_deleted for state in states))
            views += (view_of(states, newest, author=colleague) for states in notes)
        return tuple(sorted(views, key=place_of))

    def _states(self, db: Connection, shares: Sequence[NoteShare]) -> Iterator[list[NoteEdit]]:
        """What survives of each note of one author, the latest first."""
        given = schema.shared_notes.c
        held = given.share.in_([share.share for share in shares]) & given.content.is_not(None)
        names = [(share, edit) for share, edit in db.execute(select(given.share, given.edit).where(held))]
        unknown = [name for name in names if name not in self._loaded]
        if unknown:
            for row in db.execute(select(given.share, given.edit, given.content).where(held)):
                self._loaded[row.share, row.edit] = codec.load(NoteEdit, row.content)
        notes: dict[Identifier, list[NoteEdit]] = defaultdict(list)
        for name in names:
            notes[self._loaded[name].note].append(self._loaded[name])
        for edits in notes.values():
            yield sorted(heads(edits), key=rank, reverse=True)


def _put_before(db: Connection, document: Identifier) -> Iterator[Name]:
    """Before whom meetings and ballots that are known here put a paper."""
    named, meetings, ballots = schema.named_papers.c, schema.meetings.c, schema.ballots.c
    telling = select(named.statement).where(named.document == document)
    for table in (select(meetings.statement), select(ballots.opened)):
        for statement in db.scalars(telling.where(named.statement.in_(table)).distinct()).all():
            opened = stored(db, statement)
            match opened.statement if opened is not None else None:
                case MeetingSent() as sent:
                    for item in sent.items:
                        if any(each.document == document for each in item.documents):
                            yield from sent.readers_of(item)
                case BallotOpened() as asked:
                    yield from (elector.person for elector in asked.electorate.electors)


def _person(register: Register | None, name: Name) -> Person:
    known = None if register is None else register.person(name)
    return known or Person(id=name, office=name)
