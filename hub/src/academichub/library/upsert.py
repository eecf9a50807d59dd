"""Adding records to the library: which works they change, and how.

A batch is one transaction: the new statements are stored, the works they touch are resolved again
from all their records (library/merge.py) and rewritten, and the search index follows. A process
killed at any moment leaves whole batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from academichub.index.parallel_tokens import ParallelTokeniser
from academichub.library.merge import ResolvedWork, components, resolve
from academichub.store.database import Database
from academichub.store.records_store import (
    NumberedRecord,
    add_statements,
    record_numbers_of,
    records_by_number,
)
from academichub.store.rows import Connection
from academichub.store.works_store import numbers_of_identifiers
from academichub.store.works_writer import (
    indexed_texts,
    next_work_number,
    remove_works,
    write_works,
)
from academichub.text.characters import storable
from academichub.works.identifiers import Identifier
from academichub.works.record_codec import decode, encode
from academichub.works.work import Record, Work

BATCH = 2000
"""Records merged in one transaction. Larger ones index faster; a gather's pages are smaller
anyway."""


@dataclass
class Added:
    """What adding records did: `read` = `added` + `merged`.

    Attributes:
        read: Records given.
        added: Works that are new in the library.
        merged: Records that joined a work already there (exact repetitions included).
        keys: Keys of the works that changed or were made.
    """

    read: int = 0
    added: int = 0
    merged: int = 0
    keys: list[str] = field(default_factory=list)


def add_records(
    database: Database, records: Iterable[Record], received_at: datetime | None = None
) -> Added:
    """Merge records into the library, batch by batch.

    Raises:
        StorageError: If the database cannot be written; batches before the failing one stay.
    """
    moment = (received_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    total, source = Added(), iter(records)
    with ParallelTokeniser() as tokeniser:
        while batch := list(islice(source, BATCH)):
            stated = [_stated(record) for record in batch]
            if len(batch) == BATCH:  # a large import: it pays to tokenise in a second process
                tokeniser.ask(indexed_texts(record) for record, _ in stated)
            with database.write() as connection:
                _add_batch(connection, stated, moment, total, tokeniser)
    return total


def _stated(record: Record) -> tuple[Record, str]:
    """Return a record and its statement in texts that the database takes."""
    statement = encode(record)
    key, clean = storable(record.source_key), storable(statement)
    # The work must be made of what is stored, or resolving again would give another one.
    if key is not record.source_key or clean is not statement:
        record = decode(record.source, key, clean, record.raw)
    return record, clean


def _add_batch(
    connection: Connection,
    batch: Sequence[tuple[Record, str]],
    moment: str,
    total: Added,
    tokeniser: ParallelTokeniser,
) -> None:
    new = add_statements(connection, batch, moment)
    total.read += len(batch)
    added = 0
    if new:
        connected = _connected(connection, new)
        before = numbers_of_identifiers(
            connection, {name for stored in connected for name in stored.record.identifiers}
        )
        added = _rewrite(connection, connected, before, total.keys, tokeniser)
    total.added += added
    total.merged += len(batch) - added


def _connected(connection: Connection, new: Sequence[NumberedRecord]) -> list[NumberedRecord]:
    """Return the new records and all older ones that are linked to them by identifiers."""
    connected: dict[int, NumberedRecord] = {stored.id: stored for stored in new}
    looked_up: set[Identifier] = set()
    frontier = {name for stored in new for name in stored.record.identifiers}
    while frontier:
        looked_up |= frontier
        further = records_by_number(
            connection, record_numbers_of(connection, frontier) - connected.keys()
        )
        connected.update((stored.id, stored) for stored in further)
        frontier = {name for stored in further for name in stored.record.identifiers} - looked_up
    return list(connected.values())


def _rewrite(
    connection: Connection,
    connected: Sequence[NumberedRecord],
    before: dict[Identifier, int],
    keys: list[str],
    tokeniser: ParallelTokeniser,
) -> int:
    """Resolve the works of connected records and write them.

    Return how many works there are more than before.
    """
    resolved: list[ResolvedWork] = []
    for members in components([stored.record.identifiers for stored in connected]):
        ordered = sorted((connected[n] for n in members), key=lambda stored: stored.id)
        resolved += resolve([stored.record for stored in ordered])
    old, taken, numbered = set(before.values()), set[int](), list[tuple[int, Work]]()
    following = next_work_number(connection)
    for resolution in resolved:
        earlier = sorted(
            {before[name] for name in resolution.work.identifiers if name in before} - taken
        )
        number = earlier[0] if earlier else following
        following += not earlier
        taken.add(number)
        numbered.append((number, resolution.work))
    remove_works(connection, sorted(old))
    write_works(connection, numbered, tokeniser.answers())
    keys += [resolution.work.key for resolution in resolved]
    return max(0, len(numbered) - len(old))
