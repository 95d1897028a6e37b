"""The report as one HTML file, for a judge to read, print and keep: Vietnamese, with English beside.

Whatever comes from the bundle is text in it: `markup` makes nothing else of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from ecabinet import __version__
from ecabinet.core.ballots import Answer, BallotOpened, Opinion, Question, QuestionTally
from ecabinet.core.checkpoint import unverified
from ecabinet.core.codec import Digest
from ecabinet.core.evidence import (
    Bundle,
    CheckResult,
    ExitCode,
    Facts,
    Fault,
    Finding,
    OpinionFacts,
    Report,
    UnreadableBundle,
    Verdict,
)
from ecabinet.core.evidence.bundle import digest_of_paper
from ecabinet.core.evidence.signings import Signing, signings
from ecabinet.core.ledger import ProofError
from ecabinet.verify.certificates import fingerprint, registrar_in, subject_in_words
from ecabinet.verify.markup import Markup, Pair, both, broken, digest, element, heading, markup, page, pairs, table
from ecabinet.verify.saved import Saved, accused
from ecabinet.verify.text import (
    advice_on,
    blame_in_words,
    fault_in_words,
    in_zone,
    local_time,
    outcome_in_words,
    place_in_words,
    zone_of,
)
from ecabinet.verify.words import Language, Phrase, say

_MEANINGS: dict[ExitCode, Pair] = {
    ExitCode.PROVEN: (
        (
            "Nếu chứng thư tin cậy (cuối báo cáo) đúng là của người phụ trách đăng ký: ý kiến nào cũng do đúng "
            "người ký, đúng nội dung đã gửi, và kết quả đúng như tính lại."
        ),
        (
            "If the certificate named below is the registrar's, then each opinion is its author's, on the very "
            "words that were sent, and the result is what they come to."
        ),
    ),
    ExitCode.DISPROVEN: (
        "Không dùng được hồ sơ này làm chứng cứ: có điều trái với chữ ký hoặc với sổ ghi nhận.",
        "This bundle is no evidence: something in it contradicts the signatures or the ledger.",
    ),
    ExitCode.UNREADABLE: (
        "Không nói được gì về tệp này: nó không đúng mẫu của hồ sơ chứng cứ.",
        "Nothing can be said of this file: it is not in the form of an evidence bundle.",
    ),
    ExitCode.INCOMPLETE: (
        "Không điều gì bị bác bỏ, nhưng hồ sơ chưa được chứng minh trọn vẹn.",
        "Nothing is disproven, but the bundle is not proven as a whole.",
    ),
}
_OFFSET = slice(len("2026-11-20T08:10:00"), None)
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_ACTS: dict[str, Pair] = {
    "ballot.opened": ("Gửi phiếu lấy ý kiến", "Sent the ballot"),
    "ballot.extended": ("Gia hạn trả lời", "Extended the deadline"),
    "opinion": ("Trả lời", "Answered"),
    "ballot.closed": ("Kết thúc lấy ý kiến", "Closed the ballot"),
    "ballot.result": ("Ký và công bố kết quả", "Signed and announced the result"),
}
_IN_ORDER = (
    "Mọi văn bản đã ký về phiếu này, theo thứ tự ghi nhận. Chữ ký không đúng được nêu ở phần các phép kiểm tra.",
    "All that was signed on this ballot, as the ledger took it in. The checks name any signature that does not hold.",
)
_UNCOUNTED = (
    "Do có điều không đạt hoặc chưa kiểm tra được, các ý kiến không được tính lại; không có bảng kết quả.",
    "As something failed or was not checked, the opinions were not counted again; there is no table of results.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The file that was checked. `digest` is empty where it could be read only once."""

    name: str
    digest: Digest
    size: int


def write(file: File, bundle: Bundle, report: Report, anchors: Sequence[bytes]) -> str:
    """The report on a bundle. `anchors` are the certificates (DER) that were trusted."""
    facts, signed = report.facts, signings(bundle)
    offices = {each.person: each.office for each in signed if each.person}
    zone = zone_of("" if facts is None else facts.time_zone)
    return page(
        say(Phrase.TITLE, Language.VIETNAMESE),
        heading("h1", _of(Phrase.TITLE)),
        _verdict(report.exit_code, _why(report, offices)),
        *_to_compare(bundle, report, anchors),
        _about(file, facts, signed),
        *(_results(facts) if facts is not None else [element("p", both(_UNCOUNTED))]),
        *(_opinions(facts, signed, zone) if facts is not None else []),
        *_acts(signed, zone),
        *_checks(report.checks, offices),
        heading("h2", ("Điều không hồ sơ nào chứng minh", "What no bundle proves")),
        element("p", both(_of(Phrase.NOT_PROVEN))),
        *_digests(file, bundle, facts, signed, anchors),
    )


def write_unreadable(file: File, error: UnreadableBundle, *, is_pdf: bool) -> str:
    """The report on a file that is no bundle."""
    told = [element("p", both(_of(error.flaw)), f": {error.place}" if error.place else "")]
    if (advice := advice_on(error.flaw, is_pdf=is_pdf)) is not None:
        told.append(element("p", both(_of(advice))))
    return page(
        say(Phrase.TITLE, Language.VIETNAMESE),
        heading("h1", _of(Phrase.TITLE)),
        _verdict(ExitCode.UNREADABLE, told),
        _about(file, None, ()),
    )


def write_saved(file: File, saved: Saved) -> str:
    """The report on what a client saved beside bundles."""
    told = [element("p", both(_of(saved.verdict)), class_="words")]
    told.append(
        element("p", both(_in_both(lambda language: f"{say(Phrase.ACCUSED, language)}: {accused(saved, language)}")))
    )
    if saved.remark is not None:
        told.append(element("p", both(_of(saved.remark))))
    return page(
        say(saved.title, Language.VIETNAMESE),
        heading("h1", _of(saved.title)),
        element("div", *told, class_=f"verdict {saved.code.name.lower()}"),
        pairs(
            (_of(Phrase.FILE), file.name),
            (("Mã băm SHA-256 của tệp", "SHA-256 of the file"), digest(file.digest)),
            *((_of(phrase), value) for phrase, value in saved.lines),
            *((_of(Phrase.TRUSTED), broken(_subject(each), "SHA-256:", *_fingerprint(each))) for each in saved.anchors),
        ),
    )


# ---------------------------------------------------------------- what it says


def _verdict(code: ExitCode, why: Iterable[str]) -> Markup:
    return element(
        "div",
        element("p", both(_of(code)), class_="words"),
        element("p", both(_MEANINGS[code])),
        *why,
        class_=f"verdict {code.name.lower()}",
    )


def _why(report: Report, offices: dict[str, str]) -> Iterable[Markup]:
    """What failed, or else what was not checked, each with the check it belongs to."""
    worst = Verdict.FAILED if report.exit_code is ExitCode.DISPROVEN else Verdict.NOT_CHECKED
    told = [
        element("li", both(_of(result.check)), ": ", _finding(finding, offices))
        for result in report.checks
        for finding in result.findings
        if finding.verdict is worst
    ]
    if told and report.exit_code is not ExitCode.PROVEN:
        yield element("ul", *told)


def _about(file: File, facts: Facts | None, signed: Sequence[Signing]) -> Markup:
    rows: list[tuple[Pair, str]] = [
        (_of(Phrase.FILE), file.name),
        (("Mã băm SHA-256 của tệp", "SHA-256 of the file"), digest(file.digest)),
        (("Kích thước", "Size"), f"{file.size:,}".replace(",", ".") + " byte"),
    ]
    opened = _opened(signed)
    if facts is not None:
        zone = zone_of(facts.time_zone)
        rows += [
            (_of(Phrase.BODY), f"{facts.body_name} ({facts.body})"),
            (_of(Phrase.SUBJECT), facts.subject),
            (_of(Phrase.BALLOT), facts.ballot),
            (_of(Phrase.OPENED), _in_words(facts.opened_at, zone)),
            (("Thời hạn trả lời", "Deadline"), _in_words(facts.collation.deadline_at, zone)),
            (_of(Phrase.CLOSED), _in_words(facts.closed_at, zone)),
            (_of(Phrase.ANNOUNCED), _in_words(facts.announced_at, zone)),
            (("Quy tắc", "Rule"), "" if opened is None else f"{opened.rule.in_words} ({opened.rule.legal_basis})"),
        ]
    else:
        claimed = ("Trích yếu (theo hồ sơ, chưa được chứng minh)", "Subject (as the bundle says, unproven)")
        rows += [] if opened is None else [(claimed, opened.subject)]
    return pairs(*rows)


def _results(facts: Facts) -> Iterable[Markup]:
    collation = facts.collation
    quorum = Phrase.QUORATE if collation.is_quorate else Phrase.NOT_QUORATE
    yield heading("h2", _of(Phrase.RESULT))
    yield element(
        "p", both(_of(Phrase.RECEIVED)), f": {collation.received} / {collation.sent} (", both(_of(quorum)), ")"
    )
    for number, (question, tally) in enumerate(zip(facts.questions, collation.tallies, strict=True), 1):
        yield heading("h3", (f"Câu {number}", f"Question {number}"))
        yield element("p", question.text)
        yield _counts(question, tally, facts)


def _counts(question: Question, tally: QuestionTally, facts: Facts) -> Markup:
    received, sent = facts.collation.received, facts.collation.sent
    rows = [
        (_option(question, each.option), str(each.count), _share(each.count, received), _share(each.count, sent))
        for each in tally.counts
    ]
    rows.append((both(_of(Phrase.NO_ANSWER)), str(tally.no_answer), "-", _share(tally.no_answer, sent)))
    heads = (
        ("Phương án", "Option"),
        ("Số phiếu", "Number"),
        ("So với phiếu trả lời", "Of those received"),
        ("So với phiếu gửi", "Of those sent"),
    )
    is_quorate = facts.collation.is_quorate
    outcome = _in_both(lambda each: outcome_in_words(question, tally, each, is_quorate=is_quorate))
    conclusion = element("p", element("b", both(("Kết quả", "Outcome")), ": "), both(outcome))
    return markup(table(heads, rows, numbers=True), conclusion)


def _opinions(facts: Facts, signed: Sequence[Signing], zone: tzinfo) -> Iterable[Markup]:
    late = frozenset(facts.collation.late)
    heads = (
        ("Chức vụ", "Office"),
        ("Trả lời", "Answer"),
        ("Ghi nhận lúc", "Taken in at"),
        ("Bản ghi số", "Leaf"),
        ("Tình trạng", "Status"),
    )
    yield heading("h2", _of(Phrase.OPINIONS))
    yield table(heads, [_line(each, facts.questions, late, zone) for each in facts.opinions])
    counted = {each.leaf for each in facts.opinions}
    offices = {each.elector: each.office for each in facts.opinions}
    rows = [
        (
            offices.get(said.elector, said.elector),
            _answers(facts.questions, said.answers, said.remark),
            _when(each.accepted_at, zone),
            str(each.leaf),
            both(("muộn, không tính", "late, not counted")),
        )
        for each, said in ((each, each.statement) for each in signed)
        if isinstance(said, Opinion) and each.leaf in late - counted
    ]
    if rows:
        yield heading("h2", ("Ý kiến trả lời muộn", "Late opinions"))
        yield table(heads, rows)


def _line(line: OpinionFacts, questions: tuple[Question, ...], late: frozenset[int], zone: tzinfo) -> Sequence[str]:
    if line.leaf is None:
        return (line.office, "-", "-", "-", both(_of(Phrase.NO_ANSWER)))
    in_time = ("muộn, được tính", "late, counted") if line.leaf in late else ("đúng hạn", "in time")
    answers = _answers(questions, line.answers, line.remark)
    return (line.office, answers, _when(line.accepted_at, zone), str(line.leaf), both(in_time))


def _answers(questions: tuple[Question, ...], answers: tuple[Answer, ...], remark: str) -> Markup:
    told = [
        element(
            "div",
            f"{number}. {_option(question, answer.option)}",
            f": {answer.text}" if answer.text.strip() else "",
        )
        for number, (question, answer) in enumerate(zip(questions, answers, strict=False), 1)
    ]
    if remark.strip():
        told.append(element("div", both(("Ý kiến chung", "Remark")), f": {remark}"))
    return markup(*told)


def _acts(signed: Sequence[Signing], zone: tzinfo) -> Iterable[Markup]:
    heads = (
        ("Bản ghi số", "Leaf"),
        ("Ghi nhận lúc", "Taken in at"),
        ("Việc", "Act"),
        ("Người ký, theo sổ đăng ký", "Signed by, as the register says"),
    )
    rows = [
        (
            str(each.leaf),
            _when(each.accepted_at, zone),
            both(_ACTS[each.kind]) if each.kind in _ACTS else each.kind,
            f"{each.office} ({each.person})" if each.person else "?",
        )
        for each in signed
    ]
    yield heading("h2", ("Ai đã ký gì, khi nào", "Who signed what, and when"))
    yield element("p", both(_IN_ORDER))
    yield table(heads, rows)


def _checks(results: Sequence[CheckResult], offices: dict[str, str]) -> Iterable[Markup]:
    heads = (
        ("Số", "No."),
        ("Phép kiểm tra", "Check"),
        ("Kết luận", "Verdict"),
        ("Điều phát hiện, nơi, do ai", "What was found, where, whose doing"),
    )
    rows = [
        (
            str(number),
            both(_of(result.check)),
            element("span", both(_of(result.verdict)), class_=result.verdict.value),
            element("ul", *(element("li", _finding(each, offices)) for each in result.findings))
            if result.findings
            else "-",
        )
        for number, result in enumerate(results, 1)
    ]
    yield heading("h2", _of(Phrase.CHECKS))
    yield table(heads, rows)


def _finding(finding: Finding, offices: dict[str, str]) -> Markup:
    parts: list[str] = [both(_in_both(lambda each: fault_in_words(finding, each)))]
    if finding.place:
        where = _in_both(lambda each: place_in_words(finding.place, each))
        parts += [" · ", both(where) if where[0] != where[1] else where[0]]
    if finding.who:
        office = offices.get(finding.who)
        parts.append(f" · {office} ({finding.who})" if office else f" · {finding.who}")
    if finding.culprit is not None:
        parts += [" — ", element("b", both(_in_both(lambda each: blame_in_words(finding, each))))]
    return markup(*parts)


def _digests(
    file: File, bundle: Bundle, facts: Facts | None, signed: Sequence[Signing], anchors: Sequence[bytes]
) -> Iterable[Markup]:
    yield heading("h2", ("Mã băm và căn cứ tin cậy", "Digests, and what was trusted"))
    rows = list(_certificates(bundle, anchors))
    rows.append((("Mã băm SHA-256 của tệp", "SHA-256 of the file"), digest(file.digest)))
    if facts is not None:
        rows.append(
            (
                ("Phiếu đã gửi (văn bản kèm chữ ký)", "The ballot as sent (statement and signature)"),
                digest(facts.opened),
            )
        )
    try:
        checkpoint = unverified(bundle.checkpoint)
        ledger = broken(f"{checkpoint.origin}, {checkpoint.size}", digest(checkpoint.root.hex()))
        rows.append((("Sổ ghi nhận: số bản ghi, gốc", "The ledger: its size and root"), ledger))
    except ProofError:
        pass  # which the check of the checkpoint has said
    enclosed = {digest_of_paper(name) for name in bundle.papers}
    opened = _opened(signed)
    for paper in () if opened is None else opened.documents:
        is_enclosed = ("có trong hồ sơ", "enclosed") if paper.digest in enclosed else ("không kèm theo", "not enclosed")
        told = f"{paper.number} {paper.title} ({paper.agency}), "
        version = (f"phiên bản {paper.version}", f"version {paper.version}")
        value = broken(markup(told, both(version), ", ", both(is_enclosed)), digest(paper.digest))
        rows.append((("Tài liệu", "Paper"), value))
    rows.append((("Chương trình kiểm tra", "Checked by"), f"ecabinet-verify {__version__}"))
    yield pairs(*rows)


def _of(word: Enum) -> Pair:
    return say(word, Language.VIETNAMESE), say(word, Language.ENGLISH)


def _in_both(speak: Callable[[Language], str]) -> Pair:
    return speak(Language.VIETNAMESE), speak(Language.ENGLISH)


def _option(question: Question, key: str) -> str:
    option = question.option(key)
    return key if option is None else option.text


def _share(count: int, whole: int) -> str:
    return "-" if not whole else f"{count / whole:.1%}".replace(".", ",")


def _when(at: datetime | None, zone: tzinfo) -> str:
    """For tables: to the second, with the offset."""
    if at is None:
        return "-"
    here = in_zone(at, zone)
    return f"{here:%H:%M:%S %d/%m/%Y} ({here.isoformat(timespec='seconds')[_OFFSET]})"


def _in_words(at: datetime, zone: tzinfo) -> Markup:
    """As papers write it out, in Vietnamese; to the second, with the offset, in English."""
    here = in_zone(at, zone)
    vietnamese = f"{here:%H giờ %M phút}, {_WEEKDAYS[here.weekday()]}, ngày {here:%d/%m/%Y}"
    return both((vietnamese, local_time(at, zone)))


def _certificates(bundle: Bundle, anchors: Sequence[bytes]) -> Iterable[tuple[Pair, str]]:
    """What was trusted, and what the bundle brings, to be compared."""
    registrar = registrar_in(bundle)
    named = [] if registrar is None else [(Phrase.REGISTRAR_NAMED, registrar)]
    for phrase, certificate in [*((Phrase.TRUSTED, each) for each in anchors), *named]:
        yield _of(phrase), broken(_subject(certificate), "SHA-256:", *_fingerprint(certificate))


def _to_compare(bundle: Bundle, report: Report, anchors: Sequence[bytes]) -> Iterable[Markup]:
    """The certificates, right below the verdict where that hangs on them."""
    if any(finding.fault is Fault.NOT_ANCHORED for _, finding in report.failures()):
        yield pairs(*_certificates(bundle, anchors))


def _fingerprint(certificate: bytes) -> Iterable[str]:
    """In lines that fit a printed page."""
    written = fingerprint(certificate)
    middle = len(written) // 2 + 1
    return digest(written[:middle]), digest(written[middle:])


def _subject(certificate: bytes) -> str:
    told = _in_both(lambda each: subject_in_words(certificate, each))
    return both(told) if told[0] else ""


def _opened(signed: Sequence[Signing]) -> BallotOpened | None:
    return next((each.statement for each in signed if isinstance(each.statement, BallotOpened)), None)
