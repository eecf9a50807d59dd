"""What a query lacks: worked cases, whole queries, and whole queries cut short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.index.query_gaps import gap_in
from academichub.index.query_syntax import FIELDS, Filter, Node, Not, Term, both, either, render
from academichub.messages import Message


def code(text: str) -> str | None:
    """Return the code of what a query lacks, without its part before the dot."""
    gap = gap_in(text)
    if gap is None:
        return None
    assert gap.params["text"] == text
    return gap.code.removeprefix("query_gap.")


@pytest.mark.parametrize(
    "text",
    [
        "world model",
        '"world model"',
        "“world model”",
        "「世界模型」",
        "（世界模型 OR 神经网络）",
        "(a OR b) AND c",
        "a || b && c",
        'ti:"world model" -au:lovelace',
        "标题：世界模型",
        "cat:cs.LG NOT year:2020..",
        "NOT ocean",
        '-"real world"',
        "state-of-the-art",
        "a - b",
        "BERT: pre-training",
        "ti: ocean",
        "ORacle notebook android",
        'Schr\\"odinger Erd\\"{o}s',
        "",
        "  ",
    ],
)
def test_whole_queries_lack_nothing(text: str) -> None:
    assert gap_in(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"world model', "quote"),
        ('world model"', "quote"),
        ("“world model", "quote"),
        ("《世界》「模型", "quote"),
        ('5" pipe', "quote"),
        ('"a" "b', "quote"),
        ('("world model', "quote"),
        ("(world model", "closing"),
        ("((a) OR b", "closing"),
        ("（世界模型", "closing"),
        ("ti:(a OR b", "closing"),
        ("world model)", "opening"),
        ("(a) OR b)", "opening"),
        ("OR ocean", "before"),
        ("a OR OR b", "after"),
        ("a AND OR b", "after"),
        ("(|| a)", "before"),
        ("NOT && a", "after"),
        ("ocean OR", "after"),
        ("ocean AND", "after"),
        ("(a OR) b", "after"),
        ("ocean NOT", "after"),
        ("ocean (b NOT)", "after"),
        ("ocean -", "after"),
        ("ocean cat:", "value"),
        ("(ocean AU:) reef", "value"),
        ("分类：", "value"),
        ("cat: OR ocean", "value"),
        ("ocean ti: && reef", "value"),
    ],
)
def test_gaps_by_hand(text: str, expected: str) -> None:
    assert code(text) == expected


def test_the_message_names_the_operator_or_the_field() -> None:
    assert gap_in("ocean OR") == Message.of("query_gap.after", text="ocean OR", operator="OR")
    assert gap_in("&& a") == Message.of("query_gap.before", text="&& a", operator="&&")
    assert gap_in("a Venue:") == Message.of("query_gap.value", text="a Venue:", field="Venue:")


def test_what_stands_in_a_phrase_is_no_operator_and_no_bracket() -> None:
    assert gap_in('"OR ocean (" reef') is None
    assert gap_in('"cat:"') is None
    assert code('"OR ocean (" (') == "closing"


WORDS = st.from_regex(r"[a-z\u4e00-\u4e20][a-z0-9\u4e00-\u4e20]{0,6}", fullmatch=True)
LEAVES = st.one_of(
    st.builds(
        Term,
        WORDS,
        st.sampled_from(["word", "prefix"]),
        st.sampled_from(["", "title", "author", "abstract", "venue"]),
    ),
    st.builds(
        Term, st.lists(WORDS, min_size=2, max_size=3).map(" ".join), st.just("phrase"), st.just("")
    ),
    st.builds(Filter, st.just("category"), st.sampled_from(["cs.LG", "math"])),
)


def _joined(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda nodes: both(*nodes)),
        several.map(lambda nodes: either(*nodes)),
        LEAVES.map(Not),
    )


WHOLE = st.recursive(LEAVES, _joined, max_leaves=6).map(render)


@given(WHOLE)
def test_a_query_that_a_tree_is_written_as_lacks_nothing(text: str) -> None:
    assert gap_in(text) is None


@given(WHOLE, st.sampled_from(["OR", "||", "|", "AND", "&&"]))
def test_an_operator_at_either_end_lacks_a_word(text: str, operator: str) -> None:
    assert code(f"{text} {operator}") == "after"
    assert code(f"{operator} {text}") == "before"
    assert gap_in(f"{text} {operator} {text}") is None


@given(WHOLE)
def test_half_a_pair_of_brackets_or_quotes_lacks_the_other(text: str) -> None:
    assert code(f"({text}") == "closing"
    assert code(f"{text})") == "opening"
    assert code(f'{text} "') == "quote"
    assert gap_in(f"({text})") is None


@given(WHOLE, st.sampled_from(sorted(FIELDS)))
def test_a_field_at_the_end_lacks_a_value(text: str, field: str) -> None:
    assert code(f"{text} {field}:") == "value"
    assert code(f"({text} {field.upper()}:)") == "value"


@given(WHOLE)
def test_chinese_signs_are_the_plain_ones(text: str) -> None:
    for cut in range(len(text) + 1):
        plain = text[:cut]
        chinese = plain.translate(str.maketrans('():"', "（）：“"))
        assert code(plain) == code(chinese)
