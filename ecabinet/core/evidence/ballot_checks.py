"""Checks that look at the ballot: electorate, wording, papers, order, minutes; then it is counted again."""

from collections.abc import Sequence
from itertools import pairwise

from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Opinion,
    Unfit,
    check_opinion,
)
from ecabinet.core.evidence.bundle import ENTRIES, Folder, digest_of_paper, papers_of
from ecabinet.core.evidence.case import Case, Examined
from ecabinet.core.evidence.count_checks import Course, count_again
from ecabinet.core.evidence.report import Check, Culprit, Facts, Fault
from ecabinet.core.meetings import DocumentsPublished
from ecabinet.core.people import Role

_SEATS = frozenset({Role.CHAIR, Role.MEMBER})
_COUNTS = (Check.ONE_HEAD, Check.TALLY, Check.OUTCOME)
_NEEDED_TO_COUNT = (Check.SIGNATURES, Check.REGISTER, Check.CHECKPOINT, Check.INCLUSION, Check.COMPLETENESS)


def check_ballot(case: Case) -> Facts | None:
    """Runs them all, and the count; what it came to, if it could be done."""
    _check_minutes(case)
    _check_order(case)
    opening, closing, result = case.first(BallotOpened), case.first(BallotClosed), case.first(BallotResult)
    if opening is None:
        for unchecked in (Check.ELECTORATE, Check.WORDING, Check.PAPERS, *_COUNTS):
            case.findings.leave(unchecked, Fault.NEEDS_ANOTHER_CHECK, detail=Check.ORDER)
        return None
    _check_electorate(case, opening)
    opinions = _check_wording(case, opening)
    _check_papers(case, opening)
    if any(each.accepted_at is None for each, _ in case.readable(Folder.BALLOT)):  # those nobody could look at
        for unchecked in (Check.ELECTORATE, Check.WORDING):
            case.findings.leave(unchecked, Fault.NEEDS_ANOTHER_CHECK, detail=Check.INCLUSION)
    facts = None
    missing = _why_not_counted(case)
    if closing is not None and result is not None and missing is None:
        facts = count_again(case, Course(opening=opening, closing=closing, result=result), opinions)
    else:
        for unchecked in _COUNTS:
            case.findings.leave(unchecked, Fault.NEEDS_ANOTHER_CHECK, detail=missing or Check.ORDER)
    return facts


def _check_minutes(case: Case) -> None:
    minutes = case.bundle.filed(Folder.MINUTES)
    if not minutes:
        case.findings.waive(Check.MINUTES, Fault.NO_MINUTES)
    for each in minutes:
        case.findings.leave(Check.MINUTES, Fault.UNKNOWN_STATEMENT, each.place)


def _why_not_counted(case: Case) -> Check | None:
    """The check without which a difference in the count could not be laid at anybody's door."""
    return next((check for check in _NEEDED_TO_COUNT if case.findings.is_unproven(check)), None)


# ---------------------------------------------------------------- order


def _check_order(case: Case) -> None:
    _check_times(case)
    _check_duplicates(case)
    opening, closing, result = case.first(BallotOpened), case.first(BallotClosed), case.first(BallotResult)
    acts = ((opening, BallotOpened), (closing, BallotClosed), (result, BallotResult))
    missing = [kind for found, kind in acts if found is None]
    there = {type(opened.statement) for _, opened in case.readable(Folder.BALLOT)}
    if not there.isdisjoint(missing):
        case.findings.leave(Check.ORDER, Fault.NEEDS_ANOTHER_CHECK, detail=Check.VALIDITY)
    for kind in missing:
        if kind not in there:
            case.findings.fail(Check.ORDER, Fault.NO_BALLOT, Culprit.BUNDLE, detail=kind.TYPE)
    for kind in (BallotOpened, BallotClosed, BallotResult):
        for each, _ in case.said(kind)[1:]:
            case.findings.fail(Check.ORDER, Fault.TWICE, each.taker, each.place)
    if opening is None or closing is None or result is None:
        return
    first = case.bundle.proofs.first_leaf
    if (opening[0].leaf, result[0].leaf) != (first, first + len(case.bundle.entries) - 1):
        case.findings.fail(Check.ORDER, Fault.OUT_OF_ORDER, Culprit.BUNDLE, ENTRIES)
    if not opening[0].leaf < closing[0].leaf < result[0].leaf:
        culprit = closing[0].taker_with(opening[0], result[0])
        case.findings.fail(Check.ORDER, Fault.OUT_OF_ORDER, culprit, closing[0].place)
    if result[1].closed_leaf != closing[0].leaf:
        is_in_ledger = closing[0].is_in_ledger and result[0].is_in_ledger
        culprit = Culprit.SECRETARY if is_in_ledger else Culprit.BUNDLE
        case.findings.fail(Check.ORDER, Fault.OUT_OF_ORDER, culprit, result[0].place)
    for each, _ in case.said(BallotExtended):
        if each.leaf > closing[0].leaf:
            case.findings.fail(Check.ORDER, Fault.OUT_OF_ORDER, each.taker_with(closing[0]), each.place)


def _check_times(case: Case) -> None:
    times = {each.leaf: each.accepted_at for each in case.examined if each.accepted_at is not None}
    times |= {leaf: each.accepted_at for leaf, each in enumerate(case.bundle.entries, case.bundle.proofs.first_leaf)}
    leaves = sorted(times)
    for before, leaf in pairwise(leaves):
        if times[leaf] < times[before]:
            culprit = Culprit.BUNDLE if case.findings.is_unproven(Check.INCLUSION) else Culprit.LOG
            case.findings.fail(Check.ORDER, Fault.TIME_RUNS_BACK, culprit, f"leaf {leaf}")
    for each, opened in case.readable():
        behind = 0.0 if each.accepted_at is None else (opened.statement.at - each.accepted_at).total_seconds()
        if behind > case.policy.clock_tolerance_seconds:
            case.findings.remark(Check.ORDER, Fault.ACCEPTED_BEFORE_SIGNED, each.place)


def _check_duplicates(case: Case) -> None:
    ids: set[str] = set()
    for each, opened in sorted(case.readable(), key=lambda pair: (not pair[0].is_in_ledger, pair[0].leaf)):
        if opened.statement.id in ids:
            case.findings.fail(Check.ORDER, Fault.TWICE, each.taker, each.place)
        ids.add(opened.statement.id)


# ---------------------------------------------------------------- who, what, on which papers


def _check_electorate(case: Case, opening: tuple[Examined, BallotOpened]) -> None:
    if case.findings.is_unproven(Check.REGISTER):
        case.findings.leave(Check.ELECTORATE, Fault.NEEDS_ANOTHER_CHECK, detail=Check.REGISTER)
        return
    opened_at = opening[0].accepted_at or opening[1].at
    for elector in opening[1].electorate.electors:
        person = case.register.person(elector.person, opening[0].leaf)
        if person is None:
            case.findings.fail(
                Check.ELECTORATE, Fault.NOT_ENROLLED, Culprit.SECRETARY, opening[0].place, who=elector.person
            )
            continue
        # Bodies may ask others too, and others may preside: no fault, but whoever reads the report shall know.
        roles = person.roles(opened_at)
        if not roles & _SEATS:
            case.findings.remark(Check.ELECTORATE, Fault.ASKED_WITHOUT_SEAT, opening[0].place, who=person.id)
        elif person.id == opening[1].electorate.chair and Role.CHAIR not in roles:
            case.findings.remark(Check.ELECTORATE, Fault.CHAIRS_WITHOUT_SEAT, opening[0].place, who=person.id)
    for each, said in case.said(Opinion):
        person = case.register.person(said.elector, each.leaf)
        if person is not None and not person.roles(each.accepted_at or said.at) & _SEATS:
            case.findings.remark(Check.ELECTORATE, Fault.ANSWERED_WITHOUT_SEAT, each.place, who=person.id)


def _check_wording(case: Case, opening: tuple[Examined, BallotOpened]) -> Sequence[tuple[Examined, Opinion]]:
    """The valid opinions that answer this very ballot, by leaf."""
    digest = opening[0].filed.envelope.digest.hex()
    acts: list[tuple[Examined, BallotExtended | BallotClosed | BallotResult]] = [
        *case.said(BallotExtended),
        *case.said(BallotClosed),
        *case.said(BallotResult),
    ]
    for each, acting in acts:
        if (acting.ballot, acting.opened) != (opening[1].ballot, digest):
            case.findings.fail(Check.WORDING, Fault.OTHER_WORDS, each.taker_with(opening[0]), each.place)
    fitting = []
    for each, said in case.said(Opinion):
        unfit = check_opinion(said, opening[1], digest)
        if unfit is None:
            fitting.append((each, said))
        else:
            fault = Fault.OTHER_WORDS if unfit is Unfit.OTHER_BALLOT else Fault.UNFIT_ANSWER
            culprit = each.taker_with(opening[0])
            case.findings.fail(Check.WORDING, fault, culprit, each.place, who=said.elector, detail=unfit.value)
    return fitting


def _check_papers(case: Case, opening: tuple[Examined, BallotOpened]) -> None:
    published = {
        version.reference
        for each, opened in case.readable(Folder.PUBLICATIONS)
        if isinstance(opened.statement, DocumentsPublished) and each.is_valid and each.leaf < opening[0].leaf
        for version in opened.statement.documents
    }
    named = {(each.document, each.version) for each in published}
    for document in opening[1].documents:
        if document not in published:
            # Under another digest or title: so he named it. Not at all: perhaps what published it is kept back.
            culprit = Culprit.SECRETARY if (document.document, document.version) in named else Culprit.BUNDLE
            case.findings.fail(Check.PAPERS, Fault.NOT_PUBLISHED, culprit, opening[0].place, detail=document.digest)
    wanted = set(papers_of(opened.statement for _, opened in case.readable(Folder.BALLOT)))
    for name, digest in case.bundle.papers.items():
        if digest_of_paper(name) not in wanted:
            case.findings.fail(Check.PAPERS, Fault.STRAY_PAPER, Culprit.BUNDLE, name)
        elif digest != digest_of_paper(name):
            case.findings.fail(Check.PAPERS, Fault.PAPER_SWAPPED, Culprit.BUNDLE, name)
    absent = len(wanted - {digest_of_paper(name) for name in case.bundle.papers})
    if absent:
        case.findings.remark(Check.PAPERS, Fault.PAPERS_BY_DIGEST, detail=f"{absent}/{len(wanted)}")
