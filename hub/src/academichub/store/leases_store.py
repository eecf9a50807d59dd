"""Rows of leases: a name, who has it, and when it runs out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from academichub.store import schema
from academichub.store.rows import Connection


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who has a lease, and the epoch second at which it runs out."""

    holder: str
    expires_at: float


def lease_row(connection: Connection, name: str) -> LeaseRow | None:
    """Return the row of a name, or None where nobody has taken it."""
    table = schema.leases
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    return None if row is None else LeaseRow(row.holder, row.expires_at)


def write_lease_row(connection: Connection, name: str, lease: LeaseRow) -> None:
    """Write the row of a name in the place of an earlier one."""
    table = schema.leases
    connection.execute(delete(table).where(table.c.name == name))
    connection.execute(
        insert(table).values(name=name, holder=lease.holder, expires_at=lease.expires_at)
    )


def remove_lease_row(connection: Connection, name: str, holder: str) -> None:
    """Remove the row of a name where that holder has it."""
    table = schema.leases
    connection.execute(delete(table).where(table.c.name == name, table.c.holder == holder))
