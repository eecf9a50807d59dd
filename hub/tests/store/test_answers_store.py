"""Rows of stored answers: one a question, the later in the place of the earlier."""

from __future__ import annotations

from academichub.store.answers_store import remove_answers_before, stored_answer, write_answer
from academichub.store.database import Database


def test_a_later_answer_takes_the_place_of_the_earlier(database: Database) -> None:
    write_answer(database, "question", "scribe", "2026-06-15T08:00:00+00:00", {"text": "first"})
    write_answer(database, "another", "scribe", "2026-06-15T08:00:00+00:00", {"text": "other"})
    write_answer(database, "question", "copyist", "2026-06-16T08:00:00+00:00", {"tokens": [1, 2]})
    with database.read() as connection:
        assert stored_answer(connection, "question") == {"tokens": [1, 2]}
        assert stored_answer(connection, "another") == {"text": "other"}
        assert stored_answer(connection, "never asked") is None


def test_only_answers_before_a_moment_are_removed(database: Database) -> None:
    moments = {str(hour): f"2026-06-15T{hour:02}:00:00+00:00" for hour in (7, 8, 9)}
    for hour, moment in moments.items():
        write_answer(database, hour, "scribe", moment, {"hour": hour})
    with database.write() as connection:
        remove_answers_before(connection, moments["8"])
        assert [stored_answer(connection, hour) for hour in moments] == [
            None,
            {"hour": "8"},
            {"hour": "9"},
        ]
