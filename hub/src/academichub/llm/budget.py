"""The tokens-a-day ledger: what was spent on language models, over all processes that share the database.

A request first reserves what it may cost at most; what it did cost is settled after. A process that is killed between
leaves its reservation spent, so the budget is never exceeded. Days are UTC days of the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from academichub.errors import ModelBudgetError
from academichub.messages import Message
from academichub.store import schema
from academichub.store.database import Database

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
        self._open_day(day)
        table = schema.model_days
        within = update(table).where(table.c.day == day).values(tokens=table.c.tokens + tokens)
        if self.tokens_per_day:
            within = within.where(table.c.tokens + tokens <= self.tokens_per_day)
        with self._database.write() as connection:
            taken = connection.execute(within).rowcount
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
        held: Reservation,
        model: str,
        purpose: str,
        outcome: str,
        tokens: tuple[int, int],
        seconds: float,
    ) -> None:
        """Replace a reservation by what the request cost: (prompt, completion) tokens."""
        days = schema.model_days
        back = held.tokens - sum(tokens)
        with self._database.write() as connection:
            connection.execute(
                update(days).where(days.c.day == held.day).values(tokens=days.c.tokens - back)
            )
            connection.execute(
                insert(schema.model_calls).values(
                    **self._row(held.day, model, purpose, outcome, tokens, seconds)
                )
            )

    def note_cached(self, model: str, purpose: str) -> None:
        """Record an answer that cost nothing."""
        with self._database.write() as connection:
            row = self._row(self._today(), model, purpose, "cached", (0, 0), 0.0)
            connection.execute(insert(schema.model_calls).values(**row))

    def spent_today(self) -> int:
        """Return the tokens spent or set aside today."""
        table = schema.model_days
        with self._database.read() as connection:
            found = connection.execute(
                select(table.c.tokens).where(table.c.day == self._today())
            ).scalar()
        return int(found or 0)

    def spent(self, days: int = 30) -> list[Spent]:
        """Return what was spent over the last days, a row for each day, model and purpose, the latest day first."""
        table = schema.model_calls
        first = (self._now() - timedelta(days=days - 1)).date().isoformat()
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
        with self._database.read() as connection:
            return [Spent(*row) for row in connection.execute(query)]

    def forget_old(self) -> None:
        """Delete what is older than KEPT_DAYS."""
        oldest = (self._now() - timedelta(days=KEPT_DAYS)).date().isoformat()
        with self._database.write() as connection:
            for table in (schema.model_calls, schema.model_days):
                connection.execute(delete(table).where(table.c.day < oldest))

    def _open_day(self, day: str) -> None:
        table = schema.model_days
        with self._database.read() as connection:
            if (
                connection.execute(select(table.c.day).where(table.c.day == day)).first()
                is not None
            ):
                return
        try:
            with self._database.write() as connection:
                connection.execute(insert(table).values(day=day, tokens=0))
        except IntegrityError:  # another process opened it in this moment
            return

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
