"""Rows of when each group of services may be asked again, and which process asks it now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from academichub.store import schema
from academichub.store.rows import Connection


@dataclass(frozen=True, slots=True)
class PaceRow:
    """When a group is free, and who has its turn: `holder` is empty where nobody has it."""

    free_at: float
    holder: str
    held_until: float


def pace_row(connection: Connection, group: str) -> PaceRow | None:
    """Return the row of a group, or None before its first turn."""
    table = schema.pace
    row = connection.execute(select(table).where(table.c.group_name == group)).one_or_none()
    return None if row is None else PaceRow(row.free_at, row.holder, row.held_until)


def add_pace_row(connection: Connection, group: str, row: PaceRow) -> None:
    """Write the first row of a group."""
    connection.execute(
        insert(schema.pace).values(
            group_name=group, free_at=row.free_at, holder=row.holder, held_until=row.held_until
        )
    )


def change_pace_row(connection: Connection, group: str, row: PaceRow) -> None:
    """Write the row of a group that has one."""
    table = schema.pace
    connection.execute(
        update(table)
        .where(table.c.group_name == group)
        .values(free_at=row.free_at, holder=row.holder, held_until=row.held_until)
    )
