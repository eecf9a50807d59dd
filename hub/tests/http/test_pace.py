"""The pace over processes: intervals as a server sees them, one at a time, dead holders, pauses, clocks set back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from loopback_server import LoopbackServer, reply
from sqlalchemy import select, update

from academichub.errors import CancelledError
from academichub.http import pace as pace_module
from academichub.http.pace import HOLD_S, StorePace
from academichub.store import schema
from academichub.store.database import Database, open_database

INTERVAL_S = 0.3

ASK = f"""
import sys
from academichub.http.client import HttpClient
from academichub.http.guard import Guard
from academichub.http.pace import StorePace
from academichub.store.database import Database

store, base, name, module = sys.argv[1:]
with HttpClient(StorePace(Database(store)), Guard([base])) as client:
    for number in range(4):
        client.get(base + "/" + name + "/" + str(number), module=module, interval_s={INTERVAL_S})
"""

HOLD = """
import sys, time
from academichub.http.pace import StorePace
from academichub.store.database import Database

with StorePace(Database(sys.argv[1])).slot("arxiv", 0.0):
    print("held", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    open_database(url).close()
    return url


@pytest.fixture
def database(store: str) -> Iterator[Database]:
    opened = Database(store)
    yield opened
    opened.close()


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    )


def within(seconds: float) -> Callable[[], bool]:
    """Return a cancel that gives up after a time far below HOLD_S, so that a lasting wait fails and does not hang."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


@pytest.mark.slow
def test_two_processes_keep_one_interval_and_never_ask_at_once(store: str) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.05)
        with lock:
            inside -= 1
        reply(body=b"ok")(handler)

    with LoopbackServer(fallback=slow) as server:
        running = [
            start(ASK, store, server.url, name, module)
            for name, module in (("a", "arxiv_oai"), ("b", "arxiv_query"))
        ]
        assert [one.communicate(timeout=60) and one.returncode for one in running] == [0, 0]
        arrivals = [one.at for one in server.seen]
        asked = {one.path for one in server.seen}
    assert asked == {f"/{name}/{number}" for name in "ab" for number in range(4)}
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert min(gaps) >= INTERVAL_S, gaps
    assert most == 1


def test_a_killed_holder_is_taken_over_at_once(store: str, database: Database) -> None:
    holder = start(HOLD, store)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    pace = StorePace(database)
    with pytest.raises(CancelledError), pace.slot("arxiv", 0.0, within(0.5)):
        raise AssertionError("the group was held by a living process")
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(10)
    holder.stdout.close()
    with pace.slot("arxiv", 0.0, within(HOLD_S / 6)):
        pass


def test_a_holder_on_another_host_is_let_go_after_its_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = StorePace(database)
    monkeypatch.setattr(pace, "_prefix", "elsewhere:1:")
    with pace.slot("arxiv", 0.0):
        other = StorePace(database)
        with pytest.raises(CancelledError), other.slot("arxiv", 0.0, within(0.3)):
            raise AssertionError("a holder elsewhere cannot be known to be dead")
        with database.write() as connection:
            connection.execute(update(schema.pace).values(held_until=time.time() - 1, free_at=0.0))
        with other.slot("arxiv", 0.0, within(HOLD_S / 6)):
            pass


def test_groups_do_not_wait_for_each_other(database: Database) -> None:
    pace = StorePace(database)
    with pace.slot("arxiv", 60.0), pace.slot("example.org", 60.0, within(HOLD_S / 6)):
        pass


def test_a_pause_a_server_asked_for_holds_for_every_process(database: Database) -> None:
    StorePace(database).defer("example.org", 60.0)
    with pytest.raises(CancelledError), StorePace(database).slot("example.org", 0.0, within(0.3)):
        raise AssertionError("the server asked for a pause")
    StorePace(database).defer("example.org", 1.0)
    assert free_at(database, "example.org") > time.time() + 50, (
        "a shorter pause does not shorten a longer one"
    )


def test_a_pause_asked_for_during_a_request_outlasts_the_interval(database: Database) -> None:
    pace = StorePace(database)
    with pace.slot("example.org", 0.0):
        pace.defer("example.org", 60.0)
    assert free_at(database, "example.org") > time.time() + 50


def test_the_interval_counts_from_when_the_server_had_the_request(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(pace_module.time, "time", lambda: now[0])
    pace = StorePace(database)
    with pace.slot("arxiv", 3.0) as turn:
        now[0] += 7.0  # a slow connection
        turn.reached()
        now[0] += 5.0  # a long answer
    assert free_at(database, "arxiv") == pytest.approx(1_800_000_007.0 + 3.0 + pace_module.MARGIN_S)


def test_a_clock_set_back_stops_the_hub_for_no_longer_than_a_request_may_take(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(pace_module.time, "time", lambda: now[0])
    pace = StorePace(database)
    with pace.slot("arxiv", 3.0):
        pass
    now[0] -= 86_400.0
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(pace_module.time, "sleep", sleep)
    with pace.slot("arxiv", 3.0, lambda: sum(slept) > 2 * HOLD_S):
        pass
    assert 3.0 <= sum(slept) <= 3.0 + 2 * pace_module.LONGEST_POLL_S, (
        "the interval is kept once more, not a day"
    )


def test_a_dead_holder_elsewhere_is_let_go_though_the_clock_was_set_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = StorePace(database)
    monkeypatch.setattr(pace, "_prefix", "elsewhere:1:")
    with pace.slot("arxiv", 0.0):
        with database.write() as connection:
            connection.execute(
                update(schema.pace).values(held_until=time.time() + 86_400, free_at=0.0)
            )
        with StorePace(database).slot("arxiv", 0.0, within(HOLD_S / 6)):
            pass


def test_waiting_can_be_cancelled_and_leaves_the_group_as_it_was(database: Database) -> None:
    pace = StorePace(database)
    with pace.slot("arxiv", 60.0):
        pass
    before = free_at(database, "arxiv")
    with (
        pytest.raises(CancelledError, match="what was merged before stays"),
        pace.slot("arxiv", 60.0, lambda: True),
    ):
        raise AssertionError("the interval was not over")
    assert free_at(database, "arxiv") == before


def test_a_failed_request_gives_its_turn_back(database: Database) -> None:
    pace = StorePace(database)
    with pytest.raises(ZeroDivisionError), pace.slot("arxiv", 0.0):
        raise ZeroDivisionError
    with pace.slot("arxiv", 0.0, within(HOLD_S / 6)):
        pass


def free_at(database: Database, group: str) -> float:
    with database.read() as connection:
        return float(
            connection.scalar(
                select(schema.pace.c.free_at).where(schema.pace.c.group_name == group)
            )
            or 0.0
        )
