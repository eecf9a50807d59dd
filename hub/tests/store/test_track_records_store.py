"""Rows of written briefs: one a brief, the latest first, of one model, language and prompts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from academichub.store import schema
from academichub.store.database import Database
from academichub.store.rows import Connection
from academichub.store.track_records_store import (
    add_written_brief,
    latest_written_over,
    latest_written_rows,
    set_brief_aside,
)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        values = {"day": "2026-06-15", "lang": "en", "created_at": "", "document": {}}
        rows = [{"id": f"brief-{hour}", **values} for hour in range(10)]
        opened.execute(insert(schema.briefs), rows)
        yield opened


def add_written(connection: Connection, hour: int, **changed: object) -> bool:
    values: dict[str, object] = {
        "brief_id": f"brief-{hour}",
        "extract_id": "extracts",
        "model": "scribe",
        "lang": "en",
        "prompts": "p1",
        "asked": 10,
        "rewritten": hour,
        "made_at": f"2026-06-20T{hour:02}:00:00+00:00",
        "set_aside": False,
    }
    return add_written_brief(connection, {**values, **changed})


def test_a_written_brief_counts_once(connection: Connection) -> None:
    assert add_written(connection, 3)
    assert not add_written(connection, 3, rewritten=9)
    (row,) = latest_written_rows(connection, "scribe", "en", "p1", 5)
    assert (row.asked, row.rewritten) == (10, 3)


def test_rows_of_other_models_languages_and_prompts_do_not_count(connection: Connection) -> None:
    for hour in (2, 4, 1, 3):
        add_written(connection, hour)
    add_written(connection, 5, model="copyist")
    add_written(connection, 6, lang="zh")
    add_written(connection, 7, prompts="p2")
    rows = latest_written_rows(connection, "scribe", "en", "p1", 3)
    assert [row.rewritten for row in rows] == [4, 3, 2]


def test_the_latest_brief_over_an_extract_may_be_set_aside(connection: Connection) -> None:
    assert latest_written_over(connection, "extracts") is None
    for hour in (2, 4, 3):
        add_written(connection, hour)
    add_written(connection, 9, extract_id="others")
    set_brief_aside(connection, "brief-4", True)
    latest = latest_written_over(connection, "extracts")
    assert latest is not None and (latest.brief_id, latest.set_aside) == ("brief-4", True)
    other = latest_written_over(connection, "others")
    assert other is not None and (other.brief_id, other.set_aside) == ("brief-9", False)
    set_brief_aside(connection, "brief-4", False)
    assert all(
        not row.set_aside for row in latest_written_rows(connection, "scribe", "en", "p1", 9)
    )
