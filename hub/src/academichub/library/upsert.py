"""Adding records to the library: the one place where works are written.

A batch is one transaction: the new statements are stored, the works they touch are resolved anew from all their records
(library/merge.py) and rewritten, and the search index follows. A process killed at any moment leaves whole batches.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from academichub.index.lexical import lexical_index
from academichub.index.parallel_tokens import Beside, Texts
from academichub.library.merge import ResolvedWork, components, resolve
from academichub.library.texts import stored_text
from academichub.store import schema
from academichub.store.database import Database
from academichub.text.characters import storable
from academichub.works.identifiers import Identifier, fold
from academichub.works.record_codec import decode, encode, encode_people, statement_hash
from academichub.works.work import CITATION_TEXTS, Record, Work

BATCH = 2000
"""Records merged in one transaction. Larger ones index faster; a gather's pages are smaller anyway."""

MAX_RAW_CHARACTERS = 65_536
"""Longest raw entry that is kept; a longer one is cut."""

_Row = tuple[Any, ...]

_CHUNK = 400  # identifiers or ids in one IN list: SQLite allows 999 variables in older builds

_CHILDREN = (
    schema.identifiers,
    schema.versions,
    schema.announcements,
    schema.work_authors,
    schema.work_categories,
)


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


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    record: Record


def add_records(
    database: Database, records: Iterable[Record], received_at: datetime | None = None
) -> Added:
    """Merge records into the library, batch by batch.

    Raises:
        StorageError: If the database cannot be written; batches before the failing one are kept.
    """
    moment = (received_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    total, source = Added(), iter(records)
    with Beside() as beside:
        while batch := list(islice(source, BATCH)):
            stated = [_stated(record) for record in batch]
            if len(batch) == BATCH:  # a large import: it pays to tokenise in a second process
                beside.ask(_texts(record) for record, _ in stated)
            with database.write() as connection:
                _add_batch(connection, stated, moment, total, beside)
    return total


def rows_by(
    connection: Connection, statement: Any, column: Any, values: Iterable[Any]
) -> Iterator[Any]:
    """Yield the rows of a SELECT whose column is one of many values, asked in portions."""
    source = iter(values)
    while chunk := list(islice(source, _CHUNK)):
        yield from connection.execute(statement.where(column.in_(chunk)))


def rows_by_identifier(
    connection: Connection, statement: Any, table: Table, identifiers: Iterable[Identifier]
) -> Iterator[Any]:
    """Yield the rows of a SELECT over a table with `scheme` and `value` that are one of many identifiers."""
    by_scheme: dict[str, list[str]] = {}
    for scheme, value in identifiers:
        by_scheme.setdefault(scheme, []).append(value)
    for scheme, values in by_scheme.items():
        yield from rows_by(
            connection, statement.where(table.c.scheme == scheme), table.c.value, values
        )


def _stated(record: Record) -> tuple[Record, str]:
    """Return a record and its statement in texts the database takes, whatever a reader let through."""
    statement = encode(record)
    key, clean = storable(record.source_key), storable(statement)
    if key is not record.source_key or clean is not statement:
        record = decode(record.source, key, clean, record.raw)
    return record, clean


def _add_batch(
    connection: Connection,
    batch: Sequence[tuple[Record, str]],
    moment: str,
    total: Added,
    beside: Beside,
) -> None:
    new = _store(connection, batch, moment)
    total.read += len(batch)
    made = 0
    if new:
        connected = _connected(connection, new)
        before = _works_of(
            connection, (one for stored in connected for one in stored.record.identifiers)
        )
        made = _rewrite(connection, connected, before, total.keys, beside)
    total.added += made
    total.merged += len(batch) - made


def _store(
    connection: Connection, batch: Sequence[tuple[Record, str]], moment: str
) -> list[_Stored]:
    """Store the statements that are not held yet, and return them."""
    coded: dict[str, tuple[Record, str]] = {}
    for record, statement in batch:
        coded.setdefault(
            statement_hash(record.source, record.source_key, statement), (record, statement)
        )
    table = schema.records
    held = {row.hash for row in rows_by(connection, select(table.c.hash), table.c.hash, coded)}
    first = _next_id(connection, table)
    stored: list[_Stored] = []
    rows: list[_Row] = []
    links: list[_Row] = []
    for digest, (record, statement) in coded.items():
        if digest in held:
            continue
        number = first + len(rows)
        raw = pack_raw(storable(record.raw), statement)
        rows.append((number, record.source, record.source_key, digest, moment, statement, raw))
        links += [(scheme, value, number) for scheme, value in set(record.identifiers)]
        stored.append(_Stored(number, record))
    _insert(connection, table, rows)
    _insert(connection, schema.record_identifiers, links)
    return stored


def pack_raw(raw: str, statement: str) -> bytes:
    """Return a raw entry as it is stored: cut at MAX_RAW_CHARACTERS, in UTF-8, packed against its statement.

    A raw entry says nearly the same as its statement, so what is kept of it is little more than the differences.
    """
    machine = zlib.compressobj(1, zdict=_text_bytes(statement))
    return machine.compress(_text_bytes(raw[:MAX_RAW_CHARACTERS])) + machine.flush() if raw else b""


def unpack_raw(stored: bytes, statement: str) -> str:
    """Return a raw entry from its stored form and its statement."""
    machine = zlib.decompressobj(zdict=_text_bytes(statement))
    return machine.decompress(stored).decode("utf-8", "surrogatepass") if stored else ""


def _text_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _next_id(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0) + 1


def _insert(connection: Connection, table: Table, rows: list[_Row]) -> None:
    """Insert rows given as tuples in the order of the table's columns, JSON as text.

    Goes past SQLAlchemy's handling of parameters, which costs as much as SQLite's own work on narrow rows.
    """
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        names = ", ".join(column.name for column in table.columns)
        marks = ", ".join([mark] * len(table.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our names


def _connected(connection: Connection, new: Sequence[_Stored]) -> list[_Stored]:
    """Return the new records and every older one that hangs together with them by identifiers."""
    links = schema.record_identifiers
    found: dict[int, _Stored] = {stored.id: stored for stored in new}
    asked: set[Identifier] = set()
    frontier = {one for stored in new for one in stored.record.identifiers}
    while frontier:
        asked |= frontier
        pairs = rows_by_identifier(connection, select(links.c.record_id), links, frontier)
        fresh = {row.record_id for row in pairs} - found.keys()
        table = schema.records
        columns = select(table.c.id, table.c.source, table.c.source_key, table.c.statement)
        for row in rows_by(connection, columns, table.c.id, sorted(fresh)):
            found[row.id] = _Stored(row.id, decode(row.source, row.source_key, row.statement))
        frontier = {one for number in fresh for one in found[number].record.identifiers} - asked
    return list(found.values())


def _works_of(connection: Connection, identifiers: Iterable[Identifier]) -> dict[Identifier, int]:
    """Return the works that hold identifiers now."""
    table = schema.identifiers
    rows = rows_by_identifier(connection, select(table), table, set(identifiers))
    return {Identifier(row.scheme, row.value): row.work_id for row in rows}


def _rewrite(
    connection: Connection,
    connected: Sequence[_Stored],
    before: dict[Identifier, int],
    keys: list[str],
    beside: Beside,
) -> int:
    """Resolve the works of connected records and write them; return how many works there are more than before."""
    resolved: list[ResolvedWork] = []
    for members in components([stored.record.identifiers for stored in connected]):
        ordered = sorted((connected[n] for n in members), key=lambda stored: stored.id)
        resolved += resolve([stored.record for stored in ordered])
    old, taken, numbered = set(before.values()), set[int](), list[tuple[int, Work]]()
    following = _next_id(connection, schema.works)
    for one in resolved:
        held = sorted({before[name] for name in one.work.identifiers if name in before} - taken)
        number = held[0] if held else following
        following += not held
        taken.add(number)
        numbered.append((number, one.work))
    _remove(connection, sorted(old))
    _write(connection, numbered, beside)
    keys += [one.work.key for one in resolved]
    return max(0, len(numbered) - len(old))


def _remove(connection: Connection, work_ids: list[int]) -> None:
    if not work_ids:
        return
    lexical_index(connection).remove(connection, work_ids)
    source = iter(work_ids)
    while chunk := list(islice(source, _CHUNK)):
        for table in _CHILDREN:
            connection.execute(delete(table).where(table.c.work_id.in_(chunk)))
        connection.execute(delete(schema.works).where(schema.works.c.id.in_(chunk)))


def _write(connection: Connection, numbered: Sequence[tuple[int, Work]], beside: Beside) -> None:
    _insert(connection, schema.works, [_work_row(number, work) for number, work in numbered])
    children: dict[Table, list[_Row]] = {table: [] for table in _CHILDREN}
    for number, work in numbered:
        children[schema.identifiers] += [
            (scheme, value, number) for scheme, value in work.identifiers
        ]
        children[schema.versions] += [
            (number, one.version, one.submitted, one.announced) for one in work.versions
        ]
        children[schema.announcements] += [
            (number, one.date, one.source, one.category, one.version, one.type)
            for one in work.announcements
        ]
        children[schema.work_authors] += [
            (number, n, fold(author.name)) for n, author in enumerate(work.authors)
        ]
        children[schema.work_categories] += [
            (number, category) for category in dict.fromkeys(work.categories)
        ]
    for table, rows in children.items():
        _insert(connection, table, rows)
    lexical_index(connection).add(
        connection, ((number, *_texts(work)) for number, work in numbered), beside.answers()
    )


def _texts(told: Record | Work) -> Texts:
    """Return what is indexed of a work; of a record, what is if it is the only one of its work."""
    authors = " ; ".join(author.name for author in told.authors)
    return (
        told.title,
        told.abstract or told.note,
        authors,
        " ".join((told.venue, told.comment, told.journal_ref)),
    )


def _work_row(number: int, work: Work) -> _Row:
    return (
        number,
        work.key,
        work.title,
        work.abstract,
        work.note,
        _json(encode_people(work.authors)),
        _json(work.categories),
        _json(work.sources),
        work.published,
        work.updated,
        work.comment,
        work.journal_ref,
        work.venue,
        work.link,
        work.license,
        work.language,
        work.field,
        work.kind,
        work.withdrawn,
        stored_text(work.title),
        stored_text(work.abstract),
        *(getattr(work, name) for name in CITATION_TEXTS),
        _json(encode_people(work.editors)),
    )


def _json(value: Sequence[object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
