"""Facets: the values by which a search can be narrowed, counted over its best works."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from academichub.index.protocol import Ranking
from academichub.index.query_syntax import Between, Filter, Node, Term, both, render
from academichub.store.rows import Connection
from academichub.store.works_store import facet_rows

FACET_REACH = 500
"""Number of the best works that facets count."""

FACET_VALUES = 12
"""Largest number of values in a facet."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value by which a search can be narrowed.

    Attributes:
        value: The value.
        count: How many of the best `FACET_REACH` works have it.
        query: The query narrowed by the value.
    """

    value: str
    count: int
    query: str


def count_facets(
    connection: Connection, ranking: Ranking, tree: Node | None
) -> dict[str, list[Facet]]:
    """Count sources, categories, years and authors over the best works.

    Args:
        connection: An open connection.
        ranking: The works that a search found.
        tree: The query that each value narrows.
    """
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("source", "category", "year", "author")
    }
    numbers = [number for number, _ in ranking.hits[:FACET_REACH]]
    for row in facet_rows(connection, numbers):
        counts["source"].update(row.sources)
        counts["category"].update(set(row.categories))
        counts["year"].update({(row.published or row.updated)[:4]} - {""})
        counts["author"].update({author[0] for author in row.authors})
    return {
        name: [
            Facet(value, number, render(both(tree, narrowing(name, value))))
            for value, number in _top(counter)
        ]
        for name, counter in counts.items()
    }


def narrowing(name: str, value: str) -> Node:
    """Return the condition that a work has a value of a facet."""
    match name:
        case "author":
            return Term(" ".join(value.replace('"', " ").split()), "phrase", "author")
        case "year":
            return Between("year", value, value)
        case "category":
            return Filter("category", value)
    return Filter("source", value)


def _top(counter: Counter[str]) -> list[tuple[str, int]]:
    """Return the most frequent values of a facet with their counts."""
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:FACET_VALUES]
