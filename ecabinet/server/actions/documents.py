"""Papers: uploading them, publishing what was uploaded, handing them out to those who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ecabinet.core.codec import Digest, Identifier, Name, dump, load
from ecabinet.core.meetings import Classification, DocumentReference, DocumentsPublished, DocumentVersion
from ecabinet.core.people import Act, Person, Thing, may
from ecabinet.core.protocol import (
    LARGEST_PAPER,
    Reason,
    Refused,
    UploadOffer,
    UploadState,
)
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, require_right, require_standing
from ecabinet.server.blobs import Upload
from ecabinet.server.ledger import Turn
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession

_LONGEST_FILE_NAME = 255
"""Bytes: what file systems take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Bytes that somebody may have."""

    digest: Digest
    size: int


# ---------------------------------------------------------------- uploads


def offer(server: Server, caller: Caller, asked: UploadOffer) -> UploadState:
    """Where this person's upload has to go on. Raises Refused: no_right, too_large, too_many_attempts."""
    if not 0 < asked.size <= LARGEST_PAPER:
        raise Refused(Reason.TOO_LARGE)
    with server.store.reading(caller.body) as session:
        _require_uploader(server, session, caller)
        done = session.get(schema.Upload, (session.body.id, caller.person, asked.digest))
    if done is not None:
        return UploadState(received=done.size)
    upload = Upload(body=caller.body, person=caller.person, digest=asked.digest, size=asked.size)
    return _finish_if_all_here(server, upload, server.blobs.begin(upload))


def add_part(server: Server, caller: Caller, digest: Digest, offset: int, data: bytes) -> UploadState:
    """Takes a part of an upload that was offered. One that begins elsewhere is passed over: the answer says where to.

    Raises Refused: no_right, unknown, bad_request, digest_mismatch (and the upload begins anew).
    """
    with server.store.reading(caller.body) as session:
        _require_uploader(server, session, caller)
    upload = server.blobs.find(caller.body, caller.person, digest)
    if upload is None:
        with server.store.reading(caller.body) as session:
            done = session.get(schema.Upload, (session.body.id, caller.person, digest))
        if done is None:
            raise Refused(Reason.UNKNOWN)
        return UploadState(received=done.size)
    return _finish_if_all_here(server, upload, server.blobs.add(upload, offset, data))


def _require_uploader(server: Server, session: BodySession, caller: Caller) -> None:
    """Those who publish papers may upload, and so may electors of an open ballot: files go with their opinions."""
    register = server.ledger(caller.body).catch_up(session)
    person = register.person(caller.person)
    nothing = Thing(body=caller.body)
    open_ballots = select(schema.Ballot).where(schema.Ballot.closed_leaf.is_(None))
    if person is None or not (
        may(person, Act.PUBLISH_PAPERS, nothing, session.now, body=caller.body)
        or any(
            may(person, Act.ANSWER_BALLOT, rights.ballot_audience(session, ballot), session.now, body=caller.body)
            for ballot in session.scalars(open_ballots)
        )
    ):
        raise Refused(Reason.NO_RIGHT)


def _finish_if_all_here(server: Server, upload: Upload, received: int) -> UploadState:
    if received == upload.size:
        server.blobs.keep(upload)
        with server.store.writing(upload.body) as session:
            session.merge(
                schema.Upload(body_id=session.body.id, person=upload.person, digest=upload.digest, size=upload.size)
            )
        server.blobs.forget(upload)
    return UploadState(received=received)


def require_upload(session: BodySession, person: Name, digest: Digest, size: int, what: str) -> None:
    """Raises Refused (paper_missing) unless this person uploaded these bytes in full."""
    upload = session.get(schema.Upload, (session.body.id, person, digest))
    if upload is None or upload.size != size:
        raise Refused(Reason.PAPER_MISSING, what)


# ---------------------------------------------------------------- publishing


def accept_published(turn: Turn, said: DocumentsPublished) -> str:
    """Papers become known: to the secretariat at once, to others when a meeting or a ballot puts them before them."""
    signer = require_standing(turn)
    session = turn.session
    for version in said.documents:
        _check(turn, signer, version)
    session.add_all(
        schema.Document(
            document=version.document,
            version=version.version,
            digest=version.digest,
            blob=version.blob,
            size=version.size,
            leaf=turn.leaf,
            described=dump(version),
        )
        for version in said.documents
    )
    papers = rights.paper_items(session, [version.document for version in said.documents])
    after = [
        rights.envelope_item(turn.leaf, said.id, Act.READ_PAPER, Thing(body=session.body.code)),
        *(paper for paper in papers if paper.leaf == turn.leaf),
    ]
    feed.spread(session, turn.register, turn.accepted_at, before=(), after=after)
    return said.id


def _check(turn: Turn, signer: Person, version: DocumentVersion) -> None:
    if version.classification is not Classification.OPEN:
        raise Refused(Reason.CLASSIFIED, version.document)
    require_file_name(version.file_name)
    if version.blob != version.digest:  # papers sealed to their readers are a later version's
        raise Refused(Reason.MALFORMED, "blob")
    session = turn.session
    newest = session.scalar(
        select(schema.Document)
        .where(schema.Document.document == version.document)
        .order_by(schema.Document.version.desc())
        .limit(1)
    )
    expected = (1, None) if newest is None else (newest.version + 1, newest.digest)
    if (version.version, version.replaces) != expected:
        raise Refused(Reason.STALE_REVISION, version.document)
    if not _may_read_blob(turn, signer, version):
        require_upload(session, signer.id, version.blob, version.size, version.document)


def require_file_name(name: str) -> None:
    """Raises Refused (malformed) unless every system takes it for the name of a file, in the folder it is put in."""
    is_plain = name.isprintable() and not set(name) & set('/\\:*?"<>|') and name.strip(" .") == name
    if not name or not is_plain or len(name.encode()) > _LONGEST_FILE_NAME:
        raise Refused(Reason.MALFORMED, "file_name")


def _may_read_blob(turn: Turn, signer: Person, version: DocumentVersion) -> bool:
    asked = select(schema.Document.document, schema.Document.version).where(
        schema.Document.blob == version.blob, schema.Document.size == version.size
    )
    subjects = {rights.paper_subject(document, number) for document, number in turn.session.execute(asked)}
    if not subjects:
        return False
    papers = rights.paper_items(turn.session, [subject.partition("/")[0] for subject in subjects])
    body = turn.session.body.code
    readable = rights.visible(papers, signer, turn.accepted_at, body)
    return any(paper.subject in subjects for paper in readable)


def require_papers(session: BodySession, references: list[DocumentReference]) -> None:
    """Raises Refused (paper_missing) unless each of these was published just so."""
    asked = select(schema.Document).where(schema.Document.document.in_({each.document for each in references}))
    published = {load(DocumentVersion, row.described).reference for row in session.scalars(asked)}
    for each in references:
        if each not in published:
            raise Refused(Reason.PAPER_MISSING, each.document)


# ---------------------------------------------------------------- reading


def find(server: Server, caller: Caller, papers: Sequence[tuple[Identifier, int]]) -> list[Stored]:
    """Versions of papers, for who may read all of them now. Raises Refused: unknown, no_right."""
    asked = select(schema.Document).where(schema.Document.document.in_({document for document, _ in papers}))
    with server.store.reading(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        known = {(row.document, row.version): Stored(digest=row.blob, size=row.size) for row in session.scalars(asked)}
        if not known.keys() >= set(papers):
            raise Refused(Reason.UNKNOWN)
        for audience in set(rights.paper_audiences(session, papers)):
            require_right(register, caller.person, Act.READ_PAPER, session.now, audience)
    return [known[paper] for paper in papers]
