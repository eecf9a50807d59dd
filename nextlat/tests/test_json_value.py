"""Parsed JSON is read by type; what does not fit is refused with its place, its value and the
rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextlat.errors import DataError
from nextlat.json_value import JsonValue, printable, read_json


def value(parsed: object) -> JsonValue:
    return JsonValue(parsed, "file", "write it again")


def test_values_come_out_with_their_type() -> None:
    document = value({"a": {"b": [1, 0.5]}, "c": "x", "d": True, "e": None})
    assert [number.number() for number in document["a"]["b"].items()] == [1, 0.5]
    assert document["c"].text() == "x"
    assert document["d"].flag() is True
    assert not document["e"].present
    assert document.get("absent").value is None
    assert document.get("absent", 7).whole() == 7
    assert list(document["a"].mapping()) == ["b"]
    assert value(3).text() == "3"
    assert isinstance(value(3.0).whole(), int)


def test_absent_and_empty_objects() -> None:
    assert value(None).optional_mapping() == value({}).optional_mapping() == {}
    assert value(None).plain() == {}
    assert value({"a": [1]}).plain() == {"a": [1]}


def test_a_place_is_named_down_to_the_item() -> None:
    document = value({"rows": [{"n": 1}, {"n": "x"}]})
    with pytest.raises(DataError, match=r"^file: rows\[1\]: n is 'x'; it must be a finite number$"):
        [row["n"].number() for row in document["rows"].items()]
    with pytest.raises(DataError, match=r"^file: rows\[0\] has no 'm'; write it again$"):
        document["rows"].items()[0]["m"]


@pytest.mark.parametrize(
    ("read", "parsed", "rule"),
    [
        (JsonValue.mapping, [1], "an object"),
        (JsonValue.plain, "x", "an object"),
        (lambda wrong: wrong["a"], 3, "an object"),
        (lambda wrong: wrong.get("a"), 3, "an object"),
        (JsonValue.items, {"a": 1}, "a list"),
        (JsonValue.items, None, "a list"),
        (JsonValue.text, None, "a name"),
        (JsonValue.flag, 1, "true, false or null"),
        (JsonValue.number, True, "a finite number"),
        (JsonValue.number, float("inf"), "a finite number"),
        (JsonValue.real, False, "a number"),
        (JsonValue.share, 1.01, "a share from 0 to 1"),
        (JsonValue.share, -0.01, "a share from 0 to 1"),
        (JsonValue.whole, 1.5, "a whole number, 0 or more"),
        (JsonValue.whole, -1, "a whole number, 0 or more"),
    ],
)
def test_what_does_not_fit_is_refused(
    read: Callable[[JsonValue], object], parsed: object, rule: str
) -> None:
    with pytest.raises(DataError, match=f"it must be {rule}"):
        read(value(parsed))


def test_infinite_numbers_are_real() -> None:
    assert value(float("-inf")).real() == float("-inf")


def test_long_values_are_cut_in_errors() -> None:
    with pytest.raises(DataError) as refused:
        value("x" * 1000).number()
    assert "x" * 60 + "'" in str(refused.value)
    assert len(str(refused.value)) < 120


def test_a_file_is_read_or_named(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    with pytest.raises(DataError, match=r"a\.json cannot be read: .*; run it first"):
        read_json(file, "run it first")
    file.write_text("{", "utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        read_json(file, "run it first")
    file.write_bytes(b"\xff")
    with pytest.raises(DataError, match="cannot be read"):
        read_json(file, "run it first")
    file.write_text('{"a": 1}', "utf-8")
    assert read_json(file, "run it first")["a"].whole() == 1


@given(st.text())
def test_printable_text_keeps_its_length_and_what_can_be_printed(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert printable(shown) == shown
    for before, after in zip(text, shown, strict=True):
        assert after in (before, " ")
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()  # no half of a surrogate pair is left
