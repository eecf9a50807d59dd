"""Author fields and dates as journals write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.sources.dates import from_parts, iso_date
from academichub.sources.feeds.author_lists import MAX_NAME_CHARS, split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Querida", ["Ada Querida"]),
        ("Ada Querida, Bo Motte and Chen Wei", ["Ada Querida", "Bo Motte", "Chen Wei"]),
        ("Ada Querida, Bo Motte, and Chen Wei", ["Ada Querida", "Bo Motte", "Chen Wei"]),
        ("\nAda Querida, \nBo van der Motte\n", ["Ada Querida", "Bo van der Motte"]),
        ("Querida, A.", ["A. Querida"]),
        ("van der Motte, Bo", ["Bo van der Motte"]),
        ("Querida, A., Motte, B.-J., Wei, C.", ["A. Querida", "B.-J. Motte", "C. Wei"]),
        ("Querida, Ada; van der Motte, Bo", ["Ada Querida", "Bo van der Motte"]),
        ("Querida A, Motte BJ, et al. ", ["A Querida", "BJ Motte"]),
        ("Ada Querida, Bo Motte, et al.", ["Ada Querida", "Bo Motte"]),
        ("Minli CHEN;Jun LI;Na WU;", ["Minli CHEN", "Jun LI", "Na WU"]),
        ("李明;王小华;张三丰", ["李明", "王小华", "张三丰"]),
        ("李明、王小华,张三丰", ["李明", "王小华", "张三丰"]),
        ("editor@journals.invalid (Ed Itor)", ["Ed Itor"]),
        ("nobody@journals.invalid", []),
        ("By Ada Querida", ["Ada Querida"]),
        ("Author(s): Ada Querida, Bo Motte", ["Ada Querida", "Bo Motte"]),
        ("Ada Querida, Jr., Bo Motte III", ["Ada Querida Jr.", "Bo Motte III"]),
        ("Ada Querida, Ada Querida", ["Ada Querida"]),
        ("R. O&#39;Invent &amp; S. M&uuml;ller", ["R. O'Invent", "S. Müller"]),
        ("Querida&lt;sup&gt;1&lt;/sup&gt;, Ada", ["Ada Querida¹"]),
        (r"Erd\H{o}s, P.", ["P. Erdős"]),
        ("et al.", []),
        ("", []),
        (" , ; and ", []),
        ("x" * (MAX_NAME_CHARS + 1), []),
    ],
)
def test_author_fields(text: str, names: list[str]) -> None:
    assert list(split_names(text)) == names


@given(st.text(max_size=200))
def test_any_author_field_gives_names_with_letters_and_without_edges(text: str) -> None:
    found = split_names(text)
    assert len(found) == len(set(found))
    for name in found:
        assert name == " ".join(name.split())
        assert any(map(str.isalpha, name))
        assert len(name) <= MAX_NAME_CHARS


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Mon, 20 Dec 2021 00:09:28 -0800", "2021-12-20"),
        ("Fri, 24 Sep 2021 16:00:00 GMT", "2021-09-24"),
        ("2026-11-03", "2026-11-03"),
        ("2026-11-03T23:59:59-11:00", "2026-11-03"),
        ("2026-11-03T00:00:00Z", "2026-11-03"),
        ("2026-11", "2026-11"),
        ("2026", "2026"),
        ("2026-6-3", "2026-06-03"),
        ("2026/11/03", "2026-11-03"),
        ("20261103", "2026-11-03"),
        ("2026年11月3日", "2026-11-03"),
        ("2026年11月", "2026-11"),
        ("3 November 2026", "2026-11-03"),
        ("November 2026", "2026-11"),
        ("Nov. 2026", "2026-11"),
        ("November 3, 2026", "2026-11-03"),
        ("21st Sept 2026", "2026-09-21"),
        ("Sunday, 1 March 2026 10:00", "2026-03-01"),
        ("2026-02-30", "2026-02"),
        ("2026-13-01", "2026"),
        ("0000-00-00", ""),
        ("Winter 2026", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_dates(text: str, day: str) -> None:
    assert iso_date(text) == day


@given(st.dates(datetime.date(1600, 1, 1), datetime.date(2199, 12, 31)))
def test_every_way_of_writing_a_day_gives_that_day(day: datetime.date) -> None:
    written = (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
        f"{day.isoformat()}T05:06:07+09:00",
    )
    assert {iso_date(text) for text in written} == {day.isoformat()}


@given(st.text(max_size=80))
def test_any_text_gives_a_date_or_nothing(text: str) -> None:
    found = iso_date(text)
    if len(found) == 10:
        datetime.date.fromisoformat(found)
    assert len(found) in (0, 4, 7, 10)


def test_parts_end_at_the_first_that_is_missing() -> None:
    assert from_parts((2026, None, 3)) == "2026"
    assert from_parts(("2026", "2", "29")) == "2026-02"
    assert from_parts((2024, 2, 29)) == "2024-02-29"
    assert from_parts(()) == from_parts((None,)) == from_parts((99,)) == ""
