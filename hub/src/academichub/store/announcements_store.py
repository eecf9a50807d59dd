"""The batches that were announced: what a source listed in a category on a day."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from academichub.store import schema
from academichub.store.rows import PORTION, Connection


def batch_versions(
    connection: Connection, source: str, category: str, day: str
) -> frozenset[tuple[str, int]]:
    """Return the (arXiv id, version) pairs that a source announced in a category on a day."""
    announcements, names = schema.announcements, schema.identifiers
    query = (
        select(names.c.value, announcements.c.version)
        .join(names, names.c.work_id == announcements.c.work_id)
        .where(
            announcements.c.source == source,
            announcements.c.category == category,
            announcements.c.date == day,
            names.c.scheme == "arxiv",
        )
    )
    return frozenset((name, version) for name, version in connection.execute(query))


def last_batch_day(connection: Connection, source: str, category: str, before: str) -> str | None:
    """Return the day of a source's last batch of a category before a day; None without one."""
    announcements = schema.announcements
    query = select(func.max(announcements.c.date)).where(
        announcements.c.source == source,
        announcements.c.category == category,
        announcements.c.date < before,
    )
    day = connection.scalar(query)
    return str(day) if day else None


def day_of_most(connection: Connection, ids: Collection[str], before: str) -> str:
    """Return the day before a day on which most of some arXiv ids were announced.

    Of many ids the first PORTION in order are counted; empty where none was announced.
    """
    announcements, names = schema.announcements, schema.identifiers
    counted = sorted(ids)[:PORTION]
    query = (
        select(announcements.c.date)
        .join(names, names.c.work_id == announcements.c.work_id)
        .where(names.c.scheme == "arxiv", names.c.value.in_(counted), announcements.c.date < before)
        .group_by(announcements.c.date)
        .order_by(func.count(names.c.value.distinct()).desc(), announcements.c.date.desc())
        .limit(1)
    )
    return str(connection.scalar(query) or "")
