"""Rows of the ledger: their order, those of a day, and what each source remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from academichub.store.database import Connection, Database
from academichub.store.ledger_store import (
    add_ledger_row,
    change_ledger_row,
    latest_ledger_day,
    ledger_rows,
    state_value,
    write_state_values,
)

VALUES = {
    "window": "cs.GT", "day": "", "asked": 1, "expected": None, "received": 0, "merged": 0, "failed": 0,
    "status": "ok", "failure": "", "messages": [], "started_at": "2026-06-24T00:00:00", "finished_at": "",
}  # fmt: skip
MONDAY, TUESDAY = "2026-06-22", "2026-06-23"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def add(connection: Connection, source: str, day: str = "") -> int:
    return add_ledger_row(connection, {**VALUES, "source": source, "day": day})


def numbers(connection: Connection, day: str | None, limit: int = 100) -> list[int]:
    return [row.id for row in ledger_rows(connection, day, limit)]


def test_the_latest_rows_come_in_the_order_they_were_begun(connection: Connection) -> None:
    begun = [add(connection, "feed", MONDAY) for _ in range(4)]
    assert numbers(connection, None) == begun
    assert numbers(connection, None, 2) == begun[2:]


def test_a_row_without_a_day_belongs_to_every_day_until_its_source_has_one(
    connection: Connection,
) -> None:
    failed = add(connection, "feed")
    monday = add(connection, "crossref", MONDAY)
    assert numbers(connection, MONDAY) == [failed, monday]
    assert numbers(connection, TUESDAY) == [failed]
    tuesday = add(connection, "feed", TUESDAY)
    assert numbers(connection, MONDAY) == [monday]
    assert numbers(connection, TUESDAY) == [tuesday]
    later = add(connection, "feed")
    assert numbers(connection, TUESDAY) == [tuesday, later]


def test_a_change_concerns_its_row_and_columns_alone(connection: Connection) -> None:
    first, second = add(connection, "feed", MONDAY), add(connection, "feed", MONDAY)
    change_ledger_row(connection, first, {"merged": 7, "status": "partial"})
    rows = {row.id: row for row in ledger_rows(connection, None, 10)}
    assert (rows[first].merged, rows[first].status, rows[first].asked) == (7, "partial", 1)
    assert (rows[second].merged, rows[second].status) == (0, "ok")


def test_the_latest_day_is_that_of_the_sources_named(connection: Connection) -> None:
    add(connection, "feed", TUESDAY)
    add(connection, "crossref", MONDAY)
    add(connection, "crossref")
    assert latest_ledger_day(connection, ("feed", "crossref")) == TUESDAY
    assert latest_ledger_day(connection, ("crossref",)) == MONDAY
    assert latest_ledger_day(connection, ("arxiv_oai",)) is None
    assert latest_ledger_day(connection, ()) is None


@pytest.mark.parametrize("value", ["2026", 7, None, False, ["a", {"b": 1}], {}])
def test_what_a_source_remembers_is_read_back_as_it_was(
    connection: Connection, value: object
) -> None:
    write_state_values(connection, "feed", {"since": "before", "other": 1})
    write_state_values(connection, "feed", {"since": value})
    write_state_values(connection, "crossref", {"since": "elsewhere"})
    assert state_value(connection, "feed", "since", "default") == value
    assert state_value(connection, "feed", "other", "default") == 1
    assert state_value(connection, "feed", "unset", "default") == "default"
