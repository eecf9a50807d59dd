"""Rows of radars: each in its account, in the order of creation, gone with what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select

from academichub.store import schema
from academichub.store.briefs_store import add_brief_row, brief_document
from academichub.store.database import Database
from academichub.store.preferences_store import stored_account_preference, write_account_preference
from academichub.store.radars_store import (
    RadarRow,
    add_radar,
    move_to_account,
    radar_rows,
    remove_of_account,
    remove_radar_row,
    rename_radar_row,
)
from academichub.store.rows import Connection
from academichub.store.signals_store import add_change_row, add_signal_rows, signal_rows

MOMENT = "2026-06-20T08:00:00+00:00"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def add_brief(connection: Connection, brief_id: str, *radars: int) -> None:
    values = {"id": brief_id, "day": "2026-06-20", "lang": "en", "created_at": MOMENT}
    add_brief_row(connection, {**values, "document": {"id": brief_id}})
    for radar in radars:
        connection.execute(insert(schema.radar_briefs).values(radar_id=radar, brief_id=brief_id))


def test_accounts_may_use_the_same_name_and_see_their_own(connection: Connection) -> None:
    numbers = [
        add_radar(connection, account, name, MOMENT)
        for account, name in (("ada", "main"), ("bo", "main"), ("ada", "fog"))
    ]
    assert radar_rows(connection, "ada") == [
        RadarRow(numbers[0], "main"),
        RadarRow(numbers[2], "fog"),
    ]
    assert radar_rows(connection, "") == []
    rename_radar_row(connection, numbers[0], "kelp")
    assert [row.name for row in radar_rows(connection, "ada")] == ["kelp", "fog"]
    assert [row.name for row in radar_rows(connection, "bo")] == ["main"]


def test_a_removed_radar_takes_its_signals_and_the_briefs_no_other_has(
    connection: Connection,
) -> None:
    fog, kelp = (add_radar(connection, "", name, MOMENT) for name in ("fog", "kelp"))
    for number in (fog, kelp):
        add_signal_rows(connection, number, [("query", "ferry", 1.0, MOMENT)])
        add_change_row(connection, number, MOMENT, {"words": "add"}, most=9)
    add_brief(connection, "of-fog", fog)
    add_brief(connection, "of-both", fog, kelp)
    remove_radar_row(connection, fog)
    assert signal_rows(connection, fog, ()) == []
    assert [row.value for row in signal_rows(connection, kelp, ())] == ["ferry"]
    changes = schema.radar_changes.c.radar_id
    assert connection.execute(select(changes)).scalars().all() == [kelp]
    assert brief_document(connection, "of-fog") is None
    assert brief_document(connection, "of-both") == {"id": "of-both"}


def test_an_account_takes_over_and_is_removed_with_its_own_alone(connection: Connection) -> None:
    number = add_radar(connection, "", "main", MOMENT)
    write_account_preference(connection, "", "saved_works", ["a"])
    move_to_account(connection, "", "ada")
    assert radar_rows(connection, "ada") == [RadarRow(number, "main")]
    assert stored_account_preference(connection, "ada", "saved_works") == ["a"]
    assert stored_account_preference(connection, "", "saved_works") is None
    other = add_radar(connection, "bo", "main", MOMENT)
    write_account_preference(connection, "bo", "saved_works", ["b"])
    remove_of_account(connection, "ada")
    assert radar_rows(connection, "ada") == []
    assert stored_account_preference(connection, "ada", "saved_works") is None
    assert radar_rows(connection, "bo") == [RadarRow(other, "main")]
    assert stored_account_preference(connection, "bo", "saved_works") == ["b"]
