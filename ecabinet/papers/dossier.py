"""Hồ sơ lấy ý kiến: an evidence bundle as one indexed paper, for people who will never open a container.

It is made from the bundle alone, and only of one that no check disproves; the same bundle gives the same bytes. It
proves nothing by itself: its annex names the bundle by its digest and says how that is checked.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecabinet.core import canonical
from ecabinet.core.ballots import (
    Answer,
    BallotClosed,
    BallotExtended,
    BallotOpened,
    Base,
    Opinion,
    Question,
    QuestionTally,
    Share,
    TieRule,
)
from ecabinet.core.checkpoint import unverified
from ecabinet.core.codec import Digest, Name
from ecabinet.core.evidence import Bundle, Check, Facts, Fault, OpinionFacts, Report, check
from ecabinet.core.evidence.bundle import Folder, digest_of_paper
from ecabinet.core.evidence.signings import Signing, said_in, signings
from ecabinet.core.register import BodyFounded
from ecabinet.papers.ballots import URGENCY, in_words, outcome_in_words
from ecabinet.papers.forms import printable, typeset

_Kind = TypeVar("_Kind")
_BASES = {
    Base.STATUTORY: "tổng số thành viên theo quy định",
    Base.IN_OFFICE: "tổng số thành viên hiện có",
    Base.SENT: "số phiếu gửi",
    Base.RECEIVED: "số phiếu trả lời",
}
_ACTS = {
    "ballot.opened": "Gửi phiếu lấy ý kiến",
    "ballot.extended": "Gia hạn trả lời",
    "ballot.closed": "Kết thúc lấy ý kiến",
    "ballot.result": "Ký và công bố kết quả",
}
_WORD_FOR_WORD = (
    "subject",
    "submitter",
    "grounds",
    "decided_by",
    "deciding_note",
    "field",
    "specialist",
    "summary",
)
_DIGEST_OR_ID = re.compile(r"[0-9a-f-]{36,64}|[0-9A-F]{2}(:[0-9A-F]{2}){31}")
_LONG_WORD = re.compile(r"[^\s\u200b]{24}(?=\S)")


class UnprovenBundle(ValueError):
    """No dossier is made of a bundle that a check disproves, or that can't be counted. `report` has the findings."""

    def __init__(self, report: Report) -> None:
        super().__init__("a bundle that does not prove right")
        self.report = report


def typeset_dossier(bundle: Bundle, *, digest: Digest, size: int) -> bytes:
    """The dossier of a bundle whose file has this SHA-256 and size, as a PDF.

    Raises UnprovenBundle, TypesettingError.
    """
    report = check(bundle, ())
    said_of_ballot = (said_in(each) for each in bundle.filed(Folder.BALLOT))
    opened = next((said for said in said_of_ballot if isinstance(said, BallotOpened)), None)
    if report.failures() or report.facts is None or opened is None:
        raise UnprovenBundle(report)
    said = _breakable(printable(_Dossier(bundle, report, report.facts, opened).data()))
    file = {"digest": digest, "size": f"{size:,}".replace(",", ".")}
    return typeset("dossier", said | {"file": file}, made_at=report.facts.announced_at)


class _Dossier:
    """What the form `resources/forms/dossier.typ` sets, of a bundle that proves right."""

    def __init__(self, bundle: Bundle, report: Report, facts: Facts, opened: BallotOpened) -> None:
        self._bundle, self._report, self._facts, self._opened = bundle, report, facts, opened
        self._signed = signings(bundle)
        self._opinions = {each.leaf: each.statement for each in self._signed if isinstance(each.statement, Opinion)}
        self._accepted = {each.leaf: each.accepted_at for each in self._signed}
        self._electors = {each.person: each for each in opened.electorate.electors}
        self._leaves: dict[Name, list[int]] = {}
        for leaf, said in self._opinions.items():
            self._leaves.setdefault(said.elector, []).append(leaf)
        self._counted = frozenset(line.leaf for line in facts.opinions)
        self._late = frozenset(facts.collation.late)
        self._enclosed = frozenset(digest_of_paper(name) for name in bundle.papers)
        self._zone = _zone(facts.time_zone)

    def data(self) -> dict[str, Any]:
        """JSON values."""
        facts, opened, collation = self._facts, self._opened, self._facts.collation
        electorate = opened.electorate
        return {
            "body": facts.body_name,
            "code": facts.body,
            "ballot": facts.ballot,
            **{name: getattr(opened, name) for name in _WORD_FOR_WORD},
            "urgency": URGENCY[opened.priority] or "Thường",
            "disputed": [asdict(each) for each in opened.disputed],
            "days": [f"{self._local(at):%d/%m/%Y}" for at in (facts.opened_at, facts.announced_at)],
            "sent_at": self._in_words(facts.opened_at),
            "first_deadline": self._in_words(opened.deadline_at),
            "deadline": self._in_words(collation.deadline_at),
            "extensions": [
                {"until": self._in_words(each.deadline_at), "reason": each.reason}
                for each in self._said(BallotExtended)
                if each.deadline_at <= collation.deadline_at
            ],
            "closed_at": self._in_words(facts.closed_at),
            "close_reason": next((each.reason for each in self._said(BallotClosed)), ""),
            "announced_at": self._in_words(facts.announced_at),
            "statutory": electorate.statutory,
            "in_office": electorate.in_office,
            "vacant": electorate.vacant,
            "sent": collation.sent,
            "received": collation.received,
            "is_quorate": collation.is_quorate,
            "questions": [
                self._question(question, tally)
                for question, tally in zip(opened.questions, collation.tallies, strict=True)
            ],
            "rule": self._rule(),
            "papers": [asdict(each) | {"is_enclosed": each.digest in self._enclosed} for each in opened.documents],
            "attachments": [
                asdict(each)
                | {"office": self._electors[said.elector].office, "is_enclosed": each.digest in self._enclosed}
                for said in self._opinions.values()
                for each in said.attachments
            ],
            "electors": [self._elector(line) for line in facts.opinions],
            "late": [self._late_opinion(leaf) for leaf in collation.late],
            "late_answers_count": opened.rule.late_answers_count,
            "acts": [self._act(each) for each in self._signed if each.kind in _ACTS],
            "minutes": [
                {"name": each.place, "digest": canonical.digest(each.envelope.statement)}
                for each in self._bundle.filed(Folder.MINUTES)
            ],
            "ledger": self._ledger(),
        }

    def _said(self, kind: type[_Kind]) -> list[_Kind]:
        return [each.statement for each in self._signed if isinstance(each.statement, kind)]

    # ------------------------------------------------------------ question and rule

    def _question(self, question: Question, tally: QuestionTally) -> dict[str, Any]:
        counts = {each.option: each.count for each in tally.counts}
        silence = self._opened.rule.silence_counts_as
        counted_as = None if silence is None else question.option(silence)
        return {
            "text": question.text,
            "options": [asdict(each) | {"count": counts[each.key]} for each in question.options],
            "no_answer": tally.no_answer,
            "silence": None if counted_as is None else counted_as.text,
            "outcome": outcome_in_words(question, tally, is_quorate=self._facts.collation.is_quorate),
        }

    def _rule(self) -> dict[str, Any]:
        rule, chair = self._opened.rule, self._opened.electorate.chair
        by_chair = "" if chair is None else f"theo ý kiến của người chủ trì ({self._electors[chair].office})"
        return {
            "in_words": rule.in_words,
            "legal_basis": rule.legal_basis,
            "effective_from": f"{rule.effective_from:%d/%m/%Y}",
            "quorum": self._share("ít nhất", rule.quorum),
            "majority": self._share("nhiều hơn", rule.majority),
            "tie": by_chair if rule.tie is TieRule.CHAIR else "không áp dụng",
        }

    def _share(self, compared: str, share: Share) -> str:
        sizes = {
            Base.STATUTORY: self._opened.electorate.statutory,
            Base.IN_OFFICE: self._opened.electorate.in_office,
            Base.SENT: self._facts.collation.sent,
            Base.RECEIVED: self._facts.collation.received,
        }
        return f"{compared} {share.numerator}/{share.denominator} {_BASES[share.base]} ({sizes[share.base]})"

    # ------------------------------------------------------------ electors

    def _elector(self, line: OpinionFacts) -> dict[str, Any]:
        own = self._leaves.get(line.elector, [])
        said = None if line.leaf is None else self._opinions[line.leaf]
        return {
            "office": line.office,
            "is_chair": line.elector == self._opened.electorate.chair,
            "has_proposed": self._electors[line.elector].proposed,
            "capacity": "" if said is None or said.capacity == line.office else said.capacity,
            "answers": self._answers(line.answers),
            "remark": line.remark,
            "at": "" if line.accepted_at is None else self._moment(line.accepted_at),
            "leaf": line.leaf,
            "is_late": line.leaf in self._late,
            "has_late": any(leaf in self._late for leaf in own),
            "changes": 0 if line.leaf is None else own.index(line.leaf),
            "attachments": 0 if said is None else len(said.attachments),
        }

    def _late_opinion(self, leaf: int) -> dict[str, Any]:
        said, accepted_at = self._opinions[leaf], self._accepted[leaf]
        return {
            "office": self._electors[said.elector].office,
            "at": "" if accepted_at is None else self._moment(accepted_at),
            "leaf": leaf,
            "answers": self._answers(said.answers),
            "remark": said.remark,
            "is_counted": leaf in self._counted,
        }

    def _answers(self, answers: Sequence[Answer]) -> list[dict[str, str]]:
        return [
            {"option": answer.option if option is None else option.text, "text": answer.text}
            for answer, option in (
                (answer, question.option(answer.option))
                for question, answer in zip(self._opened.questions, answers, strict=False)
            )
        ]

    # ------------------------------------------------------------ acts and ledger

    def _act(self, each: Signing) -> dict[str, Any]:
        return {
            "what": _ACTS[each.kind],
            "office": each.office,
            "at": "" if each.accepted_at is None else self._moment(each.accepted_at),
            "leaf": each.leaf,
            "digest": each.digest,
        }

    def _ledger(self) -> dict[str, Any]:
        checkpoint = unverified(self._bundle.checkpoint)
        founding = next((said_in(each) for each in self._bundle.filed(Folder.REGISTER)), None)
        registrar = founding.registrar_keys.signing_certificate if isinstance(founding, BodyFounded) else b""
        return {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "entries": len(self._bundle.entries),
            "witnesses": sum(each.fault is Fault.COSIGNED for each in self._report[Check.WITNESSES].findings),
            "has_time_stamp": self._bundle.time_stamp is not None,
            "registrar": hashlib.sha256(registrar).digest().hex(":").upper(),
        }

    # ------------------------------------------------------------ times

    def _local(self, moment: datetime) -> datetime:
        try:
            return moment.astimezone(self._zone)
        except OverflowError:  # the last hours of the year 9999
            return moment.astimezone(UTC)

    def _in_words(self, moment: datetime) -> str:
        return in_words(self._local(moment))

    def _moment(self, moment: datetime) -> str:
        """To the second, for tables."""
        return f"{self._local(moment):%H:%M:%S %d/%m/%Y}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _breakable(value: Any) -> Any:
    """So that a word longer than a column, an address or a digest, goes on in the next line."""
    match value:
        case str():
            # A digest, an id or half a fingerprint fits its line, and is copied from it.
            return value if _DIGEST_OR_ID.fullmatch(value) else _LONG_WORD.sub("\\g<0>\u200b", value)
        case dict():
            return {key: _breakable(member) for key, member in value.items()}
        case list():
            return [_breakable(member) for member in value]
        case _:
            return value
