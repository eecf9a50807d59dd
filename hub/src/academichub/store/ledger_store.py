"""Rows of the ledger, and what each source remembers from one gather to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, exists, func, insert, select, update

from academichub.store import schema
from academichub.store.rows import Connection

LedgerRow = Row[Any]
"""A row of the ledger with its columns by name."""


def add_ledger_row(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write a row, given by column, and return its number."""
    table = schema.ledger
    return int(
        connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    )


def change_ledger_row(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Write columns of a row."""
    table = schema.ledger
    connection.execute(update(table).where(table.c.id == number).values(**values))


def ledger_rows(connection: Connection, day: str | None, limit: int) -> Sequence[LedgerRow]:
    """Return the latest rows in the order they were begun: of a day, or of all.

    With a day, rows without one come too, until their source has a later row with a day.
    """
    table = schema.ledger
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if day is not None:
        later = table.alias()
        dated_since = exists().where(
            later.c.source == table.c.source, later.c.day != "", later.c.id > table.c.id
        )
        query = query.where((table.c.day == day) | ((table.c.day == "") & ~dated_since))
    return list(reversed(connection.execute(query).all()))


def latest_ledger_day(connection: Connection, sources: Iterable[str]) -> str | None:
    """Return the latest day in the rows of some sources; None where they have none."""
    table = schema.ledger
    day = connection.scalar(
        select(func.max(table.c.day)).where(table.c.source.in_(sources), table.c.day != "")
    )
    return str(day) if day else None


def state_value(connection: Connection, source: str, name: str, default: Any) -> Any:
    """Return what a source remembers under a name, or the default."""
    table = schema.source_state
    query = select(table.c.value).where(table.c.source == source, table.c.name == name)
    row = connection.execute(query).one_or_none()
    return default if row is None else row.value


def write_state_values(connection: Connection, source: str, values: Mapping[str, Any]) -> None:
    """Let a source remember values by name."""
    table = schema.source_state
    for name, value in values.items():
        where = (table.c.source == source, table.c.name == name)
        if not connection.execute(update(table).where(*where).values(value=value)).rowcount:
            connection.execute(insert(table).values(source=source, name=name, value=value))
