"""Rows of stored briefs and of the radars they belong to, with what models wrote of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, insert, select

from academichub.store import schema
from academichub.store.rows import Connection

BriefRow = Row[Any]
"""A row of a query over briefs with its columns by name."""


def add_brief_row(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Write a row, given by column, unless its id is stored; return whether it was written."""
    table = schema.briefs
    query = select(table.c.id).where(table.c.id == values["id"])
    if connection.execute(query).first() is not None:
        return False
    connection.execute(insert(table).values(**values))
    return True


def give_brief(connection: Connection, brief_id: str, radars: Iterable[int]) -> None:
    """Let a stored brief belong to radars, by number, besides those that have it."""
    table = schema.radar_briefs
    present = set(radars_of_brief(connection, brief_id))
    rows = [{"radar_id": radar, "brief_id": brief_id} for radar in set(radars) - present]
    if rows:
        connection.execute(insert(table), rows)


def radars_of_brief(connection: Connection, brief_id: str) -> list[int]:
    """Return the numbers of the radars that have a brief."""
    table = schema.radar_briefs
    query = select(table.c.radar_id).where(table.c.brief_id == brief_id)
    return list(connection.execute(query.order_by(table.c.radar_id)).scalars())


def brief_document(connection: Connection, brief_id: str) -> object | None:
    """Return the document of a brief as it was stored, or None."""
    table = schema.briefs
    return connection.scalar(select(table.c.document).where(table.c.id == brief_id))


def shown_brief_rows(
    connection: Connection, lang: str | None, radars: Collection[int]
) -> Iterator[BriefRow]:
    """Yield the id and document of the briefs that are not set aside, the latest first.

    Args:
        connection: An open connection; the rows are read from it one by one.
        lang: Only briefs stored in this language; any if None.
        radars: Only briefs of these radars, by number.
    """
    query = _latest_first(select(schema.briefs.c.id, schema.briefs.c.document), lang, radars)
    yield from connection.execute(query.where(schema.written_briefs.c.set_aside.is_not(True)))


def brief_rows(
    connection: Connection, lang: str | None, limit: int, radars: Collection[int]
) -> Sequence[BriefRow]:
    """Return the latest briefs of radars, by number, without their documents.

    Returns:
        Rows (id, day, lang, created_at, model, set_aside); the last two are None where no model
        wrote the brief.
    """
    table, written = schema.briefs, schema.written_briefs
    columns = (table.c.id, table.c.day, table.c.lang, table.c.created_at)
    query = _latest_first(select(*columns, written.c.model, written.c.set_aside), lang, radars)
    return connection.execute(query.limit(limit)).all()


def _latest_first(query: Select[Any], lang: str | None, radars: Collection[int]) -> Select[Any]:
    """Return a query over briefs and what models wrote, in the order of every list of briefs."""
    table, written, owned = schema.briefs, schema.written_briefs, schema.radar_briefs
    of_radars = select(owned.c.brief_id).where(owned.c.radar_id.in_(radars))
    query = query.where(table.c.id.in_(of_radars))
    query = query.join_from(table, written, table.c.id == written.c.brief_id, isouter=True)
    if lang is not None:
        query = query.where(table.c.lang == lang)
    return query.order_by(table.c.day.desc(), table.c.created_at.desc(), table.c.id)
