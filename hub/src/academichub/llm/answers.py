"""The cache of answers, by a hash of the whole question.

A question is the endpoint, model, messages, sampling and shape. Only the answer is stored, never
the question or the API key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from academichub.store.answers_store import (
    remove_answers_before,
    stored_answer,
    write_answer,
)
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
        with self._database.read() as connection:
            return stored_answer(connection, key)

    def keep(self, key: str, model: str, answer: Mapping[str, Any]) -> None:
        """Store an answer; a later one to the same question replaces it."""
        moment = _now().isoformat(timespec="seconds")
        write_answer(self._database, key, model[:200], moment, answer)

    def forget_old(self) -> None:
        """Delete the answers older than KEPT_DAYS."""
        oldest = (_now() - timedelta(days=KEPT_DAYS)).isoformat(timespec="seconds")
        with self._database.write() as connection:
            remove_answers_before(connection, oldest)


def _now() -> datetime:
    return datetime.now(UTC)
