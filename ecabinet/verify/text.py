"""The report as text, for people: first the conclusion, then every check, then what the ballot came to."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography import x509

from ecabinet.core.ballots import Question, QuestionTally, is_passed
from ecabinet.core.evidence import (
    Bundle,
    Check,
    Culprit,
    ExitCode,
    Facts,
    Fault,
    Finding,
    Flaw,
    OpinionFacts,
    Report,
    UnreadableBundle,
    Verdict,
)
from ecabinet.verify.certificates import fingerprint, name_in_words, registrar_in, subject_in_words
from ecabinet.verify.words import Language, Phrase, say


def write(name: str, bundle: Bundle, report: Report, anchors: Sequence[bytes], language: Language) -> str:
    """The report on the bundle in file `name`. `anchors` are the certificates (DER) that were trusted."""
    lines = [*_head(name, report.exit_code, language)]
    if report.facts is not None:
        lines += ["", *_facts(report.facts, language)]
    lines += ["", *_certificates(bundle, anchors, language)]
    lines += ["", f"{say(Phrase.CHECKS, language)}:"]
    for number, result in enumerate(report.checks, 1):
        lines.append(f"  {number:2}. [{say(result.verdict, language)}] {say(result.check, language)}")
        lines += [f"      - {_finding(each, language)}" for each in result.findings]
    if report.facts is not None:
        lines += ["", *_count(report.facts, language)]
    return "\n".join([*lines, "", say(Phrase.NOT_PROVEN, language), ""])


def write_unreadable(name: str, error: UnreadableBundle, language: Language, *, is_pdf: bool) -> str:
    """The report on a file that is no bundle."""
    place = f": {clean(error.place)}" if error.place else ""
    advice = advice_on(error.flaw, is_pdf=is_pdf)
    lines = [
        *_head(name, ExitCode.UNREADABLE, language),
        f"  {say(error.flaw, language)}{place}",
        f"  {say(advice, language)}" if advice else f"  {say(Phrase.BLAME, language)} {say(Culprit.BUNDLE, language)}",
    ]
    return "\n".join([*lines, ""])


def advice_on(flaw: Flaw, *, is_pdf: bool) -> Phrase | None:
    """What to do about a file that is no bundle, where that is plain."""
    if is_pdf:
        return Phrase.IS_PDF
    return Phrase.GET_AGAIN if flaw in {Flaw.CUT_SHORT, Flaw.EMPTY} else None


def _certificates(bundle: Bundle, anchors: Sequence[bytes], language: Language) -> Iterable[str]:
    """What was trusted, and what the bundle brings, to be compared."""
    registrar = registrar_in(bundle)
    named = [] if registrar is None else [(Phrase.REGISTRAR_NAMED, registrar)]
    for phrase, certificate in [*((Phrase.TRUSTED, each) for each in anchors), *named]:
        yield f"{say(phrase, language)}: {clean(subject_in_words(certificate, language))}"
        yield f"      SHA-256 {fingerprint(certificate)}"


def _head(name: str, code: ExitCode, language: Language) -> Iterable[str]:
    yield say(Phrase.TITLE, language)
    yield f"{say(Phrase.FILE, language)}: {clean(name)}"
    yield ""
    yield f"{say(Phrase.CONCLUSION, language)}: {say(code, language)}"


def _facts(facts: Facts, language: Language) -> Iterable[str]:
    zone = zone_of(facts.time_zone)
    yield f"{say(Phrase.BODY, language)}: {clean(facts.body_name)} ({clean(facts.body)})"
    yield f"{say(Phrase.SUBJECT, language)}: {clean(facts.subject)}"
    yield f"{say(Phrase.BALLOT, language)}: {facts.ballot}"
    for phrase, at in (
        (Phrase.OPENED, facts.opened_at),
        (Phrase.CLOSED, facts.closed_at),
        (Phrase.ANNOUNCED, facts.announced_at),
    ):
        yield f"{say(phrase, language)}: {local_time(at, zone)}"


def fault_in_words(finding: Finding, language: Language) -> str:
    """What was found, without place and culprit."""
    text = say(finding.fault, language)
    if finding.detail:
        text += f" ({_detail(finding, language)})"
    return f"{say(Phrase.REMARK, language)}: {text}" if finding.verdict is Verdict.PASSED else text


def _detail(finding: Finding, language: Language) -> str:
    if finding.detail in set(Check):
        return say(Check(finding.detail), language)
    if finding.fault is Fault.ANCHORED_BY_ISSUER:
        with suppress(ValueError):  # which a name of another's making may be to the library: then as it stands
            return clean(name_in_words(x509.Name.from_rfc4514_string(finding.detail), language))
    return clean(finding.detail)


def place_in_words(place: str, language: Language) -> str:
    """A file of the bundle, or an entry of the ledger."""
    return place.replace("leaf ", f"{say(Phrase.LEAF, language)} ") if " " in place else place


def blame_in_words(finding: Finding, language: Language) -> str:
    """Who did it; empty where there is nothing to blame."""
    if finding.culprit is None:
        return ""
    blame = f"{say(Phrase.BLAME, language)} {say(finding.culprit, language)}"
    return f"{blame}, {say(Phrase.OR_WRONG_TRUST, language)}" if finding.fault is Fault.NOT_ANCHORED else blame


def _finding(finding: Finding, language: Language) -> str:
    text, place = fault_in_words(finding, language), place_in_words(finding.place, language)
    where = " · ".join(clean(each) for each in (place, finding.who) if each)
    blame = f" — {blame_in_words(finding, language)}" if finding.culprit else ""
    return f"{where}: {text}{blame}" if where else f"{text}{blame}"


def _count(facts: Facts, language: Language) -> Iterable[str]:
    zone = zone_of(facts.time_zone)
    yield f"{say(Phrase.OPINIONS, language)}:"
    for opinion in facts.opinions:
        yield f"  {clean(opinion.office)}: {_answers(opinion, facts.questions, language)}"
        if opinion.accepted_at is not None:
            at = local_time(opinion.accepted_at, zone)
            yield f"      {say(Phrase.TAKEN_IN, language)} {at}, {say(Phrase.LEAF, language)} {opinion.leaf}"
    yield ""
    collation = facts.collation
    quorum = Phrase.QUORATE if collation.is_quorate else Phrase.NOT_QUORATE
    yield f"{say(Phrase.RESULT, language)}:"
    yield (f"  {say(Phrase.RECEIVED, language)}: {collation.received} / {collation.sent}, {say(quorum, language)}")
    for question, tally in zip(facts.questions, collation.tallies, strict=True):
        yield f"  {clean(question.text)}"
        yield f"      {_tally(question, tally, language, is_quorate=collation.is_quorate)}"


def _answers(opinion: OpinionFacts, questions: tuple[Question, ...], language: Language) -> str:
    if not opinion.answers:
        return say(Phrase.NO_ANSWER, language)
    chosen = []
    for question, answer in zip(questions, opinion.answers, strict=True):
        text = f": {clean(answer.text)}" if answer.text else ""
        chosen.append(option_text(question, answer.option) + text)
    remark = f" [{clean(opinion.remark)}]" if opinion.remark else ""
    return "; ".join(chosen) + remark


def _tally(question: Question, tally: QuestionTally, language: Language, *, is_quorate: bool) -> str:
    counts = ", ".join(f"{option_text(question, each.option)} {each.count}" for each in tally.counts)
    silent = f"{say(Phrase.NO_ANSWER, language)} {tally.no_answer}"
    return f"{counts}, {silent} → {outcome_in_words(question, tally, language, is_quorate=is_quorate)}"


def outcome_in_words(question: Question, tally: QuestionTally, language: Language, *, is_quorate: bool) -> str:
    """What the rule makes of a question's count."""
    motion = _MOTIONS[is_passed(question, tally)]
    if tally.carried is None:
        told = [say(each, language) for each in (motion, Phrase.NOT_CARRIED) if each is not None]
        return ": ".join(told)
    motion = motion if is_quorate else None
    told = [say(motion or Phrase.CARRIED, language)] if motion or not tally.by_tie_rule else []
    told += [say(Phrase.CARRIED_BY_TIE_RULE, language)] if tally.by_tie_rule else []
    told += [] if is_quorate else [say(Phrase.WITHOUT_QUORUM, language)]
    return f"{option_text(question, tally.carried)}: {', '.join(told)}"


_MOTIONS = {True: Phrase.PASSED_MOTION, False: Phrase.NOT_PASSED_MOTION, None: None}


def option_text(question: Question, key: str) -> str:
    """An option as the ballot words it."""
    option = question.option(key)
    return clean(key if option is None else option.text)


def clean(text: str) -> str:
    """One line without control characters: whoever wrote a statement does not write the report."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local_time(at: datetime, zone: tzinfo) -> str:
    """To the second, with the offset."""
    return in_zone(at, zone).isoformat(sep=" ", timespec="seconds")


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """The time there, or in UTC where it has none."""
    try:
        return at.astimezone(zone)
    except OverflowError:  # the last hours of the year 9999
        return at.astimezone(UTC)
