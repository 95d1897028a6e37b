"""Counting a ballot again: one head per elector, tally, outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Collation,
    Opinion,
    Recorded,
    collate,
)
from ecabinet.core.checkpoint import unverified
from ecabinet.core.codec import Digest, Name
from ecabinet.core.evidence.case import Case, Examined
from ecabinet.core.evidence.report import Check, Culprit, Facts, Fault, OpinionFacts
from ecabinet.core.ledger import ProofError


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The three acts of a ballot."""

    opening: tuple[Examined, BallotOpened]
    closing: tuple[Examined, BallotClosed]
    result: tuple[Examined, BallotResult]


def count_again(case: Case, course: Course, opinions: Sequence[tuple[Examined, Opinion]]) -> Facts | None:
    """Compares the signed result with what `opinions`, the valid ones by leaf, come to; and tells that."""
    _check_lines(case, opinions)
    closed_leaf = course.closing[0].leaf
    extensions = [said for each, said in case.said(BallotExtended) if each.leaf < closed_leaf]
    recorded = {
        each.leaf: Recorded(leaf=each.leaf, accepted_at=each.accepted_at, opinion=said)
        for each, said in opinions
        if each.accepted_at is not None
    }
    collation = collate(course.opening[1], extensions, recorded.values(), closed_leaf)
    _compare_tables(case, course.result, collation)
    _compare_counts(case, course.result, collation)
    return _facts(case, course, recorded, collation)


def _check_lines(case: Case, opinions: Sequence[tuple[Examined, Opinion]]) -> None:
    last: dict[Name, tuple[int, Digest]] = {}
    for each, said in opinions:
        counter, predecessor = last.get(said.elector, (0, None))
        if (said.counter, said.replaces) != (counter + 1, predecessor):
            case.findings.fail(Check.ONE_HEAD, Fault.OPINION_LINE_BROKEN, each.taker, each.place, who=said.elector)
        last[said.elector] = (said.counter, case.bundle.digests[each.place])


def _compare_tables(case: Case, result: tuple[Examined, BallotResult], own: Collation) -> None:
    signed, place = result[1].collation, result[0].place
    own = replace(own, late=_late_as_seen(result[1], own))

    def differ(detail: str, who: Name | None = None) -> None:
        case.findings.fail(Check.ONE_HEAD, Fault.OTHER_TABLE, Culprit.SECRETARY, place, who=who, detail=detail)

    if [each.elector for each in signed.lines] != [each.elector for each in own.lines]:
        differ("electors")
    else:
        for theirs, ours in zip(signed.lines, own.lines, strict=True):
            if theirs != ours:
                differ(f"{theirs.leaf} / {ours.leaf}", ours.elector)
    if signed.late != own.late:
        differ("late")
    if signed.deadline_at != own.deadline_at:
        differ("deadline_at")


def _late_as_seen(result: BallotResult, own: Collation) -> tuple[int, ...]:
    """Our list of late opinions, less those that came when the secretary had already looked, unless he lists them."""
    try:
        seen = unverified(result.seen or "").size
    except ProofError:
        seen = result.closed_leaf + 1
    return tuple(leaf for leaf in own.late if leaf < seen or leaf in result.collation.late)


def _compare_counts(case: Case, result: tuple[Examined, BallotResult], own: Collation) -> None:
    signed, place = result[1].collation, result[0].place

    def differ(check: Check, detail: str) -> None:
        fault = Fault.OTHER_TALLY if check is Check.TALLY else Fault.OTHER_OUTCOME
        case.findings.fail(check, fault, Culprit.SECRETARY, place, detail=detail)

    if signed.received != own.received:
        differ(Check.TALLY, f"received {signed.received} / {own.received}")
    if signed.sent != own.sent:
        differ(Check.TALLY, f"sent {signed.sent} / {own.sent}")
    if signed.is_quorate != own.is_quorate:
        differ(Check.OUTCOME, "is_quorate")
    if [each.question for each in signed.tallies] != [each.question for each in own.tallies]:
        differ(Check.TALLY, "questions")
        return
    for theirs, ours in zip(signed.tallies, own.tallies, strict=True):
        if (theirs.counts, theirs.no_answer) != (ours.counts, ours.no_answer):
            differ(Check.TALLY, ours.question)
        if (theirs.carried, theirs.by_tie_rule) != (ours.carried, ours.by_tie_rule):
            differ(Check.OUTCOME, ours.question)


def _facts(case: Case, course: Course, recorded: Mapping[int, Recorded], collation: Collation) -> Facts | None:
    opened_at, closed_at, announced_at = (
        each.accepted_at for each in (course.opening[0], course.closing[0], course.result[0])
    )
    if opened_at is None or closed_at is None or announced_at is None:
        return None
    offices = {each.person: each.office for each in course.opening[1].electorate.electors}
    lines = []
    for line in collation.lines:
        head = None if line.leaf is None else recorded[line.leaf]
        lines.append(
            OpinionFacts(
                elector=line.elector,
                office=offices[line.elector],
                leaf=line.leaf,
                accepted_at=None if head is None else head.accepted_at,
                answers=() if head is None else head.opinion.answers,
                remark="" if head is None else head.opinion.remark,
            )
        )
    return Facts(
        body=case.register.founding.body,
        body_name=case.register.founding.name,
        time_zone=case.register.founding.time_zone,
        ballot=course.opening[1].ballot,
        subject=course.opening[1].subject,
        opened=course.opening[0].filed.envelope.digest.hex(),
        opened_at=opened_at,
        closed_at=closed_at,
        announced_at=announced_at,
        questions=course.opening[1].questions,
        opinions=tuple(lines),
        collation=collation,
    )
