"""LaTeX made readable: values, harmlessness, speed limits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.text import latex
from academichub.text.latex import MAX_CHARS, readable_latex

TABLE = [
    (r"$10^{-3}$", "10⁻³"),
    (r"Erd\H{o}s and Poincar\'e", "Erdős and Poincaré"),
    (r"$\alpha$-decay of $^{12}$C at 5\% CL", "α-decay of ¹²C at 5% CL"),
    (r"$\mathcal{L}_{\rm CE} = \sum_{i=1}^{n} x_i^2$", "L_CE = ∑ᵢ₌₁ⁿ xᵢ²"),
    (r"$\mathbb{R}^{d\times d}$ and $\frac{1}{2}$", "ℝ^(d×d) and 1/2"),
    (r"{\it Gaia} DR3 at $z\sim 0.5$, km s$^{-1}$", "Gaia DR3 at z∼0.5, km s⁻¹"),
    (r"H$_2$O and 10^{-5}", "H₂O and 10⁻⁵"),
    (r"\textbf{bold} $\tilde{O}(\sqrt{n})$", "bold Õ(√(n))"),
    (r"$\Lambda$CDM, $e^{-\lambda t}$", "ΛCDM, e^(-λt)"),
    ("``quoted'' text", "“quoted” text"),
    (r"\href{http://x.example}{click}", "click"),
    ("costs $5 million against $7 million", "costs $5 million against $7 million"),
    ("plain text with 100% & more #1, ~5 mas", "plain text with 100% & more #1, ~5 mas"),
    (r"$a < b$ & <b>x</b>", "a < b & <b>x</b>"),
]


@pytest.mark.parametrize(("source", "shown"), TABLE)
def test_table(source: str, shown: str) -> None:
    assert readable_latex(source) == shown


@pytest.mark.parametrize(
    "source", [r"\input{/etc/passwd}", r"\include{secret} and \write18{ls}", r"\def\x{\x\x}\x"]
)
def test_nothing_is_read_or_run(source: str) -> None:
    shown = readable_latex(source)
    assert "root:" not in shown
    assert len(shown) <= len(source)


def test_text_without_latex_is_unchanged() -> None:
    text = "An ordinary sentence, with (brackets), 3.5% and a dash - here."
    assert readable_latex(text) is text


def test_limits_leave_the_text_as_it_is() -> None:
    deep = "$" + "{" * 500 + "x" + "}" * 500 + "$"
    assert readable_latex(deep) == deep
    long = r"\alpha " * MAX_CHARS
    assert readable_latex(long) == long


@given(st.text(alphabet="ab $\\^_{}%&#~`'1x\n()[]", max_size=120))
@settings(max_examples=300)
def test_any_input_gives_a_text(source: str) -> None:
    assert isinstance(readable_latex(source), str)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"On \frac{\frac{x", r"On \frac{\frac{x"),
        (r"\sqrt[3]{x and Erd\H{o}s", r"\sqrt[3]{x and Erdős"),
        (r"\frac{1}{x", r"\frac{1}{x"),
        (r"a} and \textbf{b}", "a} and b"),
        (r"{a $\alpha$ {b $\beta$}", "{a α b β"),
        (r"{ $\alpha$-spaces}", "α-spaces"),
        (r"$\{x$ and \'e", "{x and é"),
    ],
)
def test_braces_without_a_partner_stay_as_written(source: str, shown: str) -> None:
    assert readable_latex(source).strip() == shown


@pytest.mark.parametrize("macro", [r"\frac{", r"\textcolor{", r"\sqrt["])
@pytest.mark.parametrize("end", ["", "x", " and y"])
def test_markup_that_never_closes_stays_as_written(macro: str, end: str) -> None:
    source = "On " + macro * 30 + end
    assert readable_latex(source) == source


def test_the_day_of_reading_does_not_matter() -> None:
    assert readable_latex(r"Erd\H{o}s, \today") == r"Erdős, \today"


def test_one_bad_formula_does_not_keep_the_others_from_being_read() -> None:
    bad = r"\sqrt[" * 30
    assert readable_latex(rf"$\alpha$ and ${bad}$ and $\beta$") == f"α and {bad} and β"


MARKUP = st.lists(
    st.sampled_from(
        [*"ab12 -{}[]^_~'\"", "\\alpha", "\\'e", "\\frac", "\\emph{", "``", "--", "\n\n", "$", "é"]
    ),
    max_size=30,
).map("".join)


@given(MARKUP)
def test_letters_read_at_once_are_read_as_the_parser_reads_them(text: str) -> None:
    quick = latex.readable_latex.__wrapped__(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latex, "_PLAIN_LETTER", re.compile("(?!)"))
        assert quick == latex.readable_latex.__wrapped__(text)
