"""Times as people say them, in the body's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ecabinet.client.ui import words
from ecabinet.client.ui.times import Times, Urgency
from ecabinet.client.ui.words import Language

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=HANOI)
TIMES = Times(zone=HANOI, clock=lambda: NOW)
DUE = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # 11:30 in Hà Nội


def test_a_deadline_is_said_as_people_say_it() -> None:
    assert TIMES.deadline(DUE) == "thứ Hai 23/11, 11:30 — còn 2 giờ"


def test_english_says_it_its_own_way() -> None:
    words.use(Language.ENGLISH)
    assert TIMES.deadline(DUE) == "Monday 23 Nov, 11:30 — 2 h left"


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(days=5, hours=3), "còn 5 ngày"),
        (timedelta(hours=48), "còn 2 ngày"),
        (timedelta(hours=47, minutes=59), "còn 47 giờ"),
        (timedelta(minutes=60), "còn 1 giờ"),
        (timedelta(minutes=59), "còn 59 phút"),
        (timedelta(seconds=20), "còn 1 phút"),
        (timedelta(seconds=-20), "quá hạn 1 phút"),
        (timedelta(hours=-3), "quá hạn 3 giờ"),
        (timedelta(days=-4), "quá hạn 4 ngày"),
    ],
)
def test_what_is_left_is_said_in_the_unit_that_matters(away: timedelta, said: str) -> None:
    assert TIMES.left(NOW + away) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (DUE, "11 giờ 30 phút, thứ Hai, ngày 23/11/2026"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=HANOI), "08 giờ 00, thứ Hai, ngày 23/11/2026"),
        (datetime(2027, 1, 3, 17, 5, tzinfo=HANOI), "17 giờ 05 phút, Chủ Nhật, ngày 03/01/2027"),
    ],
)
def test_the_exact_time_is_written_as_on_papers(at: datetime, said: str) -> None:
    assert TIMES.exact(at) == said


def test_another_year_is_named() -> None:
    assert TIMES.short(datetime(2027, 1, 4, 17, 0, tzinfo=HANOI)) == "thứ Hai 04/01/2027, 17:00"


def test_a_day_before_the_tenth_is_written_with_a_zero_as_on_papers() -> None:
    assert TIMES.short(datetime(2026, 12, 2, 17, 0, tzinfo=HANOI)) == "thứ Tư 02/12, 17:00"


def test_the_zone_decides_the_day() -> None:
    late = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert TIMES.short(late) == "thứ Ba 24/11, 01:00"
    assert TIMES.urgency(late) is Urgency.SOON


@pytest.mark.parametrize(
    ("at", "urgency"),
    [
        (NOW, Urgency.OVERDUE),
        (NOW + timedelta(minutes=1), Urgency.TODAY),
        (NOW.replace(hour=23, minute=59), Urgency.TODAY),
        (NOW + timedelta(days=3), Urgency.SOON),
        (NOW + timedelta(days=4), Urgency.LATER),
    ],
)
def test_urgency_counts_calendar_days(at: datetime, urgency: Urgency) -> None:
    assert TIMES.urgency(at) is urgency
