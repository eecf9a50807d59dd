"""Rows of briefs: one a brief, listed by day and then by time, without those that are set aside."""

from __future__ import annotations

import pytest

from academichub.store.briefs_store import (
    add_brief_row,
    brief_document,
    brief_rows,
    give_brief,
    radars_of_brief,
    shown_brief_rows,
)
from academichub.store.database import Database
from academichub.store.radars_store import add_radar
from academichub.store.rows import Connection
from academichub.store.track_records_store import add_written_brief


@pytest.fixture
def radar(database: Database) -> int:
    """The number of a radar."""
    with database.write() as connection:
        return add_radar(connection, "", "main", "2026-06-20T08:00:00+00:00")


def add_brief(
    connection: Connection, radar: int, brief_id: str, day: str, hour: int, lang: str = "en"
) -> bool:
    was_written = add_brief_row(
        connection,
        {
            "id": brief_id,
            "day": day,
            "lang": lang,
            "created_at": f"2026-06-20T{hour:02}:00:00+00:00",
            "document": {"title": f"{brief_id} at {hour}"},
        },
    )
    give_brief(connection, brief_id, [radar])
    return was_written


def write_over(connection: Connection, brief_id: str, model: str, set_aside: bool) -> None:
    add_written_brief(
        connection,
        {
            "brief_id": brief_id,
            "extract_id": "extracts",
            "model": model,
            "lang": "en",
            "prompts": "p1",
            "asked": 4,
            "rewritten": 2,
            "made_at": "2026-06-20T12:00:00+00:00",
            "set_aside": set_aside,
        },
    )


def test_a_brief_stored_twice_stays_as_it_was_first(database: Database, radar: int) -> None:
    with database.write() as connection:
        assert add_brief(connection, radar, "a", "2026-06-15", 8)
        assert not add_brief(connection, radar, "a", "2026-06-16", 9)
    with database.read() as connection:
        assert brief_document(connection, "a") == {"title": "a at 8"}
        assert [row.day for row in brief_rows(connection, None, 10, [radar])] == ["2026-06-15"]
        assert brief_document(connection, "b") is None


def test_the_order_is_by_day_then_by_time_then_by_id(database: Database, radar: int) -> None:
    with database.write() as connection:
        for brief_id, day, hour in (
            ("b", "2026-06-15", 8),
            ("a", "2026-06-15", 8),
            ("later", "2026-06-15", 9),
            ("next-day", "2026-06-16", 1),
        ):
            add_brief(connection, radar, brief_id, day, hour)
    with database.read() as connection:
        shown = [row.id for row in shown_brief_rows(connection, None, [radar])]
        assert shown == ["next-day", "later", "a", "b"]
        assert [row.id for row in brief_rows(connection, None, 3, [radar])] == shown[:3]


def test_briefs_are_listed_with_what_models_wrote_in_one_language(
    database: Database, radar: int
) -> None:
    with database.write() as connection:
        add_brief(connection, radar, "extracts", "2026-06-15", 8)
        add_brief(connection, radar, "chinese", "2026-06-15", 9, "zh")
        add_brief(connection, radar, "good", "2026-06-15", 10)
        add_brief(connection, radar, "poor", "2026-06-15", 11)
        write_over(connection, "good", "scribe", False)
        write_over(connection, "poor", "copyist", True)
    with database.read() as connection:
        assert [tuple(row) for row in brief_rows(connection, "en", 10, [radar])] == [
            ("poor", "2026-06-15", "en", "2026-06-20T11:00:00+00:00", "copyist", True),
            ("good", "2026-06-15", "en", "2026-06-20T10:00:00+00:00", "scribe", False),
            ("extracts", "2026-06-15", "en", "2026-06-20T08:00:00+00:00", None, None),
        ]
        assert [tuple(row) for row in shown_brief_rows(connection, "en", [radar])] == [
            ("good", {"title": "good at 10"}),
            ("extracts", {"title": "extracts at 8"}),
        ]
        assert [row.id for row in shown_brief_rows(connection, "zh", [radar])] == ["chinese"]


def test_a_brief_belongs_to_the_radars_it_is_given_to(database: Database, radar: int) -> None:
    with database.write() as connection:
        other = add_radar(connection, "", "fog", "2026-06-20T08:00:00+00:00")
        add_brief(connection, radar, "mine", "2026-06-15", 8)
        add_brief(connection, other, "both", "2026-06-15", 9)
        give_brief(connection, "both", [radar, other])
        assert radars_of_brief(connection, "both") == [radar, other]
        assert radars_of_brief(connection, "mine") == [radar]
        assert radars_of_brief(connection, "none") == []
        assert [row.id for row in brief_rows(connection, None, 9, [radar])] == ["both", "mine"]
        assert [row.id for row in brief_rows(connection, None, 9, [other])] == ["both"]
        assert [row.id for row in brief_rows(connection, None, 9, [radar, other])] == [
            "both",
            "mine",
        ]
        assert list(shown_brief_rows(connection, None, [])) == []
