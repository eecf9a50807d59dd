"""The number of the newest record tells whether the library has grown."""

from __future__ import annotations

from made_records import record

from academichub.library.works import Library
from academichub.store.database import Database
from academichub.store.records_store import latest_record_number


def test_the_latest_number_grows_with_each_record_that_is_new(
    library: Library, database: Database
) -> None:
    numbers = []
    for batch in ([], [record(1)], [record(1)], [record(2), record(3)]):
        library.add(batch)
        with database.read() as connection:
            numbers.append(latest_record_number(connection))
    assert numbers == [0, 1, 1, 3]
