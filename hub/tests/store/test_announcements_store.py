"""The batches announced: whose pairs they hold, the last before a day, and the day of most ids."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_records import DAYS, record

from academichub.library.works import Library
from academichub.store import announcements_store
from academichub.store.announcements_store import batch_versions, day_of_most, last_batch_day
from academichub.store.database import Database
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement

MONDAY, TUESDAY, WEDNESDAY = DAYS
SOURCE, CATEGORY = "arxiv_announce", "cs.LG"


def arxiv_id(number: int) -> str:
    return f"2601.{number:05d}"


@pytest.fixture
def filled(library: Library, database: Database) -> Database:
    """Works 1 and 2 on Monday, 2 again and 3 on Tuesday, 4 elsewhere, 5 without an arXiv id."""
    other = Announcement("arxiv_oai", TUESDAY, "new", CATEGORY, 1)
    cross = Announcement(SOURCE, TUESDAY, "cross", "math.OC", 1)
    library.add(
        [
            record(1, MONDAY),
            record(2, MONDAY),
            record(2, TUESDAY, version=2),
            record(3, TUESDAY),
            record(4, TUESDAY, announcements=(other, cross)),
            record(5, TUESDAY, identifiers=(Identifier("doi", "10.5555/five"),)),
        ]
    )
    return database


def test_a_batch_holds_the_versions_of_its_source_category_and_day(filled: Database) -> None:
    with filled.read() as connection:
        pairs = {day: batch_versions(connection, SOURCE, CATEGORY, day) for day in DAYS}
        crossed = batch_versions(connection, SOURCE, "math.OC", TUESDAY)
    assert pairs == {
        MONDAY: {(arxiv_id(1), 1), (arxiv_id(2), 1)},
        TUESDAY: {(arxiv_id(2), 2), (arxiv_id(3), 1)},
        WEDNESDAY: frozenset(),
    }
    assert crossed == {(arxiv_id(4), 1)}


def test_the_last_batch_is_strictly_before_the_day(filled: Database) -> None:
    with filled.read() as connection:
        days = [last_batch_day(connection, SOURCE, CATEGORY, day) for day in DAYS]
        assert days == [None, MONDAY, TUESDAY]
        assert last_batch_day(connection, SOURCE, "math.OC", WEDNESDAY) == TUESDAY
        assert last_batch_day(connection, SOURCE, "q-bio.NC", WEDNESDAY) is None


@pytest.mark.parametrize(
    ("numbers", "before", "day"),
    [
        ((1, 2), WEDNESDAY, MONDAY),
        ((2, 3), WEDNESDAY, TUESDAY),
        ((2,), WEDNESDAY, TUESDAY),  # as many on both days: the later one
        ((2, 3), TUESDAY, MONDAY),
        ((3,), TUESDAY, ""),
        ((9,), WEDNESDAY, ""),
        ((), WEDNESDAY, ""),
        # Work 4 has two announcements on Tuesday and counts once there.
        ((1, 2, 4), WEDNESDAY, TUESDAY),
    ],
)
def test_the_day_on_which_most_of_some_ids_were_announced(
    filled: Database, numbers: tuple[int, ...], before: str, day: str
) -> None:
    with filled.read() as connection:
        assert day_of_most(connection, {arxiv_id(number) for number in numbers}, before) == day


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.frozensets(st.integers(1, 6)), before=st.sampled_from([*DAYS, "2027"]))
def test_the_day_of_most_agrees_with_a_count_by_hand(
    filled: Database, numbers: frozenset[int], before: str
) -> None:
    numbers_by_day = {MONDAY: {1, 2}, TUESDAY: {2, 3, 4}}
    shared = [
        (len(announced & numbers), day)
        for day, announced in numbers_by_day.items()
        if day < before and announced & numbers
    ]
    with filled.read() as connection:
        day = day_of_most(connection, {arxiv_id(number) for number in numbers}, before)
    assert day == max(shared, default=(0, ""))[1]


def test_of_many_ids_the_first_in_order_count(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements_store, "PORTION", 1)
    with filled.read() as connection:
        assert day_of_most(connection, [arxiv_id(3), arxiv_id(1)], WEDNESDAY) == MONDAY
