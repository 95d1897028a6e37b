"""Whether an outside clock vouches that the ballot's entries were there when it closed, or soon after.

What is stamped are the entries from the opening to the closing, as they stand in `ledger/entries.bin`: no answer among
them can have come after the time that the stamp tells, whatever the server's clock said.

A time stamp is of use to whoever believes its authority, and to nobody else. No signed policy asks for one; whoever
names the authorities that he believes does. Then a stamp that is not there, or by another authority, leaves it open:
not checked. A false one is somebody's doing, whoever asks.
"""

from datetime import datetime

from ecabinet.core import timestamps
from ecabinet.core.ballots import BallotClosed
from ecabinet.core.codec import write_time
from ecabinet.core.evidence.bundle import TIME_STAMP, entries_until_closing
from ecabinet.core.evidence.case import Case
from ecabinet.core.evidence.report import Check, Culprit, Fault
from ecabinet.core.timestamps import BadTimeStamp, Reason, check_authority


def check_time_stamp(case: Case) -> None:
    """Once it is known what is in the ledger, and which closing counts."""
    token = case.bundle.time_stamp
    if token is None:
        if case.time_anchors:
            case.findings.leave(Check.TIME_STAMP, Fault.NO_TIME_STAMP)
        else:
            case.findings.waive(Check.TIME_STAMP, Fault.NO_TIME_STAMP)
        return
    closing = case.first(BallotClosed)
    if case.findings.is_unproven(Check.INCLUSION) or closing is None:
        needed = Check.INCLUSION if closing is not None else Check.ORDER
        case.findings.leave(Check.TIME_STAMP, Fault.NEEDS_ANOTHER_CHECK, detail=needed)
        return
    closed_at = closing[0].accepted_at
    assert closed_at is not None  # noqa: S101 - it stands among the entries
    _check_token(case, token, entries_until_closing(case.bundle, closing[0].leaf), closed_at)


def _check_token(case: Case, token: bytes, stamped: bytes, closed_at: datetime) -> None:
    try:
        stamp = timestamps.verify(stamped, token)
        if not case.time_anchors:
            case.findings.waive(Check.TIME_STAMP, Fault.NO_TIME_AUTHORITY)
            return
        check_authority(stamp, case.time_anchors)
    except BadTimeStamp as error:
        if error.reason is Reason.UNKNOWN_AUTHORITY:
            case.findings.leave(Check.TIME_STAMP, Fault.OTHER_TIME_AUTHORITY, TIME_STAMP)
        else:
            case.findings.fail(
                Check.TIME_STAMP, Fault.FALSE_TIME_STAMP, Culprit.BUNDLE, TIME_STAMP, detail=error.reason.value
            )
        return
    told = f"{stamp.authority} {write_time(stamp.at)}"
    case.findings.remark(Check.TIME_STAMP, Fault.TIME_STAMPED, TIME_STAMP, detail=told)
    if closed_at - stamp.at > case.tolerance + stamp.accuracy:  # all these entries were there when it was given
        case.findings.remark(Check.TIME_STAMP, Fault.STAMPED_BEFORE_ACCEPTED, TIME_STAMP)
