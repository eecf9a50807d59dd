"""Facts of a query as SQL conditions: hand-worked numbers, and parity with the plain index."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_index import Document, matches
from sqlalchemy import Connection

from academichub.index.fts5_conditions import Conditions
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, parse
from academichub.library.works import Library


def numbers(connection: Connection, tree: Node) -> set[int]:
    """Return the arXiv numbers of the works that satisfy the condition of a tree."""
    conditions = Conditions(connection)
    condition = conditions.of(tree, "works.id")
    assert condition is not None
    rows = connection.exec_driver_sql(
        "SELECT value FROM identifiers JOIN works ON works.id = work_id "
        f"WHERE scheme = 'arxiv' AND {condition}",
        tuple(conditions.values),
    )
    return {int(arxiv_id.partition(".")[2]) for (arxiv_id,) in rows}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat:cs.CL", {2}),
        ("cat:CS.cl", {2}),
        ("cat:cs", {1, 2, 3, 4, 6, 7}),
        ("cat:c", set()),
        ("cat:physics", {6}),
        ("src:arxiv", {1, 2, 3, 4, 5, 6, 7}),
        ("src:arxiv_o", set()),
        ("src:crossref", set()),
        ("id:2606.00003", {3}),
        ("arxiv:2606.00003v2", {3}),
        ("id:2606.99999", set()),
        ("year:2025", {7}),
        ("year:..2025", {5, 7}),
        ("year:2026..", {1, 2, 3, 4, 6}),
        ("date:2026-06-15", {6}),
        ("date:2026-06", {1, 2, 3, 4, 6}),
        ("date:2024-03", {5}),
        ("-cat:cs", {5}),
        ("cat:cs year:2025", {7}),
        ("cat:math OR year:2025", {5, 7}),
        ("networks cat:physics", {6}),
        ("-(networks OR cat:cs)", {5}),
    ],
)
def test_hand_worked_numbers(library: Library, query: str, expected: set[int]) -> None:
    tree = parse(query)
    assert tree is not None
    with library.database.read() as connection:
        assert numbers(connection, tree) == expected


def test_words_without_a_token_have_no_condition(library: Library) -> None:
    tree = parse("!!!")
    assert tree is not None
    with library.database.read() as connection:
        conditions = Conditions(connection)
        assert conditions.of(tree, "works.id") is None
        assert conditions.of(Not(tree), "works.id") is None
        assert conditions.values == []


days = st.sampled_from(["", "2024", "2025-01", "2025-01-02", "2026", "2026-06-10", "2026-06-15"])
facts = st.one_of(
    st.sampled_from(["cs", "cs.LG", "CS.cl", "math", "math.CO", "q-bio", "%"]).map(
        lambda value: Filter("category", value)
    ),
    st.sampled_from(["arxiv", "arxiv_oai", "arx", "feed"]).map(
        lambda value: Filter("source", value)
    ),
    st.sampled_from(["2606.00003", "arxiv:2606.00004", "10.1/x", "nonsense"]).map(
        lambda value: Filter("id", value)
    ),
    st.builds(Between, st.sampled_from(["year", "date"]), days, days),
)
trees: st.SearchStrategy[Node] = st.recursive(
    facts,
    lambda children: st.one_of(
        children.filter(lambda node: not isinstance(node, Not)).map(Not),
        st.lists(children, min_size=2, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(children, min_size=2, max_size=3).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=4,
)


def documents(library: Library) -> dict[int, Document]:
    """Return the facts of each work by its arXiv number."""
    return {
        int(work.public_identifiers["arxiv"].partition(".")[2]): Document(
            work.id,
            {},
            work.categories,
            work.sources,
            frozenset((scheme, value) for scheme, value in work.identifiers),
            work.published,
            work.updated,
            tuple(announcement.date for announcement in work.announcements),
        )
        for work in library.all_works()
    }


@given(tree=trees)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_tree_of_facts_agrees_with_a_look_at_every_work(library: Library, tree: Node) -> None:
    expected = {n for n, document in documents(library).items() if matches(tree, document)}
    with library.database.read() as connection:
        assert numbers(connection, tree) == expected
