"""What clients save beside bundles, judged: evidence of two histories, of an opinion passed over, and receipts.

Evidence is proven when it convicts somebody, and a receipt when the log acknowledged the opinion: that is exit 0 for
each. All are told in one form: what was judged, what came of it, and whom it accuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import BinaryIO, TypeAlias

from ecabinet.core.evidence import Culprit, ExitCode, Flaw, UnreadableBundle
from ecabinet.core.evidence.report import FORMAT
from ecabinet.core.fork import ForkFacts, ForkVerdict, UnreadableEvidence, check_fork, read_fork
from ecabinet.core.omission import LARGEST, OmissionFacts, OmissionVerdict, check_omission, read_omission
from ecabinet.core.receipt_file import README, ReceiptFacts, ReceiptVerdict, check_receipt, read_receipt
from ecabinet.verify.certificates import fingerprint, subject_in_words
from ecabinet.verify.text import clean, local_time, zone_of
from ecabinet.verify.words import Language, Phrase, say

_FIRST_NAME = slice(30, 30 + len(README))
"""Where a zip file has the name of what comes first in it."""
BEGINNING = _FIRST_NAME.stop
"""How much of a file tells whether it is one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkOutput:
    """What `--json` prints of evidence that a log signed two histories."""

    format: int
    exit: int
    fork: ForkFacts
    culprit: Culprit | None
    """Whom the evidence convicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionOutput:
    """What `--json` prints of evidence that a result passes over an opinion."""

    format: int
    exit: int
    omission: OmissionFacts
    culprit: Culprit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptOutput:
    """What `--json` prints of a receipt, which accuses nobody."""

    format: int
    exit: int
    receipt: ReceiptFacts
    culprit: Culprit | None


SavedOutput: TypeAlias = ForkOutput | OmissionOutput | ReceiptOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is told of such a file. `lines` are names and values; an empty value is left out."""

    code: ExitCode
    output: SavedOutput
    title: Phrase
    lines: tuple[tuple[Phrase, str], ...]
    verdict: Enum
    culprit: Culprit | None
    who: str
    """The office of whom it accuses; empty where no office is known, or nobody is accused."""
    remark: Phrase | None
    """What it does not prove, or what to do next."""
    anchors: tuple[bytes, ...] = ()
    """The certificates (DER) that were trusted."""


def is_saved(beginning: bytes) -> bool:
    """Whether a file that begins so is to be judged here: JSON, or a zip file that does not begin as bundles do."""
    return beginning.startswith(b"{") or beginning[_FIRST_NAME] == README.encode()


def judge_saved(file: BinaryIO, beginning: bytes, anchors: tuple[bytes, ...]) -> Saved:
    """Raises UnreadableBundle."""
    return replace(_judged(file, beginning, anchors), anchors=anchors)


def _judged(file: BinaryIO, beginning: bytes, anchors: tuple[bytes, ...]) -> Saved:
    try:
        if not beginning.startswith(b"{"):
            return _of_receipt(check_receipt(read_receipt(file), anchors))
        data = file.read(LARGEST + 1)
        try:
            return _of_fork(check_fork(read_fork(data), anchors))
        except UnreadableEvidence:
            return _of_omission(check_omission(read_omission(data), anchors))
    except UnreadableEvidence as error:
        raise UnreadableBundle(Flaw.NOT_SAVED_EVIDENCE) from error


def write(name: str, saved: Saved, language: Language) -> str:
    """The report on what a client saved beside bundles."""
    lines = [say(saved.title, language), f"{say(Phrase.FILE, language)}: {clean(name)}"]
    for phrase, value in saved.lines:
        lines += [f"{say(phrase, language)}: {clean(each)}" for each in value.split("\n") if each]
    lines += ["", f"{say(Phrase.CONCLUSION, language)}: {say(saved.verdict, language)}"]
    lines.append(f"  {say(Phrase.ACCUSED, language)}: {clean(accused(saved, language))}")
    if saved.remark is not None:
        lines.append(f"  {say(saved.remark, language)}")
    for each in saved.anchors:
        subject = clean(subject_in_words(each, language))
        lines += ["", f"{say(Phrase.TRUSTED, language)}: {subject}", f"      SHA-256 {fingerprint(each)}"]
    return "\n".join([*lines, ""])


def accused(saved: Saved, language: Language) -> str:
    """Whom the file accuses, and has proven guilty."""
    if saved.culprit is None:
        return say(Phrase.NOBODY, language)
    return f"{say(saved.culprit, language)} ({saved.who})" if saved.who else say(saved.culprit, language)


_CODES: Mapping[Enum, ExitCode] = {
    ForkVerdict.CONVICTED: ExitCode.PROVEN,
    ForkVerdict.CUT_SHORT: ExitCode.PROVEN,
    ForkVerdict.OPEN: ExitCode.INCOMPLETE,
    OmissionVerdict.PASSED_OVER: ExitCode.PROVEN,
    OmissionVerdict.NOT_SHOWN: ExitCode.INCOMPLETE,
    ReceiptVerdict.ACKNOWLEDGED: ExitCode.PROVEN,
    ReceiptVerdict.AUTHOR_NOT_SHOWN: ExitCode.INCOMPLETE,
}
_CULPRITS: Mapping[Enum, Culprit] = {
    ForkVerdict.CONVICTED: Culprit.LOG,
    ForkVerdict.CUT_SHORT: Culprit.REGISTRAR,
    OmissionVerdict.PASSED_OVER: Culprit.SECRETARY,
}


def _of_fork(facts: ForkFacts) -> Saved:
    code, culprit = _CODES.get(facts.verdict, ExitCode.DISPROVEN), _CULPRITS.get(facts.verdict)
    return Saved(
        code=code,
        output=ForkOutput(format=FORMAT, exit=code, fork=facts, culprit=culprit),
        title=Phrase.FORK_TITLE,
        lines=(
            (Phrase.BODY, f"{facts.body_name} ({facts.body})"),
            (Phrase.WHICH_LOG, facts.origin),
            (Phrase.SIZES, f"{facts.known_size}, {facts.shown_size}"),
        ),
        verdict=facts.verdict,
        culprit=culprit,
        who="",
        remark=None,
    )


def _of_omission(facts: OmissionFacts) -> Saved:
    code, culprit = _CODES.get(facts.verdict, ExitCode.DISPROVEN), _CULPRITS.get(facts.verdict)
    return Saved(
        code=code,
        output=OmissionOutput(format=FORMAT, exit=code, omission=facts, culprit=culprit),
        title=Phrase.OMISSION_TITLE,
        lines=(
            (Phrase.BODY, f"{facts.body_name} ({facts.body})"),
            (Phrase.SUBJECT, facts.subject),
            (Phrase.AUTHOR, f"{facts.office} ({facts.elector})"),
            (Phrase.LEAF_OF_OPINION, str(facts.leaf)),
            (Phrase.ACKNOWLEDGED_AT, local_time(facts.accepted_at, zone_of(facts.time_zone))),
            (Phrase.COUNTED_INSTEAD, "" if facts.counted is None else str(facts.counted)),
            (Phrase.RESULT_BY, facts.signer_office),
        ),
        verdict=facts.verdict,
        culprit=culprit,
        who=facts.signer_office if culprit else "",
        remark=Phrase.GET_BUNDLE if facts.verdict is OmissionVerdict.NOT_SHOWN else None,
    )


def _of_receipt(facts: ReceiptFacts) -> Saved:
    code, zone = _CODES.get(facts.verdict, ExitCode.DISPROVEN), zone_of(facts.time_zone)

    def witnessed(name: str, at: datetime) -> str:
        return f"{name}, {local_time(at, zone)}"

    witnesses = "\n".join(witnessed(each.name, each.at) for each in facts.witnesses)
    quorum = f"{len(facts.witnesses)} / {facts.quorum}" if facts.quorum or facts.witnesses else ""
    return Saved(
        code=code,
        output=ReceiptOutput(format=FORMAT, exit=code, receipt=facts, culprit=None),
        title=Phrase.RECEIPT_TITLE,
        lines=(
            (Phrase.BODY, f"{facts.body_name} ({facts.body})"),
            (Phrase.BALLOT, facts.ballot),
            (Phrase.AUTHOR, f"{facts.office} ({facts.elector})"),
            (Phrase.LEAF_OF_OPINION, str(facts.leaf)),
            (Phrase.ACKNOWLEDGED_AT, local_time(facts.accepted_at, zone)),
            (Phrase.WITNESSES_SAID, quorum),
            (Phrase.WITNESSED_AT, witnesses),
        ),
        verdict=facts.verdict,
        culprit=None,
        who="",
        remark=Phrase.RECEIPT_ONLY if code in {ExitCode.PROVEN, ExitCode.INCOMPLETE} else None,
    )
