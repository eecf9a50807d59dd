"""The cache of answers: one key for each question, the latest answer, and an end after sixty days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from academichub.llm import answers
from academichub.llm.answers import KEPT_DAYS, AnswerCache, question_key
from academichub.store.database import Database, open_database

NOON = datetime(2026, 6, 24, 12, tzinfo=UTC)
QUESTION = {"model": "m", "messages": [{"role": "user", "content": "灯"}], "seed": 0}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield opened
    opened.close()


def test_the_key_is_of_the_content_not_of_the_order_of_its_members() -> None:
    reordered = dict(reversed(QUESTION.items()))
    assert question_key(reordered) == question_key(QUESTION)
    assert len(question_key(QUESTION)) == 64


@pytest.mark.parametrize(
    "change",
    [{"model": "n"}, {"seed": 1}, {"seed": "0"}, {"messages": []}, {"stop": []}],
)
def test_any_change_of_a_question_is_another_question(change: dict[str, object]) -> None:
    assert question_key({**QUESTION, **change}) != question_key(QUESTION)


def test_half_a_letter_in_a_question_has_a_key() -> None:
    assert question_key({"content": "\ud83d"}) != question_key({"content": ""})


def test_the_latest_answer_counts_and_the_question_is_not_stored(database: Database) -> None:
    cache = AnswerCache(database)
    key = question_key(QUESTION)
    assert cache.find(key) is None
    cache.keep(key, "m", {"text": "first"})
    cache.keep(key, "m" * 300, {"text": "second", "tokens": [1, 2]})
    assert cache.find(key) == {"text": "second", "tokens": [1, 2]}
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM model_answers").all()
    assert len(rows) == 1
    assert "灯" not in str(rows)


def test_answers_end_after_sixty_days(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = AnswerCache(database)
    for name, age in (("old", KEPT_DAYS + 1), ("last", KEPT_DAYS), ("new", 0)):
        monkeypatch.setattr(answers, "_now", lambda age=age: NOON - timedelta(days=age))
        cache.keep(name, "m", {"text": name})
    cache.forget_old()
    assert {name: cache.find(name) is not None for name in ("old", "last", "new")} == {
        "old": False,
        "last": True,
        "new": True,
    }
