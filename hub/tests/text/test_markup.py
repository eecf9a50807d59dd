"""Markup as plain text: values, what looks like markup and is none, and hostile markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.text.markup import plain_lines, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain  text\n here", "plain text here"),
        ("<p>One</p><p>Two<br/>Three</p>", "One Two Three"),
        ("<i>E. coli</i> at 10<sup>-3</sup> M", "E. coli at 10⁻³ M"),
        ("<scp>T</scp>reebase: an <scp>R</scp> package", "Treebase: an R package"),
        ("&lt;i&gt;aza&lt;/i&gt; twice &amp;amp; escaped", "aza twice & escaped"),
        ("R&D at p < 0.05 and x<y, y>z", "R&D at p < 0.05 and x<y, y>z"),
        (
            "<jats:sec><jats:title>Methods</jats:title><jats:p>We looked.</jats:p></jats:sec>",
            "Methods: We looked.",
        ),
        ("<jats:title>Abstract</jats:title><jats:p>We looked.</jats:p>", "We looked."),
        ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x²"),
        ("<mml:math><mml:mfrac><mml:mi>a</mml:mi><mml:mi>b</mml:mi></mml:mfrac></mml:math>", "a/b"),
        ("$\\alpha$-decay stays \\emph{TeX}", "$\\alpha$-decay stays \\emph{TeX}"),
        ("a<script>alert(1)</script>b<style>p{}</style>c<iframe src='x'></iframe>", "abc"),
        ("<a href='javascript:alert(1)' onclick='x'>link</a>", "link"),
        ("<![CDATA[x < y]]>", "x < y"),
        ("zero\u200bwidth\x00 and\x07 bell", "zero width and bell"),
        ("<p>never <b>closed", "never closed"),
        ("A&region of R&copy at AT&T, p &lt 1", "A&region of R&copy at AT&T, p &lt 1"),
        ("&#55296;&#0;&nosuch; &eacute;", "&nosuch; é"),
    ],
)
def test_values(markup: str, text: str) -> None:
    assert plain_text(markup).replace("\ufffd", "").strip() == text


def test_a_formula_given_twice_is_taken_once_and_as_tex() -> None:
    markup = (
        "<jats:inline-formula><jats:alternatives><jats:tex-math>\\documentclass{minimal}\\begin{document}$$n^2$$\\end{document}"
        "</jats:tex-math><mml:math><mml:mi>n</mml:mi></mml:math></jats:alternatives></jats:inline-formula>"
    )
    assert plain_text(markup) == "$n^2$"


def test_text_nested_too_deeply_is_kept() -> None:
    assert plain_text("<div>" * 5000 + "deep") == "deep"


PIECES = st.sampled_from(
    [
        "<", "</", ">", "/>", "p", "i", "sub", "sup", "math", "msup", "mfrac", "title", "jats:p", "scp", "&", "amp;", "lt;", "#55296;",
        " ", "x", "\n", "=", "'", '"', "<!--", "-->", "<![CDATA[", "]]>", "annotation", "semantics", "tex-math", "\ud800", "\x00", "汉",
        "script", "<br/>", "table", "h1", "$",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_markup_gives_clean_lines(markup: str) -> None:
    for line in plain_lines(markup):
        assert line == " ".join(line.split()) != ""
        line.encode("utf-8")
        assert "\x00" not in line


@pytest.mark.parametrize(
    "unit",
    ["<", "<p>", "<sup>", "<a ", "&", "<i></i>", "</x>", "<semantics><annotation>", "<x></x>"],
)
def test_long_hostile_markup_comes_to_an_end(unit: str) -> None:
    assert isinstance(plain_lines(unit * (150_000 // len(unit))), list)
