"""Words of a query as FTS5 expressions: golden pairs, and the laws SQLite itself confirms."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.index.fts5_match import (
    bracketed,
    is_text,
    match_expression,
    phrase,
    words_and_facts,
)
from academichub.index.query_syntax import And, Filter, Node, Not, Or, Term, both, parse


@pytest.fixture(scope="module")
def fts5() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE VIRTUAL TABLE words USING fts5(title, abstract, authors, other)")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("graph", '"graph"'),
        ("graphs", '({title abstract other} : "graph" OR {authors} : "graphs")'),
        ("ti:graphs", '{title} : "graph"'),
        ("venue:nature", '{other} : "natur"'),
        ('au:"Ada Lovelace"', '{authors} : NEAR("ada" "lovelace", 1)'),
        ('au:"A. Lovelace"', '{authors} : NEAR("a" * "lovelace", 1)'),
        ("ti:transfo*", '({title} : "transfo" * OR {title} : "transfo")'),
        ("!!!", None),
    ],
)
def test_golden_pairs(query: str, expression: str | None) -> None:
    assert match_expression(parse(query)) == expression


def test_an_exclusion_stands_to_the_right_of_what_is_required() -> None:
    assert match_expression(parse("graph -kernel -lemma")) == '("graph" NOT ("kernel" OR "lemma"))'


def test_stop_words_are_passed_over_unless_nothing_else_is_asked() -> None:
    assert match_expression(parse("the graph of")) == '"graph"'
    assert match_expression(parse("to be")) is not None


def test_a_beginning_of_one_letter_is_taken_for_a_word() -> None:
    assert match_expression(parse("x*")) == match_expression(parse("x"))
    assert match_expression(parse("xy*")) != match_expression(parse("xy"))


def test_one_chinese_character_is_the_beginning_of_a_pair() -> None:
    assert match_expression(Term("成", field="title")) == '{title} : "成" *'


terms = st.builds(
    Term,
    st.text(min_size=1, max_size=12)
    | st.sampled_from(["graph", 'a"b', "AND", "NEAR(", "the", "图 网络", "^x", "C++", "{title}:"]),
    st.sampled_from(["word", "phrase", "prefix"]),
    st.sampled_from(["", "title", "author", "abstract", "venue"]),
)
trees: st.SearchStrategy[Node] = st.recursive(
    terms | st.just(Filter("category", "cs.LG")),
    lambda children: st.one_of(
        children.filter(lambda node: not isinstance(node, Not)).map(Not),
        st.lists(children, min_size=2, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(children, min_size=2, max_size=3).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=5,
)


@given(tree=trees)
@settings(max_examples=30)
def test_whatever_is_text_is_an_expression_that_sqlite_accepts(
    fts5: sqlite3.Connection, tree: Node
) -> None:
    if not is_text(tree) or (expression := match_expression(tree)) is None:
        return
    fts5.execute("SELECT count(*) FROM words WHERE words MATCH ?", (expression,)).fetchone()


def holds_fact(tree: Node) -> bool:
    match tree:
        case And(children) | Or(children):
            return any(map(holds_fact, children))
        case Not(child):
            return holds_fact(child)
    return isinstance(tree, Filter)


@given(tree=trees)
@settings(max_examples=30)
def test_a_tree_with_a_fact_is_not_text(tree: Node) -> None:
    if holds_fact(tree):
        assert not is_text(tree)


@settings(max_examples=30)
@given(children=st.lists(trees, min_size=1, max_size=5))
def test_words_and_facts_share_out_the_parts_of_an_and(children: list[Node]) -> None:
    words, facts = words_and_facts(children)
    assert [child for child in children if child in words] == words
    assert [child for child in children if child not in words] == facts
    if words:
        together = both(*words)
        assert together is not None
        assert match_expression(together) is not None
        assert not all(isinstance(word, Not) for word in words)


def test_exclusions_alone_are_facts() -> None:
    excluded, category = Not(Term("graph")), Filter("category", "cs.LG")
    assert words_and_facts([excluded, category]) == ([], [excluded, category])
    word = Term("kernel")
    assert words_and_facts([word, excluded, category]) == ([word, excluded], [category])


@settings(max_examples=30)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_a_phrase_is_one_string_of_fts5_whatever_it_holds(words: list[str]) -> None:
    quoted = phrase(words)
    assert quoted[0] == quoted[-1] == '"'
    assert quoted[1:-1].replace('""', "\0").count('"') == 0
    assert quoted[1:-1].replace('""', '"') == " ".join(words)


def test_brackets_are_put_around_several_parts_alone() -> None:
    assert bracketed(" OR ", []) is None
    assert bracketed(" OR ", ["a"]) == "a"
    assert bracketed(" OR ", ["a", "b"]) == "(a OR b)"
