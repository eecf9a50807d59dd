"""The tokens of a day: reserved before, settled after, and never exceeded by any order of requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub.errors import ModelBudgetError
from academichub.llm.budget import KEPT_DAYS, Budget, Reservation, Spent, tokens_of
from academichub.store.database import Database, open_database

NOON = datetime(2026, 6, 24, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield opened
    opened.close()


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


def test_a_reservation_is_replaced_by_what_the_request_cost(database: Database) -> None:
    budget = Budget(database, 100, Clock())
    reservation = budget.reserve(80)
    assert reservation == Reservation("2026-06-24", 80)
    assert budget.spent_today() == 80
    budget.settle(reservation, "m", "chat", "answered", (30, 12), 0.5)
    assert budget.spent_today() == 42
    assert budget.spent() == [Spent("2026-06-24", "m", "chat", 1, 0, 0, 42)]


def test_the_limit_itself_may_be_spent_and_one_token_more_may_not(database: Database) -> None:
    budget = Budget(database, 100, Clock())
    budget.reserve(100)
    with pytest.raises(ModelBudgetError) as refused:
        budget.reserve(1)
    assert refused.value.params == {"limit": 100, "spent": 100, "day": "2026-06-24"}
    assert budget.spent_today() == 100, "a refusal costs nothing"


def test_a_limit_of_zero_is_none(database: Database) -> None:
    budget = Budget(database, 0, Clock())
    for _ in range(3):
        budget.reserve(10**6)
    assert budget.spent_today() == 3 * 10**6


def test_the_day_is_that_of_utc_and_a_request_is_settled_on_the_day_it_began(
    database: Database,
) -> None:
    clock = Clock()
    clock.moment = datetime(2026, 6, 24, 23, 0, tzinfo=timezone(timedelta(hours=-4)))
    budget = Budget(database, 100, clock)
    reservation = budget.reserve(60)
    assert reservation.day == "2026-06-25"
    clock.moment += timedelta(days=1)
    assert budget.spent_today() == 0
    budget.settle(reservation, "m", "chat", "answered", (10, 10), 1.0)
    assert budget.spent_today() == 0
    assert [(row.day, row.tokens) for row in budget.spent()] == [("2026-06-25", 20)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=6),
    day=st.integers(0, 10_000),
)
def test_no_order_of_requests_goes_over_the_limit(
    database: Database, sizes: list[tuple[int, int]], day: int
) -> None:
    clock = Clock()
    clock.moment = NOON + timedelta(days=day)
    budget = Budget(database, 100, clock)
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM model_days")
    spent = 0
    for most, cost in sizes:
        try:
            reservation = budget.reserve(most)
        except ModelBudgetError:
            assert spent + most > 100
            continue
        assert spent + most <= 100
        spent += min(cost, most)
        budget.settle(reservation, "m", "chat", "answered", (min(cost, most), 0), 0.0)
        assert budget.spent_today() == spent


def test_answers_from_the_cache_cost_nothing_and_are_counted(database: Database) -> None:
    budget = Budget(database, 100, Clock())
    budget.note_cached("m", "chat")
    budget.settle(budget.reserve(5), "m", "chat", "timeout", (5, 0), 0.0)
    assert budget.spent() == [Spent("2026-06-24", "m", "chat", 1, 1, 1, 5)]


def test_old_rows_are_deleted_and_the_first_day_kept_is_the_last_of_the_span(
    database: Database,
) -> None:
    clock = Clock()
    budget = Budget(database, 0, clock)
    for days_ago in (KEPT_DAYS + 1, KEPT_DAYS, 0):
        clock.moment = NOON - timedelta(days=days_ago)
        budget.note_cached("m", "chat")
    clock.moment = NOON
    budget.forget_old()
    days = [row.day for row in budget.spent(KEPT_DAYS + 10)]
    assert days == ["2026-06-24", (NOON - timedelta(days=KEPT_DAYS)).date().isoformat()]
    assert [row.day for row in budget.spent(1)] == ["2026-06-24"]


@pytest.mark.parametrize(("text", "tokens"), [("", 8), ("abcdef", 10), ("灯光", 12), ("ab灯", 10)])
def test_the_estimate_by_hand(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens


@given(st.text(), st.text())
@settings(max_examples=40)
def test_a_longer_text_is_never_estimated_shorter(first: str, second: str) -> None:
    assert tokens_of(first + second) >= max(tokens_of(first), tokens_of(second))
