"""Old raw entries go after the days that are set, and works do not change by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_records import dump, record
from sqlalchemy import delete

from academichub.errors import SettingsError
from academichub.library.upsert import add_records
from academichub.library.works import Library
from academichub.settings import load_settings
from academichub.store import schema
from academichub.store.database import Database
from academichub.store.retention import drop_raw_entries

NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)


def raw_entries(library: Library) -> dict[str, str]:
    works = library.all_works()
    return {
        stored.record.source_key: stored.record.raw
        for work in works
        for stored in library.history(work.key)
    }


def test_only_entries_older_than_the_days_set_are_dropped(
    library: Library, database: Database
) -> None:
    """Of entries 31 days, 30 days and 29 days old, 30 days keep the last two: the limit itself is kept."""
    for number, days in ((1, 31), (2, 30), (3, 29)):
        add_records(database, [record(number)], NOW - timedelta(days=days))
    before = dump(library)
    assert drop_raw_entries(database, 30, NOW) == 1
    assert raw_entries(library) == {
        "oai:1v1": "",
        "oai:2v1": "<entry>2</entry>",
        "oai:3v1": "<entry>3</entry>",
    }
    assert dump(library) == before


def test_the_default_keeps_everything(library: Library, database: Database) -> None:
    add_records(database, [record(1)], NOW - timedelta(days=20_000))
    assert load_settings({}).retention.raw_days is None
    assert drop_raw_entries(database, None, NOW) == 0
    assert raw_entries(library) == {"oai:1v1": "<entry>1</entry>"}


def test_a_dropped_entry_is_not_counted_or_added_again(
    library: Library, database: Database
) -> None:
    add_records(database, [record(1)], NOW - timedelta(days=10))
    assert drop_raw_entries(database, 5, NOW) == 1
    assert drop_raw_entries(database, 5, NOW) == 0
    add_records(database, [record(1)], NOW)
    assert raw_entries(library) == {"oai:1v1": ""}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(ages=st.lists(st.integers(0, 60), min_size=1, max_size=5), raw_days=st.integers(1, 60))
def test_dropped_and_kept_add_up(
    library: Library, database: Database, ages: list[int], raw_days: int
) -> None:
    with database.write() as connection:  # examples share the database of the test
        connection.execute(delete(schema.records))
    for number, age in enumerate(ages, 1):
        add_records(database, [record(number)], NOW - timedelta(days=age))
    assert drop_raw_entries(database, raw_days, NOW) == sum(age > raw_days for age in ages)


@pytest.mark.parametrize("days", ["0", "-1", "soon"])
def test_a_senseless_number_of_days_is_refused(days: str) -> None:
    with pytest.raises(SettingsError, match="ACADEMICHUB_RETENTION__RAW_DAYS"):
        load_settings({"ACADEMICHUB_RETENTION__RAW_DAYS": days})
