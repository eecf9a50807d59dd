"""The requests of one gather: retries, hosts given up, counts in the ledger, cancellation.

Knows the HTTP client and the taxonomy of failures, but no particular source. A request that fails
raises SourceError; the caller writes it into the ledger and goes on with the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import httpcore2

from academichub.errors import CancelledError, HubError, SourceError
from academichub.faults import our_fault
from academichub.http.client import HttpClient, Limits, Response, pace_group
from academichub.http.conditional import Validators, ValidatorStore
from academichub.http.guard import Guard
from academichub.http.pace import StorePace
from academichub.hub import Hub
from academichub.library.ledger import Entry, Ledger
from academichub.messages import Message
from academichub.sources import SOURCES
from academichub.sources.arxiv.xml import EASTERN
from academichub.sources.crossref import CrossrefOptions

Progress = Callable[[int, int, Message], None]
"""Called with (steps done, steps expected, what is requested now)."""

Cancel = Callable[[], bool]
T = TypeVar("T")

RETRIES = {"rate_limited": 2, "unavailable": 2, "unreachable": 1, "truncated": 1}
"""Failures worth another try within a gather, and how many; others wait for the next gather."""

LONGEST_WAIT_S = 60.0
"""A server that asks for a longer pause is left alone until the next gather."""

SHORTEST_WAIT_S = 1.0
"""Pause before the next try where the server does not say how long; doubled with each try."""

TROUBLE_IN_A_ROW = 2
"""Timeouts and server errors in a row after which a host is left alone for the rest of a gather."""

LIMITS = Limits(total_s=60.0)
"""Bounds of one request of a gather."""


class Client(Protocol):
    """What is needed of http.client.HttpClient."""

    def get(
        self,
        url: str,
        *,
        module: str,
        interval_s: float,
        validators: Validators | None = None,
        cancel: Cancel | None = None,
        before_redirect: Callable[[str], None] | None = None,
    ) -> Response:
        """Return the answer to a GET, or raise SourceError."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer: the value read from the body, or nothing new since the validators were issued.

    Attributes:
        response: The answer itself: its address, headers and the server's clock.
        validators: What makes the next request conditional, once this answer is merged.
    """

    _value: T | None
    response: Response
    validators: Validators | None

    @property
    def is_unchanged(self) -> bool:
        """Whether the server said that nothing changed (HTTP 304)."""
        return self.response.not_modified

    @property
    def value(self) -> T:
        """The value read; an unchanged answer has none."""
        assert self._value is not None
        return self._value


class Asker:
    """Makes the requests of one gather.

    Attributes:
        hub: The open hub.
        ledger: Its ledger.
        day: The latest day a server gave in this gather; empty before the first answer.
        open_rows: The ledger rows that are open, by number.
    """

    def __init__(
        self,
        hub: Hub,
        client: Client,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self.hub = hub
        self.ledger = Ledger(hub.database)
        self.validators = ValidatorStore(hub.database)
        self.day = ""
        self._refused_on = ""
        self.closed: list[Entry] = []
        self.open_rows: dict[int, Entry] = {}
        self.total = 0
        self._done = 0
        self._client = client
        self._pace = StorePace(hub.database)
        self._progress = progress
        self._cancel = cancel or (lambda: False)
        self._given_up: dict[tuple[str, str], str] = {}
        self._trouble: dict[tuple[str, str], int] = {}

    def step(self, message: Message) -> None:
        """Report progress; raises CancelledError where the user stopped the gather."""
        self.stop_if_cancelled()
        if self._progress is not None:
            self._progress(min(self._done, self.total), self.total, message)
        self._done += 1

    def stop_if_cancelled(self) -> None:
        """Raise CancelledError where the user stopped the gather."""
        if self._cancel():
            raise CancelledError(Message.of("gather.cancelled"))

    def saw_day(self, day: str) -> None:
        """Remember the day a server gave."""
        self.day = max(self.day, day)

    def best_day(self) -> str:
        """Return the day to file a row under: that of this gather, else the latest in the ledger.

        A server that refuses a request gives the day all the same, in its Date header.
        """
        return self.day or max(self._refused_on, self.ledger.latest_day() or "")

    def open(self, source: str, window: str, day: str = "") -> Entry:
        """Open a ledger row."""
        entry = self.ledger.open(source, window, day)
        self.open_rows[entry.number] = entry
        return entry

    def close(self, entry: Entry) -> None:
        """Close a ledger row; one with a fault of ours is partial if anything was merged."""
        if entry.failure == "our_fault" and entry.status in ("ok", "partial", "failed"):
            entry.status = "partial" if entry.merged else "failed"
        self.open_rows.pop(entry.number, None)
        self.ledger.close(entry)
        self.closed.append(entry)

    def ask(
        self,
        entry: Entry,
        module: str,
        url: str,
        read: Callable[[bytes], T],
        *,
        validators: Validators | None = None,
    ) -> Answer[T]:
        """Get an address and read its body, trying again as RETRIES says.

        Args:
            entry: The ledger row the requests are counted in.
            module: The source for which the request is made.
            url: The address.
            read: Turns the body into a value, or raises SourceError.
            validators: Make it a conditional request.

        Raises:
            SourceError: If it cannot be had; `failure` says why.
            CancelledError: If the user stopped the gather.
        """
        self._refuse_if_given_up(module, url)
        attempt = 0
        while True:
            self.stop_if_cancelled()
            entry.asked += 1
            try:
                return self._once(module, url, read, validators)
            except SourceError as problem:
                if problem.server_date is not None:
                    self._refused_on = problem.server_date.astimezone(EASTERN).date().isoformat()
                wait = self._wait(problem, attempt)
                if wait is None:
                    self._give_up_if_hopeless(module, url, problem)
                    raise
                entry.note(
                    Message.of(
                        "ledger.retry",
                        failure=Message.of(f"failure.{problem.failure}"),
                        why=problem.message,
                        seconds=wait,
                    )
                )
                self._pace.defer(pace_group(module, _failed_address(problem, url)), wait)
                attempt += 1

    def _once(
        self, module: str, url: str, read: Callable[[bytes], T], validators: Validators | None
    ) -> Answer[T]:
        with _faults_as_source_errors(Message.of("fault.asking", url=url), url):
            response = self._client.get(
                url,
                module=module,
                interval_s=self.hub.settings.sources.min_interval_s(module),
                validators=validators,
                cancel=self._cancel,
                before_redirect=partial(self._refuse_if_given_up, module),
            )
        for address in (url, response.url):
            self._trouble.pop((module, _host(address)), None)
        if response.not_modified:
            return Answer(None, response, validators)
        try:
            with _faults_as_source_errors(Message.of("fault.reading_answer", url=url), url):
                value = read(response.body)
        except SourceError as problem:
            problem.server_date = response.date
            raise
        return Answer(value, response, Validators.of(response.headers))

    def _wait(self, problem: SourceError, attempt: int) -> float | None:
        """Return the pause before another try; None where the request is not to be tried again."""
        if attempt >= RETRIES.get(problem.failure, 0) or _is_no_connection(problem):
            return None
        if isinstance(problem, _HostGivenUpError):
            return None
        wait = (
            problem.retry_after_s
            if problem.retry_after_s is not None
            else SHORTEST_WAIT_S * 2**attempt
        )
        return wait if wait <= LONGEST_WAIT_S else None

    def _give_up_if_hopeless(self, module: str, url: str, problem: SourceError) -> None:
        """Give up the host that failed for the rest of this gather if other requests would fail."""
        if isinstance(problem, _HostGivenUpError):
            return
        host = module, _host(_failed_address(problem, url))
        in_trouble = problem.failure in ("timeout", "unavailable")
        self._trouble[host] = self._trouble.get(host, 0) + 1 if in_trouble else 0
        # Where addresses are many (feeds), a publisher may close one of them alone.
        walled = problem.failure == "refused" and bool(SOURCES[module].base_url)
        hopeless = walled or problem.failure == "rate_limited" or _is_no_connection(problem)
        if hopeless or self._trouble[host] >= TROUBLE_IN_A_ROW:
            self._given_up[host] = problem.failure

    def _refuse_if_given_up(self, module: str, url: str) -> None:
        host = _host(url)
        failure = self._given_up.get((module, host))
        if failure is not None:
            raise _HostGivenUpError(
                failure, Message.of(f"http.given_up.{failure}", host=host), url=url
            )


class _HostGivenUpError(SourceError):
    """A request was not made, because its host was given up earlier in this gather."""


@contextmanager
def _faults_as_source_errors(activity: Message, url: str) -> Iterator[None]:
    """Let an unforeseen exception cost one answer, as a SourceError does."""
    try:
        yield
    except (HubError, BrokenPipeError):
        raise
    except Exception as problem:
        raise SourceError("our_fault", our_fault(problem, activity), url=url) from problem


def _host(url: str) -> str:
    """Return the host and port of an address; empty where it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _failed_address(problem: SourceError, url: str) -> str:
    """Return the address that failed: the one requested, or one that it redirected to."""
    return problem.url if _host(problem.url) else url


def _is_no_connection(problem: SourceError) -> bool:
    """Whether no connection was made, so that any other request to the host would fail too."""
    return isinstance(problem.__cause__, httpcore2.ConnectError | httpcore2.ConnectTimeout)


def open_client(hub: Hub, limits: Limits = LIMITS) -> HttpClient:
    """Return the client of a gather, paced over all processes; the caller closes it."""
    sources = hub.settings.sources
    guard = Guard(sources.base_url(name) for name in SOURCES)
    return HttpClient(
        StorePace(hub.database),
        guard,
        contact=sources.options(CrossrefOptions).mailto,
        limits=limits,
    )
