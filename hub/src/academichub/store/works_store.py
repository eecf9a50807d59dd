"""Reading works: which ones there are, which a filter lets through, and whole works by number.

A number is a row's in one database and means nothing outside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from academichub.store import schema
from academichub.store.rows import Connection, rows_by, rows_by_identifier
from academichub.works.identifiers import Identifier, fold
from academichub.works.record_codec import decode_people
from academichub.works.work import (
    CITATION_TEXTS,
    Announcement,
    AnnounceType,
    Version,
    Work,
)

_FIRST = schema.works.columns.keys().index(CITATION_TEXTS[0])
_CITATION_COLUMNS = slice(_FIRST, _FIRST + len(CITATION_TEXTS))


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which works: announced within two ISO days, by all authors, of any source, category and type.

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


def any_work(connection: Connection) -> bool:
    """Whether there is a work at all."""
    return connection.execute(select(schema.works.c.id).limit(1)).first() is not None


def count_works(connection: Connection) -> int:
    """Return how many works there are."""
    return int(connection.scalar(select(func.count()).select_from(schema.works)) or 0)


def last_announcement_day(connection: Connection) -> str | None:
    """Return the latest day on which anything was announced; None where nothing was."""
    day = connection.scalar(select(func.max(schema.announcements.c.date)))
    return None if day is None else str(day)


def works_a_day(connection: Connection, last: str, limit: int) -> list[tuple[str, int]]:
    """Return (day, number of works announced) for the latest days up to `last`, newest first."""
    table = schema.announcements
    query = (
        select(table.c.date, func.count(table.c.work_id.distinct()))
        .where(table.c.date <= last)
        .group_by(table.c.date)
        .order_by(table.c.date.desc())
        .limit(limit)
    )
    return [(day, number) for day, number in connection.execute(query)]


def number_of_key(connection: Connection, key: str) -> int | None:
    """Return the number of the work of a key."""
    return connection.scalar(select(schema.works.c.id).where(schema.works.c.key == key))


def numbers_of_keys(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the numbers of works by key, of the keys that a work has."""
    table = schema.works
    rows = rows_by(connection, select(table.c.key, table.c.id), table.c.key, keys)
    return {row.key: row.id for row in rows}


def numbers_of_identifiers(
    connection: Connection, identifiers: Iterable[Identifier]
) -> dict[Identifier, int]:
    """Return, of the identifiers that a work has, the number of the work."""
    table = schema.identifiers
    rows = rows_by_identifier(connection, select(table), table, identifiers)
    return {Identifier(row.scheme, row.value): row.work_id for row in rows}


def numbers_after(connection: Connection, number: int, limit: int) -> list[int]:
    """Return the lowest numbers of works above one."""
    table = schema.works
    query = select(table.c.id).where(table.c.id > number).order_by(table.c.id).limit(limit)
    return list(connection.scalars(query))


def selected_numbers(connection: Connection, where: WorkFilter, limit: int) -> list[int]:
    """Return the numbers of the works a filter lets through, latest announced first."""
    return [row.id for row in connection.execute(_filtered(where).limit(limit))]


def _filtered(where: WorkFilter) -> Select[tuple[int]]:
    """Return the SELECT of the numbers a filter lets through, latest announced first."""
    works, announced = schema.works, schema.announcements
    conditions = _announcement_conditions(where)
    if conditions:
        latest = (
            select(announced.c.work_id, func.max(announced.c.date).label("day"))
            .where(*conditions)
            .group_by(announced.c.work_id)
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
        query = query.where(_in_category(where.categories))
    return query


def _announcement_conditions(where: WorkFilter) -> list[ColumnElement[bool]]:
    announced = schema.announcements
    conditions: list[ColumnElement[bool]] = []
    if where.first:
        conditions.append(announced.c.date >= where.first)
    if where.last:
        conditions.append(announced.c.date <= where.last)
    if where.sources:
        conditions.append(announced.c.source.in_(where.sources))
    if where.types:
        conditions.append(announced.c.type.in_(where.types))
    return conditions


def _in_category(names: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a work is of any category, archive or journal of these names."""
    works, announced, table = schema.works, schema.announcements, schema.work_categories
    either = or_(
        *(table.c.category == name for name in names),
        *(table.c.category.startswith(f"{name}.", autoescape=True) for name in names),
    )
    listed = exists().where(and_(table.c.work_id == works.c.id, either))
    journals = exists().where(
        and_(announced.c.work_id == works.c.id, announced.c.category.in_(names))
    )
    return or_(listed, journals)


def facet_rows(connection: Connection, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    """Yield what facets count of works: sources, categories, published, updated, authors."""
    table = schema.works.c
    query = select(table.sources, table.categories, table.published, table.updated, table.authors)
    return rows_by(connection, query, table.id, numbers)


def latest_texts(connection: Connection, limit: int) -> list[tuple[str, str]]:
    """Return title and abstract, or else note, of the works updated last."""
    table = schema.works
    query = select(table.c.title, table.c.abstract, table.c.note)
    query = query.order_by(table.c.updated.desc(), table.c.id).limit(limit)
    return [(row.title, row.abstract or row.note) for row in connection.execute(query)]


def works_by_number(connection: Connection, ids: Sequence[int]) -> list[Work]:
    """Return whole works by number, in the order given; missing ones are left out."""
    rows = {
        row.id: row for row in rows_by(connection, select(schema.works), schema.works.c.id, ids)
    }
    identifiers, versions, announcements = _children_by_number(connection, ids)
    return [_work(rows[n], identifiers[n], versions[n], announcements[n]) for n in ids if n in rows]


def _children_by_number(
    connection: Connection, ids: Sequence[int]
) -> tuple[dict[int, list[Identifier]], dict[int, list[Version]], dict[int, list[Announcement]]]:
    """Return identifiers, versions and announcements of works, each by the work's number."""
    identifiers: dict[int, list[Identifier]] = defaultdict(list)
    for row in rows_by(connection, select(schema.identifiers), schema.identifiers.c.work_id, ids):
        identifiers[row.work_id].append(Identifier(row.scheme, row.value))
    versions: dict[int, list[Version]] = defaultdict(list)
    for row in rows_by(connection, select(schema.versions), schema.versions.c.work_id, ids):
        versions[row.work_id].append(Version(row.version, row.submitted, row.announced))
    announcements: dict[int, list[Announcement]] = defaultdict(list)
    for row in rows_by(
        connection, select(schema.announcements), schema.announcements.c.work_id, ids
    ):
        announcements[row.work_id].append(
            Announcement(row.source, row.date, row.type, row.category, row.version)
        )
    return identifiers, versions, announcements


def _work(
    row: Row[Any],
    identifiers: list[Identifier],
    versions: list[Version],
    announcements: list[Announcement],
) -> Work:
    return Work(
        id=row.id,
        key=row.key,
        identifiers=tuple(sorted(identifiers)),
        title=row.title,
        authors=decode_people(row.authors),
        abstract=row.abstract,
        categories=tuple(row.categories),
        published=row.published,
        updated=row.updated,
        versions=tuple(sorted(versions, key=lambda version: version.version)),
        announcements=tuple(sorted(announcements, key=_announcement_order)),
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
        editors=decode_people(row.editors) if row.editors else (),
        **dict(zip(CITATION_TEXTS, row[_CITATION_COLUMNS], strict=True)),
    )


def _announcement_order(announcement: Announcement) -> tuple[str, str, str, int, str]:
    """Return what a work's announcements are sorted by: the day, then everything else."""
    return (
        announcement.date,
        announcement.source,
        announcement.category,
        announcement.version,
        announcement.type,
    )
