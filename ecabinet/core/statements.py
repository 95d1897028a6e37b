"""Every type of statement there is, and which part of the ledger each belongs to.

Importing this module registers them all with `envelope.parse`.
"""

from typing import TypeAlias

from ecabinet.core.ballots import BallotClosed, BallotExtended, BallotOpened, BallotResult, Opinion
from ecabinet.core.envelope import Opened
from ecabinet.core.ledger import NO_TAG
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.register import (
    AuthorityAdmitted,
    BodyFounded,
    Enrolled,
    EpochStarted,
    RegisterStatement,
    Revoked,
    register_tag,
)

BallotStatement: TypeAlias = BallotOpened | BallotExtended | Opinion | BallotClosed | BallotResult
MeetingStatement: TypeAlias = DocumentsPublished | MeetingSent

__all__ = ["BallotStatement", "MeetingStatement", "RegisterStatement", "tag_of"]


def tag_of(opened: Opened) -> bytes:
    """The tag of a statement's ledger entry (proof.md §2).

    The digest of the `ballot.opened` envelope, for itself and whatever belongs to that ballot; the register's tag for
    the register; else zero.
    """
    match opened.statement:
        case BallotOpened():
            return opened.envelope.digest
        case BallotExtended() | Opinion() | BallotClosed() | BallotResult() as belonging:
            return bytes.fromhex(belonging.opened)
        case BodyFounded() | Enrolled() | Revoked() | EpochStarted() | AuthorityAdmitted() as registering:
            return register_tag(registering.body)
        case _:
            return NO_TAG
