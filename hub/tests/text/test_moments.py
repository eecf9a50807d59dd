"""Dates from outside: whatever the text, a date in range or none, and never an exception."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.formats.conventions import iso_date as iso_date_of_files
from academichub.sources.arxiv.xml import eastern_day, utc_day
from academichub.sources.dates import from_parts, iso_date
from academichub.text.moments import FIRST_YEAR, LAST_YEAR, day_before, moment, retry_after

HUGE = "99999999999999999999"
NUMBERS = st.sampled_from(
    [
        "0",
        "1",
        "-1",
        "00",
        "12",
        "29",
        "2026",
        "1599",
        "2200",
        "9999",
        "0001",
        HUGE,
        "9" * 5000,
        "٣",
        "²",
    ]
)
WORDS = st.sampled_from(
    [
        "Mon,",
        "Jun",
        "June",
        "GMT",
        "Z",
        "T",
        "-",
        "+",
        ":",
        ",",
        " ",
        "/",
        ".",
        "年",
        "月",
        "W",
        "\ud800",
        "\0",
    ]
)
LIKE_DATES = st.lists(NUMBERS | WORDS, max_size=14).map("".join) | st.lists(
    NUMBERS | WORDS, max_size=14
).map(" ".join)
TEXTS = LIKE_DATES | st.text(st.characters(exclude_categories=()), max_size=70)


@given(TEXTS)
def test_no_text_makes_a_reader_of_dates_fail(text: str) -> None:
    counted = moment(text)
    if counted is not None:
        assert FIRST_YEAR <= counted.year <= LAST_YEAR
        for zone in (UTC, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")):
            assert abs(counted.astimezone(zone) - counted) == timedelta(0)
    for read in (iso_date, iso_date_of_files, eastern_day, utc_day):
        day = read(text)
        assert day == "" or day.encode("ascii")
    wait = retry_after(text)
    assert wait is None or 0 <= wait <= 86_400


@given(
    st.lists(st.integers() | st.floats() | st.none() | TEXTS | st.lists(st.integers()), max_size=4)
)
def test_no_parts_make_a_date_fail(parts: list[object]) -> None:
    text = from_parts(parts)
    assert text == "" or FIRST_YEAR <= int(text[:4]) <= LAST_YEAR


@given(
    st.datetimes(datetime(1700, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)).map(
        lambda d: d.replace(microsecond=0)
    )
)
def test_times_in_range_are_read_in_both_forms(time: datetime) -> None:
    assert moment(time.isoformat()) == time
    assert moment(format_datetime(time)) == time
    assert moment(format_datetime(time, usegmt=True)) == time


@pytest.mark.parametrize(
    "text",
    [
        f"Mon, 29 Jun {HUGE} 00:00:00 GMT",
        f"Mon, {HUGE} Jun 2026 00:00:00 GMT",
        f"Mon, 29 Jun 2026 {HUGE}:00:00 GMT",
        f"Mon, 29 Jun 2026 00:00:00 +{HUGE}",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "Mon, 01 Jan 1500 00:00:00 +2359",
    ],
)
def test_a_time_out_of_range_is_none(text: str) -> None:
    assert moment(text) is None
    assert (eastern_day(text), utc_day(text), retry_after(text)) == ("", "", None)


def test_a_day_of_twenty_digits_leaves_the_month() -> None:
    assert from_parts([2026, 6, int(HUGE)]) == "2026-06"
    assert from_parts([2026, int(HUGE), 1]) == "2026"
    assert from_parts([int(HUGE), 6, 1]) == ""


def test_a_pause_is_counted_from_the_servers_clock() -> None:
    clock = datetime(2026, 6, 24, 12, 0, tzinfo=UTC)
    assert retry_after("Wed, 24 Jun 2026 12:01:30 GMT", clock) == 90
    assert retry_after("Wed, 24 Jun 2026 11:00:00 GMT", clock) == 0
    assert retry_after("9" * 5000) == 86_400
    assert retry_after("00000000000000000007") == 7


@given(st.dates(), st.integers(-5000, 5000))
def test_counting_days_stays_in_the_calendar(day: date, days: int) -> None:
    counted = date.fromisoformat(day_before(day.isoformat(), days))
    try:
        assert counted == day - timedelta(days=days)
    except OverflowError:
        assert counted == (date.min if days > 0 else date.max)
