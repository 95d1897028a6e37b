"""What clients save beside bundles, made as they make it: of a result that passes over an opinion, and receipts."""

from collections.abc import Callable
from typing import Any

from ecabinet.core.ballots import Collation, Opinion, Recorded, collate
from ecabinet.core.checkpoint import unverified
from ecabinet.core.omission import OmissionEvidence
from ecabinet.core.receipt_file import ReceiptFile
from ecabinet.core.register import Enrolled
from tests.cabinet import Appended, Cabinet


def counting_but(cabinet: Cabinet, elector: str, keeps: Callable[[Recorded], bool] = lambda _: False) -> Collation:
    """What comes out when some opinions of an elector are passed over."""
    rest = [each for each in cabinet.opinions() if each.opinion.elector != elector or keeps(each)]
    return collate(cabinet.asked, [], rest, cabinet.closed_leaf)


def last_opinion(cabinet: Cabinet, elector: str) -> Appended:
    given = [each for each in cabinet.of_the_ballot() if isinstance(each.statement, Opinion)]
    return [each for each in given if getattr(each.statement, "elector", None) == elector][-1]


def omission(cabinet: Cabinet, elector: str, **changes: Any) -> OmissionEvidence:
    """As the elector's client keeps it once the result is there, shown by tiles up to the last entry."""
    opinion = last_opinion(cabinet, elector)
    of_all = [each for each in cabinet.of_the_ballot() if not isinstance(each.statement, Opinion)]
    seen = getattr(of_all[-1].statement, "seen", None)
    made: dict[str, Any] = {
        "body": cabinet.body,
        "register": cabinet.placed(cabinet.register),
        "ballot": cabinet.placed(of_all),
        "opinion": cabinet.placed([opinion])[0],
        "receipt": cabinet.receipt(opinion).text(),
        "shown": cabinet.checkpoint(),
        "seen": () if seen is None else cabinet.tree.consistency_proof(unverified(seen).size),
    }
    return OmissionEvidence(**{**made, **changes})


def receipt_file(cabinet: Cabinet, elector: str, **changes: Any) -> ReceiptFile:
    """As the elector saves it."""
    opinion = last_opinion(cabinet, elector)
    enrolled = [each for each in cabinet.register if isinstance(each.statement, Enrolled)]
    made: dict[str, Any] = {
        "opinion": opinion.envelope,
        "receipt": cabinet.receipt(opinion).text(),
        "logs": ((1, cabinet.register[0].envelope),),
        "elector": next(each.envelope for each in enrolled if getattr(each.statement, "person", None) == elector),
    }
    return ReceiptFile(**{**made, **changes})
