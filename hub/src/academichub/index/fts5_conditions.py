"""Facts of a query tree (categories, dates, ...) as SQL conditions on a work's row number."""

from __future__ import annotations

# Only names and marks of this package are written into statements; every value is bound.
# ruff: noqa: S608
import json
from collections.abc import Sequence

from sqlalchemy import Connection

from academichub.index.fts5_match import bracketed, is_text, match_expression, words_and_facts
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, both
from academichub.works.identifiers import parse_identifier

TABLE = "work_tokens"
"""The table of tokens."""

DAYS_INDEX = "ix_works_days"
"""A small index that holds all that ordering and conditions by time read: works itself is a hundred
times its size."""


class Conditions:
    """Turns trees into SQL conditions on a work's row number.

    `values` are what their question marks stand for.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.values: list[str] = []

    def of(self, node: Node, row: str) -> str | None:
        """Return the condition; None for words without any token."""
        if not isinstance(node, Not) and is_text(node):
            expression = match_expression(node)
            return expression and self._bound(
                f"{row} IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH ?)", expression
            )
        match node:
            case Not(child):
                inside = self.of(child, row)
                return inside and f"NOT {inside}"
            case And(children):
                words, facts = words_and_facts(children)
                text = both(*words)
                parts = [*([text] if text is not None else []), *facts]
                conditions = [sql for part in parts if (sql := self.of(part, row))]
                return bracketed(" AND ", conditions)
            case Or(children):
                conditions = [sql for child in children if (sql := self.of(child, row))]
                return bracketed(" OR ", conditions)
            case Filter("category", value):
                return self._category(value, row)
            case Filter("source", value):
                return self._source(value, row)
            case Filter("id", value):
                found_id = parse_identifier(value)
                named = "SELECT work_id FROM identifiers WHERE scheme = ? AND value = ?"
                return self._bound(f"{row} IN ({named})", *(found_id or ("", "")))
            case Between():
                return self._between(node, row)
        return None

    def _bound(self, sql: str, *values: str) -> str:
        self.values += values
        return sql

    def _category(self, value: str, row: str) -> str:
        """Compare without case; an archive covers its categories."""
        prefix = value.casefold()
        every = self._distinct("category", "work_categories")
        names = [
            category
            for category in every
            if category.casefold() == prefix or category.casefold().startswith(prefix + ".")
        ]
        return self._any_of(row, "SELECT work_id FROM work_categories WHERE category", names)

    def _source(self, value: str, row: str) -> str:
        """Compare a source by name, or all modules of one (`arxiv` covers `arxiv_oai`)."""
        every = self._distinct("sources", "works")
        lists = [
            sources
            for sources in every
            if any(f"{name}_".startswith(f"{value}_") for name in json.loads(sources))
        ]
        return self._any_of(row, "SELECT id FROM works WHERE sources", lists)

    def _any_of(self, row: str, select: str, values: Sequence[str]) -> str:
        return self._bound(
            f"{row} IN ({select} IN (SELECT value FROM json_each(?)))", json.dumps(values)
        )

    def _distinct(self, column: str, table: str) -> list[str]:
        """Return the values of an indexed column.

        It steps from each to the next, however many rows there are.
        """
        following = f"SELECT min({column}) FROM {table}"
        rows = self._connection.exec_driver_sql(
            f"WITH RECURSIVE every(one) AS ({following} "
            f"UNION ALL SELECT ({following} WHERE {column} > one) FROM every "
            "WHERE one IS NOT NULL) SELECT one FROM every WHERE one IS NOT NULL"
        )
        return [str(distinct) for (distinct,) in rows]

    def _between(self, span: Between, row: str) -> str:
        bounds = (span.first, span.last, span.last, span.last)
        day = "CASE WHEN published = '' THEN updated ELSE published END"
        own = self._bound(
            f"{row} IN (SELECT id FROM works INDEXED BY {DAYS_INDEX} WHERE {_OVERLAP.format(day)})",
            *bounds,
        )
        if span.field == "year":
            return own
        announced = f"{row} IN (SELECT work_id FROM announcements WHERE {_OVERLAP.format('date')})"
        return f"({own} OR {self._bound(announced, *bounds)})"


_OVERLAP = (
    "{0} <> '' AND {0} >= substr(?, 1, length({0})) AND (? = '' OR substr({0}, 1, length(?)) <= ?)"
)
"""Whether ISO text of any completeness is between two others; an empty one is open."""
