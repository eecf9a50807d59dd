"""The tokens-a-day ledger.

It counts what was spent on language models, over all processes that share the database.

A request first reserves what it may cost at most; what it did cost is settled after. A process that
is killed between leaves its reservation spent, so the budget is never exceeded. Days are UTC days
of the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from academichub.errors import ModelBudgetError
from academichub.messages import Message
from academichub.store.database import Database
from academichub.store.model_calls_store import (
    add_day_tokens,
    add_model_call,
    day_tokens,
    model_costs,
    open_model_day,
    remove_model_calls_before,
)

KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class Spent:
    """What a model cost on a day for a purpose: requests made, answers from the cache, tokens."""

    day: str
    model: str
    purpose: str
    requests: int
    cached: int
    failed: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens set aside for one request."""

    day: str
    tokens: int


class Budget:
    """Counts tokens against a day's limit.

    Args:
        database: Where the ledger is.
        tokens_per_day: The limit; 0 for none.
        now: The current moment, aware.
    """

    def __init__(
        self,
        database: Database,
        tokens_per_day: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._now = now
        self.tokens_per_day = tokens_per_day

    def reserve(self, tokens: int) -> Reservation:
        """Set aside the most a request can cost.

        Raises:
            ModelBudgetError: If less than that is left of the day.
        """
        day = self._today()
        open_model_day(self._database, day)
        with self._database.write() as connection:
            taken = add_day_tokens(connection, day, tokens, self.tokens_per_day)
        if not taken:
            raise ModelBudgetError(
                Message.of(
                    "model.budget",
                    limit=self.tokens_per_day,
                    spent=self.spent_today(),
                    day=day,
                )
            )
        return Reservation(day, tokens)

    def settle(
        self,
        reservation: Reservation,
        model: str,
        purpose: str,
        outcome: str,
        tokens: tuple[int, int],
        seconds: float,
    ) -> None:
        """Replace a reservation by what the request cost: (prompt, completion) tokens."""
        with self._database.write() as connection:
            add_day_tokens(connection, reservation.day, sum(tokens) - reservation.tokens)
            row = self._row(reservation.day, model, purpose, outcome, tokens, seconds)
            add_model_call(connection, row)

    def note_cached(self, model: str, purpose: str) -> None:
        """Record an answer that cost nothing."""
        with self._database.write() as connection:
            row = self._row(self._today(), model, purpose, "cached", (0, 0), 0.0)
            add_model_call(connection, row)

    def spent_today(self) -> int:
        """Return the tokens spent or set aside today."""
        with self._database.read() as connection:
            return day_tokens(connection, self._today())

    def spent(self, days: int = 30) -> list[Spent]:
        """Return what was spent, a row for each day, model and purpose, the latest day first."""
        first = (self._now() - timedelta(days=days - 1)).date().isoformat()
        with self._database.read() as connection:
            return [Spent(*row) for row in model_costs(connection, first)]

    def forget_old(self) -> None:
        """Delete what is older than KEPT_DAYS."""
        oldest = (self._now() - timedelta(days=KEPT_DAYS)).date().isoformat()
        with self._database.write() as connection:
            remove_model_calls_before(connection, oldest)

    def _today(self) -> str:
        return self._now().astimezone(UTC).date().isoformat()

    def _row(
        self,
        day: str,
        model: str,
        purpose: str,
        outcome: str,
        tokens: tuple[int, int],
        seconds: float,
    ) -> dict[str, object]:
        return {
            "day": day,
            "made_at": self._now().isoformat(timespec="seconds"),
            "model": model[:200],
            "purpose": purpose,
            "outcome": outcome,
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "seconds": round(seconds, 3),
        }


def tokens_of(text: str) -> int:
    """Return an estimate, rather too high, of the tokens of a text."""
    plain = sum(ch < "\u0250" for ch in text)
    return plain // 3 + 2 * (len(text) - plain) + 8
