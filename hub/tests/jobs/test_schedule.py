"""The daily schedule over time zones and clock changes; jobs, their lease and their end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from academichub import preferences
from academichub.errors import CancelledError, HubError
from academichub.gathering import gather
from academichub.hub import Hub, open_hub
from academichub.jobs import heartbeat, worker
from academichub.jobs.leases import Lease, is_gone
from academichub.jobs.schedule import Scheduler, next_run
from academichub.jobs.status import GATHER, GRACE_S, add_job, cancel, job_status
from academichub.store import schema


@pytest.fixture
def open_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.02)
    opened = open_hub()
    yield opened
    opened.close()


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "Asia/Shanghai",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.times(), ZONES)
def test_the_next_run_is_the_first_such_time_after_now(now: datetime, time: Any, zone: str) -> None:
    after = now.replace(tzinfo=UTC)
    run = next_run(after, f"{time:%H:%M}", zone)
    assert after < run <= after + timedelta(hours=49)
    wall = run.astimezone(ZoneInfo(zone))
    shift = abs((wall.hour * 60 + wall.minute) - (time.hour * 60 + time.minute))
    assert min(shift, 1440 - shift) in (0, 30, 60)


@pytest.mark.parametrize(
    ("after", "time", "zone", "expected"),
    [("2026-03-28T05:31:00+00:00", "06:30", "Europe/Berlin", "2026-03-29T04:30:00+00:00"),
     ("2026-03-29T00:30:00+00:00", "02:30", "Europe/Berlin", "2026-03-29T01:30:00+00:00"),
     ("2026-10-25T00:00:00+00:00", "02:30", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
     ("2026-06-01T22:30:00+00:00", "06:30", "Asia/Shanghai", "2026-06-02T22:30:00+00:00")],
)  # fmt: skip
def test_clock_changes(after: str, time: str, zone: str, expected: str) -> None:
    assert next_run(datetime.fromisoformat(after), time, zone) == datetime.fromisoformat(expected)


def test_the_schedule_starts_once_a_day_even_after_a_sleep(open_one: Hub) -> None:
    now = [datetime(2026, 6, 1, 6, 0, tzinfo=UTC)]
    started: list[Hub] = []
    schedule = Scheduler(open_one, start=started.append, clock=lambda: now[0])
    for minutes, expected in (
        (20, 0),
        (29, 0),
        (31, 1),
        (32, 1),
        (24 * 60 + 29, 1),
        (24 * 60 + 31, 2),
        (9 * 24 * 60, 3),
    ):
        now[0] = datetime(2026, 6, 1, 6, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        schedule.tick()
        assert len(started) == expected, minutes
    preferences.choose_daily_time(open_one, "12:00", "Asia/Shanghai")
    now[0] = datetime(2026, 6, 20, 3, 59, tzinfo=UTC)
    schedule.tick()
    now[0] = datetime(2026, 6, 20, 4, 1, tzinfo=UTC)
    assert schedule.tick() and not schedule.tick()


def report(works: int = 5, failed: bool = False) -> gather.GatherReport:
    one = gather.SourceReport("arxiv_oai", "failed" if failed else "ok")
    return gather.GatherReport("2026-06-16", [one], 0, works)


@pytest.mark.parametrize(
    ("gathered", "state", "words"),
    [(lambda: report(), "done", "5 new works"), (lambda: report(0, failed=True), "failed", "arXiv (OAI-PMH) failed"),
     (lambda: report(3, failed=True), "done", "3 new works"), (HubError("the disk is full"), "failed", "the disk is full"),
     (CancelledError("enough"), "cancelled", "enough"), (KeyError("slip"), "failed", "internal error")],
)  # fmt: skip
def test_how_a_job_ended_is_in_its_row(
    open_one: Hub, monkeypatch: pytest.MonkeyPatch, gathered: Any, state: str, words: str
) -> None:
    def run(*_: object, **__: object) -> gather.GatherReport:
        if isinstance(gathered, Exception):
            raise gathered
        return gathered()  # type: ignore[no-any-return]

    monkeypatch.setattr(gather, "run_gather", run)
    monkeypatch.setattr(worker, "_write_brief", lambda hub: None)
    number = add_job(open_one)
    assert worker.run_job(open_one, number) == state
    job = job_status(open_one)
    assert job is not None and (job.id, job.state) == (number, state) and words in job.message
    assert job.finished_at and Lease(open_one.database, GATHER).is_free()


def test_only_one_job_runs_at_a_time(open_one: Hub) -> None:
    other = Lease(open_one.database, GATHER)
    assert other.take() and other.take()
    assert worker.run_job(open_one, add_job(open_one)) == "failed"
    job = job_status(open_one)
    assert job is not None and "another process" in job.message
    assert not other.is_free()


def test_a_lease_runs_out_and_a_dead_process_holds_none(open_one: Hub) -> None:
    now = [1000.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    first, second = (Lease(open_one.database, "x", 10, clock) for _ in range(2))
    assert first.take() and not second.take()
    now[0] += 9
    assert first.take() and not second.take()
    now[0] += 11
    assert second.take() and not first.take()
    second.give_back()
    assert first.take()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = socket.gethostname()
    assert is_gone(f"{host}:{ended.pid}:aaaa:1") and is_gone(f"{host}:{os.getpid()}:another:1")
    assert not is_gone(f"elsewhere:{ended.pid}:aaaa:1") and not is_gone(first.holder)
    assert not is_gone(f"{host}:{os.getppid()}:aaaa:1")


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="only Linux shows a process's state in /proc"
)
def test_an_ended_process_that_nobody_noticed_is_gone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as ended:
        assert not is_gone(f"{socket.gethostname()}:{ended.pid}:aaaa:1")
        ended.kill()
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(f"{socket.gethostname()}:{ended.pid}:aaaa:1")


def test_a_restart_at_once_gathers_anew_and_waits_for_no_dead_job(
    open_one: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = add_job(open_one)
    assert worker.start_gather(open_one) == waiting, "one just queued elsewhere is left to begin"
    with open_one.database.write() as connection:
        connection.execute(update(schema.jobs).values(state="running"))
    lease = Lease(open_one.database, GATHER)
    assert lease.take()
    assert worker.start_gather(open_one) == waiting, "one that lives is joined"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with open_one.database.write() as connection:
        connection.execute(
            update(schema.leases).values(holder=f"{socket.gethostname()}:{ended.pid}:aaaa:1")
        )
    monkeypatch.setattr(worker, "_run", lambda *_: None)
    assert worker.start_gather(open_one) == waiting + 1, (
        "one whose process was killed a moment ago is dead"
    )
    dead = job_status(open_one, waiting)
    assert dead is not None and dead.state == "failed"


def test_a_killed_job_shows_as_failed_and_the_next_one_starts(open_one: Hub) -> None:
    number = add_job(open_one)
    old = (datetime.now(UTC) - timedelta(seconds=GRACE_S + 1)).isoformat(timespec="seconds")
    with open_one.database.write() as connection:
        connection.execute(update(schema.jobs).values(state="running", heartbeat_at=old))
    job = job_status(open_one)
    assert job is not None and job.state == "failed" and "stopped before the end" in job.message
    assert not cancel(open_one, number)
