"""The gate for text from outside: whatever comes, what passes can be encoded, and no letter is lost."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.text.characters import storable, storable_json, storable_markup

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
HALVES = st.text(st.sampled_from("a\ud800\ud835\udbff\udc00\udfff\U0001d400é"), max_size=12)


def joined_naively(text: str) -> str:
    """The reference: pairs by arithmetic (Unicode 3.8, D75), every other half replaced."""

    def letter(match: re.Match[str]) -> str:
        high, low = map(ord, match[0])
        return chr(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))

    return re.sub(
        "[\ud800-\udfff]", "\ufffd", re.sub("[\ud800-\udbff][\udc00-\udfff]", letter, text)
    )


@given(ANY_TEXT | HALVES)
def test_halves_are_joined_or_replaced_and_nothing_else_changes(text: str) -> None:
    assert storable(text) == joined_naively(text)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("&#xD835;&#xDC00;", "\U0001d400"),
        ("&#55349;&#56320;", "\U0001d400"),
        ("&#XD835;&#56320;", "\U0001d400"),
        ("&#x0000D835;&#x00DC00;", "\U0001d400"),
        ("\ud835&#xDC00;", "\U0001d400"),
        ("a &#xD800; b", "a \ufffd b"),
        ("&#xDC00;&#xD835;", "\ufffd\ufffd"),
        ("&#xD835; &#xDC00;", "\ufffd \ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#1114112;", "\ufffd"),
        ("&#x" + "F" * 5000 + ";", "\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#x10FFFF;&#xE9;&#x1D400;&#9;", "&#x10FFFF;&#xE9;&#x1D400;&#9;"),
        ("&#0;&#x1F;&#xFFFE;&#xFFFF;", "    "),
        ("&amp;#xD800; &#xD800 &#;", "&amp;#xD800; &#xD800 &#;"),
    ],
)
def test_references_to_halves_and_beyond_the_last_character(markup: str, expected: str) -> None:
    assert storable_markup(markup) == expected


@given(st.integers(0, 0x120000), st.booleans())
def test_a_reference_means_what_html_says_or_the_replacement(code: int, is_hex: bool) -> None:
    text = storable_markup(f"&#x{code:X};" if is_hex else f"&#{code};")
    is_character = code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    if is_character and (code >= 0x20 or code in (9, 10, 13)) and code not in (0xFFFE, 0xFFFF):
        assert text in (f"&#x{code:X};", f"&#{code};")
    else:
        assert text == ("\ufffd" if code >= 0x20 and code not in (0xFFFE, 0xFFFF) else " ")


@given(
    st.recursive(
        ANY_TEXT | HALVES | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    )
)
def test_a_json_document_says_the_same_without_halves(value: object) -> None:
    text = json.dumps(value)
    parsed = json.loads(storable_json(text))
    json.dumps(parsed, ensure_ascii=False).encode()
    if "\\ud" not in text:
        assert parsed == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\uD835\uDC00"', "\U0001d400"),
        (r'"\udc00\ud835"', "\ufffd\ufffd"),
        (r'"\\ud800"', r"\ud800"),
        (r'"\\\ud800"', "\\\ufffd"),
        ('"\ud835\udc00 \ud800"', "\U0001d400 \ufffd"),
    ],
)
def test_escapes_of_json(text: str, expected: str) -> None:
    assert json.loads(storable_json(text)) == expected


@given(ANY_TEXT | HALVES)
def test_text_without_halves_is_returned_as_it_is(text: str) -> None:
    clean = storable(text)
    assert storable(clean) is clean
    assert html.unescape(storable_markup(html.escape(clean))) == clean
