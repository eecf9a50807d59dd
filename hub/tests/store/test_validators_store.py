"""Rows of validators: one for each address, the latest in the place of the earlier."""

from __future__ import annotations

from sqlalchemy import func, select

from academichub.store import schema
from academichub.store.database import Database
from academichub.store.validators_store import (
    remove_validators,
    stored_validators,
    write_validators,
)

A, B = "https://a.example/x", "https://b.example/x"
NOON = "2026-06-24T12:00:00+00:00"


def test_the_last_written_validators_of_an_address_count(database: Database) -> None:
    with database.write() as connection:
        write_validators(connection, A, '"v1"', "Mon", NOON)
        write_validators(connection, A, None, "Tue", NOON)
        write_validators(connection, B, '"b"', None, NOON)
        assert stored_validators(connection, A) == (None, "Tue")
        assert stored_validators(connection, B) == ('"b"', None)
        assert connection.scalar(select(func.count()).select_from(schema.http_validators)) == 2


def test_removing_concerns_one_address_and_may_find_nothing(database: Database) -> None:
    with database.write() as connection:
        write_validators(connection, A, '"v1"', None, NOON)
        remove_validators(connection, B)
        assert stored_validators(connection, A) == ('"v1"', None)
        remove_validators(connection, A)
        assert stored_validators(connection, A) is None
