"""What reaches whom: rows with positions for each person, and pages of them.

Promises: a person's rows, read from the beginning to the end, leave exactly what `may()` allows: a right granted later
makes old things appear at later positions, a right taken away makes a GONE row, and a row is not shown any more once a
later GONE row names its thing. A grant that begins or ends by the clock is looked after before anything is written or
read. Positions are given under the body's lock.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select

from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Envelope
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.notes import NoteShare, SealedNote, SharedNote, WrappedKey
from ecabinet.core.people import Person
from ecabinet.core.protocol import (
    FEED_PAGE,
    Enrolment,
    EnrolmentState,
    FeedPage,
    FeedRow,
    InvitationRequest,
    RowKind,
)
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.core.register import DeviceKeys, Register
from ecabinet.server import rights, schema
from ecabinet.server.ledger import Ledger, View
from ecabinet.server.rights import Item
from ecabinet.server.store import BodySession, Question, Store

_HEARTBEAT_SECONDS = 15
_LOOK_SECONDS = 3600
MOST_LOOKS = 32
"""Of one person at once; a device has one, and one that lost its network leaves one behind for some minutes."""
_MOST_GONE = 2000
_PAGE_BYTES = 2 * 1024 * 1024
"""Of statements and signatures in a page: in base 64 and with the rest it stays below what a reader takes."""

_DUE = Question(select(schema.Standing.person).where(schema.Standing.changes_at <= bindparam("at")))

# ---------------------------------------------------------------- writing


def spread(
    session: BodySession, register: Register, at: datetime, *, before: Iterable[Item], after: Iterable[Item]
) -> None:
    """Tells everybody what a change made appear, or go, for him: `before` and `after` are the things it touched."""
    earlier, later = list(before), list(after)
    for person in register.people():
        _tell(
            session,
            person.id,
            rights.visible(earlier, person, at, session.body.code),
            rights.visible(later, person, at, session.body.code),
        )


def bring(session: BodySession, item: Item, persons: Iterable[Name]) -> None:
    """Tells these persons, who may see it, of something new that touches nothing else."""
    for person in persons:
        session.add_to_feed(person, item.kind, item.subject, thing=item.thing)


def settle(session: BodySession, register: Register, at: datetime) -> None:
    """Tells those whose grants began or ended by the clock, once in a session."""
    if "settled_at" in session.info:
        return
    session.info["settled_at"] = at
    for (name,) in session.ask(_DUE, at=at):
        person = register.person(name)
        if person is not None:
            seat(session, person, at)


def seat(session: BodySession, person: Person, at: datetime) -> None:
    """Tells a person what his roles, new or changed, make appear or go."""
    standing = session.get(schema.Standing, (session.body.id, person.id))
    everything = rights.everything(session)
    body = session.body.code
    held = None if standing is None else codec.load(Person, standing.held)
    before = {} if standing is None or held is None else rights.visible(everything, held, standing.looked_at, body)
    _tell(session, person.id, before, rights.visible(everything, person, at, body))
    if standing is None:
        standing = schema.Standing(person=person.id)
        session.add(standing)
    turns = [moment for grant in person.grants for moment in (grant.from_at, grant.to_at) if moment is not None]
    standing.held = codec.dump(person)
    standing.looked_at = at
    standing.changes_at = min((moment for moment in turns if moment > at), default=None)


def _tell(session: BodySession, person: Name, before: dict[Item, None], after: dict[Item, None]) -> None:
    # The audience is part of an item, and may well have changed while he still sees it.
    had, has = {(item.kind, item.subject) for item in before}, {(item.kind, item.subject) for item in after}
    gone = {item.thing: None for item in before if (item.kind, item.subject) not in has}
    things = list(gone)
    for start in range(0, len(things), _MOST_GONE):
        session.add_to_feed(person, RowKind.GONE, gone=things[start : start + _MOST_GONE])
    for item in after:
        # What goes, goes with all that hangs on it; what is left of that comes again.
        if (item.kind, item.subject) not in had or item.thing in gone:
            session.add_to_feed(person, item.kind, item.subject, thing=item.thing)


# ---------------------------------------------------------------- reading


def page(store: Store, ledger: Ledger, person: Name, *, after: int, epoch: str, tree: int) -> FeedPage:
    """At most FEED_PAGE rows after a position; from the beginning when the epoch is another. Raises Refused."""
    with store.reading(ledger.body) as session:
        standing = session.get(schema.Standing, (session.body.id, person))
        if standing is None or standing.changes_at is None or standing.changes_at > session.now:
            return _page(session, ledger, person, after=after, epoch=epoch, tree=tree)
    with store.writing(ledger.body) as session:
        settle(session, ledger.catch_up(session), session.now)
    with store.reading(ledger.body) as session:
        return _page(session, ledger, person, after=after, epoch=epoch, tree=tree)


def _page(session: BodySession, ledger: Ledger, person: Name, *, after: int, epoch: str, tree: int) -> FeedPage:
    ledger.catch_up(session)
    view = ledger.view()
    consistency = view.consistency(tree)
    body = session.body
    start = after if epoch == body.feed_epoch else 0
    own = select(schema.FeedRow).where(schema.FeedRow.person == person, schema.FeedRow.position > start)
    own = own.where(schema.FeedRow.position <= body.position).order_by(schema.FeedRow.position)
    found = list(session.scalars(own.limit(FEED_PAGE + 1)))
    gone_at = {
        thing: row.position
        for row in session.scalars(own.where(schema.FeedRow.kind == RowKind.GONE.value))
        for thing in row.gone or ()
    }
    position, has_more = body.position, len(found) > FEED_PAGE
    if has_more:
        found.pop()
        position = found[-1].position
    rows: list[FeedRow] = []
    size = 0
    for row in _fill(session, view, person, [row for row in found if gone_at.get(row.thing, 0) < row.position]):
        size += _weight(row)
        if rows and size > _PAGE_BYTES:
            position, has_more = rows[-1].position, True
            break
        rows.append(row)
    return FeedPage(
        epoch=body.feed_epoch,
        rows=tuple(rows),
        position=position,
        has_more=has_more,
        checkpoint=view.checkpoint,
        consistency=consistency,
    )


def _weight(row: FeedRow) -> int:
    weight = sum(map(len, row.gone)) + sum(len(note.ciphertext) for note in (row.note, row.shared_note) if note)
    return weight + (len(row.envelope.statement) + len(row.envelope.signature) if row.envelope else 0)


def _fill(session: BodySession, view: View, person: Name, rows: Sequence[schema.FeedRow]) -> list[FeedRow]:
    subjects = defaultdict(list)
    for row in rows:
        subjects[RowKind(row.kind)].append(row.subject)
    bring = {
        RowKind.ENVELOPE: _envelopes(session, view, subjects[RowKind.ENVELOPE]),
        RowKind.DOCUMENT: _documents(session, subjects[RowKind.DOCUMENT]),
        RowKind.ENROLMENT: _enrolments(session, subjects[RowKind.ENROLMENT]),
        RowKind.NOTE: _notes(session, person, subjects[RowKind.NOTE]),
        RowKind.KEY: _keys(session, person, subjects[RowKind.KEY]),
        RowKind.RECOGNISED: _recognised(session, subjects[RowKind.RECOGNISED]),
        RowKind.SHARE: _shares(session, subjects[RowKind.SHARE]),
        RowKind.SHARE_KEY: _share_keys(session, subjects[RowKind.SHARE_KEY]),
        RowKind.SHARED_NOTE: _shared_notes(session, subjects[RowKind.SHARED_NOTE]),
    }
    filled = []
    for row in rows:
        kind = RowKind(row.kind)
        members: dict[str, Any] = {"gone": tuple(row.gone or ())} if kind is RowKind.GONE else bring[kind][row.subject]
        filled.append(FeedRow(position=row.position, kind=kind, **members))
    return filled


_Bring: TypeAlias = Mapping[str, dict[str, Any]]


def _envelopes(session: BodySession, view: View, leaves: Sequence[str]) -> _Bring:
    wanted = select(schema.Envelope, schema.Entry.accepted_at).join(
        schema.Entry, schema.Entry.leaf == schema.Envelope.leaf
    )
    return {
        str(row.leaf): {
            "envelope": Envelope(row.statement, row.signature),
            "placed": view.place(row.leaf, accepted_at),
        }
        for row, accepted_at in session.execute(wanted.where(schema.Envelope.leaf.in_(map(int, leaves))))
    }


def _documents(session: BodySession, subjects: Sequence[str]) -> _Bring:
    documents = {subject.partition("/")[0] for subject in subjects}
    wanted = select(schema.Document).where(schema.Document.document.in_(documents))
    return {
        rights.paper_subject(row.document, row.version): {"document": codec.load(DocumentVersion, row.described)}
        for row in session.scalars(wanted)
    }


def _enrolments(session: BodySession, ids: Sequence[str]) -> _Bring:
    wanted = select(schema.Enrolment).where(schema.Enrolment.enrolment.in_(ids))
    return {row.enrolment: {"enrolment": describe_enrolment(row, session.body)} for row in session.scalars(wanted)}


def _notes(session: BodySession, person: Name, subjects: Sequence[str]) -> _Bring:
    wanted = select(schema.Note).where(schema.Note.person == person, schema.Note.edit.in_(subjects))
    return {
        row.edit: {"note": SealedNote(edit=row.edit, note=row.note, key=row.key, ciphertext=row.ciphertext)}
        for row in session.scalars(wanted)
    }


def _keys(session: BodySession, person: Name, subjects: Sequence[str]) -> _Bring:
    keys = {subject.partition("/")[0] for subject in subjects}
    wanted = select(schema.WrappedKey).where(schema.WrappedKey.person == person, schema.WrappedKey.key.in_(keys))
    return {
        f"{row.key}/{row.device}/{row.wrapped_by}": {
            "key": WrappedKey(
                key=row.key, device=row.device, by=row.wrapped_by, wrapped=row.wrapped, signature=row.signature
            )
        }
        for row in session.scalars(wanted)
    }


def _recognised(session: BodySession, subjects: Sequence[str]) -> _Bring:
    documents = {subject.partition("/")[0] for subject in subjects}
    wanted = select(schema.RecognisedText).where(schema.RecognisedText.document.in_(documents))
    return {
        rights.paper_subject(row.document, row.version): {"recognised": codec.load(RecognisedOffer, row.offered)}
        for row in session.scalars(wanted)
    }


def _shares(session: BodySession, shares: Sequence[str]) -> _Bring:
    wanted = select(schema.NoteShare).where(schema.NoteShare.share.in_(shares))
    return {row.share: {"share": codec.load(NoteShare, row.described)} for row in session.scalars(wanted)}


def _share_keys(session: BodySession, subjects: Sequence[str]) -> _Bring:
    shares = {subject.partition("/")[0] for subject in subjects}
    wanted = select(schema.ShareKey).where(schema.ShareKey.share.in_(shares))
    return {
        rights.share_key_subject(row.share, row.device, row.wrapped_by): {
            "share_key": WrappedKey(
                key=row.share, device=row.device, by=row.wrapped_by, wrapped=row.wrapped, signature=row.signature
            )
        }
        for row in session.scalars(wanted)
    }


def _shared_notes(session: BodySession, subjects: Sequence[str]) -> _Bring:
    edits = {subject.partition("/")[2] for subject in subjects}
    wanted = select(schema.SharedNote).where(schema.SharedNote.edit.in_(edits))
    return {
        rights.shared_note_subject(row.share, row.edit): {
            "shared_note": SharedNote(
                share=row.share,
                edit=row.edit,
                note=row.note,
                ciphertext=row.ciphertext,
                by=row.sealed_by,
                signature=row.signature,
            )
        }
        for row in session.scalars(wanted)
    }


def describe_enrolment(row: schema.Enrolment, body: schema.Body) -> Enrolment:
    """An enrolment as its device and the registrar see it."""
    invited = codec.load(InvitationRequest, row.invited)
    return Enrolment(
        enrolment=row.enrolment,
        state=EnrolmentState(row.state),
        body=body.code,
        body_name=body.name,
        person=invited.person,
        office=invited.office,
        office_en=invited.office_en,
        grants=invited.grants,
        device_name=row.device_name,
        keys=DeviceKeys(
            signing_certificate=row.signing_certificate, device_key=row.device_key, sealing_key=row.sealing_key
        ),
        asked_at=row.asked_at,
    )


# ---------------------------------------------------------------- looking


class Lookout:
    """Wakes those who wait for something new. It may miss what another process wrote: clients poll as well."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[AgencyCode, Name], dict[asyncio.Event, None]] = defaultdict(dict)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def wake(self, body: AgencyCode, persons: set[Name]) -> None:
        """From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set, body, persons)

    def close(self) -> None:
        """Lets everybody go who waits."""
        self._is_closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def _set(self, body: AgencyCode, persons: set[Name]) -> None:
        for person in persons:
            for event in self._waiting.get((body, person), ()):
                event.set()

    async def looks(self, body: AgencyCode, person: Name) -> AsyncIterator[bool]:
        """True whenever there is something new; False at once, and every so often to keep the connection.

        Ends after an hour: whoever still may comes again. Ends too when the same person waits too often.
        """
        self._loop = asyncio.get_running_loop()
        until = self._loop.time() + _LOOK_SECONDS
        event = self._join(self._waiting[body, person])
        try:
            yield False
            while not self._is_closed and self._loop.time() < until:
                try:
                    await asyncio.wait_for(event.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield False
                else:
                    if event not in self._waiting[body, person]:
                        return
                    event.clear()
                    yield True
        finally:
            self._waiting[body, person].pop(event, None)
            if not self._waiting[body, person]:
                del self._waiting[body, person]

    @staticmethod
    def _join(waiting: dict[asyncio.Event, None]) -> asyncio.Event:
        """Nobody takes the room of all others: the one of theirs that has waited longest goes."""
        if len(waiting) >= MOST_LOOKS:
            longest = next(iter(waiting))
            del waiting[longest]
            longest.set()
        event = asyncio.Event()
        waiting[event] = None
        return event
