"""The heartbeat of a running job: it writes progress to its row and reads a cancel from it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from academichub.errors import HubError
from academichub.hub import Hub
from academichub.jobs.leases import Lease
from academichub.messages import Message, messages_json
from academichub.store.jobs_store import change_running_job_row

HEARTBEAT_S = 2.0
"""Pause between two writes of a running job's row; each write also reads whether to cancel."""

log = logging.getLogger("academichub.jobs")


class Heartbeat:
    """Keeps a job's row and lease alive in a thread of its own.

    Attributes:
        done: Steps done.
        total: Steps in all; 0 while that is not known.
    """

    def __init__(self, hub: Hub, number: int, lease: Lease) -> None:
        self._hub, self._number, self._lease = hub, number, lease
        self._stopped, self._cancelled = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{number}", daemon=True)
        self.done, self.total = 0, 0
        self._messages: list[Message] = []

    def start(self) -> None:
        """Write the row once and go on in the thread."""
        self._write()
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the row stays as it was last written."""
        self._stopped.set()
        self._thread.join(timeout=HEARTBEAT_S * 2)

    def is_cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._cancelled.is_set()

    def progress(self, done: int, total: int, message: Message) -> None:
        """Note how far the job is; the next beat writes it."""
        self.done, self.total, self._messages = done, total, [message]

    def _beat(self) -> None:
        while not self._stopped.wait(HEARTBEAT_S):
            try:
                self._write()
                self._lease.take()
            except HubError as problem:  # the job meets the same trouble and reports it
                log.warning("heartbeat of job %s: %s", self._number, problem)

    def _write(self) -> None:
        values = {
            "state": "running",
            "done": self.done,
            "total": self.total,
            "messages": messages_json(self._messages),
            "heartbeat_at": timestamp(),
        }
        with self._hub.database.write() as connection:
            is_cancelled = change_running_job_row(connection, self._number, values)
        if is_cancelled:
            self._cancelled.set()


def timestamp() -> str:
    """Return the moment, in UTC, as job rows carry it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
