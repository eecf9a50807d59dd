"""Values of BibTeX fields: macros, parts joined by `#`, inheritance."""

from __future__ import annotations

import pytest
from bibtexparser.model import Entry, Field
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.formats.bibtex_values import resolved_fields, resolved_value, with_inherited

MACROS = {"jan": "January", "prl": "Phys. Rev. Lett."}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("{A {B}race}", "A {B}race"),
        ('"Quoted"', "Quoted"),
        ("2026", "2026"),
        ("jan", "January"),
        ("JAN", "January"),
        ("unknown", "unknown"),
        ("  prl  ", "Phys. Rev. Lett."),
        ('jan # "~1"', "January~1"),
        ('"1~" # jan # {, } # 2026', "1~January, 2026"),
        ("{C# and #1}", "C# and #1"),
        ('"C# 1"', "C# 1"),
        ('{a "b} # {c}', 'a "bc'),
        ('"{"}#{"}" # jan', '{"}#{"}January'),
        ("{", "{"),
        ("", ""),
        ("jan #", "January"),
    ],
)
def test_hand_worked_values(raw: str, text: str) -> None:
    assert resolved_value(raw, MACROS) == text


part_texts = st.text(st.characters(exclude_characters='{}"', codec="utf-8"), max_size=12)


@settings(max_examples=50)
@given(st.lists(st.tuples(part_texts, st.booleans()), min_size=1, max_size=4))
def test_joined_parts_are_their_texts_in_a_row(parts: list[tuple[str, bool]]) -> None:
    raw = " # ".join(f"{{{text}}}" if braced else f'"{text}"' for text, braced in parts)
    assert resolved_value(raw, MACROS) == "".join(text for text, _ in parts)


def entry(*fields: tuple[str, str]) -> Entry:
    return Entry("article", "key", [Field(name, value) for name, value in fields])


def test_of_a_repeated_field_the_first_that_is_not_empty_counts() -> None:
    block = entry(("Title", "{}"), ("TITLE", "{First}"), ("title", "{Second}"), ("month", "jan"))
    assert resolved_fields(block, MACROS) == {"title": "First", "month": "January"}


def test_the_parents_title_is_the_book_title_and_own_fields_win() -> None:
    parent = {"title": "The Book", "year": "2025", "publisher": "P", "author": "Not inherited"}
    own = {"title": "The Chapter", "year": "2026", "publisher": ""}
    assert with_inherited(own, parent) == {
        "title": "The Chapter",
        "year": "2026",
        "publisher": "P",
        "booktitle": "The Book",
    }
    assert with_inherited({}, {**parent, "booktitle": "Stated"})["booktitle"] == "Stated"
    assert with_inherited({"booktitle": "Own"}, parent)["booktitle"] == "Own"
    assert "author" not in with_inherited({}, parent)
