"""Rows of the works' embeddings: a packed vector and the hash of its text, by work and model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from academichub.store import schema
from academichub.store.database import Database
from academichub.store.rows import Connection, rows_by


def write_vector_rows(database: Database, model: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write vectors of a model, given by column, in the place of earlier ones of these works.

    It is a transaction of its own; where another process has just written vectors of the same
    works, those stay.
    """
    table = schema.work_embeddings
    keys = [row["work_key"] for row in rows]
    with suppress(IntegrityError), database.write() as connection:
        connection.execute(delete(table).where(table.c.model == model, table.c.work_key.in_(keys)))
        connection.execute(insert(table), rows)


def embedded_text_hashes(connection: Connection, model: str, keys: Iterable[str]) -> dict[str, str]:
    """Return key -> hash of the embedded text, for works with a vector of a model."""
    table = schema.work_embeddings
    query = select(table.c.work_key, table.c.text_hash).where(table.c.model == model)
    rows = rows_by(connection, query, table.c.work_key, keys)
    return {row.work_key: row.text_hash for row in rows}


def packed_vectors(connection: Connection, model: str, keys: Iterable[str]) -> dict[str, bytes]:
    """Return key -> packed vector, for works with a vector of a model."""
    table = schema.work_embeddings
    query = select(table.c.work_key, table.c.vector).where(table.c.model == model)
    rows = rows_by(connection, query, table.c.work_key, keys)
    return {row.work_key: row.vector for row in rows}


def numbered_vectors(connection: Connection, model: str) -> Iterator[tuple[int, bytes]]:
    """Yield (row number of a work, packed vector) of a model, in the order of the numbers."""
    table, works = schema.work_embeddings, schema.works
    query = (
        select(works.c.id, table.c.vector)
        .join(works, works.c.key == table.c.work_key)
        .where(table.c.model == model)
        .order_by(works.c.id)
    )
    for row in connection.execute(query):
        yield row.id, row.vector


def newest_vector(connection: Connection) -> tuple[str, str] | None:
    """Return (model, time) of the newest vector, or None if there is none."""
    table = schema.work_embeddings
    query = select(table.c.model, table.c.made_at).order_by(table.c.made_at.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.model, row.made_at) if row else None


def number_and_latest_time(connection: Connection) -> tuple[int, str]:
    """Return how many vectors there are and the time of the newest, empty where there is none."""
    # Two statements: together they read the whole table, apart each asks an index alone.
    number = connection.execute(select(func.count()).select_from(schema.work_embeddings)).scalar()
    newest = newest_vector(connection)
    return int(number or 0), newest[1] if newest else ""
