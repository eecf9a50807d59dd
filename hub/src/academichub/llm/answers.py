"""The cache of answers, by a hash of the whole question.

A question is the endpoint, model, messages, sampling and shape. Only the answer is stored, never
the question or the API key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from academichub.store import schema
from academichub.store.database import Database

KEPT_DAYS = 60
"""Days for which an answer is stored."""


def question_key(question: Mapping[str, Any]) -> str:
    """Return the hash of a question."""
    body = json.dumps(question, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()


class AnswerCache:
    """Stored answers by the hash of their question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the stored answer to a question, or None."""
        table = schema.model_answers
        with self._database.read() as connection:
            answer: dict[str, Any] | None = connection.execute(
                select(table.c.answer).where(table.c.key == key)
            ).scalar_one_or_none()
        return answer

    def keep(self, key: str, model: str, answer: Mapping[str, Any]) -> None:
        """Store an answer; a later one to the same question replaces it."""
        table = schema.model_answers
        values = {"key": key, "model": model[:200], "made_at": _now().isoformat(timespec="seconds")}
        # An IntegrityError means that another process has just stored an answer to the question.
        with suppress(IntegrityError), self._database.write() as connection:
            connection.execute(delete(table).where(table.c.key == key))
            connection.execute(insert(table).values(**values, answer=dict(answer)))

    def forget_old(self) -> None:
        """Delete the answers older than KEPT_DAYS."""
        table = schema.model_answers
        oldest = (_now() - timedelta(days=KEPT_DAYS)).isoformat(timespec="seconds")
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.made_at < oldest))


def _now() -> datetime:
    return datetime.now(UTC)
