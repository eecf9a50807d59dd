"""Rows of the feeds and journals the reader follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from academichub.store import schema
from academichub.store.rows import Connection

FeedRow = Row[Any]
"""A row of the feeds with its columns by name."""


def feed_rows(connection: Connection) -> Sequence[FeedRow]:
    """Return every row, by title."""
    table = schema.feeds
    return connection.execute(select(table).order_by(func.lower(table.c.title), table.c.url)).all()


def feed_urls(connection: Connection) -> set[str]:
    """Return the addresses that are followed."""
    return set(connection.scalars(select(schema.feeds.c.url)))


def add_feed_row(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a row, given by column."""
    connection.execute(insert(schema.feeds).values(**values))


def change_feed_row(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Write columns of a row."""
    table = schema.feeds
    connection.execute(update(table).where(table.c.id == number).values(**values))


def set_feed_enabled(connection: Connection, number: int, enabled: bool) -> bool:
    """Pause or resume a feed; return whether there is one of that number."""
    table = schema.feeds
    changed = connection.execute(update(table).where(table.c.id == number).values(enabled=enabled))
    return bool(changed.rowcount)


def remove_feed_row(connection: Connection, number: int) -> bool:
    """Remove a row; return whether there was one of that number."""
    table = schema.feeds
    return bool(connection.execute(delete(table).where(table.c.id == number)).rowcount)
