"""Statements of sources, as stored: they are only added; raw entries are packed against them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from academichub.store import schema
from academichub.store.rows import (
    Connection,
    Row,
    insert_rows,
    next_number,
    rows_by,
    rows_by_identifier,
)
from academichub.text.characters import storable
from academichub.works.identifiers import Identifier
from academichub.works.record_codec import decode, statement_hash
from academichub.works.work import Record

MAX_RAW_CHARACTERS = 65_536
"""Longest raw entry that is stored; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class NumberedRecord:
    """A record without its raw entry, and the number of its row."""

    id: int
    record: Record


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A raw record of a work: what a source said, and when it came."""

    source: str
    source_key: str
    received_at: str
    hash: str
    record: Record


def latest_record_number(connection: Connection) -> int:
    """Return the number of the record stored last, 0 where there is none; it grows with each."""
    return int(connection.scalar(select(func.max(schema.records.c.id))) or 0)


def add_statements(
    connection: Connection, batch: Sequence[tuple[Record, str]], moment: str
) -> list[NumberedRecord]:
    """Store the statements (record, its text) that are not stored yet, and return their records."""
    coded: dict[str, tuple[Record, str]] = {}
    for record, statement in batch:
        coded.setdefault(
            statement_hash(record.source, record.source_key, statement), (record, statement)
        )
    table = schema.records
    already = {row.hash for row in rows_by(connection, select(table.c.hash), table.c.hash, coded)}
    first = next_number(connection, table)
    stored: list[NumberedRecord] = []
    rows: list[Row] = []
    links: list[Row] = []
    for digest, (record, statement) in coded.items():
        if digest in already:
            continue
        number = first + len(rows)
        raw = pack_raw(storable(record.raw), statement)
        rows.append((number, record.source, record.source_key, digest, moment, statement, raw))
        links += [(scheme, value, number) for scheme, value in set(record.identifiers)]
        stored.append(NumberedRecord(number, record))
    insert_rows(connection, table, rows)
    insert_rows(connection, schema.record_identifiers, links)
    return stored


def record_numbers_of(connection: Connection, identifiers: Iterable[Identifier]) -> set[int]:
    """Return the numbers of the records that carry any of the identifiers."""
    links = schema.record_identifiers
    rows = rows_by_identifier(connection, select(links.c.record_id), links, identifiers)
    return {row.record_id for row in rows}


def records_by_number(connection: Connection, numbers: Iterable[int]) -> list[NumberedRecord]:
    """Return records by number, without their raw entries."""
    table = schema.records
    columns = select(table.c.id, table.c.source, table.c.source_key, table.c.statement)
    return [
        NumberedRecord(row.id, decode(row.source, row.source_key, row.statement))
        for row in rows_by(connection, columns, table.c.id, sorted(numbers))
    ]


def records_by_source_key(
    connection: Connection, source: str, keys: Iterable[str]
) -> list[NumberedRecord]:
    """Return the records of a source under some of its keys, without their raw entries."""
    table = schema.records
    columns = select(table.c.id, table.c.source, table.c.source_key, table.c.statement).where(
        table.c.source == source
    )
    return [
        NumberedRecord(row.id, decode(row.source, row.source_key, row.statement))
        for row in rows_by(connection, columns, table.c.source_key, set(keys))
    ]


def stored_records_of(
    connection: Connection, identifiers: Iterable[Identifier]
) -> list[StoredRecord]:
    """Return the records with any of the identifiers, with their raw entries, oldest first."""
    table = schema.records
    numbers = sorted(record_numbers_of(connection, identifiers))
    rows = list(rows_by(connection, select(table), table.c.id, numbers))
    return [
        StoredRecord(
            row.source,
            row.source_key,
            row.received_at,
            row.hash,
            decode(row.source, row.source_key, row.statement, unpack_raw(row.raw, row.statement)),
        )
        for row in sorted(rows, key=lambda row: (row.received_at, row.id))
    ]


def pack_raw(raw: str, statement: str) -> bytes:
    """Return a raw entry as it is stored: cut at MAX_RAW_CHARACTERS and packed.

    It is packed against its statement, which says nearly the same, so that little more than the
    differences takes room.
    """
    machine = zlib.compressobj(1, zdict=_text_bytes(statement))
    return machine.compress(_text_bytes(raw[:MAX_RAW_CHARACTERS])) + machine.flush() if raw else b""


def unpack_raw(stored: bytes, statement: str) -> str:
    """Return a raw entry from its stored form and its statement."""
    machine = zlib.decompressobj(zdict=_text_bytes(statement))
    return machine.decompress(stored).decode("utf-8", "surrogatepass") if stored else ""


def _text_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
