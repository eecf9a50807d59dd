"""The full-text index in SQLite's FTS5. Tokens come from index/tokens.py.

The table holds tokens joined by blanks, so that FTS5's own tokeniser has nothing to decide: `ascii`
splits at blanks and leaves every character above ASCII alone. The tokens are stored, because a
row's deletion has to name exactly the tokens that were indexed, whatever today's rules are (SQLite
3.40 has no contentless deletion).

Ranking is FTS5's BM25 (k1 1.2, b 0.75; sqlite.org/fts5.html 5.1.1) with `WEIGHTS`. A tree of
index/query_syntax.py becomes one MATCH expression for its words (fts5_match.py) and SQL conditions
for its facts (fts5_conditions.py).
"""

from __future__ import annotations

# Only names and marks of this module are written into statements; every value is bound.
# ruff: noqa: S608
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from academichub.index import tokens
from academichub.index.fts5_conditions import DAYS_INDEX, TABLE, Conditions
from academichub.index.fts5_match import is_text, match_expression, phrase, words_and_facts
from academichub.index.parallel_tokens import Texts, tokens_of
from academichub.index.protocol import IndexedRow, Ranking
from academichub.index.query_syntax import And, Node, Not, Term, both

TERMS = "work_terms"
"""FTS5's own vocabulary of the tokens table: in how many works a token occurs."""

COLUMNS = ("title", "abstract", "authors", "other")
"""`other` holds venue, comment and journal reference. `authors` is folded but not stemmed; the rest
are stems."""

WEIGHTS = (1.5, 1.0, 1.0, 0.5)
"""BM25 weights of the columns: nDCG@10 on SciFact hardly changes between 1 and 3 for the title."""

MAX_POSTINGS = 60_000
"""Most (token, work) pairs a ranking by any of many words looks at: the commonest words are left
out first."""

MAX_ANY_WORDS = 40
"""Most words of a ranking by any of many words: the rarest count."""

_ROW = f"+{TABLE}.rowid"
"""The row number in a condition next to MATCH; the plus keeps SQLite from looking rows up by it
instead of by MATCH."""

_CHUNK = 400  # rows a statement: bounds the memory of an import
_Row = TypeVar("_Row")


class Fts5Index:
    """The index of a library in SQLite; implements `LexicalIndex`."""

    def create(self, connection: Connection) -> None:
        """Make the tokens table, its vocabulary and indexes on works.

        Nothing happens where they exist.
        """
        columns = ", ".join(COLUMNS)
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} "
            f"USING fts5({columns}, tokenize=\"ascii tokenchars '.|'\")"
        )
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TERMS} USING fts5vocab({TABLE}, row)"
        )
        connection.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {DAYS_INDEX} ON works (published, updated)"
        )
        connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS ix_works_sources ON works (sources)")

    def add(
        self,
        connection: Connection,
        rows: Iterable[IndexedRow],
        precomputed: Mapping[Texts, Texts] | None = None,
    ) -> None:
        """Add works to the index, in the caller's transaction.

        Args:
            connection: A connection in a write transaction.
            rows: The works' texts. None may be indexed already: `remove` it first.
            precomputed: Tokens worked out beforehand, by the texts (index/parallel_tokens.py).
        """
        beforehand = precomputed or {}
        statement = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?)"
        for chunk in _chunks(
            (row[0], *(beforehand.get(row[1:]) or tokens_of(row[1:]))) for row in rows
        ):
            connection.exec_driver_sql(statement, chunk)

    def remove(self, connection: Connection, work_ids: Iterable[int]) -> None:
        """Take works out of the index, in the caller's transaction.

        Works that are not in it are passed over.
        """
        statement = f"DELETE FROM {TABLE} WHERE rowid = ?"
        for chunk in _chunks((number,) for number in work_ids):
            connection.exec_driver_sql(statement, chunk)

    def rank(self, connection: Connection, tree: Node, limit: int) -> Ranking:
        """Return the works a tree matches, the best `limit` of them in order.

        Ties go to what came last.

        Words without any token (`!!!`) are passed over; a tree of nothing else matches nothing.
        """
        parts = tree.children if isinstance(tree, And) else (tree,)
        words, facts = words_and_facts(parts)
        expression = match_expression(both(*words)) if words else None
        compiler = Conditions(connection)
        row = _ROW if expression else "+works.id"
        conditions = [sql for part in facts if (sql := compiler.of(part, row))]
        if expression:
            return _by_score(connection, expression, conditions, compiler.values, limit)
        return (
            _by_date(connection, conditions, compiler.values, limit)
            if conditions
            else Ranking(0, [])
        )

    def rank_any(
        self, connection: Connection, words: Sequence[Term], rest: Node | None, limit: int
    ) -> Ranking:
        """Return the works with any of the words that match the rest, more and rarer first.

        Words are looked up from the rarest on, until `MAX_ANY_WORDS` or `MAX_POSTINGS` is reached:
        the work is bounded.
        """
        expression = " OR ".join(phrase([token]) for token in _any_tokens(connection, words))
        if not expression:
            return Ranking(0, [])
        parts = () if rest is None else rest.children if isinstance(rest, And) else (rest,)
        text = both(*(part for part in parts if is_text(part)))
        if text is not None:
            expression = _narrowed(expression, text)
        compiler = Conditions(connection)
        conditions = [
            sql for part in parts if not is_text(part) and (sql := compiler.of(part, _ROW))
        ]
        return _by_score(connection, expression, conditions, compiler.values, limit)


def _chunks(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _narrowed(expression: str, text: Node) -> str:
    """Return the expression with further words, phrases and exclusions required."""
    parts = text.children if isinstance(text, And) else (text,)
    required_parts = [
        part_expression
        for part in parts
        if not isinstance(part, Not) and (part_expression := match_expression(part))
    ]
    unwanted = [
        part_expression
        for part in parts
        if isinstance(part, Not) and (part_expression := match_expression(part.child))
    ]
    required = " AND ".join([f"({expression})", *required_parts])
    return f"({required}) NOT ({' OR '.join(unwanted)})" if unwanted else required


def _any_tokens(connection: Connection, words: Sequence[Term]) -> list[str]:
    """Return the tokens of words that occur, the rarest first, within the limits."""
    candidates: dict[str, None] = {}
    for word in words:
        content = tokens.content_stream(word.text)
        names = tokens.name_stream(word.text) if content else []
        candidates |= dict.fromkeys((*content, *tokens.extras(word.text), *names))
    counts = f"SELECT term, doc FROM {TERMS} WHERE term = ?"
    occurring = [
        row
        for token in candidates
        if (row := connection.exec_driver_sql(counts, (token,)).one_or_none())
    ]
    occurring.sort(key=lambda row: (row.doc, row.term))
    rarest: list[str] = []
    postings = 0
    for row in occurring[:MAX_ANY_WORDS]:
        postings += row.doc
        if rarest and postings > MAX_POSTINGS:
            break
        rarest.append(str(row.term))
    return rarest


def _by_score(
    connection: Connection,
    expression: str,
    conditions: Sequence[str],
    values: Sequence[str],
    limit: int,
) -> Ranking:
    where = " AND ".join([f"{TABLE} MATCH ?", *conditions])
    weights = ", ".join(map(str, WEIGHTS))
    everything = (expression, *values)
    total = connection.exec_driver_sql(
        f"SELECT count(*) FROM {TABLE} WHERE {where}", everything
    ).scalar_one()
    if not total:
        return Ranking(0, [])
    rows = connection.exec_driver_sql(
        f"SELECT rowid, bm25({TABLE}, {weights}) AS cost FROM {TABLE} WHERE {where} "
        "ORDER BY cost, rowid DESC LIMIT ?",
        (*everything, limit),
    )
    return Ranking(int(total), [(number, -cost) for number, cost in rows])


def _by_date(
    connection: Connection, conditions: Sequence[str], values: Sequence[str], limit: int
) -> Ranking:
    where = " AND ".join(conditions)
    bound = tuple(values)
    total = connection.exec_driver_sql(
        f"SELECT count(*) FROM works INDEXED BY {DAYS_INDEX} WHERE {where}", bound
    ).scalar_one()
    rows = connection.exec_driver_sql(
        f"SELECT id FROM works INDEXED BY {DAYS_INDEX} WHERE {where} "
        "ORDER BY max(updated, published) DESC, id DESC LIMIT ?",
        (*bound, limit),
    )
    return Ranking(int(total), [(number, 0.0) for (number,) in rows])
