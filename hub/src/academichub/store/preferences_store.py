"""Rows of what the user chose on the pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from academichub.store import schema
from academichub.store.rows import Connection


def stored_preference(connection: Connection, name: str, default: Any) -> Any:
    """Return a preference, or the default where it was never set."""
    table = schema.preferences
    row = connection.execute(select(table.c.value).where(table.c.name == name)).one_or_none()
    return default if row is None else row.value


def write_preference(connection: Connection, name: str, value: Any) -> None:
    """Write a preference in the place of an earlier value; None removes it."""
    table = schema.preferences
    connection.execute(delete(table).where(table.c.name == name))
    if value is not None:
        connection.execute(insert(table).values(name=name, value=value))
