"""Requests for single works outside a gather: bounded in time, paced like any other, never retried.

A reader waits for these. So each has few seconds, and a source that fails is left alone until the
next gather. The name of a host may take long to look up without a network, and nothing can
interrupt that; each request therefore runs in a thread that is abandoned when its time is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Protocol, TypeVar

from academichub.errors import CancelledError, SourceError
from academichub.faults import our_fault
from academichub.gathering.asker import Asker
from academichub.gathering.client import open_client
from academichub.http.client import HttpClient, Limits
from academichub.hub import Hub
from academichub.library.ledger import Entry
from academichub.messages import Message

T = TypeVar("T")

PATIENCE_S = 7.0
"""Seconds spent on requests that fail, all together; after them nothing more is requested."""

PAGE_S = 9.0
"""Seconds a page may take for its requests."""

COMMAND_S = 120.0
"""Seconds a command may take for its requests."""

LIMITS = Limits(total_s=6.0, connect_s=4.0, read_s=6.0)
"""Bounds of one request."""


class Fetch(Protocol):
    """How the work behind a request is had."""

    def __call__(self, module: str, url: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the answer, or raise SourceError."""


class Lookups:
    """Requests while a reader waits.

    Args:
        hub: The open hub.
        budget_s: Seconds all requests may take together.
    """

    def __init__(self, hub: Hub, budget_s: float = PAGE_S) -> None:
        self._hub = hub
        self._until = time.monotonic() + budget_s
        self._patience_s = PATIENCE_S
        self._failures: dict[str, SourceError] = {}
        self._abandoned: set[str] = set()
        self._clients: dict[str, HttpClient] = {}

    def __call__(self, module: str, url: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the answer.

        Raises:
            SourceError: If there is no usable answer, if the source failed before, or if the time
                for requests is over.
        """
        if module in self._failures:
            raise self._failures[module]
        started = time.monotonic()
        allowed_s = min(self._until - started, self._patience_s)
        if allowed_s <= 0:
            raise SourceError("timeout", Message.of("example.no_time"), url=url)
        try:
            return read(self._body(module, url, allowed_s))
        except SourceError as problem:
            self._patience_s -= time.monotonic() - started
            if problem.failure not in ("not_found", "bad_request"):
                self._failures[module] = problem
            raise

    def _body(self, module: str, url: str, allowed_s: float) -> bytes:
        """Return the body of an answer that comes in time."""
        answers: list[bytes] = []
        problems: list[SourceError] = []
        given_up = threading.Event()
        if module not in self._clients:
            self._clients[module] = open_client(self._hub, LIMITS)
        client = self._clients[module]

        def request() -> None:
            interval_s = self._hub.settings.sources.min_interval_s(module)
            try:
                answer = client.get(
                    url, module=module, interval_s=interval_s, cancel=given_up.is_set
                )
                answers.append(answer.body)
            except SourceError as problem:
                problems.append(problem)
            except CancelledError:
                return
            except Exception as problem:  # the reader gets a reason, the log the traceback
                asking = Message.of("fault.asking", url=url)
                problems.append(SourceError("our_fault", our_fault(problem, asking), url=url))

        thread = threading.Thread(target=request, name=f"look up in {module}", daemon=True)
        thread.start()
        thread.join(allowed_s)
        given_up.set()
        if answers:
            return answers[0]
        if problems:
            raise problems[0]
        raise SourceError(
            "timeout", Message.of("example.no_answer", seconds=round(allowed_s, 1)), url=url
        )

    def __enter__(self) -> Lookups:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for module, client in self._clients.items():
            if module not in self._abandoned:  # a client belongs to the thread that still uses it
                client.close()


class GatherLookups:
    """Requests as a part of a gather: tried again and counted in the ledger as its others are.

    Args:
        asker: The gather.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._entries: dict[str, Entry] = {}

    def __call__(self, module: str, url: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the answer, or raise SourceError."""
        if module not in self._entries:
            window = "examples of radars"
            self._entries[module] = self._asker.open(module, window, self._asker.best_day())
        entry = self._entries[module]
        try:
            value = self._asker.ask(entry, module, url, partial(_counted, entry, read)).value
        except SourceError as problem:
            entry.fail(
                problem.failure, problem.message, status="partial" if entry.received else "failed"
            )
            raise
        return value

    def close(self) -> None:
        """Close the ledger rows."""
        for entry in self._entries.values():
            self._asker.close(entry)


def _counted(entry: Entry, read: Callable[[bytes], T], body: bytes) -> T:
    value = read(body)
    entry.received += 1
    return value
