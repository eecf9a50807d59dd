"""The words around extracts: headings, theme names, quotations and bridges in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.briefs.frames import (
    framed_bridge,
    framed_extract,
    label,
    plain_bridge,
    text_lang,
    theme_name,
)
from academichub.works.fields import field_name

EXTRACT = "Lamps attract moths."


def test_a_theme_is_named_by_its_terms_with_a_capital() -> None:
    assert theme_name(["dark matter", "lensing"], "physics", "en") == "Dark matter, lensing"
    assert theme_name(["iPSC"], "biology", "en") == "IPSC"


def test_a_theme_without_terms_has_the_name_of_its_field() -> None:
    for lang in ("en", "zh"):
        assert theme_name([], "physics", lang) == field_name("physics", lang)


def test_a_chinese_theme_names_the_field_unless_every_term_is_known() -> None:
    of_known_terms = theme_name(["dark matter", "galaxies"], "physics", "zh")
    assert "暗物质" in of_known_terms
    assert "星系" in of_known_terms
    assert field_name("physics", "zh") not in of_known_terms
    of_both = theme_name(["dark matter", "moths"], "physics", "zh")
    assert "暗物质" in of_both
    assert "moths" in of_both
    assert of_both.startswith(field_name("physics", "zh"))


def test_an_extract_is_quoted_only_in_the_other_language() -> None:
    chinese = "灯光吸引飞蛾。"
    assert framed_extract(EXTRACT, "biology", "en") == EXTRACT
    assert framed_extract(chinese, "biology", "zh") == chinese
    quoted = framed_extract(EXTRACT, "biology", "zh")
    assert EXTRACT in quoted
    assert field_name("biology", "zh") in quoted
    without_field = framed_extract(EXTRACT, "", "zh")
    assert EXTRACT in without_field
    assert without_field != quoted


def test_an_english_bridge_has_one_full_stop_and_begins_with_its_terms() -> None:
    pair = ("Lamps attract moths.", "Stars attract dust.")
    bridge = framed_bridge(["optimal transport", "flow"], pair, ("biology", "physics"), "en")
    assert bridge.startswith("Optimal transport and flow")
    assert bridge.count(".") == 1
    assert bridge.endswith(".”")
    assert bridge.index("Lamps attract moths") < bridge.index("Stars attract dust")


def test_a_chinese_bridge_has_chinese_terms_where_they_are_known() -> None:
    pair = ("Lamps attract moths.", "Stars attract dust.")
    bridge = framed_bridge(["optimal transport", "moths"], pair, ("biology", "physics"), "zh")
    for part in ("最优传输", "moths", *pair):
        assert part in bridge


@pytest.mark.parametrize(
    ("terms", "listed"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_the_plain_bridge_lists_every_term(terms: list[str], listed: str) -> None:
    assert listed in plain_bridge(terms, "en")
    assert all(term in plain_bridge(terms, "zh") for term in terms)


@settings(max_examples=50)
@given(latin=st.integers(1, 60), han=st.integers(0, 60))
def test_a_text_is_chinese_if_more_than_a_fifth_of_it_is(latin: int, han: int) -> None:
    text = "x" * latin + "灯" * han
    assert text_lang(text) == ("zh" if 5 * han > latin + han else "en")


def test_labels_differ_by_language() -> None:
    for name in ("brief", "bridges", "references", "shared"):
        assert text_lang(label(name, "en")) == "en"
        assert text_lang(label(name, "zh")) == "zh"
