"""Rows of accounts and sessions: what is written is read back, and only what was named is removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from academichub.store.accounts_store import (
    account_names,
    add_account,
    add_session,
    change_password_hash,
    remove_account,
    remove_session,
    remove_sessions_of,
    remove_sessions_over,
    session_account,
    stored_password_hash,
)
from academichub.store.database import Database, open_database

MONDAY, TUESDAY, WEDNESDAY = (f"2026-06-{day}T00:00:00+00:00" for day in (22, 23, 24))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with the accounts mei and ada, and sessions that end on Tuesday and Wednesday."""
    opened = open_database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with opened.write() as connection:
        for name in ("mei", "ada"):
            assert add_account(connection, name, f"hash of {name}", MONDAY)
        for token_hash, account, end in (
            ("a", "mei", TUESDAY),
            ("b", "mei", WEDNESDAY),
            ("c", "ada", WEDNESDAY),
        ):
            values = {"token_hash": token_hash, "account": account, "created_at": MONDAY}
            add_session(connection, {**values, "expires_at": end})
    yield opened
    opened.close()


def open_sessions(database: Database, moment: str) -> dict[str, str | None]:
    """Return the account of each session at a moment."""
    with database.read() as connection:
        return {name: session_account(connection, name, moment) for name in "abc"}


def test_a_taken_name_is_not_written_again(database: Database) -> None:
    with database.write() as connection:
        assert not add_account(connection, "mei", "another hash", TUESDAY)
        assert account_names(connection) == ["ada", "mei"]
        assert stored_password_hash(connection, "mei") == "hash of mei"


def test_a_hash_changes_for_its_account_alone(database: Database) -> None:
    with database.write() as connection:
        assert change_password_hash(connection, "mei", "new")
        assert not change_password_hash(connection, "nobody", "new")
        assert stored_password_hash(connection, "mei") == "new"
        assert stored_password_hash(connection, "ada") == "hash of ada"
        assert stored_password_hash(connection, "nobody") is None


def test_a_session_counts_up_to_the_moment_it_ends(database: Database) -> None:
    assert open_sessions(database, TUESDAY) == {"a": "mei", "b": "mei", "c": "ada"}
    assert open_sessions(database, WEDNESDAY) == {"a": None, "b": "mei", "c": "ada"}


def test_sessions_are_removed_by_hash_by_account_and_by_end(database: Database) -> None:
    with database.write() as connection:
        remove_sessions_over(connection, TUESDAY)
    assert open_sessions(database, MONDAY)["a"] == "mei", "it ends at that moment, not before"
    with database.write() as connection:
        remove_sessions_over(connection, WEDNESDAY)
    assert open_sessions(database, MONDAY) == {"a": None, "b": "mei", "c": "ada"}
    with database.write() as connection:
        remove_session(connection, "unknown")
        remove_session(connection, "c")
    assert open_sessions(database, MONDAY) == {"a": None, "b": "mei", "c": None}
    with database.write() as connection:
        remove_sessions_of(connection, "ada")
    assert open_sessions(database, MONDAY)["b"] == "mei"
    with database.write() as connection:
        remove_sessions_of(connection, "mei")
        assert remove_account(connection, "mei")
        assert not remove_account(connection, "mei")
        assert account_names(connection) == ["ada"]
    assert open_sessions(database, MONDAY) == {"a": None, "b": None, "c": None}
