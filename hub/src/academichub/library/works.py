"""The library as readers see it: works by key, identifier and day. Adding is in upsert.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from academichub.errors import NotFoundError
from academichub.library.upsert import Added, add_records
from academichub.messages import Message
from academichub.store.database import Database
from academichub.store.records_store import StoredRecord, stored_records_of
from academichub.store.works_store import (
    WorkFilter,
    any_work,
    count_works,
    last_announcement_day,
    number_of_key,
    numbers_after,
    numbers_of_identifiers,
    numbers_of_keys,
    selected_numbers,
    works_a_day,
    works_by_number,
)
from academichub.works.identifiers import parse_identifier
from academichub.works.work import Record, Work

__all__ = ["MAX_SELECTED", "Library", "StoredRecord", "WorkFilter"]

MAX_SELECTED = 50_000
"""Most works one selection returns."""


class Library:
    """The works of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, records: Iterable[Record], received_at: datetime | None = None) -> Added:
        """Merge records into the library; see writing.add_records."""
        return add_records(self.database, records, received_at)

    def is_empty(self) -> bool:
        """Whether there are no works."""
        with self.database.read() as connection:
            return not any_work(connection)

    def count(self) -> int:
        """Return how many works there are."""
        with self.database.read() as connection:
            return count_works(connection)

    def last_day(self) -> str | None:
        """Return the latest day on which anything was announced; None in an empty library."""
        with self.database.read() as connection:
            return last_announcement_day(connection)

    def days(self, last: str, limit: int = 14) -> list[tuple[str, int]]:
        """Return (day, number of announced works) of the latest days up to `last`, newest first."""
        with self.database.read() as connection:
            return works_a_day(connection, last, limit)

    def get(self, name: str) -> Work | None:
        """Return the work of a key or identifier (`arxiv:2606.13125`, DOI, address), or None."""
        identifier = parse_identifier(name)
        with self.database.read() as connection:
            number = number_of_key(connection, name)
            if number is None and identifier is not None:
                number = numbers_of_identifiers(connection, [identifier]).get(identifier)
            if number is None:
                return None
            return next(iter(works_by_number(connection, [number])), None)

    def require(self, name: str) -> Work:
        """Return the work of a key or identifier.

        Raises:
            NotFoundError: If the library holds no such work.
        """
        work = self.get(name)
        if work is None:
            raise NotFoundError(Message.of("library.no_work", name=name[:200]))
        return work

    def by_ids(self, ids: Sequence[int]) -> list[Work]:
        """Return works by row number, in the order given; missing ones are left out."""
        with self.database.read() as connection:
            return works_by_number(connection, ids)

    def by_keys(self, keys: Iterable[str]) -> dict[str, Work]:
        """Return works by key, or by an identifier where the work has a stronger key."""
        names = list(dict.fromkeys(keys))
        with self.database.read() as connection:
            numbers = numbers_of_keys(connection, names)
            others = {
                identifier: name
                for name in names
                if name not in numbers and (identifier := parse_identifier(name))
            }
            for identifier, number in numbers_of_identifiers(connection, others).items():
                numbers[others[identifier]] = number
            stored = works_by_number(connection, list(dict.fromkeys(numbers.values())))
        works = {work.id: work for work in stored}
        return {name: works[numbers[name]] for name in names if name in numbers}

    def select_ids(self, where: WorkFilter, limit: int = MAX_SELECTED) -> list[int]:
        """Return row numbers of the works a filter lets through, latest announced first."""
        with self.database.read() as connection:
            return selected_numbers(connection, where, min(limit, MAX_SELECTED))

    def select(self, where: WorkFilter, limit: int = MAX_SELECTED) -> list[Work]:
        """Return the works a filter lets through, latest announced first."""
        with self.database.read() as connection:
            numbers = selected_numbers(connection, where, min(limit, MAX_SELECTED))
            return works_by_number(connection, numbers)

    def all_works(self, batch: int = 1000) -> Iterator[Work]:
        """Yield every work, ordered by row number; each portion is one read of the database."""
        last = 0
        while True:
            with self.database.read() as connection:
                numbers = numbers_after(connection, last, batch)
                works = works_by_number(connection, numbers)
            if not numbers:
                return
            yield from works
            last = numbers[-1]

    def history(self, name: str) -> list[StoredRecord]:
        """Return the statements of sources on a work, oldest first.

        Raises:
            NotFoundError: If the library holds no such work.
        """
        work = self.require(name)
        with self.database.read() as connection:
            return stored_records_of(connection, work.identifiers)
