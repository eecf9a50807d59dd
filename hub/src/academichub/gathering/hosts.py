"""The hosts of one gather: which failed in a row, and which are left alone for the rest of it."""

from __future__ import annotations

from academichub.errors import SourceError
from academichub.gathering.outcomes import Failure, host_of
from academichub.messages import Message


class HostGivenUpError(SourceError):
    """A request was not made, because its host was given up earlier in this gather."""


class Hosts:
    """Counts the failures of each host, by the source for which it was asked."""

    def __init__(self) -> None:
        self._failures_in_a_row: dict[tuple[str, str], int] = {}
        self._given_up: dict[tuple[str, str], str] = {}

    def refuse_given_up(self, module: str, url: str) -> None:
        """Raise HostGivenUpError if the host of an address was given up."""
        host = host_of(url)
        failure = self._given_up.get((module, host))
        if failure is not None:
            raise HostGivenUpError(
                failure, Message.of(f"http.given_up.{failure}", host=host), url=url
            )

    def note_answer(self, module: str, url: str) -> None:
        """Note that the host of an address answered."""
        self._failures_in_a_row.pop((module, host_of(url)), None)

    def note_failure(self, failure: Failure) -> None:
        """Note a failure that is not tried again; give its host up if others would fail too."""
        host = failure.module, host_of(failure.address)
        limit = failure.consequence.gives_up_after
        in_a_row = self._failures_in_a_row.get(host, 0) + 1 if limit else 0
        self._failures_in_a_row[host] = in_a_row
        if limit and in_a_row >= limit:
            self._given_up[host] = failure.problem.failure
