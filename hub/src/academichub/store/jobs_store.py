"""Rows of the background jobs: their kind, state, progress and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select, update

from academichub.store import schema
from academichub.store.rows import Connection

JobRow = Row[Any]
"""A row of the jobs with its columns by name."""

RUNNING = ("queued", "running")
"""The states of a job that has not ended."""


def job_row(connection: Connection, number: int) -> JobRow | None:
    """Return the row of a job, or None where there is none of that number."""
    table = schema.jobs
    return connection.execute(select(table).where(table.c.id == number)).one_or_none()


def latest_job_row(connection: Connection, kind: str) -> JobRow | None:
    """Return the latest row of a kind, or None where there is none."""
    table = schema.jobs
    query = select(table).where(table.c.kind == kind).order_by(table.c.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def latest_job_state(connection: Connection, kind: str, subject: str) -> str | None:
    """Return the state of the latest job of a kind about a subject; None where there is none."""
    table = schema.jobs
    query = (
        select(table.c.state)
        .where(table.c.kind == kind, table.c.subject == subject)
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def add_job_row(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write a row, given by column, and return its number."""
    table = schema.jobs
    return int(
        connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    )


def change_job_row(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Write columns of a row, whatever its state."""
    table = schema.jobs
    connection.execute(update(table).where(table.c.id == number).values(**values))


def change_running_job_row(
    connection: Connection, number: int, values: Mapping[str, Any]
) -> bool | None:
    """Write columns of the row of a job that has not ended.

    Returns:
        Whether somebody asked the job to stop; None where it has ended or does not exist.
    """
    table = schema.jobs
    return connection.execute(
        update(table)
        .where(table.c.id == number, table.c.state.in_(RUNNING))
        .values(**values)
        .returning(table.c.cancel_requested)
    ).scalar()
