"""Rows of accounts and of their login sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update

from academichub.store.rows import Connection
from academichub.store.schema import accounts, sessions

_FIRST = select(accounts.c.name).order_by(accounts.c.created_at, accounts.c.name).limit(1)


def account_names(connection: Connection) -> list[str]:
    """Return every account's name in order."""
    return list(connection.execute(select(accounts.c.name).order_by(accounts.c.name)).scalars())


def first_account(connection: Connection) -> str:
    """Return the account that was made first; empty where the hub has none.

    What is done without a login (commands, a hub on this computer) is done for this account.
    """
    return str(connection.scalar(_FIRST) or "")


def named_account(account: str | None) -> ColumnElement[str]:
    """Return an account as a statement names it; None stands for `first_account`."""
    if account is None:
        return func.coalesce(_FIRST.scalar_subquery(), "")
    return literal(account)


def add_account(connection: Connection, name: str, password_hash: str, moment: str) -> bool:
    """Write an account unless its name is taken; return whether it was written."""
    if connection.execute(select(accounts.c.name).where(accounts.c.name == name)).first():
        return False
    connection.execute(
        insert(accounts).values(name=name, password_hash=password_hash, created_at=moment)
    )
    return True


def change_password_hash(connection: Connection, name: str, password_hash: str) -> bool:
    """Write an account's hash; return whether the account exists."""
    query = update(accounts).where(accounts.c.name == name).values(password_hash=password_hash)
    return bool(connection.execute(query).rowcount)


def remove_account(connection: Connection, name: str) -> bool:
    """Remove an account without sessions; return whether it existed."""
    return bool(connection.execute(delete(accounts).where(accounts.c.name == name)).rowcount)


def stored_password_hash(connection: Connection, name: str) -> str | None:
    """Return an account's hash, or None where there is no such account."""
    password_hash: str | None = connection.scalar(
        select(accounts.c.password_hash).where(accounts.c.name == name)
    )
    return password_hash


def add_session(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a session, given by column."""
    connection.execute(insert(sessions).values(**values))


def session_account(connection: Connection, token_hash: str, moment: str) -> str | None:
    """Return the account of a session that is not over at a moment, or None."""
    account: str | None = connection.scalar(
        select(sessions.c.account).where(
            sessions.c.token_hash == token_hash, sessions.c.expires_at >= moment
        )
    )
    return account


def remove_session(connection: Connection, token_hash: str) -> None:
    """Remove a session; an unknown hash is ignored."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def remove_sessions_of(connection: Connection, account: str) -> None:
    """Remove every session of an account."""
    connection.execute(delete(sessions).where(sessions.c.account == account))


def remove_sessions_over(connection: Connection, moment: str) -> None:
    """Remove the sessions that are over at a moment."""
    connection.execute(delete(sessions).where(sessions.c.expires_at < moment))
