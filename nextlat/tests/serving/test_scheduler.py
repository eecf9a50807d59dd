"""Turns, the queue, memory: the scheduler alone, with sequences that only count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import running, wait_until

from nextlat.decoding import DecodingStats
from nextlat.serving.errors import BadRequestError, BusyError, RequestError, UnavailableError
from nextlat.serving.generation.request import Delta, Finish, GenerationRequest
from nextlat.serving.generation.scheduler import Scheduler, SchedulerLimits
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings


class Counting:
    """A sequence that notes its turns in a shared list and can be held."""

    def __init__(
        self,
        name: str,
        turns: int,
        log: list[str],
        tokens: int = 10,
        gate: threading.Event | None = None,
    ) -> None:
        self.name, self.turns, self.log, self.gate = name, turns, log, gate
        self.request = GenerationRequest((0,), tokens - 1)
        self.context_tokens = tokens
        self.prompt_tokens = 1
        self.cancelled = self.closed = False
        self.stats = DecodingStats()
        self.events: list[Delta | RequestError] = []

    def turn(self, prefill_chunk: int) -> Delta:
        if self.gate is not None:
            self.gate.wait(10)
        self.log.append(self.name)
        self.turns -= 1
        if self.turns < 0:
            raise RuntimeError("made to fail by a test")
        return (
            Delta(finish=Finish("length", None, 1, self.stats)) if self.turns == 0 else Delta("x")
        )

    def deliver(self, event: Delta | RequestError) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed = True


class Noting:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.most_running = 0
        self.queued = (0, 0)

    def queue(self, running: int, waiting: int) -> None:
        self.most_running = max(self.most_running, running)
        self.queued = (running, waiting)

    def started(self, waited_s: float) -> None:
        assert waited_s >= 0

    def ended(
        self, outcome: str, prompt_tokens: int, new_tokens: int, stats: DecodingStats
    ) -> None:
        self.outcomes.append(outcome)


@pytest.fixture
def noting() -> Noting:
    return Noting()


@pytest.fixture
def scheduler(noting: Noting) -> Iterator[Scheduler]:
    scheduler = Scheduler(
        SchedulerLimits(max_active=2, max_queued=3, max_context_tokens=100), noting
    )
    scheduler.start()
    yield scheduler
    scheduler.stop()


def submit(scheduler: Scheduler, *sequences: Any) -> None:
    scheduler.submit(list(sequences))


def test_sequences_take_turns(scheduler: Scheduler, noting: Noting) -> None:
    log: list[str] = []
    gate = threading.Event()
    a, b, c = (Counting(name, 3, log, gate=gate) for name in "abc")
    submit(scheduler, a, b, c)
    gate.set()
    wait_until(lambda: c.closed)
    assert "".join(log) == "ababab" + "ccc"
    assert noting.most_running == 2
    assert noting.outcomes == ["length"] * 3
    assert a.closed and b.closed


def test_a_short_one_does_not_wait_for_a_long_one(scheduler: Scheduler) -> None:
    log: list[str] = []
    gate = threading.Event()
    long, short = Counting("l", 50, log, gate=gate), Counting("s", 2, log, gate=gate)
    submit(scheduler, long)
    submit(scheduler, short)
    gate.set()
    wait_until(lambda: long.closed)
    assert len(log) - log[::-1].index("s") <= 6


def test_the_memory_of_active_sequences_is_bounded(scheduler: Scheduler, noting: Noting) -> None:
    log: list[str] = []
    large = [Counting(name, 2, log, tokens=60) for name in "ab"]
    submit(scheduler, *large)
    wait_until(lambda: all(sequence.closed for sequence in large))
    assert "".join(log) == "aabb"  # 120 tokens are more than 100
    alone = Counting("c", 1, log, tokens=500)
    submit(scheduler, alone)
    wait_until(lambda: alone.closed)


def test_a_full_queue_refuses_all_or_nothing(scheduler: Scheduler) -> None:
    gate = threading.Event()
    first = [Counting("a", 1, [], gate=gate) for _ in range(2)]
    submit(scheduler, *first)
    wait_until(lambda: scheduler._active == first)
    submit(scheduler, Counting("b", 1, [], gate=gate), Counting("b", 1, [], gate=gate))
    with pytest.raises(BusyError):
        submit(scheduler, Counting("c", 1, []), Counting("c", 1, []))
    submit(scheduler, Counting("d", 1, []))
    with pytest.raises(BadRequestError, match="4 sequences"):
        submit(scheduler, *(Counting("e", 1, []) for _ in range(4)))
    gate.set()
    wait_until(lambda: not scheduler._active and not scheduler._waiting)


def test_cancelled_ones_leave_the_queue_at_once_for_others(
    scheduler: Scheduler, noting: Noting
) -> None:
    gate = threading.Event()
    first = [Counting("a", 1, [], gate=gate) for _ in range(2)]
    submit(scheduler, *first)
    wait_until(lambda: scheduler._active == first)
    waiting = [Counting("b", 1, []) for _ in range(3)]
    submit(scheduler, *waiting)
    scheduler.cancel(waiting)  # type: ignore[arg-type]
    more = [Counting("c", 1, []) for _ in range(3)]
    submit(scheduler, *more)
    gate.set()
    wait_until(lambda: all(sequence.closed for sequence in (*first, *waiting, *more)))
    assert sorted(noting.outcomes) == ["cancelled"] * 3 + ["length"] * 5
    assert all(not sequence.events for sequence in waiting)


def test_the_count_of_waiting_falls_when_all_that_wait_are_cancelled(
    scheduler: Scheduler, noting: Noting
) -> None:
    """Nothing is active after them, so that no later round would correct the count."""
    gate = threading.Event()
    first = [Counting("a", 1, [], gate=gate) for _ in range(2)]
    submit(scheduler, *first)
    wait_until(lambda: scheduler._active == first)
    waiting = [Counting("b", 1, []) for _ in range(3)]
    submit(scheduler, *waiting)
    assert noting.queued == (2, 3)
    scheduler.cancel(waiting)  # type: ignore[arg-type]
    gate.set()
    wait_until(lambda: all(sequence.closed for sequence in waiting))
    assert noting.queued == (0, 0)


def test_a_fault_ends_its_own_sequence_only(scheduler: Scheduler, noting: Noting) -> None:
    log: list[str] = []
    bad, good = Counting("b", 0, log), Counting("g", 4, log)
    submit(scheduler, bad, good)
    wait_until(lambda: good.closed and bad.closed)
    wait_until(lambda: bool(bad.events))
    assert isinstance(bad.events[-1], RequestError)
    assert bad.events[-1].status == 500
    assert "log" in str(bad.events[-1])
    assert scheduler.problem is None


def test_a_dead_scheduler_tells_everyone(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object) -> None:
        raise MemoryError

    gate = threading.Event()
    left = Counting("a", 9, [], gate=gate)
    submit(scheduler, left)
    monkeypatch.setattr(scheduler, "_give_turn", die)
    gate.set()
    wait_until(lambda: scheduler.problem is not None)
    wait_until(lambda: bool(left.events) and isinstance(left.events[-1], UnavailableError))
    with pytest.raises(UnavailableError, match="MemoryError"):
        submit(scheduler, Counting("b", 1, []))


def test_health_is_503_when_the_scheduler_is_dead(folders: dict[str, Path]) -> None:
    with running(
        load_state(str(folders["plain"]), ServeSettings(port=0), folders["encoder"])
    ) as server:
        status, _, report = server.request("GET", "/health")
        assert (status, report["status"]) == (200, "ok")
        assert report["models"] == {"tiny": "ready", "tiny-embed": "ready"}
        server.state.scheduler.stop()
        status, _, report = server.request("GET", "/health")
        assert (status, report["status"]) == (503, "unavailable")
        status, headers, value = server.request("POST", "/v1/completions", {"prompt": "the"})
        assert status == 503
        assert headers["retry-after"]
        assert value["error"]["type"] == "server_error"


def test_a_long_prompt_does_not_hold_up_a_short_one(folders: dict[str, Path]) -> None:
    settings = ServeSettings(port=0, prefill_chunk=4, speculation=False)
    state = load_state(str(folders["plain"]), settings, folders["encoder"])
    turns: list[int] = []
    trunk = state.text.model.trunk
    extend = trunk.extend

    def noting(ids: Any, cache: Any) -> Any:
        turns.append(ids.shape[1])
        return extend(ids, cache)

    trunk.extend = noting  # type: ignore[method-assign]
    with running(state) as server:
        long = threading.Thread(
            target=server.post,
            args=("/v1/completions", {"prompt": [70] * 200, "max_tokens": 1, "temperature": 0}),
        )
        long.start()
        wait_until(lambda: len(turns) > 3)
        assert (
            server.post("/v1/completions", {"prompt": [80] * 3, "max_tokens": 5, "temperature": 0})[
                0
            ]
            == 200
        )
        long.join(20)
    assert max(turns) <= 4
    assert turns.index(3) < len(turns) - 20  # the short prompt came in between
