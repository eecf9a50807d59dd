from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from academichub.errors import UsageError
from academichub.index import query_syntax
from academichub.index.query_syntax import (
    And,
    Between,
    Filter,
    Node,
    Not,
    Or,
    Term,
    between,
    both,
    either,
    parse,
    render,
    without,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("   ", None),
        ('""', None),
        ("OR", None),
        ("((", None),
        ("* ** ()", None),
        ("graph", Term("graph")),
        ("graph nets", And((Term("graph"), Term("nets")))),
        ("graph AND nets", And((Term("graph"), Term("nets")))),
        ("a b OR c", Or((And((Term("a"), Term("b"))), Term("c")))),
        ("a (b OR c)", And((Term("a"), Or((Term("b"), Term("c")))))),
        ("a (b c) d", And((Term("a"), Term("b"), Term("c"), Term("d")))),
        ('"graph   nets"', Term("graph nets", "phrase")),
        ("“graph nets”", Term("graph nets", "phrase")),
        ("transfo*", Term("transfo", "prefix")),
        ("a -b", And((Term("a"), Not(Term("b"))))),
        ('-"b c"', Not(Term("b c", "phrase"))),
        ("NOT b", Not(Term("b"))),
        ("--b", Term("b")),
        ("-(a b)", Not(And((Term("a"), Term("b"))))),
        ("state-of-the-art", Term("state-of-the-art")),
        ("a - b", And((Term("a"), Term("-"), Term("b")))),
        ("ti:graph", Term("graph", field="title")),
        ("Title:graph", Term("graph", field="title")),
        ("标题：图", Term("图", field="title")),
        ('作者:"李 明"', Term("李 明", "phrase", "author")),
        ("摘要:扩散模型", Term("扩散模型", field="abstract")),
        ("ti:(a OR b)", Or((Term("a", field="title"), Term("b", field="title")))),
        ("ti:-a", Not(Term("a", field="title"))),
        ("ti: a", And((Term("ti:"), Term("a")))),
        ("BERT: pre-training", And((Term("BERT:"), Term("pre-training")))),
        ("cat:cs.LG", Filter("category", "cs.LG")),
        ('cat:"Physical Review X"', Filter("category", "Physical Review X")),
        ("src:arXiv_OAI", Filter("source", "arxiv_oai")),
        ("id:2606.13125v2", Filter("id", "arxiv:2606.13125")),
        ("arxiv:2606.13125", Filter("id", "arxiv:2606.13125")),
        ("doi:10.1000/ABC", Filter("id", "doi:10.1000/abc")),
        ("doi:10.48550/arXiv.2606.13125", Filter("id", "arxiv:2606.13125")),
        ("pmid:123", Filter("id", "pmid:123")),
        ("arxiv:story", Term("arxiv:story", "phrase")),
        ("year:2026", Between("year", "2026", "2026")),
        ("year:2024-2026", Between("year", "2024", "2026")),
        ("year:2024..", Between("year", "2024", "")),
        ("date:..2026-06", Between("date", "", "2026-06")),
        ("date:2026-06-01..2026-06-15", Between("date", "2026-06-01", "2026-06-15")),
        ('5" pipe', And((Term("5"), Term("pipe")))),
        ('Schr\\"odinger', Term("Schrodinger")),
        ('Schr\\"{o}dinger', Term("Schr{o}dinger")),
        ("a ) b", And((Term("a"), Term("b")))),
        ("(a OR b", Or((Term("a"), Term("b")))),
    ],
)
def test_reads_as_a_reader_means(text: str, tree: Node | None) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("year:soon", "year:soon is not a year"),
        ("year:2026-06", "is not a year"),
        ("date:2026-13", "is not a date"),
        ("date:..", "is not a date"),
        ("date:2026-06..2025", "ends before it begins"),
        ("id:something", "is not an identifier"),
        ("(" * 21 + "a", "nested deeper than 20"),
        ("a" * 4001, "4001 characters; the most is 4000"),
    ],
)
def test_states_what_is_wrong_and_what_to_write(text: str, says: str) -> None:
    with pytest.raises(UsageError, match="(?s)" + says.replace("(", r"\(")):
        parse(text)


def test_a_chain_of_signs_does_not_exhaust_the_stack() -> None:
    assert parse("ti:-" * 999 + "a") == Not(Term("a", field="title"))
    assert parse("a OR " * 790 + "b") == Or((Term("a"),) * 790 + (Term("b"),))


WORDS = st.from_regex(r"[a-z0-9\u4e00-\u4e20][a-z0-9.\-\u4e00-\u4e20]{0,7}", fullmatch=True)
PHRASES = st.lists(
    st.text(st.characters(exclude_characters='"', categories=("L", "N", "P", "S")), min_size=1),
    min_size=1,
)
PHRASE_TEXT = PHRASES.map(
    lambda words: " ".join(" ".join(words).translate(query_syntax._SIGNS).replace('"', "x").split())
)
FIELD = st.sampled_from(["", "title", "author", "abstract", "venue"])
LEAVES = st.one_of(
    st.builds(Term, WORDS, st.sampled_from(["word", "prefix"]), FIELD),
    st.builds(Term, PHRASE_TEXT, st.just("phrase"), FIELD),
    st.builds(
        Filter, st.sampled_from(["category"]), PHRASE_TEXT | WORDS | st.just("OR") | st.just("ti:x")
    ),
    st.builds(Filter, st.just("source"), WORDS),
    st.builds(lambda n: Filter("id", f"pmid:{n}"), st.integers(1, 999)),
    st.builds(
        lambda a, b: between("year", f"{min(a, b)}..{max(a, b)}"),
        st.integers(1900, 2100),
        st.integers(1900, 2100),
    ),
    st.sampled_from(
        [
            between("date", value)
            for value in ("2026-06", "2026-06-01..", "..2026", "2026-06-01..2026-06-15")
        ]
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: both(*nodes)),
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: either(*nodes)),
        inner.map(without),
    ),
    max_leaves=12,
)


@given(TREES)
def test_text_and_tree_are_one_another(tree: Node) -> None:
    assert parse(render(tree)) == tree


SIGNS = st.sampled_from(
    [
        '"',
        "(",
        ")",
        "-",
        "*",
        ":",
        " OR ",
        " AND ",
        "NOT ",
        "ti:",
        "cat:",
        "id:",
        "year:",
        "20",
        "..",
        " ",
        "“",
        "：",
        "\0",
        "\\",
        '\\"',
        "a",
        "模",
    ]
)


@given(st.text() | st.lists(SIGNS, max_size=20).map("".join))
@example("-(-)")
@example('cat:"-x"')
@example('cat:"ti:x"')
def test_any_text_is_a_query_or_a_stated_error(text: str) -> None:
    try:
        tree = parse(text)
    except UsageError as problem:
        assert ":" in str(problem)
        return
    assert parse(render(tree)) == tree


def test_leaves_are_what_a_match_has() -> None:
    tree = parse("a (b OR ti:c) -d cat:cs")
    assert list(query_syntax.leaves(tree)) == [
        Term("a"),
        Term("b"),
        Term("c", field="title"),
        Filter("category", "cs"),
    ]
