"""The report as text, for people: first the conclusion, then every check, then what the ballot came to."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecabinet.core.ballots import Question, QuestionTally
from ecabinet.core.evidence import (
    Check,
    Culprit,
    ExitCode,
    Facts,
    Finding,
    OpinionFacts,
    Report,
    UnreadableBundle,
    Verdict,
)
from ecabinet.core.fork import ForkFacts, ForkVerdict
from ecabinet.verify.words import Language, Phrase, say


def write(name: str, report: Report, language: Language) -> str:
    """The report on the bundle in file `name`."""
    lines = [*_head(name, report.exit_code, language)]
    if report.facts is not None:
        lines += ["", *_facts(report.facts, language)]
    lines += ["", f"{say(Phrase.CHECKS, language)}:"]
    for number, result in enumerate(report.checks, 1):
        lines.append(f"  {number:2}. [{say(result.verdict, language)}] {say(result.check, language)}")
        lines += [f"      - {_finding(each, language)}" for each in result.findings]
    if report.facts is not None:
        lines += ["", *_count(report.facts, language)]
    return "\n".join([*lines, "", say(Phrase.NOT_PROVEN, language), ""])


def write_unreadable(name: str, error: UnreadableBundle, language: Language) -> str:
    """The report on a file that is no bundle."""
    lines = [
        *_head(name, ExitCode.UNREADABLE, language),
        f"  {say(error.flaw, language)} {_clean(error.place)}".rstrip(),
        f"  {say(Phrase.BLAME, language)} {say(Culprit.BUNDLE, language)}",
    ]
    return "\n".join([*lines, ""])


def write_fork(name: str, facts: ForkFacts, language: Language) -> str:
    """The report on evidence that a log signed two histories."""
    lines = [
        say(Phrase.FORK_TITLE, language),
        f"{say(Phrase.FILE, language)}: {_clean(name)}",
        f"{say(Phrase.BODY, language)}: {_clean(facts.body_name)} ({_clean(facts.body)})",
        f"{say(Phrase.WHICH_LOG, language)}: {_clean(facts.origin)}",
        f"{say(Phrase.SIZES, language)}: {facts.known_size}, {facts.shown_size}",
        "",
        f"{say(Phrase.CONCLUSION, language)}: {say(facts.verdict, language)}",
    ]
    culprit = {ForkVerdict.CONVICTED: Culprit.LOG, ForkVerdict.CUT_SHORT: Culprit.REGISTRAR}.get(facts.verdict)
    if culprit is not None:
        lines.append(f"  {say(Phrase.BLAME, language)} {say(culprit, language)}")
    return "\n".join([*lines, ""])


def _head(name: str, code: ExitCode, language: Language) -> Iterable[str]:
    yield say(Phrase.TITLE, language)
    yield f"{say(Phrase.FILE, language)}: {_clean(name)}"
    yield ""
    yield f"{say(Phrase.CONCLUSION, language)}: {say(code, language)}"


def _facts(facts: Facts, language: Language) -> Iterable[str]:
    zone = _zone(facts.time_zone)
    yield f"{say(Phrase.BODY, language)}: {_clean(facts.body_name)} ({_clean(facts.body)})"
    yield f"{say(Phrase.SUBJECT, language)}: {_clean(facts.subject)}"
    yield f"{say(Phrase.BALLOT, language)}: {facts.ballot}"
    for phrase, at in (
        (Phrase.OPENED, facts.opened_at),
        (Phrase.CLOSED, facts.closed_at),
        (Phrase.ANNOUNCED, facts.announced_at),
    ):
        yield f"{say(phrase, language)}: {_time(at, zone)}"


def _finding(finding: Finding, language: Language) -> str:
    text = say(finding.fault, language)
    if finding.detail:
        detail = say(Check(finding.detail), language) if finding.detail in set(Check) else _clean(finding.detail)
        text += f" ({detail})"
    if finding.verdict is Verdict.PASSED:
        text = f"{say(Phrase.REMARK, language)}: {text}"
    place = finding.place.replace("leaf ", f"{say(Phrase.LEAF, language)} ") if " " in finding.place else finding.place
    where = " · ".join(_clean(each) for each in (place, finding.who) if each)
    blame = f" — {say(Phrase.BLAME, language)} {say(finding.culprit, language)}" if finding.culprit else ""
    return f"{where}: {text}{blame}" if where else f"{text}{blame}"


def _count(facts: Facts, language: Language) -> Iterable[str]:
    zone = _zone(facts.time_zone)
    yield f"{say(Phrase.OPINIONS, language)}:"
    for opinion in facts.opinions:
        yield f"  {_clean(opinion.office)}: {_answers(opinion, facts.questions, language)}"
        if opinion.accepted_at is not None:
            at = _time(opinion.accepted_at, zone)
            yield f"      {say(Phrase.TAKEN_IN, language)} {at}, {say(Phrase.LEAF, language)} {opinion.leaf}"
    yield ""
    collation = facts.collation
    quorum = Phrase.QUORATE if collation.is_quorate else Phrase.NOT_QUORATE
    yield f"{say(Phrase.RESULT, language)}:"
    yield (f"  {say(Phrase.RECEIVED, language)}: {collation.received} / {collation.sent}, {say(quorum, language)}")
    for question, tally in zip(facts.questions, collation.tallies, strict=True):
        yield f"  {_clean(question.text)}"
        yield f"      {_tally(question, tally, language, is_quorate=collation.is_quorate)}"


def _answers(opinion: OpinionFacts, questions: tuple[Question, ...], language: Language) -> str:
    if not opinion.answers:
        return say(Phrase.NO_ANSWER, language)
    chosen = []
    for question, answer in zip(questions, opinion.answers, strict=True):
        text = f": {_clean(answer.text)}" if answer.text else ""
        chosen.append(_option(question, answer.option) + text)
    remark = f" [{_clean(opinion.remark)}]" if opinion.remark else ""
    return "; ".join(chosen) + remark


def _tally(question: Question, tally: QuestionTally, language: Language, *, is_quorate: bool) -> str:
    counts = ", ".join(f"{_option(question, each.option)} {each.count}" for each in tally.counts)
    silent = f"{say(Phrase.NO_ANSWER, language)} {tally.no_answer}"
    if tally.carried is None:
        outcome = say(Phrase.NOT_CARRIED, language)
    else:
        phrase = Phrase.CARRIED_BY_TIE_RULE if tally.by_tie_rule else Phrase.CARRIED
        outcome = f"{_option(question, tally.carried)}: {say(phrase, language)}"
        if not is_quorate:
            outcome += f", {say(Phrase.WITHOUT_QUORUM, language)}"
    return f"{counts}, {silent} → {outcome}"


def _option(question: Question, key: str) -> str:
    option = question.option(key)
    return _clean(key if option is None else option.text)


def _clean(text: str) -> str:
    """One line without control characters: whoever wrote a statement does not write the report."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _time(at: datetime, zone: tzinfo) -> str:
    try:
        at = at.astimezone(zone)
    except OverflowError:  # the last hours of the year 9999
        at = at.astimezone(UTC)
    return at.isoformat(sep=" ", timespec="seconds")
