"""Accounts: hashes, sessions that end, and the brake on guessing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import argon2
import pytest
from sqlalchemy import select

from academichub.errors import NotFoundError, UsageError
from academichub.store import schema
from academichub.store.database import Database, open_database
from academichub.web.accounts import LOCK_S, MAX_FAILURES, Accounts, LoginBrake

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash with little work: its strength is not what these tests are about."""
    monkeypatch.setattr(
        argon2, "PasswordHasher", partial(argon2.PasswordHasher, time_cost=1, memory_cost=1024)
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    yield opened
    opened.close()


def test_a_password_is_kept_as_argon2_and_checked(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add("mei", PASSWORD)
    with database.read() as connection:
        stored = connection.execute(select(schema.accounts.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$") and PASSWORD not in stored
    assert accounts.check_password("mei", PASSWORD, "1.2.3.4")
    assert not accounts.check_password("mei", PASSWORD + "x", "1.2.3.4")
    assert not accounts.check_password("nobody", PASSWORD, "1.2.3.4")


def test_names_and_passwords_have_rules(database: Database) -> None:
    accounts = Accounts(database)
    for name, password in (
        ("", PASSWORD),
        ("a b", PASSWORD),
        ("x" * 65, PASSWORD),
        ("mei", "short"),
        ("mei", "x" * 513),
    ):
        with pytest.raises(UsageError):
            accounts.add(name, password)
    accounts.add("梅", PASSWORD)
    with pytest.raises(UsageError, match="user password"):
        accounts.add("梅", PASSWORD)
    assert accounts.names() == ["梅"]


def test_sessions_end_with_logout_password_change_and_removal(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add("mei", PASSWORD)
    first, second, third = (accounts.start_session("mei") for _ in range(3))
    with database.read() as connection:
        assert first not in set(connection.execute(select(schema.sessions.c.token_hash)).scalars())
    assert accounts.account_of(first) == "mei" and accounts.account_of("forged") is None
    accounts.end_session(first)
    assert accounts.account_of(first) is None and accounts.account_of(second) == "mei"
    accounts.set_password("mei", PASSWORD + " staple")
    assert accounts.account_of(second) is None
    fourth = accounts.start_session("mei")
    accounts.remove("mei")
    assert accounts.account_of(third) is None and accounts.account_of(fourth) is None
    with pytest.raises(NotFoundError, match="user list"):
        accounts.remove("mei")
    with pytest.raises(NotFoundError):
        accounts.set_password("mei", PASSWORD)


def test_an_old_session_is_over(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add("mei", PASSWORD)
    token = accounts.start_session("mei")
    with database.write() as connection:
        connection.execute(schema.sessions.update().values(expires_at="2020-01-01T00:00:00+00:00"))
    assert accounts.account_of(token) is None


def test_the_brake_locks_client_and_name_and_opens_again() -> None:
    now = [0.0]
    brake = LoginBrake(lambda: now[0])
    for attempt in range(MAX_FAILURES):
        assert brake.wait_s("1.1.1.1", "mei") == 0
        now[0] = float(attempt)
        brake.note_failure("1.1.1.1", "mei")
    assert (
        brake.wait_s("1.1.1.1", "other")
        == brake.wait_s("2.2.2.2", "mei")
        == LOCK_S - (MAX_FAILURES - 1)
    )
    assert brake.wait_s("2.2.2.2", "other") == 0
    now[0] = LOCK_S + 0.5
    assert brake.wait_s("1.1.1.1", "mei") == 0


def test_a_locked_client_is_refused_even_with_the_right_password(database: Database) -> None:
    now = [0.0]
    accounts = Accounts(database, lambda: now[0])
    accounts.add("mei", PASSWORD)
    for _ in range(MAX_FAILURES):
        assert not accounts.check_password("mei", "wrong password", "1.1.1.1")
    assert not accounts.check_password("mei", PASSWORD, "1.1.1.1")
    now[0] = LOCK_S + 1
    assert accounts.check_password("mei", PASSWORD, "1.1.1.1")
