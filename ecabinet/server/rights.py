"""Who may see what, as far as the database knows: each thing with the people it was put before, for `people.may`.

A version of a paper, or a revision of a meeting, that was once put before somebody stays with him for as long as a
later one is: so nothing that is merely superseded is taken away.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ecabinet.core.ballots import BallotClosed, BallotExtended, BallotOpened, BallotResult, Opinion
from ecabinet.core.codec import AgencyCode
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.people import Act, Person, Thing, may
from ecabinet.core.protocol import RowKind
from ecabinet.server import schema
from ecabinet.server.store import BodySession

_LAST = 2**62
"""A place behind all leaves."""
_BALLOT = tuple(kind.TYPE for kind in (BallotOpened, BallotExtended, BallotClosed, BallotResult))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a feed row brings, and who may see it."""

    kind: RowKind
    subject: str
    """Of an envelope its leaf; of a paper's version, and of what was recognised in it, `paper_subject`."""
    leaf: int
    """Where it has its place among others."""
    thing: str = ""
    """What goes when it goes: a paper, meeting or ballot, or the statement itself. Empty for the register."""
    act: Act | None = None
    audience: Thing | None = None
    only: frozenset[str] | None = None
    """To nobody but these, whatever others may."""


def paper_subject(document: str, version: int) -> str:
    """How a feed row names a version of a paper."""
    return f"{document}/{version}"


def share_key_subject(share: str, device: str, by: str) -> str:
    """How a feed row names the key of a share, wrapped to a device by another."""
    return f"{share}/{device}/{by}"


def shared_note_subject(share: str, edit: str) -> str:
    """How a feed row names a note in a share."""
    return f"{share}/{edit}"


def visible(items: Iterable[Item], person: Person, at: datetime, body: AgencyCode) -> dict[Item, None]:
    """Those that a person may see, in order."""
    known: dict[tuple[Act | None, Thing | None], bool] = {}
    seen: dict[Item, None] = {}
    for item in items:
        key = (item.act, item.audience)
        if key not in known:
            known[key] = (
                item.act is None or item.audience is None or may(person, item.act, item.audience, at, body=body)
            )
        if known[key] and (item.only is None or person.id in item.only):
            seen[item] = None
    return seen


def everything(session: BodySession) -> list[Item]:
    """All there is in a body, in the order of the ledger."""
    items = [*paper_items(session, None), *meeting_items(session, None), *opinion_items(session, None)]
    ballots = {row.ballot: ballot_audience(session, row) for row in session.scalars(select(schema.Ballot))}
    taken = (DocumentsPublished.TYPE, MeetingSent.TYPE, Opinion.TYPE)
    envelopes = select(schema.Envelope.leaf, schema.Envelope.type, schema.Envelope.thing)
    for leaf, kind, thing in session.execute(envelopes.where(schema.Envelope.type.not_in(taken))):
        if kind in _BALLOT:
            items.append(envelope_item(leaf, thing, Act.READ_BALLOT, ballots[thing]))
        else:
            items.append(register_item(leaf))
    return sorted(items, key=lambda item: item.leaf)


def envelope_item(leaf: int, thing: str, act: Act, audience: Thing) -> Item:
    """A statement that only some may see."""
    return Item(kind=RowKind.ENVELOPE, subject=str(leaf), leaf=leaf, thing=thing, act=act, audience=audience)


def register_item(leaf: int) -> Item:
    """A register statement, which everybody needs to check the others."""
    return Item(kind=RowKind.ENVELOPE, subject=str(leaf), leaf=leaf)


def paper_items(session: BodySession, documents: Collection[str] | None) -> list[Item]:
    """Every version of these papers, or of all, with what was recognised in it, the shares, and the publications.

    `documents.published` tells of all its papers at once: it is for those who may read every one of them.
    """
    versions = select(schema.Document.document, schema.Document.version, schema.Document.leaf)
    publications = select(schema.Envelope.leaf, schema.Envelope.thing)
    publications = publications.where(schema.Envelope.type == DocumentsPublished.TYPE)
    texts = select(schema.RecognisedText.document, schema.RecognisedText.version)
    if documents is not None:
        leaves = set(session.scalars(select(schema.Document.leaf).where(schema.Document.document.in_(documents))))
        versions = versions.where(schema.Document.leaf.in_(leaves))
        publications = publications.where(schema.Envelope.leaf.in_(leaves))
    brought = session.execute(versions).all()
    if documents is not None:
        named = {row.document for row in brought}
        texts = texts.where(schema.RecognisedText.document.in_(named))
    put_before = _put_before(session, None if documents is None else named)
    body = session.body.code
    items = []
    readers_of_all: dict[int, frozenset[str]] = {}
    recognised = {(document, version) for document, version in session.execute(texts)}
    for document, version, leaf in brought:
        readers = _readers(put_before[document], version)
        readers_of_all[leaf] = readers_of_all.get(leaf, readers) & readers
        audience = Thing(body=body, readers=readers)
        paper = Item(
            kind=RowKind.DOCUMENT,
            subject=paper_subject(document, version),
            leaf=leaf,
            thing=document,
            act=Act.READ_PAPER,
            audience=audience,
        )
        items.append(paper)
        if (document, version) in recognised:
            items.append(replace(paper, kind=RowKind.RECOGNISED))
    for leaf, statement in session.execute(publications):
        audience = Thing(body=body, readers=readers_of_all[leaf])
        items.append(envelope_item(leaf, statement, Act.READ_PAPER, audience))
    return items + share_items(session, None if documents is None else named | set(documents))


def paper_audiences(session: BodySession, papers: Collection[tuple[str, int]]) -> list[Thing]:
    """Before whom each of these versions of papers was put."""
    put_before = _put_before(session, {document for document, _ in papers})
    body = session.body.code
    return [Thing(body=body, readers=_readers(put_before[document], version)) for document, version in papers]


def _put_before(session: BodySession, documents: Collection[str] | None) -> dict[str, list[schema.Reading]]:
    readings = select(schema.Reading)
    if documents is not None:
        readings = readings.where(schema.Reading.document.in_(documents))
    found: dict[str, list[schema.Reading]] = defaultdict(list)
    for reading in session.scalars(readings):
        found[reading.document].append(reading)
    return found


def _readers(readings: list[schema.Reading], version: int) -> frozenset[str]:
    ever = {person for each in readings if each.version == version for person in each.readers}
    return _readers_now(readings) & ever


def _readers_now(readings: list[schema.Reading]) -> frozenset[str]:
    return frozenset(person for each in readings if each.until_leaf is None for person in each.readers)


def paper_audience(session: BodySession, document: str) -> Thing:
    """Before whom a paper is put now, in whichever version."""
    return Thing(body=session.body.code, readers=_readers_now(_put_before(session, {document})[document]))


def share_items(
    session: BodySession, documents: Collection[str] | None, shares: Collection[str] | None = None
) -> list[Item]:
    """The shares of notes on these papers, or on all, with what is in them; but for those that were replaced.

    They are for author and readers, as far as these may read the paper; a key is for its device's person and the
    author.
    """
    holding = select(schema.NoteShare).where(schema.NoteShare.is_replaced.is_(False))
    if documents is not None:
        holding = holding.where(schema.NoteShare.document.in_(documents))
    if shares is not None:
        holding = holding.where(schema.NoteShare.share.in_(shares))
    found = {row.share: row for row in session.scalars(holding)}
    if not found:
        return []
    put_before = _put_before(session, {row.document for row in found.values()})
    items = {
        share: Item(
            kind=RowKind.SHARE,
            subject=share,
            leaf=_LAST,
            thing=share,
            act=Act.READ_PAPER,
            audience=Thing(body=session.body.code, readers=_readers_now(put_before[row.document])),
            only=frozenset({row.author, *row.readers}),
        )
        for share, row in found.items()
    }
    keys = select(schema.ShareKey.share, schema.ShareKey.device, schema.ShareKey.wrapped_by, schema.ShareKey.holder)
    wrapped = [
        replace(
            items[share],
            kind=RowKind.SHARE_KEY,
            subject=share_key_subject(share, device, by),
            only=frozenset({found[share].author, holder}),
        )
        for share, device, by, holder in session.execute(keys.where(schema.ShareKey.share.in_(found)))
    ]
    notes = select(schema.SharedNote.share, schema.SharedNote.edit).where(schema.SharedNote.share.in_(found))
    sealed = [
        replace(items[share], kind=RowKind.SHARED_NOTE, subject=shared_note_subject(share, edit))
        for share, edit in session.execute(notes.order_by(schema.SharedNote.edit))
    ]
    return [*items.values(), *wrapped, *sealed]


def meeting_items(session: BodySession, meetings: Collection[str] | None) -> list[Item]:
    """Every revision of these meetings, or of all."""
    asked = select(schema.Meeting).order_by(schema.Meeting.meeting, schema.Meeting.revision)
    if meetings is not None:
        asked = asked.where(schema.Meeting.meeting.in_(meetings))
    revisions = list(session.scalars(asked))
    latest = {row.meeting: frozenset(row.participants) for row in revisions}
    return [
        envelope_item(
            row.leaf,
            row.meeting,
            Act.READ_MEETING,
            Thing(body=session.body.code, readers=latest[row.meeting] & frozenset(row.participants)),
        )
        for row in revisions
    ]


def opinion_items(session: BodySession, ballot: schema.Ballot | None) -> list[Item]:
    """The opinions of a ballot, or of all."""
    asked = select(schema.Opinion, schema.Ballot).join(schema.Ballot, schema.Ballot.ballot == schema.Opinion.ballot)
    if ballot is not None:
        asked = asked.where(schema.Opinion.ballot == ballot.ballot)
    return [opinion_item(session, opinion, of) for opinion, of in session.execute(asked)]


def opinion_item(session: BodySession, opinion: schema.Opinion, ballot: schema.Ballot) -> Item:
    """An opinion: its author's and the secretariat's, and every elector's once the result is signed, or at once."""
    audience = ballot_audience(session, ballot, author=opinion.elector)
    return envelope_item(opinion.leaf, opinion.statement_id, Act.READ_OPINION, audience)


def ballot_audience(session: BodySession, ballot: schema.Ballot, author: str | None = None) -> Thing:
    """Before whom a ballot, or somebody's opinion on it, was put."""
    return Thing(
        body=session.body.code,
        electors=frozenset(ballot.electors),
        author=author,
        is_announced=ballot.result_leaf is not None,
        shows_answers=ballot.shows_answers,
    )
