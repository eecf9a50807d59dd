"""Dates, names and languages of reference managers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.formats.bibtex_names import bibtex_name, bibtex_names
from academichub.formats.conventions import dated, full_name, iso_date, language_code, month_number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-06-12", "2026-06-12"),
        ("2026/06/12/", "2026-06-12"),
        ("2026/6//", "2026-06"),
        ("2026///", "2026"),
        ("2026-06-31", "2026-06"),
        ("2024-02-29", "2024-02-29"),
        ("2026-02-29", "2026-02"),
        ("2026年6月3日", "2026-06-03"),
        ("2026年6月", "2026-06"),
        ("12 June 2026", "2026-06-12"),
        ("June 2026", "2026-06"),
        ("2004a", "2004"),
        ("2020-05-03/2020-06-01", "2020-05-03"),
        ("2026-06-12T10:00:00Z", "2026-06-12"),
        ("in press", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_dates(text: str, day: str) -> None:
    assert iso_date(text) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("jun", 6),
        ("June", 6),
        ("06", 6),
        ("6", 6),
        ("6月", 6),
        ("jun~12", 6),
        ("13", 0),
        ("", 0),
        ("x", 0),
    ],
)
def test_months(text: str, number: int) -> None:
    assert month_number(text) == number


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_dates_never_raise_and_are_whole(year: str, month: str, day: str) -> None:
    for found in (iso_date(f"{year} {month} {day}"), dated(year, month, day)):
        assert len(found) in (0, 4, 7, 10)
        assert not found or (found[:4].isdigit() and found.isascii())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Curie, Ada B. and Lovelace, Marie", ["Ada B. Curie", "Marie Lovelace"]),
        ("Ludwig van Beethoven", ["Ludwig van Beethoven"]),
        ("van Beethoven, Ludwig", ["Ludwig van Beethoven"]),
        ("King, Jr., Martin Luther", ["Martin Luther King, Jr."]),
        ("John Smith, Jr.", ["John Smith, Jr."]),
        ("{Barnes and Noble, Inc.} and Knuth, Donald", ["Barnes and Noble, Inc.", "Donald Knuth"]),
        ("Okafor, Ada and others", ["Ada Okafor"]),
        (
            r"G{\"o}del, Kurt and {\'E}. Cartan and Erd{\H o}s, P{\'a}l",
            ["Kurt Gödel", "É. Cartan", "Pál Erdős"],
        ),
        ("王小明 and 李, 华", ["王小明", "李华"]),
        ("王小明；李华、张三", ["王小明", "李华", "张三"]),
        ("A. One\n    AND B. Two", ["A. One", "B. Two"]),
        (
            r"A. One and \'Alvaro Two and {\'E}ric {Three and Four}",
            ["A. One", "Álvaro Two", "Éric Three and Four"],
        ),
        ("", []),
        (" and ", []),
    ],
)
def test_name_lists(text: str, names: list[str]) -> None:
    assert bibtex_names(text) == names


@given(st.text(max_size=60))
def test_any_name_list_is_read_as_names_on_one_line(text: str) -> None:
    assert all(name and name == " ".join(name.split()) for name in bibtex_names(text))


def test_a_name_in_braces_is_one_name() -> None:
    assert bibtex_name("{Barnes, Noble and Sons}") == "Barnes, Noble and Sons"


def test_a_suffix_is_no_given_name() -> None:
    assert full_name("Sample", "Jr.") == "Sample, Jr."
    assert full_name("Sample", "Ray", "III") == "Ray Sample, III"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("english", "en"),
        ("en-us", "en-US"),
        ("zh_CN", "zh-CN"),
        ("中文", "zh"),
        ("zh-hans", "zh-Hans"),
        ("?", ""),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert language_code(text) == code
