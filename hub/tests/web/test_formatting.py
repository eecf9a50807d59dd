"""Days, moments, numbers and snippets in the words of a language, by value."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.web.formatting import (
    emphasised,
    format_datetime_in,
    format_day,
    format_moment,
    format_number,
    text_language,
)


def test_days_in_both_languages() -> None:
    assert format_day("2026-06-24", "en") == "June 24, 2026"
    assert format_day("2026-06-24T23:59:00", "en", "MMM d") == "Jun 24"
    assert format_day("2026-06-24", "zh-CN") == "2026年6月24日"


@pytest.mark.parametrize("text", ["", "2026", "2026-06", "2026-13-01", "soon"])
def test_what_is_not_a_whole_day_stays_as_it_is(text: str) -> None:
    assert format_day(text, "en") == text
    assert format_day(text, "zh-CN") == text


def test_a_moment_is_written_in_its_own_time_zone() -> None:
    west = timezone(timedelta(hours=-4), "EDT")
    moment = datetime(2026, 6, 24, 20, 30, tzinfo=west)
    # CLDR parts the time from its "PM" by a narrow no-break space.
    assert format_datetime_in(moment, "en").replace("\u202f", " ") == "Jun 24, 2026, 8:30:00 PM EDT"
    assert format_moment("2026-06-24T20:30:00+00:00", "zh-CN") == "2026年6月24日 20:30:00 UTC"
    assert format_moment("yesterday", "en") == "yesterday"


def test_numbers_have_three_decimals_at_most() -> None:
    assert format_number(1234567, "en") == "1,234,567"
    assert format_number(0.123456, "zh-CN") == "0.123"


def test_a_text_is_chinese_where_a_third_of_its_letters_are() -> None:
    assert text_language("规划 a map") == "en", "2 of 6"
    assert text_language("规划图 a map") == "zh", "3 of 7"
    assert text_language("") == "en"


@given(st.text(alphabet="<>/markscript &\"'=", max_size=60))
def test_a_snippet_has_no_element_but_mark(text: str) -> None:
    shown = str(emphasised(f"<mark>a</mark>{text}"))
    assert shown.startswith("<mark>a</mark>")
    assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")
