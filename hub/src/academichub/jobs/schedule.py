"""The daily schedule of `academichub run`: a gather at the start, then one a day.

It decides when a gather starts; worker.py does it. The time is the machine's clock in the reader's
zone; which day it is for a source is decided by the source's server.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from academichub.errors import HubError
from academichub.hub import Hub
from academichub.jobs.worker import start_gather
from academichub.preferences import daily_time

TICK_S = 30.0
"""Seconds between looks at the clock, so that a changed time, sleep or a set clock is noticed."""

log = logging.getLogger("academichub.jobs")


def next_run(after: datetime, time: str, zone: str) -> datetime:
    """Return the first moment later than `after` (aware) at which the zone's clock shows `time`.

    Where the clock is put forward over that time, it is the moment just after the gap; where it is
    put back and shows it twice, the first of both.
    """
    hour, minute = map(int, time.split(":"))
    day = after.astimezone(ZoneInfo(zone)).date()
    for ahead in range(3):
        wall = datetime(
            day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)
        ) + timedelta(days=ahead)
        moment = wall.astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("one of three days follows any moment")


class Scheduler:
    """Starts gathers in a thread of this process.

    Args:
        hub: The open hub.
        start: Starts a gather; tests give their own.
        clock: The current moment, aware.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        start: Callable[[Hub], object] = start_gather,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hub, self._start, self._clock = hub, start, clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="schedule", daemon=True)
        self._looked_at = clock()

    def start(self) -> None:
        """Gather now, and from now on every day."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more gathers."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tick(self) -> bool:
        """Start a gather if its time has come since the last look; return whether it did."""
        now, before = self._clock(), self._looked_at
        self._looked_at = now
        if not self._hub.settings.schedule.enabled or now <= before:
            return False
        daily = daily_time(self._hub)
        if next_run(before, daily.time, daily.timezone) > now:
            return False
        self._start(self._hub)
        return True

    def _watch(self) -> None:
        self._safely(lambda: self._start(self._hub))
        while not self._stopped.wait(TICK_S):
            self._safely(self.tick)

    def _safely(self, act: Callable[[], object]) -> None:
        try:
            act()
        except HubError as problem:  # a full disk today must not end the schedule
            log.error("the scheduled gather could not start: %s", problem)
