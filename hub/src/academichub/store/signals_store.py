"""Rows of the signals in a radar, and of the changes that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select

from academichub.store import schema
from academichub.store.rows import Connection

SignalRow = Row[Any]
"""A row of the signals with its columns by name."""

ChangeRow = Row[Any]
"""A row of the changes with its columns by name."""


def signal_rows(connection: Connection, radar: int, kinds: Collection[str]) -> Sequence[SignalRow]:
    """Return the signals of a radar, by number, in the order they were added.

    Args:
        connection: An open connection.
        radar: Number of the radar.
        kinds: Only signals of these kinds; all if empty.
    """
    table = schema.radar_signals
    query = select(table).where(table.c.radar_id == radar)
    if kinds:
        query = query.where(table.c.kind.in_(kinds))
    return connection.execute(query.order_by(table.c.id)).all()


def add_signal_rows(
    connection: Connection, radar: int, signals: Iterable[tuple[str, str, float, str]]
) -> None:
    """Write signals (kind, value, weight, when it was added) of a radar, by number."""
    rows = [
        {"radar_id": radar, "kind": kind, "value": value, "weight": weight, "added_at": added_at}
        for kind, value, weight, added_at in signals
    ]
    if rows:
        connection.execute(insert(schema.radar_signals), rows)


def remove_signal_rows(
    connection: Connection, radar: int, signals: Iterable[tuple[str, str]]
) -> None:
    """Remove signals (kind, value) of a radar, by number."""
    table = schema.radar_signals
    for kind, value in signals:
        where = (table.c.radar_id == radar, table.c.kind == kind, table.c.value == value)
        connection.execute(delete(table).where(*where))


def latest_change_row(connection: Connection, radar: int) -> ChangeRow | None:
    """Return the latest change of a radar, by number, or None."""
    table = schema.radar_changes
    query = select(table).where(table.c.radar_id == radar).order_by(table.c.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def add_change_row(
    connection: Connection, radar: int, moment: str, change: Mapping[str, Any], most: int
) -> None:
    """Write a change of a radar, by number; only the latest `most` of its changes stay."""
    table = schema.radar_changes
    connection.execute(insert(table).values(radar_id=radar, made_at=moment, change=change))
    latest = (
        select(table.c.id).where(table.c.radar_id == radar).order_by(table.c.id.desc()).limit(most)
    )
    connection.execute(
        delete(table).where(table.c.radar_id == radar, table.c.id.not_in(latest.scalar_subquery()))
    )


def remove_change_row(connection: Connection, number: int) -> None:
    """Remove a change."""
    table = schema.radar_changes
    connection.execute(delete(table).where(table.c.id == number))
