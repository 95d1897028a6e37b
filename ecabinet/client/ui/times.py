"""Times as people say them: "thứ Hai 23/11, 11:30 — còn 2 giờ"; exact where it counts.

Times come in UTC and are shown in the body's zone (design.md, invariant 10).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum

from ecabinet.client.ui.words import Names, say


class Urgency(Enum):
    """When something falls due, in the order in which it is dealt with."""

    OVERDUE = 0
    TODAY = 1
    SOON = 2
    LATER = 3


class Weekday(Enum):
    """The days of the week."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Month(Enum):
    """The months; English names them, Vietnamese counts them."""

    JANUARY = 1
    FEBRUARY = 2
    MARCH = 3
    APRIL = 4
    MAY = 5
    JUNE = 6
    JULY = 7
    AUGUST = 8
    SEPTEMBER = 9
    OCTOBER = 10
    NOVEMBER = 11
    DECEMBER = 12


_weekday = Names("times.weekday", Weekday)
_month = Names("times.month", Month)

_SOON = timedelta(days=3)
_IN_HOURS = timedelta(hours=48)


def amount_of(length: timedelta) -> str:
    """`2 giờ`: days from 48 hours on, hours from one on."""
    hours, minutes = length // timedelta(hours=1), length // timedelta(minutes=1)
    if length >= _IN_HOURS:
        return say("times.days", count=length.days)
    return say("times.hours", count=hours) if hours else say("times.minutes", count=max(minutes, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Says times in one zone, seen from now."""

    zone: tzinfo
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def clock_time(self, at: datetime) -> str:
        """`14:02`."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """`30/11`, with the year when it is another."""
        here, now = at.astimezone(self.zone), self.clock().astimezone(self.zone)
        if here.year == now.year:
            return say("times.day", day=here.day, month=here.month, month_name=_month(Month(here.month)))
        return self._date(here)

    def recent(self, at: datetime) -> str:
        """`14:02` today, `14:02 ngày 22/11` before."""
        is_today = at.astimezone(self.zone).date() == self.clock().astimezone(self.zone).date()
        time = self.clock_time(at)
        return time if is_today else say("times.other_day", time=time, day=self.day(at))

    def short(self, at: datetime) -> str:
        """`thứ Hai 23/11, 11:30`."""
        weekday = _weekday(Weekday(at.astimezone(self.zone).weekday()))
        return say("times.short", weekday=weekday, day=self.day(at), time=self.clock_time(at))

    def left(self, at: datetime) -> str:
        """`còn 2 giờ`, or `quá hạn 3 ngày`."""
        away = at - self.clock()
        amount = amount_of(abs(away))
        return say("times.left", amount=amount) if away > timedelta(0) else say("times.overdue", amount=amount)

    def deadline(self, at: datetime) -> str:
        """`thứ Hai 23/11, 11:30 — còn 2 giờ`."""
        return say("times.deadline", when=self.short(at), left=self.left(at))

    def exact(self, at: datetime) -> str:
        """`11 giờ 30 phút, thứ Hai, ngày 23/11/2026`, as on papers; for what appears on hover."""
        here = at.astimezone(self.zone)
        if here.minute:
            time = say("times.exact_minutes", hour=here.hour, minute=here.minute)
        else:
            time = say("times.exact_hour", hour=here.hour)
        return say("times.exact", time=time, weekday=_weekday(Weekday(here.weekday())), date=self._date(here))

    def urgency(self, at: datetime) -> Urgency:
        """Where a deadline stands: overdue, today, within three days, later."""
        now = self.clock()
        if at <= now:
            return Urgency.OVERDUE
        days = at.astimezone(self.zone).date() - now.astimezone(self.zone).date()
        if not days:
            return Urgency.TODAY
        return Urgency.SOON if days <= _SOON else Urgency.LATER

    def _date(self, here: datetime) -> str:
        return say("times.date", day=here.day, month=here.month, month_name=_month(Month(here.month)), year=here.year)
