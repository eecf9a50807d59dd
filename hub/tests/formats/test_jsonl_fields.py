"""Typed values of JSON lines: what each type accepts, its bounds, and the message of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.formats.jsonl_fields import (
    BadLineError,
    cleaned,
    day_of,
    rows_of,
    text_of,
    text_or_number,
    texts_of,
    version_of,
)
from academichub.formats.protocol import MAX_ABSTRACT, MAX_AUTHORS, MAX_NAME


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (text_of, "  a b ", "a b"),
        (text_of, None, ""),
        (texts_of, [" a ", "", "  ", "b"], ("a", "b")),
        (texts_of, None, ()),
        (texts_of, "", ()),
        (rows_of, [{"a": 1}], [{"a": 1}]),
        (rows_of, None, []),
        (day_of, "2024-02-29", "2024-02-29"),
        (day_of, "", ""),
        (text_or_number, 12, "12"),
        (text_or_number, " 12a ", "12a"),
        (text_or_number, None, ""),
        (text_or_number, 0, "0"),
    ],
)
def test_a_value_of_the_type_is_taken(
    read: Callable[[dict[str, Any], str], object], value: object, expected: object
) -> None:
    assert read({"x": value}, "x") == expected


@pytest.mark.parametrize(
    ("read", "value", "code"),
    [
        (text_of, 7, "skipped.not_text"),
        (text_of, ["a"], "skipped.not_text"),
        (text_of, "a" * (MAX_ABSTRACT + 1), "skipped.text_too_long"),
        (texts_of, "a", "skipped.not_texts"),
        (texts_of, ["a"] * (MAX_AUTHORS + 1), "skipped.not_texts"),
        (texts_of, ["a", 7], "skipped.texts_too_long"),
        (texts_of, ["a" * (MAX_NAME + 1)], "skipped.texts_too_long"),
        (rows_of, [{}, "a"], "skipped.not_objects"),
        (rows_of, {"a": 1}, "skipped.not_objects"),
        (day_of, "2026-02-29", "skipped.not_day"),
        (day_of, "20260229", "skipped.not_day"),
        (day_of, "2026-01", "skipped.not_day"),
        (day_of, "2026-01-01T00:00:00", "skipped.not_day"),
        (day_of, "٢٠٢٦-٠١-٠١", "skipped.not_day"),
        (text_or_number, True, "skipped.not_text_or_number"),
        (text_or_number, 1.5, "skipped.not_text_or_number"),
        (text_or_number, "a" * (MAX_NAME + 1), "skipped.text_too_long"),
    ],
)
def test_any_other_value_is_refused_and_the_field_is_named(
    read: Callable[[dict[str, Any], str], object], value: object, code: str
) -> None:
    with pytest.raises(BadLineError) as refused:
        read({"x": value}, "x")
    assert refused.value.code == code
    assert refused.value.params["field"] == "x"


@pytest.mark.parametrize("number", [0, 1, 9_999])
def test_a_version_is_a_number_from_0_to_9999(number: int) -> None:
    assert version_of({"version": number}) == number


@pytest.mark.parametrize("value", [None, -1, 10_000, True, 1.0, "1"])
def test_any_other_version_is_refused(value: object) -> None:
    with pytest.raises(BadLineError) as refused:
        version_of({"version": value})
    assert refused.value.code == "skipped.not_version"


@settings(max_examples=50)
@given(st.dates())
def test_every_day_of_the_calendar_is_a_day(day: date) -> None:
    assert day_of({"x": day.isoformat()}, "x") == day.isoformat()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def texts(value: object) -> list[str]:
    """Return every text in parsed JSON, names of members included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for element in value for text in texts(element)]
    if isinstance(value, dict):
        return [text for pair in value.items() for element in pair for text in texts(element)]
    return []


@settings(max_examples=50)
@given(json_values)
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_unstorable(value: object) -> None:
    once = cleaned(value)
    assert cleaned(once) == once
    for text in texts(once):
        text.encode("utf-8")  # no half of a surrogate pair
        assert "\0" not in text


def test_cleaning_reaches_names_and_values_at_any_depth() -> None:
    assert cleaned({"a\0": ["b\x07", {"c": "\ud800d"}], "n": 1}) == cleaned(
        {"a": ["b", {"c": "d"}], "n": 1}
    )
