"""By which rule a body's ballots are counted, and its working days: data with a legal basis, not constants.

Which rule it is follows from the body and the day, and from nothing else: of those for a body's identifier code (the
narrowest pattern that fits it) the one that took effect last. `resources/rules/ballots.json` is what is shipped; the
file that `ECABINET_RULES` names, of the same form, comes before it, member by member: there a body writes its own rules
with document, article and clause, and the holidays of a year when they have been announced.
"""

import json
import os
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecabinet import resources
from ecabinet.client.desk.errors import BadRules
from ecabinet.core import codec
from ecabinet.core.ballots import DecisionRule, Priority
from ecabinet.core.codec import AgencyCode

_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days are worked."""

    holidays: frozenset[date]
    working_weekends: frozenset[date]
    """Days at a week-end that are worked instead of others."""

    def is_worked(self, day: date) -> bool:
        return day in self.working_weekends or (day.weekday() < _SATURDAY and day not in self.holidays)

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""
        while count:
            day += timedelta(days=1)
            count -= self.is_worked(day)
        return day

    def is_nearly_due(self, deadline_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
        """Whether less than a whole working day lies between."""
        today = now.astimezone(zone).date()
        return deadline_at.astimezone(zone).date() <= self.after(today, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRule:
    """A rule, and whose it is: patterns of identifier codes, `H49.*`. Without any it waits for somebody to name one."""

    bodies: tuple[str, ...]
    rule: DecisionRule

    def nearness(self, body: AgencyCode) -> int:
        """How many characters the narrowest pattern names that the code fits; -1 if it fits none."""
        return max((len(each.replace("*", "")) for each in self.bodies if fnmatchcase(body, each)), default=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualRules:
    """What a new ballot begins with."""

    rules: tuple[BodyRule, ...]
    """Of two that are alike in all else, the first is meant."""
    working_days: dict[Priority, int]
    closes_at: time
    calendar: Calendar

    def rule_for(self, body: AgencyCode, day: date) -> DecisionRule:
        """The rule in force. Raises BadRules where there is none yet."""
        in_force = [each for each in self.rules if each.nearness(body) >= 0 and each.rule.effective_from <= day]
        if not in_force:
            raise BadRules(body)
        return max(in_force, key=lambda each: (each.nearness(body), each.rule.effective_from)).rule

    def deadline(self, priority: Priority, now: datetime, zone: ZoneInfo) -> datetime:
        """At the usual hour, so many working days from now."""
        day = self.calendar.after(now.astimezone(zone).date(), self.working_days[priority])
        return datetime.combine(day, self.closes_at, zone)


def usual_rules() -> UsualRules:
    """As shipped, and as `ECABINET_RULES` says otherwise. Raises BadRules for a file that is of no use."""
    shipped = _read(resources.path("rules", "ballots.json"))
    path = os.environ.get("ECABINET_RULES")
    try:
        return _made(shipped, _read(Path(path)) if path else {})
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:  # somebody else's file
        raise BadRules(path or "") from error


def _made(shipped: dict[str, Any], own: dict[str, Any]) -> UsualRules:
    told = {**shipped, **own}
    return UsualRules(
        rules=tuple(_rule(each) for each in [*own.get("rules", ()), *shipped["rules"]]),
        working_days={Priority(name): days for name, days in told["working_days"].items()},
        closes_at=time.fromisoformat(told["closes_at"]),
        calendar=Calendar(
            holidays=frozenset(map(date.fromisoformat, told["holidays"])),
            working_weekends=frozenset(map(date.fromisoformat, told["working_weekends"])),
        ),
    )


def _read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def _rule(told: dict[str, Any]) -> BodyRule:
    members = {name: value for name, value in told.items() if name not in {"bodies", "basis"}}
    basis = "; ".join(_basis(each) for each in told["basis"])
    rule = codec.from_value(DecisionRule, {**members, "legal_basis": basis[:1].upper() + basis[1:]})
    return BodyRule(bodies=tuple(told["bodies"]), rule=rule)


def _basis(told: dict[str, Any]) -> str:
    """As Decree 30/2020 has it: khoản 2 Điều 40 Luật …; where article or clause is not told, without."""
    clause = f"khoản {told['clause']} " if told.get("clause") else ""
    article = f"Điều {told['article']} " if told.get("article") else ""
    return f"{clause}{article}{told['document']}"
