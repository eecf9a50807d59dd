"""Rows of the batches that Today has shown: which works, by radar, day, scope and batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from academichub.store import schema
from academichub.store.rows import Connection


@dataclass(frozen=True, slots=True)
class BatchScope:
    """What must be equal for batches to belong together.

    Attributes:
        radar: Row number of the radar.
        day: The day of the page.
        filters: Hash of the filters and the size of a batch.
        seed: Seed of the draws.
    """

    radar: int
    day: str
    filters: str
    seed: int

    @property
    def scope(self) -> str:
        """Filters and seed as they are stored."""
        return f"{self.filters}:{self.seed}"


def shown_works(connection: Connection, shown_in: BatchScope) -> list[tuple[int, str]]:
    """Return (batch, key of a work) for the works that were shown, by batch and key."""
    table = schema.batches_shown
    query = (
        select(table.c.batch, table.c.work_key)
        .where(
            table.c.radar_id == shown_in.radar,
            table.c.day == shown_in.day,
            table.c.scope == shown_in.scope,
        )
        .order_by(table.c.batch, table.c.work_key)
    )
    return [(batch, key) for batch, key in connection.execute(query)]


def works_shown_by_any_seed(connection: Connection, shown_in: BatchScope) -> set[str]:
    """Return the keys of the works that were shown on the day with the same filters."""
    table = schema.batches_shown
    query = select(table.c.work_key).where(
        table.c.radar_id == shown_in.radar,
        table.c.day == shown_in.day,
        table.c.scope.startswith(f"{shown_in.filters}:", autoescape=True),
    )
    return set(connection.scalars(query))


def add_shown_works(
    connection: Connection, shown_in: BatchScope, works: Iterable[tuple[int, str]]
) -> None:
    """Write (batch, key of a work) for works that were shown."""
    rows = [
        {
            "radar_id": shown_in.radar,
            "day": shown_in.day,
            "scope": shown_in.scope,
            "batch": batch,
            "work_key": key,
        }
        for batch, key in works
    ]
    if rows:
        connection.execute(insert(schema.batches_shown), rows)


def remove_shown_before(connection: Connection, radar: int, day: str) -> None:
    """Remove what a radar showed before a day, in every scope."""
    table = schema.batches_shown
    connection.execute(delete(table).where(table.c.radar_id == radar, table.c.day < day))
