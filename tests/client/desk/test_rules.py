"""Working days, deadlines and what a new ballot begins with."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ecabinet.client.desk.rules import Calendar, usual_rules
from ecabinet.core.ballots import Priority

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FRIDAY = date(2026, 11, 20)


def test_days_off_are_not_counted() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 11, 23)}), working_weekends=frozenset({date(2026, 11, 28)}))
    assert calendar.after(FRIDAY, 1) == date(2026, 11, 24)
    assert calendar.after(FRIDAY, 5) == date(2026, 11, 28)
    assert calendar.after(FRIDAY, 6) == date(2026, 11, 30)
    assert calendar.after(FRIDAY, 0) == FRIDAY


@pytest.mark.parametrize(("priority", "day"), [(Priority.FLASH, 23), (Priority.URGENT, 25), (Priority.NORMAL, 27)])
def test_a_deadline_is_the_usual_hour_of_a_working_day_there(priority: Priority, day: int) -> None:
    late_in_hanoi = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    deadline = usual_rules().deadline(priority, late_in_hanoi, HANOI)
    assert deadline == datetime.combine(date(2026, 11, day), time(17), HANOI)


def test_less_than_a_working_day_is_nearly_due() -> None:
    calendar = usual_rules().calendar
    now = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert calendar.is_nearly_due(datetime(2026, 11, 23, 10, 0, tzinfo=UTC), now, HANOI)
    assert not calendar.is_nearly_due(datetime(2026, 11, 24, 1, 0, tzinfo=UTC), now, HANOI)


def test_the_usual_rule_names_its_legal_basis() -> None:
    rule = usual_rules().rule
    assert "72/2025/QH15" in rule.legal_basis
    assert rule.silence_counts_as is None
    assert rule.in_words
