"""Facets: counted by hand over the invented works, and each count agrees with its own query."""

from __future__ import annotations

import pytest

from academichub.index.lexical import lexical_index
from academichub.index.protocol import Ranking
from academichub.index.query_syntax import parse, render
from academichub.library.works import Library
from academichub.search import facets
from academichub.search.facets import Facet, count_facets, narrowing


def ranking(library: Library) -> Ranking:
    """Return every work as found, in the order of its number."""
    hits = [(work.id, 0.0) for work in library.all_works()]
    return Ranking(len(hits), hits)


def counted(library: Library, query: str = "") -> dict[str, list[Facet]]:
    with library.database.read() as connection:
        return count_facets(connection, ranking(library), parse(query))


def test_each_value_is_counted_once_a_work_and_the_most_frequent_comes_first(
    library: Library,
) -> None:
    pairs = {
        name: [(facet.value, facet.count) for facet in values]
        for name, values in counted(library).items()
    }
    assert pairs["source"] == [("arxiv_oai", 7)]
    assert pairs["category"] == [
        ("cs.LG", 5), ("cs.CL", 1), ("math.CO", 1), ("physics.comp-ph", 1),
    ]  # fmt: skip
    assert pairs["year"] == [("2026", 5), ("2024", 1), ("2025", 1)]
    assert pairs["author"][0] == ("Ada Lovelace", 1)
    assert ("Jean-Pierre Müller", 1) in pairs["author"]


def test_a_facets_query_finds_as_many_works_as_it_counts(library: Library) -> None:
    for name, values in counted(library).items():
        for facet in values:
            tree = parse(facet.query)
            assert tree is not None
            with library.database.read() as connection:
                total = lexical_index(connection).rank(connection, tree, 10).total
            # A search for an author takes the words of the name in either order.
            is_reversible = name == "author" and facet.value in ("Wei Wang", "Wang Wei")
            assert total == facet.count + is_reversible, facet


def test_a_facet_narrows_the_query_it_was_counted_for(library: Library) -> None:
    queries = {facet.value: facet.query for facet in counted(library, "graph OR net")["category"]}
    assert queries["cs.LG"] == "(graph OR net) cat:cs.LG"


@pytest.mark.parametrize(
    ("name", "value", "query"),
    [
        ("author", 'Ann "Annie" Other', 'au:"Ann Annie Other"'),
        ("author", "  Ann   Other ", 'au:"Ann Other"'),
        ("year", "2026", "year:2026"),
        ("category", "physics.comp-ph", "cat:physics.comp-ph"),
        ("category", "Journal of X", 'cat:"Journal of X"'),
        ("source", "arxiv_oai", "src:arxiv_oai"),
    ],
)
def test_a_value_becomes_a_condition_that_parses_back(name: str, value: str, query: str) -> None:
    condition = narrowing(name, value)
    assert render(condition) == query
    assert parse(query) == condition


def test_only_the_best_works_and_the_most_frequent_values_count(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "FACET_REACH", 2)
    monkeypatch.setattr(facets, "FACET_VALUES", 1)
    counts = counted(library)
    assert [facet.count for facet in counts["source"]] == [2]
    assert all(len(values) == 1 for values in counts.values())
    # cs.CL and cs.LG each have one of the two works: ties go by name.
    assert counts["category"][0].value == "cs.CL"
