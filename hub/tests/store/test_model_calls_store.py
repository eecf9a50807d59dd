"""Rows of what models cost: a day's tokens stay within the limit, and costs add up by day."""

from __future__ import annotations

from academichub.store.database import Database
from academichub.store.model_calls_store import (
    add_day_tokens,
    add_model_call,
    day_tokens,
    model_costs,
    open_model_day,
    remove_model_calls_before,
)
from academichub.store.rows import Connection


def add_call(
    connection: Connection, day: str, model: str, purpose: str, outcome: str, tokens: int = 0
) -> None:
    add_model_call(
        connection,
        {
            "day": day,
            "made_at": f"{day}T08:00:00+00:00",
            "model": model,
            "purpose": purpose,
            "outcome": outcome,
            "prompt_tokens": tokens,
            "completion_tokens": 2 * tokens,
            "seconds": 0.5,
        },
    )


def test_tokens_that_would_pass_the_limit_are_not_added(database: Database) -> None:
    for _ in range(2):
        open_model_day(database, "2026-06-15")
    with database.write() as connection:
        assert day_tokens(connection, "2026-06-15") == 0
        assert add_day_tokens(connection, "2026-06-15", 60, limit=100)
        assert not add_day_tokens(connection, "2026-06-15", 41, limit=100)
        assert day_tokens(connection, "2026-06-15") == 60
        assert add_day_tokens(connection, "2026-06-15", 40, limit=100)
        assert add_day_tokens(connection, "2026-06-15", -70, limit=100)
        assert add_day_tokens(connection, "2026-06-15", 500), "without a limit"
        assert day_tokens(connection, "2026-06-15") == 530
        assert not add_day_tokens(connection, "2026-06-16", 1), "a day that was never opened"
        assert day_tokens(connection, "2026-06-16") == 0


def test_costs_are_summed_by_day_model_and_purpose(database: Database) -> None:
    with database.write() as connection:
        add_call(connection, "2026-06-14", "scribe", "chat", "answered", 1_000)
        add_call(connection, "2026-06-15", "scribe", "embedding", "answered", 7)
        for outcome, tokens in (("answered", 10), ("cached", 0), ("timeout", 1), ("answered", 20)):
            add_call(connection, "2026-06-15", "scribe", "chat", outcome, tokens)
        add_call(connection, "2026-06-16", "copyist", "chat", "cached")
        assert [tuple(row) for row in model_costs(connection, "2026-06-15")] == [
            ("2026-06-16", "copyist", "chat", 0, 1, 0, 0),
            ("2026-06-15", "scribe", "chat", 3, 1, 1, 93),
            ("2026-06-15", "scribe", "embedding", 1, 0, 0, 21),
        ]


def test_calls_and_days_before_one_are_removed(database: Database) -> None:
    days = ("2026-06-14", "2026-06-15", "2026-06-16")
    for day in days:
        open_model_day(database, day)
    with database.write() as connection:
        for day in days:
            add_day_tokens(connection, day, 5)
            add_call(connection, day, "scribe", "chat", "answered", 1)
        remove_model_calls_before(connection, "2026-06-15")
        assert [row[0] for row in model_costs(connection, "")] == ["2026-06-16", "2026-06-15"]
        assert [day_tokens(connection, day) for day in days] == [0, 5, 5]
