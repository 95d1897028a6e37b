"""Whether an outside clock vouches that the ledger was as far as the checkpoint, and when.

A time stamp is of use to whoever believes its authority, and to nobody else. No signed policy asks for one; whoever
names the authorities that he believes does. Then a stamp that is not there, or by another authority, leaves it open: not
checked. A false one is somebody's doing, whoever asks.
"""

from ecabinet.core import timestamps
from ecabinet.core.codec import write_time
from ecabinet.core.evidence.bundle import TIME_STAMP
from ecabinet.core.evidence.case import Case
from ecabinet.core.evidence.report import Check, Culprit, Fault
from ecabinet.core.signed_note import SignedNote
from ecabinet.core.timestamps import BadTimeStamp, Reason, TimeStamp, check_authority


def check_time_stamp(case: Case, *, is_signed: bool) -> None:
    """`is_signed`: the checkpoint, by the log, so that there is something to be stamped."""
    token = case.bundle.time_stamp
    if token is None:
        if case.time_anchors:
            case.findings.leave(Check.TIME_STAMP, Fault.NO_TIME_STAMP)
        else:
            case.findings.waive(Check.TIME_STAMP, Fault.NO_TIME_STAMP)
        return
    if not is_signed:
        case.findings.leave(Check.TIME_STAMP, Fault.NEEDS_ANOTHER_CHECK, detail=Check.CHECKPOINT)
        return
    try:
        stamp = timestamps.verify(SignedNote.from_text(case.bundle.checkpoint).text.encode(), token)
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
    _hold_against_entries(case, stamp)


def _hold_against_entries(case: Case, stamp: TimeStamp) -> None:
    """All these entries were there when it was given: none can have come later."""
    last = case.bundle.entries[-1].accepted_at if case.bundle.entries else None
    if last is not None and last - stamp.at > case.tolerance + stamp.accuracy:
        case.findings.remark(Check.TIME_STAMP, Fault.STAMPED_BEFORE_ACCEPTED, TIME_STAMP)
