"""A body's usual rules for ballots, and its working days: data with a legal basis, shipped, not constants.

`resources/rules/ballots.json`; the holidays of a year are filled in when they have been announced.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ecabinet import resources
from ecabinet.core import codec
from ecabinet.core.ballots import DecisionRule, Priority

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
class UsualRules:
    """What a new ballot begins with."""

    rule: DecisionRule
    working_days: dict[Priority, int]
    closes_at: time
    calendar: Calendar

    def deadline(self, priority: Priority, now: datetime, zone: ZoneInfo) -> datetime:
        """At the usual hour, so many working days from now."""
        day = self.calendar.after(now.astimezone(zone).date(), self.working_days[priority])
        return datetime.combine(day, self.closes_at, zone)


def usual_rules() -> UsualRules:
    """As shipped."""
    told = json.loads(resources.path("rules", "ballots.json").read_text("utf-8"))
    return UsualRules(
        rule=codec.from_value(DecisionRule, told["rule"]),
        working_days={Priority(name): days for name, days in told["working_days"].items()},
        closes_at=time.fromisoformat(told["closes_at"]),
        calendar=Calendar(
            holidays=frozenset(map(date.fromisoformat, told["holidays"])),
            working_weekends=frozenset(map(date.fromisoformat, told["working_weekends"])),
        ),
    )
