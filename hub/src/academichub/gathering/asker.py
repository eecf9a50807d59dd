"""The requests of one gather: in their turn, tried again, counted in the ledger, cancelled.

Knows no particular source. A request that fails raises SourceError; the caller writes it into the
ledger and goes on with the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from academichub.errors import CancelledError, HubError, SourceError
from academichub.faults import our_fault
from academichub.gathering.client import Cancel, Client
from academichub.gathering.hosts import HostGivenUpError, Hosts
from academichub.gathering.outcomes import Answer, Failure, Unchanged
from academichub.http.client import Response, pace_group
from academichub.http.conditional import Validators, ValidatorStore
from academichub.http.pace import StorePace
from academichub.hub import Hub
from academichub.library.ledger import Entry, Ledger
from academichub.messages import Message
from academichub.sources.arxiv.xml import EASTERN

Progress = Callable[[int, int, Message], None]
"""Called with (steps done, steps expected, what is requested now)."""

T = TypeVar("T")


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
        self._hosts = Hosts()

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

    def ask(self, entry: Entry, module: str, url: str, read: Callable[[bytes], T]) -> Answer[T]:
        """Get an address and read its body.

        Arguments and errors are those of `ask_if_changed`.
        """
        answer = self.ask_if_changed(entry, module, url, read, validators=None)
        assert isinstance(answer, Answer)  # HTTP 304 answers conditional requests alone
        return answer

    def ask_if_changed(
        self,
        entry: Entry,
        module: str,
        url: str,
        read: Callable[[bytes], T],
        *,
        validators: Validators | None,
    ) -> Answer[T] | Unchanged:
        """Get an address and read its body, trying again as outcomes.CONSEQUENCES says.

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
        attempt = 0
        while True:
            self.stop_if_cancelled()
            self._hosts.refuse_given_up(module, url)
            entry.asked += 1
            outcome = self._outcome(module, url, read, validators)
            if not isinstance(outcome, Failure):
                return outcome
            self._note_refusal_day(outcome.problem)
            pause_s = outcome.pause_s(attempt)
            if pause_s is None:
                self._hosts.note_failure(outcome)
                raise outcome.problem
            entry.note(outcome.retry_message(pause_s))
            self._pace.defer(pace_group(module, outcome.address), pause_s)
            attempt += 1

    def _outcome(
        self, module: str, url: str, read: Callable[[bytes], T], validators: Validators | None
    ) -> Answer[T] | Unchanged | Failure:
        """Make one request, in its turn, and read the answer."""
        try:
            response = self._response(module, url, validators)
            self._hosts.note_answer(module, url)
            self._hosts.note_answer(module, response.url)
            if response.not_modified:
                return Unchanged(response)
            value = _value(response, url, read)
        except HostGivenUpError:  # a redirect led there: nothing was learnt of the host asked
            raise
        except SourceError as problem:
            return Failure(problem, module, url)
        return Answer(value, response, Validators.of(response.headers))

    def _response(self, module: str, url: str, validators: Validators | None) -> Response:
        with _faults_as_source_errors(Message.of("fault.asking", url=url), url):
            return self._client.get(
                url,
                module=module,
                interval_s=self.hub.settings.sources.min_interval_s(module),
                validators=validators,
                cancel=self._cancel,
                before_redirect=partial(self._hosts.refuse_given_up, module),
            )

    def _note_refusal_day(self, problem: SourceError) -> None:
        """Remember the day of a server that answered, but with nothing that can be used."""
        if problem.server_date is not None:
            self._refused_on = problem.server_date.astimezone(EASTERN).date().isoformat()


def _value(response: Response, url: str, read: Callable[[bytes], T]) -> T:
    """Read an answer's body; a failure carries the server's clock."""
    try:
        with _faults_as_source_errors(Message.of("fault.reading_answer", url=url), url):
            return read(response.body)
    except SourceError as problem:
        problem.server_date = response.date
        raise


@contextmanager
def _faults_as_source_errors(activity: Message, url: str) -> Iterator[None]:
    """Let an unforeseen exception cost one answer, as a SourceError does."""
    try:
        yield
    except (HubError, BrokenPipeError):
        raise
    except Exception as problem:
        raise SourceError("our_fault", our_fault(problem, activity), url=url) from problem
