"""Rows of stored briefs, listed with what is recorded of those a language model wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def brief_document(connection: Connection, brief_id: str) -> object | None:
    """Return the document of a brief as it was stored, or None."""
    table = schema.briefs
    return connection.scalar(select(table.c.document).where(table.c.id == brief_id))


def shown_brief_rows(connection: Connection, lang: str | None) -> Iterator[BriefRow]:
    """Yield the id and document of the briefs that are not set aside, the latest first.

    Args:
        connection: An open connection; the rows are read from it one by one.
        lang: Only briefs stored in this language; any if None.
    """
    query = _latest_first(select(schema.briefs.c.id, schema.briefs.c.document), lang)
    yield from connection.execute(query.where(schema.written_briefs.c.set_aside.is_not(True)))


def brief_rows(connection: Connection, lang: str | None, limit: int) -> Sequence[BriefRow]:
    """Return the latest briefs without their documents.

    Returns:
        Rows (id, day, lang, created_at, model, set_aside); the last two are None where no model
        wrote the brief.
    """
    table, written = schema.briefs, schema.written_briefs
    columns = (table.c.id, table.c.day, table.c.lang, table.c.created_at)
    query = _latest_first(select(*columns, written.c.model, written.c.set_aside), lang)
    return connection.execute(query.limit(limit)).all()


def _latest_first(query: Select[Any], lang: str | None) -> Select[Any]:
    """Return a query over briefs and what models wrote, in the order of every list of briefs."""
    table, written = schema.briefs, schema.written_briefs
    query = query.join_from(table, written, table.c.id == written.c.brief_id, isouter=True)
    if lang is not None:
        query = query.where(table.c.lang == lang)
    return query.order_by(table.c.day.desc(), table.c.created_at.desc(), table.c.id)
