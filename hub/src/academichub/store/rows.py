"""Statements over many rows that every store needs: read in portions, numbered, inserted fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, select

from academichub.works.identifiers import Identifier

__all__ = [
    "PORTION",
    "Connection",
    "Row",
    "insert_rows",
    "next_number",
    "rows_by",
    "rows_by_identifier",
]

PORTION = 400
"""Identifiers or numbers in one IN list: SQLite allows 999 variables in older builds."""

Row = tuple[Any, ...]
"""The values of a row in the order of its table's columns."""


def rows_by(
    connection: Connection, statement: Any, column: Any, values: Iterable[Any]
) -> Iterator[Any]:
    """Yield the rows of a SELECT whose column is one of many values, in portions."""
    source = iter(values)
    while chunk := list(islice(source, PORTION)):
        yield from connection.execute(statement.where(column.in_(chunk)))


def rows_by_identifier(
    connection: Connection, statement: Any, table: Table, identifiers: Iterable[Identifier]
) -> Iterator[Any]:
    """Yield the rows of a SELECT whose `scheme` and `value` are one of many identifiers."""
    by_scheme: dict[str, list[str]] = {}
    for scheme, value in identifiers:
        by_scheme.setdefault(scheme, []).append(value)
    for scheme, values in by_scheme.items():
        yield from rows_by(
            connection, statement.where(table.c.scheme == scheme), table.c.value, values
        )


def next_number(connection: Connection, table: Table) -> int:
    """Return the number of the next row of a table whose key is `id`."""
    return int(connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0) + 1


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows given as tuples in the order of the table's columns, JSON as text.

    Goes past SQLAlchemy's handling of parameters, which costs as much as SQLite's own work on
    narrow rows.
    """
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        names = ", ".join(column.name for column in table.columns)
        marks = ", ".join([mark] * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our names
        connection.exec_driver_sql(statement, rows)
