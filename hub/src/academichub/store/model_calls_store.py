"""Rows of what language models cost: tokens by day, and each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from academichub.store import schema
from academichub.store.database import Database
from academichub.store.rows import Connection


def open_model_day(database: Database, day: str) -> None:
    """Make the row of a day where there is none, in a transaction of its own."""
    table = schema.model_days
    with database.read() as connection:
        if connection.execute(select(table.c.day).where(table.c.day == day)).first() is not None:
            return
    try:
        with database.write() as connection:
            connection.execute(insert(table).values(day=day, tokens=0))
    except IntegrityError:  # another process made it in this moment
        return


def add_day_tokens(connection: Connection, day: str, tokens: int, limit: int = 0) -> bool:
    """Add tokens, which may be negative, to a day's.

    Returns:
        False where that would pass the limit (0: none); nothing is added then.
    """
    table = schema.model_days
    statement = update(table).where(table.c.day == day).values(tokens=table.c.tokens + tokens)
    if limit:
        statement = statement.where(table.c.tokens + tokens <= limit)
    return bool(connection.execute(statement).rowcount)


def day_tokens(connection: Connection, day: str) -> int:
    """Return the tokens spent or set aside on a day."""
    table = schema.model_days
    return int(connection.scalar(select(table.c.tokens).where(table.c.day == day)) or 0)


def add_model_call(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a call, given by column."""
    connection.execute(insert(schema.model_calls).values(**values))


def model_costs(connection: Connection, first: str) -> list[Row[str, str, str, int, int, int, int]]:
    """Return the costs from a day on, the latest day first.

    Returns:
        Rows (day, model, purpose, requests, answers from the cache, requests that failed, tokens).
    """
    table = schema.model_calls
    query = (
        select(
            table.c.day,
            table.c.model,
            table.c.purpose,
            func.count().filter(table.c.outcome != "cached"),
            func.count().filter(table.c.outcome == "cached"),
            func.count().filter(table.c.outcome.not_in(("cached", "answered"))),
            func.sum(table.c.prompt_tokens + table.c.completion_tokens),
        )
        .where(table.c.day >= first)
        .group_by(table.c.day, table.c.model, table.c.purpose)
        .order_by(table.c.day.desc(), table.c.model, table.c.purpose)
    )
    return list(connection.execute(query))


def remove_model_calls_before(connection: Connection, day: str) -> None:
    """Remove calls and days before a day."""
    for table in (schema.model_calls, schema.model_days):
        connection.execute(delete(table).where(table.c.day < day))
