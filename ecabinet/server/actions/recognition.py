"""What was recognised in scans: files that who publishes papers offers to those who may read them.

The server keeps them by digest and never opens one: whether a file is about its paper, its readers see for themselves.
"""

from ecabinet.core.codec import Identifier, dump
from ecabinet.core.people import Act
from ecabinet.core.protocol import Reason, Refused, RowKind
from ecabinet.core.recognition import LARGEST_FILE, RecognisedOffer, is_signed, publishing_devices
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, documents, require_right
from ecabinet.server.actions.documents import Stored
from ecabinet.server.sessions import Caller


def offer(server: Server, caller: Caller, offered: RecognisedOffer) -> None:
    """Takes a file, uploaded before, for what was recognised in a version of a paper; in place of an earlier one.

    Raises Refused: too_large, no_right, unknown, bad_signature, paper_missing.
    """
    if offered.size > LARGEST_FILE:
        raise Refused(Reason.TOO_LARGE)
    with server.store.writing(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        feed.settle(session, register, session.now)
        require_right(register, caller.person, Act.PUBLISH_PAPERS, session.now)
        place = (session.body.id, offered.document, offered.version)
        paper = session.get(schema.Document, place)
        if paper is None or paper.digest != offered.paper:
            raise Refused(Reason.UNKNOWN)
        device_key = publishing_devices(register, session.now).get(offered.by)
        if device_key is None or not is_signed(caller.body, offered, device_key):
            raise Refused(Reason.BAD_SIGNATURE)
        known = session.get(schema.RecognisedText, place)
        if known is not None and known.offered == dump(offered):
            return
        documents.require_upload(session, caller.person, offered.file, offered.size, offered.document)
        session.merge(
            schema.RecognisedText(
                body_id=session.body.id,
                document=offered.document,
                version=offered.version,
                file=offered.file,
                size=offered.size,
                offered=dump(offered),
            )
        )
        session.flush()
        subject = rights.paper_subject(offered.document, offered.version)
        papers = rights.paper_items(session, [offered.document])
        after = [each for each in papers if (each.kind, each.subject) == (RowKind.RECOGNISED, subject)]
        feed.spread(session, register, session.now, before=(), after=after)


def find(server: Server, caller: Caller, document: Identifier, version: int) -> Stored:
    """What was recognised in a paper, for who may read the paper now. Raises Refused: unknown, no_right."""
    documents.find(server, caller, [(document, version)])
    with server.store.reading(caller.body) as session:
        row = session.get(schema.RecognisedText, (session.body.id, document, version))
        if row is None:
            raise Refused(Reason.UNKNOWN)
        return Stored(digest=row.file, size=row.size)
