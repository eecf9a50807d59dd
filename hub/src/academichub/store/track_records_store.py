"""Rows of the briefs that models wrote: how much of each passed, and which are set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from academichub.store import schema
from academichub.store.rows import Connection

WrittenRow = Row[Any]
"""A row of the written briefs with its columns by name."""


def add_written_brief(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Write a row, given by column, unless its brief has one; return whether it was written."""
    table = schema.written_briefs
    query = select(table.c.brief_id).where(table.c.brief_id == values["brief_id"])
    if connection.execute(query).first() is not None:
        return False
    connection.execute(insert(table).values(**values))
    return True


def set_brief_aside(connection: Connection, brief_id: str, set_aside: bool) -> None:
    """Write whether the extracts are shown in the place of a written brief."""
    table = schema.written_briefs
    connection.execute(
        update(table).where(table.c.brief_id == brief_id).values(set_aside=set_aside)
    )


def latest_written_rows(
    connection: Connection, model: str, lang: str, prompts: str, limit: int
) -> Sequence[WrittenRow]:
    """Return the rows of a model in a language with a version of the prompts, latest first."""
    table = schema.written_briefs
    query = (
        select(table)
        .where(table.c.model == model, table.c.lang == lang, table.c.prompts == prompts)
        .order_by(table.c.made_at.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def latest_written_over(connection: Connection, extract_id: str) -> WrittenRow | None:
    """Return the row of the latest brief written over an extractive one, or None."""
    table = schema.written_briefs
    query = select(table).where(table.c.extract_id == extract_id)
    return connection.execute(query.order_by(table.c.made_at.desc()).limit(1)).one_or_none()
