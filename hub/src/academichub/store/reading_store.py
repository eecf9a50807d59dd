"""Rows of the works each reader has read, and of each reader's visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from academichub.store import schema
from academichub.store.reading_schema import visits, works_read
from academichub.store.rows import Connection, rows_by


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A reader's visit: its latest moment, and the library's newest day and record then."""

    moment: str
    day: str
    record: int


def keys_read(connection: Connection, account: str, keys: Iterable[str]) -> set[str]:
    """Return those of the keys whose work an account has read."""
    query = select(works_read.c.work_key).where(works_read.c.account == account)
    return {row.work_key for row in rows_by(connection, query, works_read.c.work_key, keys)}


def add_read_keys(connection: Connection, account: str, keys: Iterable[str], moment: str) -> None:
    """Write works, by key, as read at a moment; none of them may be written already."""
    rows = [{"account": account, "work_key": key, "read_at": moment} for key in keys]
    if rows:
        connection.execute(insert(works_read), rows)


def remove_read_key(connection: Connection, account: str, key: str) -> None:
    """Remove the mark of a work."""
    connection.execute(
        delete(works_read).where(works_read.c.account == account, works_read.c.work_key == key)
    )


def remove_read_at(connection: Connection, account: str, moment: str) -> int:
    """Remove the marks written at exactly one moment and return how many there were."""
    gone = delete(works_read).where(works_read.c.account == account, works_read.c.read_at == moment)
    return connection.execute(gone).rowcount


def visit_rows(connection: Connection, account: str) -> tuple[VisitRow | None, VisitRow | None]:
    """Return the visit under way and the one before it, each None where there is none."""
    row = connection.execute(select(visits).where(visits.c.account == account)).one_or_none()
    if row is None:
        return None, None
    latest = VisitRow(row.last_at, row.last_day, row.last_record)
    if row.before_at is None:
        return latest, None
    return latest, VisitRow(row.before_at, row.before_day, row.before_record)


def write_visits(
    connection: Connection, account: str, latest: VisitRow, before: VisitRow | None
) -> None:
    """Write an account's visit under way and the one before it, in the place of earlier ones."""
    connection.execute(delete(visits).where(visits.c.account == account))
    connection.execute(
        insert(visits).values(
            account=account,
            last_at=latest.moment,
            last_day=latest.day,
            last_record=latest.record,
            before_at=before.moment if before else None,
            before_day=before.day if before else None,
            before_record=before.record if before else None,
        )
    )


def first_record_numbers(connection: Connection, works: Iterable[int]) -> Mapping[int, int]:
    """Return, of works by number, the number of the first record that names one of their ids."""
    ids, links = schema.identifiers, schema.record_identifiers
    query = (
        select(ids.c.work_id, func.min(links.c.record_id).label("first"))
        .join(links, (links.c.scheme == ids.c.scheme) & (links.c.value == ids.c.value))
        .group_by(ids.c.work_id)
    )
    return {row.work_id: row.first for row in rows_by(connection, query, ids.c.work_id, works)}
