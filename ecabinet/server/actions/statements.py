"""Statements: reading them, letting each join the ledger or saying why not."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from ecabinet.core import cades, canonical, codec, envelope
from ecabinet.core.ballots import BallotClosed, BallotExtended, BallotOpened, BallotResult, Opinion
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope, Opened, Statement
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.protocol import (
    LARGEST_ENVELOPE,
    Consistency,
    Outcome,
    Reason,
    Refused,
    Submission,
    SubmissionOutcome,
)
from ecabinet.core.register import AuthorityAdmitted, Enrolled, EpochStarted, Revoked
from ecabinet.server import feed
from ecabinet.server.actions import Server, ballots, documents, enrolments, epochs, meetings, names
from ecabinet.server.ledger import Turn
from ecabinet.server.sessions import Caller

_ACCEPT: dict[type[Statement], Callable[[Turn, Any], str]] = {
    Enrolled: enrolments.accept_enrolled,
    Revoked: enrolments.accept_revoked,
    AuthorityAdmitted: enrolments.accept_admitted,
    DocumentsPublished: documents.accept_published,
    MeetingSent: meetings.accept_sent,
    BallotOpened: ballots.accept_opened,
    BallotExtended: ballots.accept_extended,
    Opinion: ballots.accept_opinion,
    BallotClosed: ballots.accept_closed,
    BallotResult: ballots.accept_result,
}


def submit(server: Server, body: AgencyCode, submissions: Sequence[Submission]) -> list[SubmissionOutcome | Exception]:
    """Appends what can be accepted; receipts and refusals in order. Statements sent again get their receipts again.

    The submissions share a transaction; each gets an answer, or what is raised instead.
    """
    read_or_refused = [[_read_or_refuse(each) for each in submission.envelopes] for submission in submissions]
    opened = [each for each in chain(*read_or_refused) if isinstance(each, Opened)]
    answers = iter(server.ledger(body).append([(each, accept) for each in opened]))
    return [
        _outcomes([each if isinstance(each, Refused) else next(answers) for each in told]) for told in read_or_refused
    ]


def _read_or_refuse(signed: Envelope) -> Opened | Refused:
    try:
        return read(signed)
    except Refused as refused:
        return refused


def _outcomes(answers: Sequence[Receipt | Exception]) -> SubmissionOutcome | Exception:
    failures = [each for each in answers if isinstance(each, Exception) and not isinstance(each, Refused)]
    return failures[0] if failures else SubmissionOutcome(outcomes=tuple(map(outcome, answers)))


def read(signed: Envelope) -> Opened:
    """An envelope whose signature holds. Raises Refused: too_large, malformed, …, bad_signature."""
    size = len(signed.statement)
    if size > canonical.LARGEST_STATEMENT:
        raise Refused(Reason.TOO_LARGE, "statement")
    try:
        opened = envelope.open_envelope(signed)
    except envelope.UnknownStatementError as error:
        raise Refused(Reason.NEEDS_NEWER_VERSION, error.kind[:64]) from error
    except canonical.NotCanonicalError as error:
        raise Refused(Reason.MALFORMED, error.flaw.value) from error
    except codec.MalformedError as error:
        raise Refused(Reason.MALFORMED, error.place) from error
    except cades.BadSignature as error:
        raise Refused(Reason.BAD_SIGNATURE, error.reason.value) from error
    if size > LARGEST_ENVELOPE and not isinstance(opened.statement, BallotOpened | BallotResult):
        raise Refused(Reason.TOO_LARGE, "statement")
    return opened


def consistency(server: Server, caller: Caller, first: int, second: int) -> Consistency:
    """The proof that the tree of `second` leaves begins with that of `first`. Raises Refused (bad_request)."""
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        ledger.catch_up(session)
    return Consistency(path=ledger.restored().consistency(first, second))


def outcome(answer: Receipt | Exception) -> Outcome:
    """What is told about one statement. Raises what was no refusal: nobody knows then whether it was accepted."""
    match answer:
        case Receipt():
            return Outcome(receipt=answer.text(), refusal=None)
        case Refused():
            return Outcome(receipt=None, refusal=answer.refusal)
        case _:
            raise answer


def accept(turn: Turn) -> str:
    """Lets a statement join, whoever sent it: it is judged by who signed it."""
    said = turn.opened.statement
    if said.body != turn.session.body.code:
        raise Refused(Reason.MALFORMED, "body")
    if isinstance(said, EpochStarted):
        return epochs.accept_started(turn, said)
    if turn.awaits_epoch:
        raise Refused(Reason.AWAITING_EPOCH)
    if said.seen is None or not turn.is_seen(said.seen):
        raise Refused(Reason.FOREIGN_CHECKPOINT)
    feed.settle(turn.session, turn.register, turn.accepted_at)
    if type(said) not in _ACCEPT:  # a founding is leaf 0
        raise Refused(Reason.NO_RIGHT, said.TYPE)
    names.require_own_names(turn, said)
    thing = _ACCEPT[type(said)](turn, said)
    names.give_names(turn, said)
    return thing
