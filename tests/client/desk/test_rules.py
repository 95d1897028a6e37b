"""Working days, deadlines and what a new ballot begins with."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ecabinet import resources
from ecabinet.client.desk.errors import BadRules
from ecabinet.client.desk.rules import Calendar, usual_rules
from ecabinet.core.ballots import Priority, TieRule

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
    rule = usual_rules().rule_for("H49.1", FRIDAY)
    assert "72/2025/QH15" in rule.legal_basis
    assert rule.silence_counts_as is None
    assert rule.in_words


def test_no_rule_is_in_force_before_its_day() -> None:
    with pytest.raises(BadRules):
        usual_rules().rule_for("H49.1", date(2025, 6, 30))


def test_the_rule_follows_from_the_body_and_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body's own rules come before the shipped ones; which of them, the narrowest pattern says, and then the day."""
    shipped = json.loads(resources.path("rules", "ballots.json").read_text("utf-8"))["rules"][0]
    law = {"document": "Luật số 72/2025/QH15", "article": 40, "clause": 2}

    def rule(day: str, *bodies: str, **changes: object) -> dict[str, object]:
        return {**shipped, "bodies": bodies, "effective_from": day, "basis": [law], "in_words": day, **changes}

    own = [
        rule("2026-01-01", "H49.*"),
        rule("2026-06-01", "H49.*", late_answers_count=True),
        rule("2025-09-01", "H49.7"),
        rule("2027-01-01", "H49.*"),
        rule("2025-07-01", "*", tie="none"),
    ]
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": own, "holidays": ["2026-11-23"]}), "utf-8")
    monkeypatch.setenv("ECABINET_RULES", str(path))
    usual = usual_rules()
    for body, day, expected in (
        ("H49.1", date(2026, 5, 31), "2026-01-01"),
        ("H49.1", date(2026, 6, 1), "2026-06-01"),
        ("H49.1", date(2027, 1, 1), "2027-01-01"),
        ("H49.7", FRIDAY, "2025-09-01"),
        ("H50.1", FRIDAY, "2025-07-01"),
    ):
        assert usual.rule_for(body, day).in_words == expected
    assert usual.rule_for("H49.1", FRIDAY).late_answers_count
    assert usual.rule_for("H49.1", FRIDAY).legal_basis == "Khoản 2 Điều 40 Luật số 72/2025/QH15"
    assert usual.rule_for("H50.1", FRIDAY).tie is TieRule.NONE
    assert not usual.calendar.is_worked(date(2026, 11, 23))
    assert usual.working_days[Priority.NORMAL] == 5


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"rules": [{}]}', '{"rules": 3}', '{"closes_at": "noon"}', '{"holidays": [1]}']
)
def test_a_file_of_no_use_is_told_as_such(text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rules.json"
    if text is not None:
        path.write_text(text, "utf-8")
    monkeypatch.setenv("ECABINET_RULES", str(path))
    with pytest.raises(BadRules):
        usual_rules()
