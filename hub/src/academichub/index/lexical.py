"""The full-text index of a connection's database.

Another database brings its own: one module, and one row in this table.
"""

from __future__ import annotations

from sqlalchemy import Connection

from academichub.errors import StorageError
from academichub.index.fts5 import Fts5Index
from academichub.index.protocol import LexicalIndex

INDEXES: dict[str, LexicalIndex] = {"sqlite": Fts5Index()}
"""Dialect of SQLAlchemy -> its index. An index has no state: works and index change in one
transaction."""


def lexical_index(connection: Connection) -> LexicalIndex:
    """Return the index of a connection's database.

    Raises:
        StorageError: If there is none for that kind of database.
    """
    index = INDEXES.get(connection.dialect.name)
    if index is None:
        raise StorageError(
            f"there is no full-text index for {connection.dialect.name} yet: "
            "set database.url to an SQLite file"
        )
    return index
