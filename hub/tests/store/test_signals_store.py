"""Rows of a radar: signals in the order they were added, and the changes that can be undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from academichub.store.database import Database
from academichub.store.radars_store import add_radar
from academichub.store.rows import Connection
from academichub.store.signals_store import (
    add_change_row,
    add_signal_rows,
    latest_change_row,
    remove_change_row,
    remove_signal_rows,
    signal_rows,
)

MOMENT = "2026-06-20T08:00:00+00:00"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def two_radars(connection: Connection) -> tuple[int, int]:
    main = add_radar(connection, "", "main", MOMENT)
    return main, add_radar(connection, "", "other", MOMENT)


def signals(connection: Connection, radar: int, *kinds: str) -> list[tuple[str, str, float]]:
    return [(row.kind, row.value, row.weight) for row in signal_rows(connection, radar, kinds)]


def test_signals_stay_in_order_and_in_their_radar(connection: Connection) -> None:
    main, other = two_radars(connection)
    add_signal_rows(connection, main, [("query", "rubble", 2.0, MOMENT), ("hide", "b", 1.0, "")])
    add_signal_rows(connection, other, [("hide", "b", 1.0, MOMENT)])
    add_signal_rows(connection, main, [("hide", "a", 1.0, MOMENT)])
    add_signal_rows(connection, main, [])
    assert signals(connection, main) == [
        ("query", "rubble", 2.0),
        ("hide", "b", 1.0),
        ("hide", "a", 1.0),
    ]
    assert signals(connection, main, "query", "like") == [("query", "rubble", 2.0)]
    assert [row.added_at for row in signal_rows(connection, main, ())] == [MOMENT, "", MOMENT]
    remove_signal_rows(connection, main, [("hide", "b"), ("hide", "rubble"), ("like", "a")])
    assert signals(connection, main) == [("query", "rubble", 2.0), ("hide", "a", 1.0)]
    assert signals(connection, other) == [("hide", "b", 1.0)]


def test_only_the_latest_changes_of_each_radar_stay(connection: Connection) -> None:
    main, other = two_radars(connection)
    assert latest_change_row(connection, main) is None
    add_change_row(connection, other, MOMENT, {"words": "of the other"}, most=2)
    for words in ("first", "second", "third"):
        add_change_row(connection, main, MOMENT, {"words": words, "drop": [["hide", 1.0]]}, most=2)
    undone = []
    while (latest := latest_change_row(connection, main)) is not None:
        undone.append(latest.change)
        remove_change_row(connection, latest.id)
    assert undone == [{"words": words, "drop": [["hide", 1.0]]} for words in ("third", "second")]
    of_other = latest_change_row(connection, other)
    assert of_other is not None and of_other.change == {"words": "of the other"}
