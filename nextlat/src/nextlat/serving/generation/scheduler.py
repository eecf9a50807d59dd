"""The thread that decodes: active sequences go on in rounds, the others wait in a bounded queue.

In a round each active sequence reads a piece of its prompt or does one decoding cycle, so that a
short request is not held up by a long one; the cycles share the trunk's pass. Only this thread
touches the model. It knows nothing of HTTP.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Protocol

from nextlat.decoding import DecodingStats, advance
from nextlat.serving.errors import (
    BadRequestError,
    BusyError,
    InternalError,
    RequestError,
    UnavailableError,
)
from nextlat.serving.generation.request import Delta
from nextlat.serving.generation.sequence import Sequence

logger = logging.getLogger(__name__)


class SchedulerObserver(Protocol):
    """Receives what the scheduler does; `Metrics` implements it."""

    def queue(self, running: int, waiting: int) -> None:
        """The numbers of sequences running and waiting have changed."""
        ...

    def started(self, waited_s: float) -> None:
        """A sequence has left the queue."""
        ...

    def ended(
        self, outcome: str, prompt_tokens: int, new_tokens: int, stats: DecodingStats
    ) -> None:
        """A sequence has ended: "stop", "length", "cancelled" or "error"."""
        ...


@dataclass(frozen=True)
class SchedulerLimits:
    """Limits by the names they have in `ServeSettings`."""

    max_active: int = 4
    max_queued: int = 64
    max_context_tokens: int = 16384
    prefill_chunk: int = 256


class Scheduler:
    """Decodes sequences in rounds on a thread of its own.

    Args:
        limits: of sequences and tokens.
        observer: receives starts, ends and the length of the queue.
    """

    def __init__(self, limits: SchedulerLimits, observer: SchedulerObserver) -> None:
        self.limits = limits
        self._observer = observer
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Sequence, float]] = deque()
        self._active: list[Sequence] = []
        self._end: RequestError | None = UnavailableError(
            "the server has not started generating yet; try again"
        )
        self._thread: threading.Thread | None = None

    @property
    def problem(self) -> RequestError | None:
        """Why it decodes nothing, or None while it does."""
        return self._end

    def start(self) -> None:
        """Start the thread."""
        self._end = None
        self._thread = threading.Thread(target=self._run, name="nextlat-scheduler", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End every sequence with a problem and stop the thread."""
        self._close(UnavailableError("the server is shutting down; try again later"))
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def submit(self, sequences: Items[Sequence]) -> None:
        """Queue the sequences of one request, all or none.

        Raises:
            BadRequestError: there are more than the queue can ever hold.
            BusyError: the queue is full.
            UnavailableError: the scheduler has stopped.
        """
        with self._changed:
            if self._end is not None:
                # One object is raised for many clients; each would add its traceback to it.
                raise self._end.with_traceback(None)
            self._check_room(len(sequences))
            now = time.perf_counter()
            self._waiting += [(sequence, now) for sequence in sequences]
            self._report_queue()
            self._changed.notify()

    def _check_room(self, count: int) -> None:
        """Refuse sequences that the queue cannot hold now, or ever; called with the lock."""
        limits = self.limits
        if count > limits.max_queued:
            raise BadRequestError(
                f"the request asks for {count} sequences, the queue holds "
                f"{limits.max_queued}; send fewer prompts or choices at once"
            )
        free = max(0, limits.max_active - len(self._active))
        waiting = sum(not sequence.cancelled for sequence, _ in self._waiting)
        if waiting + count > limits.max_queued + free:
            raise BusyError(
                f"{waiting} sequences wait already and the queue holds {limits.max_queued}; "
                "try again later"
            )

    def cancel(self, sequences: Iterable[Sequence]) -> None:
        """Drop sequences whose client has left; an active sequence ends after its round."""
        with self._changed:
            for sequence in sequences:
                sequence.cancelled = True
            self._changed.notify()

    def _run(self) -> None:
        """Do rounds until stopped; a fault of more than one sequence ends the scheduler."""
        try:
            while self._wait_for_work():
                self._decode(
                    [sequence for sequence in list(self._active) if self._give_turn(sequence)]
                )
        except BaseException as fault:
            logger.exception("the scheduler has died")
            self._close(
                UnavailableError(
                    f"the server generates no more ({type(fault).__name__}); restart it",
                    code="dead",
                )
            )

    def _wait_for_work(self) -> bool:
        """Fill free places from the queue; return whether the scheduler goes on."""
        with self._changed:
            while self._end is None:
                self._admit()
                if self._active:
                    return True
                self._changed.wait()
        return False

    def _admit(self) -> None:
        """Activate sequences of the queue, first come first served, while they fit."""
        cancelled = [sequence for sequence, _ in self._waiting if sequence.cancelled]
        if cancelled:
            self._waiting = deque(entry for entry in self._waiting if not entry[0].cancelled)
            # Nothing else may happen after this round, so that the count of waiting is due now.
            self._report_queue()
        for sequence in cancelled:
            self._ended(sequence, "cancelled", 0)
        # A sequence longer than the limit is admitted when nothing else is active.
        used = sum(sequence.context_tokens for sequence in self._active)
        while self._waiting and len(self._active) < self.limits.max_active:
            sequence, since = self._waiting[0]
            used += sequence.context_tokens
            if self._active and used > self.limits.max_context_tokens:
                return
            self._waiting.popleft()
            self._active.append(sequence)
            self._observer.started(time.perf_counter() - since)
            self._report_queue()

    def _give_turn(self, sequence: Sequence) -> bool:
        """Give a sequence its turn; return whether a decoding cycle of it is next."""
        if self._end is not None:
            return False
        if sequence.cancelled:
            self._drop(sequence, "cancelled", 0)
            return False
        try:
            delta = sequence.turn(self.limits.prefill_chunk)
        except Exception:
            self._fail(sequence)
            return False
        if delta is not None:
            self._deliver(sequence, delta)
        return delta is None

    def _decode(self, sequences: Items[Sequence]) -> None:
        """Do one decoding cycle of each sequence, all together; its own fault ends it alone."""
        if not sequences or self._end is not None:
            return
        outcomes = advance([sequence.row for sequence in sequences])
        for sequence, outcome in zip(sequences, outcomes, strict=True):
            if self._end is not None:
                return
            try:
                if isinstance(outcome, Exception):
                    raise outcome
                delta = sequence.decoded(outcome)
            except Exception:
                self._fail(sequence)
            else:
                self._deliver(sequence, delta)

    def _deliver(self, sequence: Sequence, delta: Delta) -> None:
        """Deliver what a sequence has added, and end it where that was the last."""
        if delta.finish is not None:
            self._drop(sequence, delta.finish.reason, delta.finish.num_tokens)
        if delta != Delta():
            sequence.deliver(delta)

    def _fail(self, sequence: Sequence) -> None:
        """End a sequence by the fault being handled."""
        logger.exception("a sequence has failed")
        self._drop(sequence, "error", 0)
        sequence.deliver(
            InternalError("the server failed while generating; its log has the details")
        )

    def _drop(self, sequence: Sequence, outcome: str, num_tokens: int) -> None:
        """Free a sequence's place, and count it."""
        with self._changed:
            if sequence in self._active:
                self._active.remove(sequence)
            self._report_queue()
        self._ended(sequence, outcome, num_tokens)

    def _ended(self, sequence: Sequence, outcome: str, num_tokens: int) -> None:
        """Count a sequence and free its memory."""
        stats = sequence.stats
        self._observer.ended(outcome, sequence.prompt_tokens, num_tokens or stats.tokens, stats)
        sequence.close()

    def _close(self, problem: RequestError) -> None:
        """Decode nothing any more; end every sequence with a problem."""
        with self._changed:
            if self._end is not None:
                return
            self._end = problem
            ended = [*self._active, *(sequence for sequence, _ in self._waiting)]
            self._active, self._waiting = [], deque()
            self._report_queue()
            self._changed.notify_all()
        for sequence in ended:
            self._observer.ended(
                "error", sequence.prompt_tokens, sequence.stats.tokens, sequence.stats
            )
            sequence.deliver(problem)

    def _report_queue(self) -> None:
        self._observer.queue(len(self._active), len(self._waiting))
