"""The Office's papers of an opinion ballot: the sheet that asks (phiếu lấy ý kiến), the report that collates.

Both say what the signed statements say and add only what a paper needs: who issues it, number, day, recipients. Times
are written out in the body's zone. A letter the typeface lacks is written as its code point, [U+1F600], so that a
member's words never keep a report from being made.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo

from ecabinet.core.ballots import (
    BallotOpened,
    Collation,
    DecisionRule,
    DisputedPoint,
    Opinion,
    Priority,
    Question,
    QuestionTally,
    Recorded,
    is_passed,
)
from ecabinet.papers.forms import printable, typeset

URGENCY = {
    Priority.NORMAL: None,
    Priority.URGENT: "Khẩn",
    Priority.VERY_URGENT: "Thượng khẩn",
    Priority.FLASH: "Hỏa tốc",
}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Who issues a paper, under which number, when, and to whom.

    `name` is the issuer within a sentence; `parent` and `agency` stand in the letterhead, `parent` may be empty.
    `issued_at` (aware) gives the day, in its own zone, and the PDF's creation time. `number` None leaves room for it.
    `signer` are authority and title, never a name.
    """

    name: str
    parent: str
    agency: str
    place: str
    number: int | None
    symbol: str
    issued_at: datetime
    signer: tuple[str, ...]
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotSheet:
    """The sheet a ballot is sent with. `attachments` are the titles of its papers; `deadline_at` in the body's zone."""

    issue: Issue
    addressee: str
    subject: str
    submitter: str
    grounds: str
    decided_by: str
    deciding_note: str
    field: str
    priority: Priority
    specialist: str
    summary: str
    disputed: tuple[DisputedPoint, ...]
    questions: tuple[Question, ...]
    rule: DecisionRule
    deadline_at: datetime
    return_to: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollationReport:
    """What a closed ballot came to.

    `recorded` are its valid opinions by ledger index, late ones too; `sheet` is the number and day of the sheet;
    `zone` is the body's.
    """

    issue: Issue
    addressee: str
    sheet: str
    opened: BallotOpened
    collation: Collation
    recorded: Mapping[int, Recorded]
    closed_at: datetime
    zone: tzinfo


def typeset_sheet(sheet: BallotSheet) -> bytes:
    """The sheet as a PDF."""
    data = asdict(sheet) | {
        "issue": _issue(sheet.issue),
        "urgency": URGENCY[sheet.priority],
        "rule": sheet.rule.in_words,
        "basis": basis_in_words(sheet.rule),
        "deadline": in_words(sheet.deadline_at),
        "deadline_at": None,
    }
    return typeset("ballot", printable(data), made_at=sheet.issue.issued_at)


def typeset_collation(report: CollationReport) -> bytes:
    """The report as a PDF."""
    opened, collation = report.opened, report.collation
    offices = {
        elector.person: elector.office + (" (cơ quan trình)" if elector.proposed else "")
        for elector in opened.electorate.electors
    }
    counted = {line.elector: report.recorded[line.leaf].opinion for line in collation.lines if line.leaf is not None}
    data = {
        "issue": _issue(report.issue),
        "addressee": report.addressee,
        "sheet": report.sheet,
        "subject": opened.subject,
        "submitter": opened.submitter,
        "grounds": opened.grounds,
        "deadline": in_words(collation.deadline_at.astimezone(report.zone)),
        "closed": in_words(report.closed_at.astimezone(report.zone)),
        "statutory": opened.electorate.statutory,
        "in_office": opened.electorate.in_office,
        "vacant": opened.electorate.vacant,
        "sent": collation.sent,
        "received": collation.received,
        "is_quorate": collation.is_quorate,
        "silent": [offices[line.elector] for line in collation.lines if line.leaf is None],
        "questions": [_question(place, report, counted, offices) for place in range(len(opened.questions))],
        "words": [
            {"office": office, "place": place, "text": text}
            for person, office in offices.items()
            if person in counted
            for place, text in _words(opened, counted[person])
        ],
        "late": [_late(opened, report.recorded[leaf], offices, report.zone) for leaf in collation.late],
        "late_answers_count": opened.rule.late_answers_count,
        "rule": opened.rule.in_words,
        "basis": basis_in_words(opened.rule),
    }
    return typeset("collation", printable(data), made_at=report.issue.issued_at)


def in_words(moment: datetime) -> str:
    """A time as papers write it out, in its own zone: 11 giờ 30 phút, thứ Hai, ngày 23/11/2026."""
    return f"{moment:%H giờ %M phút}, {_WEEKDAYS[moment.weekday()]}, ngày {moment:%d/%m/%Y}"


def basis_in_words(rule: DecisionRule) -> str:
    """By what a ballot is counted, and since when that is in force."""
    return f"{rule.legal_basis} (áp dụng từ ngày {rule.effective_from:%d/%m/%Y})"


def outcome_in_words(question: Question, tally: QuestionTally, *, is_quorate: bool) -> str:
    """What the rule makes of a question's count, as the end of a sentence."""
    carried = question.option(tally.carried) if tally.carried else None
    motion = {True: "được thông qua", False: "không được thông qua", None: ""}[is_passed(question, tally)]
    if carried is None:
        none = "không phương án nào đạt tỷ lệ quy định"
        return f"{motion} ({none})." if motion else f"{none}."
    if not is_quorate:
        return f"“{carried.text}” đạt tỷ lệ quy định nhưng chưa có hiệu lực do chưa đủ số phiếu trả lời."
    outcome = (
        f"{motion} (“{carried.text}” đạt tỷ lệ quy định)" if motion else f"phương án được chọn là “{carried.text}”"
    )
    tie = ", theo ý kiến của người chủ trì do số phiếu ngang nhau" if tally.by_tie_rule else ""
    return f"{outcome}{tie}."


def _issue(issue: Issue) -> dict[str, object]:
    day = issue.issued_at
    return asdict(issue) | {"issued_at": None, "issued_on": {"year": day.year, "month": day.month, "day": day.day}}


def _question(
    place: int,
    report: CollationReport,
    counted: Mapping[str, Opinion],
    offices: Mapping[str, str],
) -> dict[str, object]:
    opened, tally = report.opened, report.collation.tallies[place]
    question = opened.questions[place]
    silence = question.option(opened.rule.silence_counts_as) if opened.rule.silence_counts_as else None
    return {
        "text": question.text,
        "options": [
            {
                "text": option.text,
                "offices": [
                    offices[who]
                    for who in offices
                    if who in counted and counted[who].answers[place].option == option.key
                ],
            }
            for option in question.options
        ],
        "silence": silence.text if silence else None,
        "outcome": outcome_in_words(question, tally, is_quorate=report.collation.is_quorate),
    }


def _words(opened: BallotOpened, opinion: Opinion) -> list[tuple[str, str]]:
    """What somebody wrote, with where: the text of each answer, then the remark."""
    said = []
    for number, (question, answer) in enumerate(zip(opened.questions, opinion.answers, strict=True), 1):
        option = question.option(answer.option)
        if answer.text.strip() and option is not None:
            said.append((f"câu {number}, {option.text}", answer.text))
    if opinion.remark.strip():
        said.append(("ý kiến chung", opinion.remark))
    return said


def _late(opened: BallotOpened, recorded: Recorded, offices: Mapping[str, str], zone: tzinfo) -> dict[str, object]:
    answers = []
    for number, (question, answer) in enumerate(zip(opened.questions, recorded.opinion.answers, strict=True), 1):
        option = question.option(answer.option)
        if option is not None:
            answers.append(f"câu {number}: {option.text}")
    return {
        "office": offices[recorded.opinion.elector],
        "at": in_words(recorded.accepted_at.astimezone(zone)),
        "answers": answers,
        "text": "\n".join(text for _, text in _words(opened, recorded.opinion)),
    }
