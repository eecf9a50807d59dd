"""Rows of examples that wait to be resolved, and of the files that examples came with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from academichub.messages import Message, messages_from_json, messages_json
from academichub.store import schema
from academichub.store.rows import Connection

StoredRadar = Row[Any]
"""A row of the radars with its columns by name."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A work the reader named that could not be resolved yet.

    Attributes:
        id: Number of the row; 0 before it is written.
        radar: Number of the radar it is meant for.
        text: As the reader wrote it, or the title of a file's entry.
        first_author: First author of a file's entry; empty where unknown.
        collection: Name of the file it came with; empty for none.
        reason: Why it waits.
        moment: When it was first tried, UTC.
    """

    id: int
    radar: int
    text: str
    first_author: str
    collection: str
    reason: tuple[Message, ...]
    moment: str


def waiting_rows(connection: Connection, radar: int | None = None) -> list[WaitingRow]:
    """Return what waits, of one radar or of all, in the order it was added."""
    table = schema.waiting_examples
    query = select(table).order_by(table.c.id)
    if radar is not None:
        query = query.where(table.c.radar_id == radar)
    return [_waiting_row(row) for row in connection.execute(query)]


def _waiting_row(row: Any) -> WaitingRow:
    return WaitingRow(
        row.id,
        row.radar_id,
        row.text,
        row.first_author,
        row.collection,
        messages_from_json(row.reason),
        row.added_at,
    )


def put_waiting_row(connection: Connection, row: WaitingRow) -> None:
    """Write a row, or the new reason and time of the row with the same text and author."""
    table = schema.waiting_examples
    same = (
        table.c.radar_id == row.radar,
        table.c.text == row.text,
        table.c.first_author == row.first_author,
    )
    reason = messages_json(row.reason)
    changed = connection.execute(
        update(table).where(*same).values(reason=reason, tried_at=row.moment)
    )
    if changed.rowcount:
        return
    connection.execute(
        insert(table).values(
            radar_id=row.radar,
            text=row.text,
            first_author=row.first_author,
            collection=row.collection,
            reason=reason,
            added_at=row.moment,
            tried_at=row.moment,
        )
    )


def remove_waiting_rows(
    connection: Connection, radar: int, text: str, first_author: str | None = None
) -> int:
    """Remove what waits for a radar under a text, and an author if given; return how many rows."""
    table = schema.waiting_examples
    statement = delete(table).where(table.c.radar_id == radar, table.c.text == text)
    if first_author is not None:
        statement = statement.where(table.c.first_author == first_author)
    return connection.execute(statement).rowcount


def stored_radars(connection: Connection) -> Sequence[StoredRadar]:
    """Return the rows of all radars, in the order they were created."""
    table = schema.radars
    return connection.execute(select(table).order_by(table.c.id)).all()


def add_collection_rows(connection: Connection, radar: int, keys: Iterable[str], name: str) -> None:
    """Write that examples of a radar came with a file; those written before stay as they are."""
    table = schema.example_collections
    known = set(
        connection.scalars(
            select(table.c.work_key).where(table.c.radar_id == radar, table.c.name == name)
        )
    )
    rows = [
        {"radar_id": radar, "work_key": key, "name": name}
        for key in dict.fromkeys(keys)
        if key not in known
    ]
    if rows:
        connection.execute(insert(table), rows)


def collection_rows(connection: Connection, radar: int) -> Sequence[tuple[str, str]]:
    """Return (key of a work, name of a file) of a radar, by name."""
    table = schema.example_collections
    query = select(table.c.work_key, table.c.name).where(table.c.radar_id == radar)
    return [(row.work_key, row.name) for row in connection.execute(query.order_by(table.c.name))]
