"""Politeness over all processes, through the store.

There is one request at a time and a least interval between two starts.

A group is what has to be spared: `arxiv` for all of arXiv's services together, a host for
everybody else. A process takes the group's row, waits until the interval is over, asks, and gives
the row back. A process that died while holding a row is noticed: at once on the same host, after
HOLD_S elsewhere.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Protocol

from academichub.errors import CancelledError
from academichub.messages import Message
from academichub.store.database import Database
from academichub.store.pace_store import PaceRow, add_pace_row, change_pace_row, pace_row

HOLD_S = 180.0
"""Longest time a request may take, redirects included; after it a holder on another host is taken
for dead."""

MARGIN_S = 0.02
"""Added to every interval, so that the server, whose clock starts at the arrival, sees no shorter
one."""

LONGEST_PAUSE_S = 600.0
"""Longest pause for a server. A row that is free only later was written before the clock was
set back."""

LONGEST_POLL_S = 0.25


class Turn:
    """A turn to ask.

    The interval to the next one counts from the moment the server surely had this request.
    """

    def __init__(self) -> None:
        self.reached_at: float | None = None

    def reached(self) -> None:
        """Say that the server has the request: its answer begins to arrive."""
        self.reached_at = time.time()


class Pace(Protocol):
    """Who may ask when."""

    def slot(
        self, group: str, interval_s: float, cancel: Callable[[], bool] | None = None
    ) -> AbstractContextManager[Turn]:
        """Wait for a group's turn; the request is made inside the `with` block."""

    def defer(self, group: str, seconds: float) -> None:
        """Let nobody ask a group for some seconds (a server sent Retry-After)."""


class StorePace:
    """A pace that all processes sharing a database keep together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._prefix = f"{socket.gethostname()}:{os.getpid()}:"

    @contextmanager
    def slot(
        self, group: str, interval_s: float, cancel: Callable[[], bool] | None = None
    ) -> Iterator[Turn]:
        """Wait for a group's turn and hold it during the `with` block.

        Raises:
            CancelledError: If `cancel` returns true while waiting.
        """
        holder = self._prefix + secrets.token_hex(8)
        while (wait := self._take(group, holder, interval_s)) > 0:
            if cancel is not None and cancel():
                raise CancelledError(Message.of("http.pace_cancelled"))
            time.sleep(min(wait, LONGEST_POLL_S))
        turn = Turn()
        try:
            yield turn
        finally:
            self._give_back(group, holder, (turn.reached_at or time.time()) + interval_s + MARGIN_S)

    def defer(self, group: str, seconds: float) -> None:
        """Let nobody ask a group for some seconds."""
        with self._database.write() as connection:
            row = pace_row(connection, group)
            until = max(time.time() + min(seconds, LONGEST_PAUSE_S), row.free_at if row else 0.0)
            if row is None:
                add_pace_row(connection, group, PaceRow(until, "", 0.0))
            else:
                change_pace_row(connection, group, replace(row, free_at=until))

    def _take(self, group: str, holder: str, interval_s: float) -> float:
        """Take the row if it is free now, and return 0.

        Otherwise return how long to wait before trying again.
        """
        now = time.time()
        # Waiting reads only: it must not keep other writers out.
        with self._database.read() as connection:
            row = pace_row(connection, group)
        longest = max(LONGEST_PAUSE_S, interval_s)
        if (
            row is not None
            and 0 < (wait := self._wait(row.holder, row.held_until, row.free_at, now)) <= longest
        ):
            return wait
        with self._database.write() as connection:
            # Another process may have taken the turn since: only under the lock is the row certain.
            row = pace_row(connection, group)
            now = time.time()
            taken = PaceRow(now + interval_s + MARGIN_S, holder, now + HOLD_S)
            if row is None:
                add_pace_row(connection, group, taken)
                return 0.0
            # A wait longer than any pause comes of a clock that was set back.
            if (wait := self._wait(row.holder, row.held_until, row.free_at, now)) > longest:
                change_pace_row(connection, group, replace(row, free_at=taken.free_at))
                return interval_s + MARGIN_S
            if wait > 0:
                return wait
            change_pace_row(connection, group, taken)
        return 0.0

    def _wait(self, holder: str, held_until: float, free_at: float, now: float) -> float:
        if holder and now < held_until <= now + 2 * HOLD_S and self._is_alive(holder):
            return max(min(free_at - now, HOLD_S), LONGEST_POLL_S / 5)
        return max(0.0, free_at - now)

    def _is_alive(self, holder: str) -> bool:
        host, process, _ = holder.rsplit(":", 2)
        # Nothing is known of a process on another machine: its hold ends by time (HOLD_S).
        if host != socket.gethostname():
            return True
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def _give_back(self, group: str, holder: str, free_at: float) -> None:
        """Let the next one ask from `free_at` on.

        A longer pause that a server asked for meanwhile stays.
        """
        with self._database.write() as connection:
            row = pace_row(connection, group)
            if row is None or row.holder != holder:
                return
            change_pace_row(connection, group, PaceRow(max(free_at, row.free_at), "", 0.0))
