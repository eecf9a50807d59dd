from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from academichub.index.query_syntax import parse
from academichub.search.snippets import (
    SNIPPET_CHARACTERS,
    highlight_terms,
    highlighted,
    shown,
    snippet,
    spans,
)


def mark(text: str, query: str, column: str = "abstract") -> str:
    return highlighted(text, highlight_terms(parse(query)), column)


def test_marks_every_form_of_a_word_and_nothing_else() -> None:
    assert mark("Trained networks, not training data", "train") == (
        "<mark>Trained</mark> networks, not <mark>training</mark> data"
    )
    assert (
        mark("the network of the world", "the network") == "the <mark>network</mark> of the world"
    )
    assert mark("Covid-19 and covid", "covid19") == "<mark>Covid-19</mark> and covid"
    assert (
        mark("na\u00efve TNF-\u03b1", "naive tnf-alpha")
        == "<mark>na\u00efve</mark> <mark>TNF-\u03b1</mark>"
    )
    assert mark("transformer forms", "trans*") == "<mark>transformer</mark> forms"


def test_marks_chinese_characters_inside_a_run() -> None:
    assert (
        mark("基于扩散模型的图像生成", "扩散模型 生成")
        == "基于<mark>扩散模型</mark>的图像<mark>生成</mark>"
    )
    assert mark("模型与Diffusion模型", "模") == "<mark>模</mark>型与Diffusion<mark>模</mark>型"


def test_a_field_marks_its_own_column_and_what_is_excluded_is_not_marked() -> None:
    assert mark("graph", "ti:graph", "title") == "<mark>graph</mark>"
    assert mark("graph", "ti:graph", "abstract") == "graph"
    assert mark("graph nets", "nets -graph") == "graph <mark>nets</mark>"


def test_markup_in_the_text_is_inert() -> None:
    text = "<script>alert(\"graph\")</script> <img src=x onerror='graph'> a & b <mark>"
    shown = mark(text, "graph script mark")
    assert "<script" not in shown
    assert "<img" not in shown
    assert set(re.findall(r"<[^>]*>", shown)) == {"<mark>", "</mark>"}
    assert unescape(re.sub(r"</?mark>", "", shown)) == text


@given(st.text(max_size=80), st.text(alphabet='abg模型 "*-', max_size=20))
def test_without_its_marks_the_html_is_the_text(text: str, query: str) -> None:
    shown = mark(text, query)
    assert unescape(re.sub(r"</?mark>", "", shown)) == text
    assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}
    found = spans(text, highlight_terms(parse(query)), "abstract")
    assert all(0 <= start < end <= len(text) for start, end in found)


def test_a_snippet_is_the_part_with_most_different_words() -> None:
    filler = "word " * 100
    text = f"graph {filler}graph {filler}the graph of neural molecules {filler}"
    html, plain = snippet(text, highlight_terms(parse("graph neural molecules")), "abstract")
    assert "<mark>graph</mark> of <mark>neural</mark> <mark>molecules</mark>" in html
    assert plain.startswith("\u2026")
    assert plain.endswith("\u2026")
    assert SNIPPET_CHARACTERS - 30 <= len(plain) <= SNIPPET_CHARACTERS + 30
    assert re.sub("</?mark>", "", html) == plain


def test_a_snippet_without_words_found_is_the_beginning() -> None:
    text = "one two " * 100
    html, plain = snippet(text.strip(), highlight_terms(parse("absent")), "abstract")
    assert plain.startswith("one two")
    assert plain.endswith("\u2026")
    assert html == plain
    assert snippet("short", highlight_terms(None), "abstract") == ("short", "short")


def test_what_is_shown_is_composed_and_has_single_blanks() -> None:
    assert shown("Erd\u0151s \n  caf\u0065\u0301") == "Erd\u0151s caf\u00e9"
