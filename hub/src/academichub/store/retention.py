"""Retention: dropping the raw entries of old records.

The raw entry of a record, as the source sent it, documents where a work comes from. Works are
merged from the statement that was read out of it, so a raw entry can be dropped without changing
any work.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, update

from academichub.store import schema
from academichub.store.database import Database


def drop_raw_entries(database: Database, raw_days: int | None, now: datetime) -> int:
    """Drop the raw entries that were received more than `raw_days` days ago; return how many.

    Args:
        database: The open database.
        raw_days: Days a raw entry is stored; None keeps all.
        now: The current moment, with its time zone.

    SQLite uses the freed space for what comes next; the file itself does not shrink.
    """
    if raw_days is None:
        return 0
    oldest = (now.astimezone(UTC) - timedelta(days=raw_days)).isoformat(timespec="seconds")
    table = schema.records
    with database.write() as connection:
        dropped = connection.execute(
            update(table)
            .where(table.c.received_at < oldest, func.length(table.c.raw) > 0)
            .values(raw=b"")
        )
    return dropped.rowcount
