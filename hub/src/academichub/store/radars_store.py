"""Rows of radars: each belongs to an account (empty in a hub without accounts) and has a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, insert, select, update

from academichub.store import schema
from academichub.store.accounts_store import named_account
from academichub.store.rows import Connection


@dataclass(frozen=True, slots=True)
class RadarRow:
    """A radar: its number and its name within its account."""

    number: int
    name: str


def radar_rows(connection: Connection, account: str | None) -> Sequence[RadarRow]:
    """Return the radars of an account in the order they were created; None as in named_account."""
    table = schema.radars
    query = select(table.c.id, table.c.name).where(table.c.account == named_account(account))
    return [
        RadarRow(number, name) for number, name in connection.execute(query.order_by(table.c.id))
    ]


def add_radar(connection: Connection, account: str, name: str, moment: str) -> int:
    """Write an empty radar and return its number."""
    table = schema.radars
    statement = insert(table).values(account=account, name=name, created_at=moment)
    return int(connection.execute(statement.returning(table.c.id)).scalar_one())


def rename_radar_row(connection: Connection, number: int, name: str) -> None:
    """Give a radar another name."""
    table = schema.radars
    connection.execute(update(table).where(table.c.id == number).values(name=name))


def remove_radar_row(connection: Connection, number: int) -> None:
    """Remove a radar with its signals, its changes, and the briefs that no other radar has."""
    owned = schema.radar_briefs
    elsewhere = select(owned.c.brief_id).where(owned.c.radar_id != number)
    only_here = select(owned.c.brief_id).where(
        owned.c.radar_id == number, owned.c.brief_id.not_in(elsewhere)
    )
    connection.execute(delete(schema.briefs).where(schema.briefs.c.id.in_(only_here)))
    connection.execute(delete(schema.radars).where(schema.radars.c.id == number))


def move_to_account(connection: Connection, account: str, to: str) -> None:
    """Give everything of an account but its sessions to another, which has nothing."""
    for table in _tables_of_accounts():
        connection.execute(update(table).where(table.c.account == account).values(account=to))


def remove_of_account(connection: Connection, account: str) -> None:
    """Remove everything of an account but its sessions, and the briefs that no other has."""
    for radar in radar_rows(connection, account):
        remove_radar_row(connection, radar.number)
    for table in _tables_of_accounts():
        connection.execute(delete(table).where(table.c.account == account))


def _tables_of_accounts() -> list[Table]:
    """Return the tables whose rows belong to an account and may outlive its login sessions."""
    return [
        table
        for table in schema.metadata.sorted_tables
        if "account" in table.c and table is not schema.sessions
    ]
