"""Rows of what was chosen on the pages: for the whole hub, or for one account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from academichub.store import schema
from academichub.store.accounts_store import named_account
from academichub.store.rows import Connection

LEARNING = "learns_from_behaviour"
"""Preference of an account: false where saved and opened works are no signals of its radars."""


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


def stored_account_preference(connection: Connection, account: str | None, name: str) -> Any:
    """Return a preference of an account, or None where it was never set.

    None stands for the account of `accounts_store.named_account`.
    """
    table = schema.account_preferences
    where = (table.c.account == named_account(account), table.c.name == name)
    row = connection.execute(select(table.c.value).where(*where)).one_or_none()
    return None if row is None else row.value


def write_account_preference(connection: Connection, account: str, name: str, value: Any) -> None:
    """Write a preference of an account in the place of an earlier value; None removes it."""
    table = schema.account_preferences
    where = (table.c.account == account, table.c.name == name)
    connection.execute(delete(table).where(*where))
    if value is not None:
        connection.execute(insert(table).values(account=account, name=name, value=value))
