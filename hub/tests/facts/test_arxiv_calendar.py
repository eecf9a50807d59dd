"""The calendar of arXiv: its derived year against the federal rule, and a reminder to extend it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from academichub.facts.arxiv_calendar import (
    CALENDAR_ENDS,
    HOLIDAYS,
    day_kind,
    explain_empty,
)
from academichub.i18n.message_text import message_text

NOTICE = timedelta(days=60)
"""How long before the end of the table the reminder starts to fail."""

MONDAY, THURSDAY = 0, 3


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """Return the number-th such weekday of a month."""
    days = (date(year, month, 1) + timedelta(days=offset) for offset in range(31))
    return [day for day in days if day.month == month and day.weekday() == weekday][number - 1]


def observed(day: date) -> date:
    """Return the day a federal holiday of a fixed date is observed on (5 U.S.C. 6103)."""
    return day + {5: -timedelta(days=1), 6: timedelta(days=1)}.get(day.weekday(), timedelta())


def federal_holidays(year: int) -> dict[str, str]:
    """Return day -> name of the federal holidays of a year on which arXiv announces nothing.

    New Year's Day of the next year is among them where it is observed on the last day of this one.
    """
    fixed = {
        "new_year": [date(year, 1, 1), date(year + 1, 1, 1)],
        "juneteenth": [date(year, 6, 19)],
        "independence_day": [date(year, 7, 4)],
        "christmas": [date(year, 12, 25)],
    }
    names = {
        nth_weekday(year, 1, MONDAY, 3): "mlk_day",
        nth_weekday(year, 9, MONDAY, 1): "labor_day",
        nth_weekday(year, 11, THURSDAY, 4): "thanksgiving",
    }
    for name, days in fixed.items():
        for day in days:
            names[observed(day)] = name if observed(day) == day else f"{name}_observed"
    return {day.isoformat(): name for day, name in names.items() if day.year == year}


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_table_has_the_federal_holidays_of_a_year(year: int) -> None:
    table = {
        day: name
        for day, name in HOLIDAYS.items()
        if day.startswith(str(year)) and name != "winter_break"
    }
    assert table == federal_holidays(year)


def test_the_days_of_2027_are_those_worked_out_by_hand() -> None:
    assert [day for day in HOLIDAYS if day.startswith("2027")] == [
        "2027-01-01", "2027-01-18", "2027-06-18", "2027-07-05", "2027-09-06", "2027-11-25", "2027-12-24",
        "2027-12-31",
    ]  # fmt: skip


def test_holidays_are_weekdays_within_the_table() -> None:
    for day in HOLIDAYS:
        assert date.fromisoformat(day).weekday() < 5, day
        assert date.fromisoformat(day) <= CALENDAR_ENDS, day
        assert day_kind(day) == "holiday"


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        ("2027-06-18", "Juneteenth (observed)", "六月节（补假）"),
        ("2027-12-24", "Christmas (observed)", "圣诞节（补假）"),
        ("2027-12-31", "New Year's Day (observed)", "元旦（补假）"),
    ],
)
def test_an_observed_holiday_is_named_in_both_languages(
    day: str, english: str, chinese: str
) -> None:
    assert english in message_text(explain_empty(day))
    assert chinese in message_text(explain_empty(day), "zh-CN")


def reminder(today: date) -> str:
    """Return what to do about a table that ends soon; empty while it reaches far enough."""
    if today < CALENDAR_ENDS - NOTICE:
        return ""
    year = CALENDAR_ENDS.year + 1
    return (
        f"the calendar of arXiv ends on {CALENDAR_ENDS}: add the days of {year} from "
        "https://info.arxiv.org/help/availability.html to HOLIDAYS in "
        "hub/src/academichub/facts/arxiv_calendar.py, give each new name a `holiday.NAME` in "
        f"i18n/messages_*.po, and set CALENDAR_ENDS to {year}-12-31"
    )


def test_the_table_reaches_at_least_sixty_days_ahead() -> None:
    assert not (message := reminder(datetime.now(UTC).date())), message


def test_the_reminder_starts_sixty_days_before_the_end() -> None:
    assert reminder(date(2027, 10, 31)) == ""
    assert "2028" in reminder(date(2027, 11, 1))
