"""Ballots: opening, extending, answering, closing, counting, and what is handed out as evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, bindparam, select

from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Collation,
    Opinion,
    Recorded,
    check_opinion,
    collate,
)
from ecabinet.core.checkpoint import unverified
from ecabinet.core.codec import Digest, Identifier, Name, load
from ecabinet.core.envelope import Envelope, parse
from ecabinet.core.epochs import Extent
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.people import Act, Thing, may
from ecabinet.core.protocol import (
    BallotRecord,
    PlacedEnvelope,
    Reason,
    Refused,
    SeenProof,
    UploadOffer,
)
from ecabinet.core.register import EpochStarted, Register, register_tag
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, require_right, require_standing
from ecabinet.server.actions.documents import Stored, require_file_name, require_papers, require_upload
from ecabinet.server.ledger import Turn, View, core_entry, reopen
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession, Question
from ecabinet.server.witnesses import cosigned_note, largest_cosigned

_BALLOT = Question(select(schema.Ballot).where(schema.Ballot.ballot == bindparam("ballot")))


def accept_opened(turn: Turn, said: BallotOpened) -> str:
    """A ballot reaches its electors, with its papers."""
    require_standing(turn)
    session = turn.session
    if session.get(schema.Ballot, (session.body.id, said.ballot)) is not None:
        raise Refused(Reason.ID_REUSED, said.ballot)
    if not turn.register.is_current(said.register_head):
        raise Refused(Reason.STALE_REGISTER)
    electors = [each.person for each in said.electorate.electors]
    for name in electors:
        if turn.register.person(name) is None:
            raise Refused(Reason.NOT_ENROLLED, name)
    if said.deadline_at <= turn.accepted_at:
        raise Refused(Reason.MALFORMED, "deadline_at")
    require_papers(session, list(said.documents))
    if len({(each.document, each.version) for each in said.documents}) != len(said.documents):
        raise Refused(Reason.MALFORMED, "documents")

    documents = {each.document for each in said.documents}
    before = rights.paper_items(session, documents)
    session.add_all(
        schema.Reading(
            document=each.document,
            version=each.version,
            via=said.ballot,
            from_leaf=turn.leaf,
            until_leaf=None,
            readers=sorted(electors),
        )
        for each in said.documents
    )
    row = schema.Ballot(
        ballot=said.ballot,
        leaf=turn.leaf,
        opened_digest=turn.opened.digest,
        deadline_at=said.deadline_at,
        electors=electors,
        closed_leaf=None,
        closed_at=None,
        result_leaf=None,
        shows_answers=said.shows_answers_before_own,
        bundle_digest=None,
        bundle_size=None,
    )
    session.add(row)
    after = [*rights.paper_items(session, documents), _item(turn, row)]
    feed.spread(session, turn.register, turn.accepted_at, before=before, after=after)
    return said.ballot


def accept_extended(turn: Turn, said: BallotExtended) -> str:
    """A later deadline."""
    require_standing(turn)
    row = _ballot(turn, said)
    _require_open(row)
    if said.deadline_at <= row.deadline_at:
        raise Refused(Reason.MALFORMED, "deadline_at")
    row.deadline_at = said.deadline_at
    feed.spread(turn.session, turn.register, turn.accepted_at, before=(), after=[_item(turn, row)])
    return said.ballot


@dataclass(frozen=True, slots=True, kw_only=True)
class _Polling:
    """What opinions on a ballot are held against: it follows from the ledger, and is recalled until that says more."""

    opened: BallotOpened
    opened_digest: Digest
    closed_at: datetime | None
    audience: Thing
    heads: dict[Name, "_Head"]
    """Of who answered. Whoever accepts an opinion keeps it true."""


def _polling(session: BodySession, ballot: Identifier) -> _Polling | None:
    row = session.find(_BALLOT, ballot=ballot)
    if row is None:
        return None
    opened, opened_digest = _opening(session, row)
    return _Polling(
        opened=opened,
        opened_digest=opened_digest,
        closed_at=row.closed_at,
        audience=rights.ballot_audience(session, row),
        heads=_heads(session, ballot),
    )


def accept_opinion(turn: Turn, said: Opinion) -> str:
    """An elector's answer. After the deadline it is late, which the tally looks at; after the closing it is refused."""
    session = turn.session
    polling = turn.recall(("polling", said.ballot), lambda: _polling(session, said.ballot))
    if polling is None or polling.opened_digest != said.opened:
        raise Refused(Reason.UNKNOWN, said.ballot)
    signer = require_standing(turn, polling.audience)
    if polling.closed_at is not None:
        raise Refused(Reason.BALLOT_CLOSED, said.ballot, polling.closed_at)
    unfit = check_opinion(said, polling.opened, polling.opened_digest)
    if unfit is not None:
        raise Refused(Reason.UNFIT_OPINION, unfit.value)
    if (said.counter, said.replaces) != _following(polling.heads.get(said.elector)):
        raise Refused(Reason.OPINION_SUPERSEDED)
    for each in said.attachments:
        require_file_name(each.file_name)
        require_upload(session, signer.id, each.digest, each.size, each.digest)
    digest = turn.opened.statement_digest
    session.put(
        schema.Opinion,
        ballot=said.ballot,
        elector=said.elector,
        counter=said.counter,
        leaf=turn.leaf,
        statement_id=said.id,
        statement_digest=digest,
    )
    polling.heads[said.elector] = said.counter, digest
    own = replace(polling.audience, author=signer.id)
    readers = _readers(turn, said.ballot, polling.audience)
    if may(signer, Act.READ_OPINION, own, turn.accepted_at, body=session.body.code):
        readers |= {signer.id}
    feed.bring(session, rights.envelope_item(turn.leaf, said.id, Act.READ_OPINION, own), readers)
    return said.id


def _readers(turn: Turn, ballot: Identifier, audience: Thing) -> frozenset[Name]:
    """Who may read an opinion, whosever it is: the same of all in a group."""
    said_in, at = turn.session.body.code, turn.accepted_at
    return turn.once(
        ("readers", ballot, audience.is_announced, turn.register.head),
        lambda: frozenset(
            each.id for each in turn.register.people() if may(each, Act.READ_OPINION, audience, at, body=said_in)
        ),
    )


_Head: TypeAlias = tuple[int, Digest]
"""Counter and statement digest of an elector's last opinion."""


def _heads(session: BodySession, ballot: Identifier) -> dict[Name, _Head]:
    columns = (schema.Opinion.elector, schema.Opinion.counter, schema.Opinion.statement_digest)
    asked = select(*columns).where(schema.Opinion.ballot == ballot).order_by(schema.Opinion.counter)
    return {elector: (counter, digest) for elector, counter, digest in session.execute(asked)}


def _following(last: _Head | None) -> tuple[int, Digest | None]:
    """Counter and predecessor that the next opinion has to have."""
    return (1, None) if last is None else (last[0] + 1, last[1])


def accept_closed(turn: Turn, said: BallotClosed) -> str:
    """The end of a ballot, at this very leaf."""
    require_standing(turn)
    row = _ballot(turn, said)
    _require_open(row)
    row.closed_leaf, row.closed_at = turn.leaf, turn.accepted_at
    turn.forget(("polling", said.ballot))
    feed.spread(turn.session, turn.register, turn.accepted_at, before=(), after=[_item(turn, row)])
    return said.ballot


def accept_result(turn: Turn, said: BallotResult) -> str:
    """The result, if it is what comes out here too; from now on electors may see each other's answers."""
    require_standing(turn)
    session = turn.session
    row = _ballot(turn, said)
    if row.closed_leaf is None:
        raise Refused(Reason.BALLOT_NOT_CLOSED)
    if row.result_leaf is not None:
        raise Refused(Reason.STALE_REVISION, said.ballot)
    if said.register_head != turn.register.head:
        raise Refused(Reason.STALE_REGISTER)
    if said.closed_leaf != row.closed_leaf or said.collation != _collate(session, row, row.closed_leaf):
        raise Refused(Reason.WRONG_RESULT)
    before = rights.opinion_items(session, row)
    row.result_leaf = turn.leaf
    turn.forget(("polling", said.ballot))
    session.flush()
    after = [*rights.opinion_items(session, row), _item(turn, row)]
    feed.spread(session, turn.register, turn.accepted_at, before=before, after=after)
    return said.ballot


def _collate(session: BodySession, row: schema.Ballot, closed_leaf: int) -> Collation:
    tagged = [(reopen(envelope).statement, entry) for envelope, entry in _statements(session, _is_of(row))]
    return collate(
        _opening(session, row)[0],
        [said for said, entry in tagged if isinstance(said, BallotExtended) and entry.leaf < closed_leaf],
        [
            Recorded(leaf=entry.leaf, accepted_at=entry.accepted_at, opinion=said)
            for said, entry in tagged
            if isinstance(said, Opinion)
        ],
        closed_leaf,
    )


def _statements(
    session: BodySession, condition: ColumnElement[bool], size: int | None = None
) -> list[tuple[schema.Envelope, schema.Entry]]:
    """Those of which it is true, in the ledger of `size` entries or as far as this session sees it, in order."""
    joined = select(schema.Envelope, schema.Entry).join(schema.Entry, schema.Entry.leaf == schema.Envelope.leaf)
    end = session.body.size if size is None else size
    asked = joined.where(condition, schema.Entry.leaf < end).order_by(schema.Entry.leaf)
    return [(envelope, entry) for envelope, entry in session.execute(asked)]


def _is_of(row: schema.Ballot) -> ColumnElement[bool]:
    return schema.Entry.tag == bytes.fromhex(row.opened_digest)


def _opening(session: BodySession, row: schema.Ballot) -> tuple[BallotOpened, Digest]:
    opened = reopen(session.get_one(schema.Envelope, (session.body.id, row.leaf)))
    assert isinstance(opened.statement, BallotOpened)  # noqa: S101 - what the row was made from
    return opened.statement, opened.digest


def _item(turn: Turn, row: schema.Ballot) -> rights.Item:
    audience = rights.ballot_audience(turn.session, row)
    return rights.envelope_item(turn.leaf, row.ballot, Act.READ_BALLOT, audience)


def _ballot(turn: Turn, said: BallotExtended | BallotClosed | BallotResult) -> schema.Ballot:
    row: schema.Ballot | None = turn.session.find(_BALLOT, ballot=said.ballot)
    if row is None or row.opened_digest != said.opened:
        raise Refused(Reason.UNKNOWN, said.ballot)
    return row


def _require_open(row: schema.Ballot) -> None:
    if row.closed_leaf is not None:
        raise Refused(Reason.BALLOT_CLOSED, row.ballot, row.closed_at)


# ---------------------------------------------------------------- what is handed out


def record(server: Server, caller: Caller, ballot: Identifier) -> BallotRecord:
    """All that is needed to recompute a ballot and to prove it. Raises Refused: unknown, no_right.

    Up to now; of a ballot with a result, up to the largest checkpoint with a quorum of witnesses, if that is behind it.
    """
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        register = ledger.catch_up(session)
        row = _readable(session, register, caller, ballot)
        view = ledger.view(_size_for_evidence(session, register, row))
        said, _ = _opening(session, row)
        papers = select(schema.Document).where(schema.Document.document.in_([each.document for each in said.documents]))
        versions = {(each.document, each.version): each for each in session.scalars(papers)}
        named = [versions[each.document, each.version] for each in said.documents]
        conditions = (
            schema.Entry.tag == register_tag(caller.body),
            _is_of(row),
            schema.Entry.leaf.in_({each.leaf for each in named}),
        )
        parts = [
            [_placed(view, envelope, entry) for envelope, entry in _statements(session, condition, view.size)]
            for condition in conditions
        ]
        entries = session.scalars(
            select(schema.Entry)
            .where(schema.Entry.leaf >= row.leaf, schema.Entry.leaf < view.size)
            .order_by(schema.Entry.leaf)
        )
        return BallotRecord(
            checkpoint=cosigned_note(session, register.epoch, view),
            first_leaf=row.leaf,
            entries=b"".join(bytes(core_entry(each)) for each in entries),
            range_proof=view.range_proof(row.leaf),
            register=tuple(parts[0]),
            ballot=tuple(parts[1]),
            documents=tuple(load(DocumentVersion, each.described) for each in named),
            publications=tuple(parts[2]),
            consistency=_seen_proofs(view, register, [each for part in parts for each in part]),
        )


def _size_for_evidence(session: BodySession, register: Register, row: schema.Ballot) -> int:
    if row.result_leaf is None:
        return session.body.size
    cosigned = largest_cosigned(session, register.epoch, register.founding.witnesses)
    return cosigned if cosigned is not None and cosigned > row.result_leaf else session.body.size


def _placed(view: View, envelope: schema.Envelope, entry: schema.Entry) -> PlacedEnvelope:
    return PlacedEnvelope(
        envelope=Envelope(envelope.statement, envelope.signature), placed=view.place(entry.leaf, entry.accepted_at)
    )


def _seen_proofs(view: View, register: Register, placed: Iterable[PlacedEnvelope]) -> tuple[SeenProof, ...]:
    said = [parse(each.envelope.statement) for each in placed]
    notes = {each.seen for each in said} | {each.last_checkpoint for each in said if isinstance(each, EpochStarted)}
    # Each was checked when its statement was accepted: of what a restore lost, nothing can be proven.
    seen = {unverified(note) for note in notes if note is not None}
    sizes = sorted({each.size for each in seen if register.epochs.extent(each) is Extent.KEPT})
    return tuple(SeenProof(size=size, path=view.consistency(size)) for size in sizes)


def _readable(
    session: BodySession, register: Register, caller: Caller, ballot: Identifier, act: Act = Act.READ_EVIDENCE
) -> schema.Ballot:
    row = session.get(schema.Ballot, (session.body.id, ballot))
    if row is None:
        raise Refused(Reason.UNKNOWN)
    require_right(register, caller.person, act, session.now, rights.ballot_audience(session, row))
    return row


def keep_bundle(server: Server, caller: Caller, ballot: Identifier, offer: UploadOffer) -> None:
    """Keeps the evidence of a counted ballot, uploaded before; the first is the one. Raises Refused."""
    with server.store.writing(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        row = _readable(session, register, caller, ballot, Act.KEEP_EVIDENCE)
        if row.result_leaf is None:
            raise Refused(Reason.BALLOT_NOT_CLOSED, ballot)
        require_upload(session, caller.person, offer.digest, offer.size, offer.digest)
        if row.bundle_digest not in {None, offer.digest}:
            raise Refused(Reason.ID_REUSED, ballot)
        row.bundle_digest, row.bundle_size = offer.digest, offer.size


def find_bundle(server: Server, caller: Caller, ballot: Identifier) -> Stored:
    """The evidence that was kept. Raises Refused: unknown, no_right."""
    with server.store.reading(caller.body) as session:
        row = _readable(session, server.ledger(caller.body).catch_up(session), caller, ballot)
        if row.bundle_digest is None or row.bundle_size is None:
            raise Refused(Reason.UNKNOWN)
        return Stored(digest=row.bundle_digest, size=row.bundle_size)


def find_time_stamp(server: Server, caller: Caller, ballot: Identifier) -> bytes:
    """What a time-stamp authority gave for the closing, as soon as it did. Raises Refused: unknown, no_right."""
    with server.store.reading(caller.body) as session:
        row = _readable(session, server.ledger(caller.body).catch_up(session), caller, ballot)
        stamp = session.get(schema.TimeStamp, (session.body_id, row.ballot))
        if stamp is None:
            raise Refused(Reason.UNKNOWN, "time_stamp")
        return stamp.token


def find_attachment(server: Server, caller: Caller, statement: Identifier, digest: Digest) -> Stored:
    """A file that goes with an opinion, for who may read the opinion now. Raises Refused: unknown, no_right."""
    with server.store.reading(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        opinion = session.scalar(select(schema.Opinion).where(schema.Opinion.statement_id == statement))
        if opinion is None:
            raise Refused(Reason.UNKNOWN)
        ballot = session.get_one(schema.Ballot, (session.body.id, opinion.ballot))
        audience = rights.ballot_audience(session, ballot, author=opinion.elector)
        require_right(register, caller.person, Act.READ_OPINION, session.now, audience)
        said = reopen(session.get_one(schema.Envelope, (session.body.id, opinion.leaf))).statement
        assert isinstance(said, Opinion)  # noqa: S101 - what the row was made from
        for each in said.attachments:
            if each.digest == digest:
                return Stored(digest=digest, size=each.size)
    raise Refused(Reason.UNKNOWN)
