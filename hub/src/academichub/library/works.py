"""The library as readers see it: works by key, by identifier, by day, their history. Writing is in writing.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from academichub.errors import NotFoundError
from academichub.library.upsert import Added, add_records, rows_by, rows_by_identifier, unpack_raw
from academichub.store import schema
from academichub.store.database import Database
from academichub.works.identifiers import Identifier, fold, parse_identifier
from academichub.works.record_codec import decode, decode_people
from academichub.works.work import (
    CITATION_TEXTS,
    Announcement,
    AnnounceType,
    Record,
    Version,
    Work,
)

MAX_SELECTED = 50_000
"""Most works one selection returns."""


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which works: announced within [first, last] (ISO days), by all of the authors, any source, category and type.

    Attributes:
        authors: Full names; compared after folding case, accents and punctuation.
        sources: Module names of sources.
        categories: Categories as given, or archives (`math` covers `math.AG`); journals by name.
        types: Announcement types.
    """

    first: str | None = None
    last: str | None = None
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[AnnounceType, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A raw record of a work: what a source said, and when it came."""

    source: str
    source_key: str
    received_at: str
    hash: str
    record: Record


class Library:
    """The works of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, records: Iterable[Record], received_at: datetime | None = None) -> Added:
        """Merge records into the library; see writing.add_records."""
        return add_records(self.database, records, received_at)

    def is_empty(self) -> bool:
        """Whether there is no work at all."""
        with self.database.read() as connection:
            return connection.execute(select(schema.works.c.id).limit(1)).first() is None

    def count(self) -> int:
        """Return how many works there are."""
        with self.database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(schema.works)) or 0)

    def last_day(self) -> str | None:
        """Return the latest day on which anything was announced; None in an empty library."""
        with self.database.read() as connection:
            day = connection.scalar(select(func.max(schema.announcements.c.date)))
        return None if day is None else str(day)

    def days(self, last: str, limit: int = 14) -> list[tuple[str, int]]:
        """Return (day, number of works announced) for the latest days up to `last`, newest first."""
        table = schema.announcements
        query = (
            select(table.c.date, func.count(table.c.work_id.distinct()))
            .where(table.c.date <= last)
            .group_by(table.c.date)
            .order_by(table.c.date.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            return [(day, number) for day, number in connection.execute(query)]

    def get(self, name: str) -> Work | None:
        """Return the work of a key or of any of its identifiers (`arxiv:2606.13125`, a DOI, an address), or None."""
        identifier = parse_identifier(name)
        with self.database.read() as connection:
            number = connection.scalar(select(schema.works.c.id).where(schema.works.c.key == name))
            if number is None and identifier is not None:
                number = self._id_of(connection, identifier)
            return next(iter(_hydrate(connection, [number])), None) if number is not None else None

    def require(self, name: str) -> Work:
        """Return the work of a key or identifier.

        Raises:
            NotFoundError: If the library holds no such work.
        """
        work = self.get(name)
        if work is None:
            raise NotFoundError(
                f"no work {name!r} in the library; search for it, or import or gather it first"
            )
        return work

    @staticmethod
    def _id_of(connection: Connection, identifier: Identifier) -> int | None:
        table = schema.identifiers
        query = select(table.c.work_id).where(
            table.c.scheme == identifier.scheme, table.c.value == identifier.value
        )
        number = connection.scalar(query)
        return None if number is None else int(number)

    def by_ids(self, ids: Sequence[int]) -> list[Work]:
        """Return works by row number, in the order given; missing ones are left out."""
        with self.database.read() as connection:
            return _hydrate(connection, ids)

    def by_keys(self, keys: Iterable[str]) -> dict[str, Work]:
        """Return works by key; a key that is an identifier of a work under a stronger key finds it too."""
        wanted = list(dict.fromkeys(keys))
        table, names = schema.works, schema.identifiers
        with self.database.read() as connection:
            found = {
                row.key: row.id
                for row in rows_by(connection, select(table.c.key, table.c.id), table.c.key, wanted)
            }
            others = {
                one: key for key in wanted if key not in found and (one := parse_identifier(key))
            }
            for row in rows_by_identifier(connection, select(names), names, others):
                found[others[Identifier(row.scheme, row.value)]] = row.work_id
            works = {
                work.id: work for work in _hydrate(connection, list(dict.fromkeys(found.values())))
            }
        return {key: works[found[key]] for key in wanted if key in found}

    def select_ids(self, where: WorkFilter, limit: int = MAX_SELECTED) -> list[int]:
        """Return row numbers of the works a filter lets through, latest announced first."""
        with self.database.read() as connection:
            return [
                row.id
                for row in connection.execute(_filtered(where).limit(min(limit, MAX_SELECTED)))
            ]

    def select(self, where: WorkFilter, limit: int = MAX_SELECTED) -> list[Work]:
        """Return the works a filter lets through, latest announced first."""
        with self.database.read() as connection:
            ids = [
                row.id
                for row in connection.execute(_filtered(where).limit(min(limit, MAX_SELECTED)))
            ]
            return _hydrate(connection, ids)

    def all_works(self, batch: int = 1000) -> Iterator[Work]:
        """Yield every work, ordered by row number; each portion is one read of the database."""
        last = 0
        while True:
            with self.database.read() as connection:
                query = (
                    select(schema.works.c.id)
                    .where(schema.works.c.id > last)
                    .order_by(schema.works.c.id)
                )
                ids = list(connection.scalars(query.limit(batch)))
                works = _hydrate(connection, ids)
            if not ids:
                return
            yield from works
            last = ids[-1]

    def history(self, name: str) -> list[StoredRecord]:
        """Return what sources said of a work, oldest first.

        Raises:
            NotFoundError: If the library holds no such work.
        """
        work = self.require(name)
        links, table = schema.record_identifiers, schema.records
        with self.database.read() as connection:
            pairs = rows_by_identifier(
                connection, select(links.c.record_id), links, work.identifiers
            )
            ids = {row.record_id for row in pairs}
            rows = list(rows_by(connection, select(table), table.c.id, sorted(ids)))
        return [
            StoredRecord(
                row.source,
                row.source_key,
                row.received_at,
                row.hash,
                decode(
                    row.source, row.source_key, row.statement, unpack_raw(row.raw, row.statement)
                ),
            )
            for row in sorted(rows, key=lambda row: (row.received_at, row.id))
        ]


def _filtered(where: WorkFilter) -> Select[tuple[int]]:
    works, told = schema.works, schema.announcements
    conditions: list[ColumnElement[bool]] = [told.c.work_id == works.c.id]
    if where.first:
        conditions.append(told.c.date >= where.first)
    if where.last:
        conditions.append(told.c.date <= where.last)
    if where.sources:
        conditions.append(told.c.source.in_(where.sources))
    if where.types:
        conditions.append(told.c.type.in_(where.types))
    if where.first or where.last or where.sources or where.types:
        latest = (
            select(told.c.work_id, func.max(told.c.date).label("day"))
            .where(*conditions[1:])
            .group_by(told.c.work_id)
            .subquery()
        )
        query = select(works.c.id).join(latest, latest.c.work_id == works.c.id)
        query = query.order_by(latest.c.day.desc(), works.c.id)
    else:
        query = select(works.c.id).order_by(works.c.updated.desc(), works.c.id)
    names = schema.work_authors
    for author in where.authors:
        query = query.where(
            exists().where(and_(names.c.work_id == works.c.id, names.c.name_key == fold(author)))
        )
    if where.categories:
        table = schema.work_categories
        either = or_(
            *(table.c.category == name for name in where.categories),
            *(
                table.c.category.startswith(f"{name}.", autoescape=True)
                for name in where.categories
            ),
        )
        listed = exists().where(and_(table.c.work_id == works.c.id, either))
        journals = exists().where(
            and_(told.c.work_id == works.c.id, told.c.category.in_(where.categories))
        )
        query = query.where(or_(listed, journals))
    return query


def _hydrate(connection: Connection, ids: Sequence[int]) -> list[Work]:
    """Return whole works for row numbers, in their order."""
    rows = {
        row.id: row for row in rows_by(connection, select(schema.works), schema.works.c.id, ids)
    }
    names: dict[int, list[Identifier]] = {}
    for row in rows_by(connection, select(schema.identifiers), schema.identifiers.c.work_id, ids):
        names.setdefault(row.work_id, []).append(Identifier(row.scheme, row.value))
    versions: dict[int, list[Version]] = {}
    for row in rows_by(connection, select(schema.versions), schema.versions.c.work_id, ids):
        versions.setdefault(row.work_id, []).append(
            Version(row.version, row.submitted, row.announced)
        )
    told: dict[int, list[Announcement]] = {}
    for row in rows_by(
        connection, select(schema.announcements), schema.announcements.c.work_id, ids
    ):
        one = Announcement(row.source, row.date, row.type, row.category, row.version)
        told.setdefault(row.work_id, []).append(one)
    return [
        _work(rows[n], names.get(n, []), versions.get(n, []), told.get(n, []))
        for n in ids
        if n in rows
    ]


def _work(
    row: Row[tuple[object, ...]],
    names: list[Identifier],
    versions: list[Version],
    told: list[Announcement],
) -> Work:
    return Work(
        id=row.id,
        key=row.key,
        identifiers=tuple(sorted(names)),
        title=row.title,
        authors=decode_people(row.authors),
        abstract=row.abstract,
        categories=tuple(row.categories),
        published=row.published,
        updated=row.updated,
        versions=tuple(sorted(versions, key=lambda one: one.version)),
        announcements=tuple(
            sorted(
                told, key=lambda one: (one.date, one.source, one.category, one.version, one.type)
            )
        ),
        sources=tuple(row.sources),
        comment=row.comment,
        journal_ref=row.journal_ref,
        venue=row.venue,
        link=row.link,
        license=row.license,
        language=row.language,
        note=row.note,
        field=row.field,
        kind=row.kind,
        withdrawn=row.withdrawn,
        title_text=row.title_text,
        abstract_text=row.abstract_text,
        editors=decode_people(row.editors),
        **{name: getattr(row, name) for name in CITATION_TEXTS},
    )
