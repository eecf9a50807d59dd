"""Rows of the language models' stored answers, by the hash of their question."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from academichub.store import schema
from academichub.store.database import Database
from academichub.store.rows import Connection


def stored_answer(connection: Connection, key: str) -> dict[str, Any] | None:
    """Return the answer of a question, or None."""
    table = schema.model_answers
    answer: dict[str, Any] | None = connection.execute(
        select(table.c.answer).where(table.c.key == key)
    ).scalar_one_or_none()
    return answer


def write_answer(
    database: Database, key: str, model: str, moment: str, answer: Mapping[str, Any]
) -> None:
    """Write an answer in the place of an earlier one, in a transaction of its own.

    Where another process writes an answer of the same question in this moment, that one stays.
    """
    table = schema.model_answers
    with suppress(IntegrityError), database.write() as connection:
        connection.execute(delete(table).where(table.c.key == key))
        connection.execute(
            insert(table).values(key=key, model=model, made_at=moment, answer=dict(answer))
        )


def remove_answers_before(connection: Connection, moment: str) -> None:
    """Remove the answers made before a moment."""
    table = schema.model_answers
    connection.execute(delete(table).where(table.c.made_at < moment))
