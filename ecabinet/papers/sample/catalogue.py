"""What the sample holds: one body and its people by office, a meeting with twelve papers, four ballots with two each.

The Vietnamese text lies in `resources/sample/*.json`; the papers, already made, in `resources/sample/pdf`.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecabinet import resources
from ecabinet.core.ballots import Base, DecisionRule, DisputedPoint, Option, Priority, Question, Share, TieRule
from ecabinet.core.people import Role

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body and the size of its membership."""

    code: str
    name: str
    name_en: str
    short: str
    place: str
    time_zone: str
    statutory: int
    in_office: int
    vacant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """Somebody by office. `agency` is what a member leads; `for_person` whom an assistant helps."""

    id: str
    office: str
    office_en: str
    roles: tuple[Role, ...]
    agency: str | None = None
    for_person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper: `kind` as in the body's catalogue, `number` with its symbol, or ""; `data` names the figures in it."""

    stem: str
    title: str
    kind: str
    agency: str
    number: str
    dated_on: date
    is_scan: bool = False
    data: str | None = None

    @property
    def file_name(self) -> str:
        return f"{self.stem}.pdf"

    @property
    def path(self) -> Path:
        """Where the finished PDF lies."""
        return resources.path("sample", "pdf", self.file_name)

    @property
    def source(self) -> Path:
        return resources.path("sample", "papers", f"{self.stem}.typ")

    @property
    def made_at(self) -> datetime:
        """Noon of its day: the creation time its PDF carries."""
        return datetime.combine(self.dated_on, time(12), ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter of the meeting."""

    title: str
    agency: str
    minutes: int
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The regular meeting of November 2026; `chair` and `guests` by their ids."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    chair: str
    guests: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def papers(self) -> tuple[Paper, ...]:
        """All papers in the order of the agenda."""
        return tuple(paper for item in self.items for paper in item.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBallot:
    """A ballot as the secretariat would enter it; the first paper is the submission, the second the draft."""

    key: str
    number: str
    issued_at: datetime
    subject: str
    submitter: str
    proposed_by: str
    grounds: str
    decided_by: str
    deciding_note: str
    field: str
    priority: Priority
    specialist: str
    summary: str
    disputed: tuple[DisputedPoint, ...]
    questions: tuple[Question, ...]
    deadline_at: datetime
    rule: DecisionRule
    papers: tuple[Paper, ...]


def body() -> Body:
    """The body: the People's Committee of an invented province."""
    return Body(**_read("people")["body"])


def people() -> tuple[SamplePerson, ...]:
    """Members first, the chair at their head, then the Office, then guests."""
    return tuple(
        SamplePerson(**{**person, "roles": tuple(map(Role, person["roles"]))}) for person in _read("people")["people"]
    )


def meeting() -> Meeting:
    """The meeting."""
    source = _read("meeting")
    return Meeting(
        **{
            **source,
            **_times(source, "starts_at", "ends_at"),
            "guests": tuple(source["guests"]),
            "items": tuple(Item(**{**item, "papers": _papers(item)}) for item in source["items"]),
        }
    )


def ballots() -> tuple[SampleBallot, ...]:
    """The four ballots, all under the body's one rule."""
    source = _read("ballots")
    rule = source["rule"]
    shares = {name: Share(**{**rule[name], "base": Base(rule[name]["base"])}) for name in ("quorum", "majority")}
    in_force = DecisionRule(
        **{
            **rule,
            **shares,
            "tie": TieRule(rule["tie"]),
            "effective_from": date.fromisoformat(rule["effective_from"]),
        }
    )
    return tuple(
        SampleBallot(
            **{
                **ballot,
                **_times(ballot, "issued_at", "deadline_at"),
                "priority": Priority(ballot["priority"]),
                "disputed": tuple(DisputedPoint(**point) for point in ballot["disputed"]),
                "questions": tuple(
                    Question(**{**question, "options": tuple(Option(**option) for option in question["options"])})
                    for question in ballot["questions"]
                ),
                "rule": in_force,
                "papers": _papers(ballot),
            }
        )
        for ballot in source["ballots"]
    )


def papers() -> tuple[Paper, ...]:
    """Every paper, of the meeting and of the ballots."""
    return (*meeting().papers, *(paper for ballot in ballots() for paper in ballot.papers))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.path("sample", f"{name}.json").read_text("utf-8"))
    return found


def _times(source: dict[str, Any], *names: str) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(source[name]) for name in names}


def _papers(source: dict[str, Any]) -> tuple[Paper, ...]:
    return tuple(Paper(**{**paper, "dated_on": date.fromisoformat(paper["dated_on"])}) for paper in source["papers"])
