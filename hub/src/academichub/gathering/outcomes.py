"""What a request of a gather comes to: an answer, "unchanged", or a failure and what follows.

The table CONSEQUENCES says which failures are worth another try, and after which of them a host is
left alone. Pure: nothing is requested, waited for or stored here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpcore2

from academichub.errors import SourceError
from academichub.http.client import Response
from academichub.http.conditional import Validators
from academichub.messages import Message
from academichub.sources import SOURCES

T = TypeVar("T")

LONGEST_WAIT_S = 60.0
"""A server that asks for a longer pause is left alone until the next gather."""

SHORTEST_WAIT_S = 1.0
"""Pause before the next try where the server does not say how long; doubled with each try."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a failure.

    Attributes:
        retries: Further tries within a gather; after them the next gather asks again.
        gives_up_after: Failures of a host in a row after which it is left alone for the rest of a
            gather; 0 where other requests to the host may well succeed.
    """

    retries: int = 0
    gives_up_after: int = 0


CONSEQUENCES = {
    "rate_limited": Consequence(retries=2, gives_up_after=1),
    "unavailable": Consequence(retries=2, gives_up_after=2),
    "timeout": Consequence(gives_up_after=2),
    "refused": Consequence(gives_up_after=1),
    "unreachable": Consequence(retries=1),
    "truncated": Consequence(retries=1),
}
"""Failure -> what follows; from any other failure nothing does."""

NOTHING = Consequence()

NO_CONNECTION = Consequence(gives_up_after=1)
"""No connection was made, so that any other request to the host would fail too."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer that could be read.

    Attributes:
        value: What was read from the body.
        response: The answer itself: its address, headers and the server's clock.
        validators: What makes the next request conditional, once this answer is merged.
    """

    value: T
    response: Response
    validators: Validators | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said that nothing changed since the validators were issued (HTTP 304)."""

    response: Response


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed, or whose answer could not be read.

    Attributes:
        problem: What went wrong.
        module: The source for which the request was made.
        url: The address requested.
    """

    problem: SourceError
    module: str
    url: str

    @property
    def address(self) -> str:
        """The address that failed: the one requested, or one that it redirected to."""
        return self.problem.url if host_of(self.problem.url) else self.url

    @property
    def consequence(self) -> Consequence:
        """What follows from the failure."""
        if isinstance(self.problem.__cause__, httpcore2.ConnectError | httpcore2.ConnectTimeout):
            return NO_CONNECTION
        if self.problem.failure == "refused" and not SOURCES[self.module].base_url:
            return NOTHING  # of many addresses (feeds) a publisher may close one alone
        return CONSEQUENCES.get(self.problem.failure, NOTHING)

    def pause_s(self, attempt: int) -> float | None:
        """Return the pause before another try after the attempt of that number, counted from 0.

        None where the request is not to be tried again in this gather.
        """
        if attempt >= self.consequence.retries:
            return None
        asked_for = self.problem.retry_after_s
        pause_s = SHORTEST_WAIT_S * 2**attempt if asked_for is None else asked_for
        return pause_s if pause_s <= LONGEST_WAIT_S else None

    def retry_message(self, pause_s: float) -> Message:
        """Return what the ledger says of another try after a pause."""
        label = Message.of(f"failure.{self.problem.failure}")
        return Message.of("ledger.retry", failure=label, why=self.problem.message, seconds=pause_s)


def host_of(url: str) -> str:
    """Return the host and port of an address; empty where it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def day_of(response: Response) -> str:
    """Return the day of an answer's Date header in UTC; empty where there is no such header."""
    return response.date.astimezone(UTC).date().isoformat() if response.date else ""
