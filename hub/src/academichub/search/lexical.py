"""The lexical index: every statement of search that only SQLite knows (FTS5). Tokens come from search/tokens.py.

The table holds tokens joined by blanks, so FTS5's own tokeniser has nothing to decide: `ascii` splits at blanks and
keeps every character above ASCII. The tokens are stored, because a row's deletion has to name exactly the tokens that
were indexed, whatever the rules of today are (SQLite 3.40 has no contentless deletion).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from academichub.search import tokens

TABLE = "work_tokens"
COLUMNS = ("title", "abstract", "authors", "other")
"""`other` holds venue, comment and journal reference. `authors` is folded but not stemmed; the rest are stems."""

_Row = TypeVar("_Row")

_CHUNK = 400  # rows a statement: bounds the memory of an import


def create(connection: Connection) -> None:
    """Make the tokens table; nothing happens where it is there already."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5({', '.join(COLUMNS)}, "
        "tokenize=\"ascii tokenchars '.|'\")"
    )


def index_works(connection: Connection, rows: Iterable[tuple[int, str, str, str, str]]) -> None:
    """Add works to the index, in the caller's transaction.

    Args:
        connection: A connection in a write transaction.
        rows: (row number of the work, title, abstract, author names parted by `;`, other text). None may be indexed
            already: remove() it first.
    """
    statement = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - constants
    for chunk in _chunks(_tokens_of(row) for row in rows):
        connection.exec_driver_sql(statement, chunk)


def remove(connection: Connection, work_ids: Iterable[int]) -> None:
    """Take works out of the index, in the caller's transaction; those that are not in it are passed over."""
    statement = f"DELETE FROM {TABLE} WHERE rowid = ?"  # noqa: S608 - constants
    for chunk in _chunks((number,) for number in work_ids):
        connection.exec_driver_sql(statement, chunk)


def _tokens_of(row: tuple[int, str, str, str, str]) -> tuple[int, str, str, str, str]:
    number, title, abstract, authors, other = row
    text = tokens.index_text
    return number, text(title), text(abstract), tokens.index_names(authors), text(other)


def _chunks(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
