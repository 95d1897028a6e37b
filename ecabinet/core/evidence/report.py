"""What came of checking a bundle: a verdict for every check, with who is to blame and where.

Nothing here is text for people; `ecabinet.verify` has the words. The values are part of the report's JSON: they stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from ecabinet.core.ballots import Answer, Collation, Question
from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name

FORMAT = 1


class Check(StrEnum):
    """What is asked of a bundle, in the order in which it is told."""

    CONTAINER = "container"
    """Every file is the one that was sealed, and the body's secretariat sealed it."""
    FOUNDING = "founding"
    """The ledger begins with the founding by a registrar whom an anchor vouches for."""
    REGISTER = "register"
    """The register is unbroken from the founding to the heads that opening and result name, all the registrar's."""
    SIGNATURES = "signatures"
    """Every statement's signature holds."""
    CHAINS = "chains"
    """Every signer's certificate was issued by the body's CA, or is the registrar's."""
    VALIDITY = "validity"
    """Every key was enrolled before, and not revoked before, its statement's place in the ledger; its owner might."""
    REVOCATION = "revocation"
    """No outside authority had revoked the certificate that it gave for a key, when the key signed."""
    ELECTORATE = "electorate"
    """All who were asked were enrolled, and only they answered."""
    WORDING = "wording"
    """Everything in the ballot names the very words that were sent, and every opinion answers just those questions."""
    PAPERS = "papers"
    """The papers are those that were published before the ballot was sent."""
    ONE_HEAD = "one_head"
    """One unbroken line of opinions per elector, and the result's table names the last in time of each."""
    ORDER = "order"
    """Opening, answers, closing, result, at times that never run backwards, and nothing twice."""
    INCLUSION = "inclusion"
    """The ledger has every statement at the place that is claimed for it."""
    COMPLETENESS = "completeness"
    """Every entry that the ledger has for this ballot is in the bundle, and every one of the register meanwhile."""
    SEEN = "seen"
    """Every checkpoint that any signer had seen is a beginning of this ledger."""
    CHECKPOINT = "checkpoint"
    """The log key that the register names signed the ledger's state."""
    WITNESSES = "witnesses"
    """As many witnesses as the policy asks for have cosigned it."""
    TIME_STAMP = "time_stamp"
    """By an outside clock, all that was in the ledger at the closing was there at a time that is told."""
    TALLY = "tally"
    """Counting again gives the numbers of the signed result."""
    OUTCOME = "outcome"
    """Applying the ballot's rule again gives the outcome of the signed result."""
    MINUTES = "minutes"
    """The minutes say what the result says."""


class Verdict(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"
    NOT_APPLICABLE = "not_applicable"
    """By the policy that the registrar signed, or because the ballot has nothing of the kind."""


class Culprit(StrEnum):
    """Who alone can have done it, holding which key."""

    BUNDLE = "bundle"
    """Whoever made the bundle, or had it in his hands since: no key of the body's was needed."""
    LOG = "log"
    """The server, which holds log and CA key: it took in, ordered or signed what it should not have."""
    REGISTRAR = "registrar"
    SECRETARY = "secretary"
    ELECTOR = "elector"


class Fault(StrEnum):
    """What is wrong, or left open, or worth a remark."""

    # container
    NOT_LISTED = "not_listed"
    LISTED_BUT_ABSENT = "listed_but_absent"
    FILE_ALTERED = "file_altered"
    BAD_MANIFEST = "bad_manifest"
    BAD_SEAL = "bad_seal"
    SEALED_BY_STRANGER = "sealed_by_stranger"
    DERIVED_FILE_DIFFERS = "derived_file_differs"
    WRONG_PLACE = "wrong_place"
    # founding and register
    NO_FOUNDING = "no_founding"
    NOT_ANCHORED = "not_anchored"
    NO_ANCHOR_GIVEN = "no_anchor_given"
    ANCHORED_BY_ISSUER = "anchored_by_issuer"
    REGISTER_BROKEN = "register_broken"
    REGISTER_CUT_SHORT = "register_cut_short"
    NOT_THE_REGISTRARS = "not_the_registrars"
    UNFIT_ENROLMENT = "unfit_enrolment"
    # statements
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE_STATEMENT = "unreadable_statement"
    UNKNOWN_STATEMENT = "unknown_statement"
    BAD_CERTIFICATE = "bad_certificate"
    NOT_VALID = "not_valid"
    NOT_ENROLLED = "not_enrolled"
    NOT_AN_ELECTOR = "not_an_elector"
    ASKED_WITHOUT_SEAT = "asked_without_seat"
    CHAIRS_WITHOUT_SEAT = "chairs_without_seat"
    ANSWERED_WITHOUT_SEAT = "answered_without_seat"
    OTHER_WORDS = "other_words"
    UNFIT_ANSWER = "unfit_answer"
    # papers
    NOT_PUBLISHED = "not_published"
    PAPER_SWAPPED = "paper_swapped"
    STRAY_PAPER = "stray_paper"
    PAPERS_BY_DIGEST = "papers_by_digest"
    # ballot
    NO_BALLOT = "no_ballot"
    OPINION_LINE_BROKEN = "opinion_line_broken"
    OTHER_TABLE = "other_table"
    OTHER_TALLY = "other_tally"
    OTHER_OUTCOME = "other_outcome"
    OUT_OF_ORDER = "out_of_order"
    TIME_RUNS_BACK = "time_runs_back"
    TWICE = "twice"
    ACCEPTED_BEFORE_SIGNED = "accepted_before_signed"
    # ledger
    NOT_IN_LEDGER = "not_in_ledger"
    ENTRIES_ALTERED = "entries_altered"
    ENTRY_HIDDEN = "entry_hidden"
    BAD_CHECKPOINT = "bad_checkpoint"
    SEEN_FORGED = "seen_forged"
    HISTORY_REWRITTEN = "history_rewritten"
    PROOF_MISSING = "proof_missing"
    PROOF_FAILS = "proof_fails"
    BEYOND_THIS_EPOCH = "beyond_this_epoch"
    EPOCH_CUT_SHORT = "epoch_cut_short"
    SEEN_NOTHING = "seen_nothing"
    # what is not there to be checked
    NO_WITNESS_ASKED = "no_witness_asked"
    WITNESSES_UNREAD = "witnesses_unread"
    TOO_FEW_WITNESSES = "too_few_witnesses"
    NOT_INDEPENDENT = "not_independent"
    FALSE_COSIGNATURE = "false_cosignature"
    COSIGNED = "cosigned"
    COSIGNED_BEFORE_ACCEPTED = "cosigned_before_accepted"
    NO_OUTSIDE_CERTIFICATE = "no_outside_certificate"
    REVOCATION_UNKNOWN = "revocation_unknown"
    REVOKED_OUTSIDE = "revoked_outside"
    FALSE_REVOCATION = "false_revocation"
    NO_TIME_STAMP = "no_time_stamp"
    FALSE_TIME_STAMP = "false_time_stamp"
    NO_TIME_AUTHORITY = "no_time_authority"
    OTHER_TIME_AUTHORITY = "other_time_authority"
    TIME_STAMPED = "time_stamped"
    STAMPED_BEFORE_ACCEPTED = "stamped_before_accepted"
    NO_MINUTES = "no_minutes"
    NEEDS_ANOTHER_CHECK = "needs_another_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, open, or worth a remark."""

    verdict: Verdict
    """FAILED, NOT_CHECKED or NOT_APPLICABLE; PASSED for a remark, which changes no verdict."""
    fault: Fault
    culprit: Culprit | None
    who: Name | None
    """The person concerned, where the register knows one."""
    place: str
    """A file of the bundle, `leaf 12`, or empty."""
    detail: str
    """A value of some other enumeration, a number or a name; empty when the fault says all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check, its verdict, and what led to it."""

    check: Check
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionFacts:
    """An elector's line, as the verifier's own count has it."""

    elector: Name
    office: str
    leaf: int | None
    accepted_at: datetime | None
    answers: tuple[Answer, ...]
    """One per question; none when there is no opinion that counts."""
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the bundle is about. `collation` is the verifier's own, from the opinions that count."""

    body: AgencyCode
    body_name: str
    time_zone: str
    """IANA name: where the body's clocks hang."""
    ballot: Identifier
    subject: str
    opened: Digest
    opened_at: datetime
    """When the ledger took the ballot in; so too the two below."""
    closed_at: datetime
    announced_at: datetime
    questions: tuple[Question, ...]
    opinions: tuple[OpinionFacts, ...]
    collation: Collation


class ExitCode(IntEnum):
    """How `ecabinet-verify` ends."""

    PROVEN = 0
    DISPROVEN = 1
    UNREADABLE = 2
    INCOMPLETE = 3
    """Nothing failed, but something was not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of every check, each once, in the order of `Check`."""

    checks: tuple[CheckResult, ...]
    facts: Facts | None

    @property
    def exit_code(self) -> ExitCode:
        verdicts = {each.verdict for each in self.checks}
        if Verdict.FAILED in verdicts:
            return ExitCode.DISPROVEN
        return ExitCode.INCOMPLETE if Verdict.NOT_CHECKED in verdicts else ExitCode.PROVEN

    def __getitem__(self, check: Check) -> CheckResult:
        return next(each for each in self.checks if each.check is check)

    def failures(self) -> tuple[tuple[Check, Finding], ...]:
        return tuple(
            (each.check, finding)
            for each in self.checks
            for finding in each.findings
            if finding.verdict is Verdict.FAILED
        )


class Findings:
    """Where checks write what they find."""

    def __init__(self) -> None:
        self._findings: dict[Check, list[Finding]] = {check: [] for check in Check}

    def fail(
        self,
        check: Check,
        fault: Fault,
        culprit: Culprit,
        place: str = "",
        *,
        who: Name | None = None,
        detail: str = "",
    ) -> None:
        self._findings[check].append(
            Finding(verdict=Verdict.FAILED, fault=fault, culprit=culprit, who=who, place=place, detail=detail)
        )

    def leave(self, check: Check, fault: Fault, place: str = "", *, detail: str = "") -> None:
        """Not checked."""
        self._note(check, Verdict.NOT_CHECKED, fault, place, detail)

    def waive(self, check: Check, fault: Fault) -> None:
        """Not applicable."""
        self._note(check, Verdict.NOT_APPLICABLE, fault, "", "")

    def remark(self, check: Check, fault: Fault, place: str = "", *, who: Name | None = None, detail: str = "") -> None:
        self._note(check, Verdict.PASSED, fault, place, detail, who=who)

    def is_unproven(self, check: Check) -> bool:
        """Whether nothing can be built on a check: something in it failed, or was not checked."""
        return _worst(self._findings[check]) in {Verdict.FAILED, Verdict.NOT_CHECKED}

    def results(self) -> tuple[CheckResult, ...]:
        return tuple(
            CheckResult(check=check, verdict=_worst(findings), findings=tuple(findings))
            for check, findings in self._findings.items()
        )

    def _note(
        self, check: Check, verdict: Verdict, fault: Fault, place: str, detail: str, *, who: Name | None = None
    ) -> None:
        self._findings[check].append(
            Finding(verdict=verdict, fault=fault, culprit=None, who=who, place=place, detail=detail)
        )


def _worst(findings: Iterable[Finding]) -> Verdict:
    verdicts = {each.verdict for each in findings}
    for verdict in (Verdict.FAILED, Verdict.NOT_CHECKED, Verdict.NOT_APPLICABLE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASSED
