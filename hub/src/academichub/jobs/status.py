"""Jobs and where they stand: begun, asked after, cancelled, ended; the state is in the store.

A job whose process died shows as failed: nobody else could write that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from academichub.documents import JobState
from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.jobs.heartbeat import timestamp
from academichub.jobs.leases import LEASE_S, Lease
from academichub.messages import Message, messages_from_json, messages_json
from academichub.store.jobs_store import (
    RUNNING,
    add_job_row,
    change_job_row,
    change_running_job_row,
    job_row,
    latest_job_row,
)

GATHER, BRIEF, EMBED = "gather", "brief", "embed"
DEAD_S = LEASE_S
"""Seconds without a heartbeat after which a running job counts as killed."""
GRACE_S = 3.0
"""A queued job is given this long to take the lease; one that runs has it, or is dead."""


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`.

    Attributes:
        done: Steps done of `total`; the total is 0 while it is not known.
        messages: What the job does now; of one that has ended its result, or why it failed.
        subject: Id of the brief it is about; empty for a gather.
    """

    id: int
    kind: str
    state: JobState
    done: int
    total: int
    messages: tuple[Message, ...]
    cancel_requested: bool
    started_at: str
    heartbeat_at: str
    finished_at: str | None
    subject: str

    @property
    def message(self) -> str:
        """The messages in English."""
        return messages_text(self.messages)

    @property
    def is_running(self) -> bool:
        """Whether it is waiting or at work."""
        return self.state in RUNNING


def job_status(hub: Hub, number: int | None = None, kind: str = GATHER) -> Job | None:
    """Return a job, or the latest of a kind, or None; a job whose process died shows as failed."""
    with hub.database.read() as connection:
        row = job_row(connection, number) if number else latest_job_row(connection, kind)
    if row is None:
        return None
    messages = messages_from_json(row._mapping["messages"])
    job = Job(**{**row._mapping, "messages": messages})
    if job.is_running and _is_dead(hub, job):
        _bury(hub, job)
        return job_status(hub, job.id)
    return job


def add_job(hub: Hub, kind: str = GATHER, subject: str = "") -> int:
    """Write a job that waits to begin, and return its number."""
    values = {
        "kind": kind,
        "subject": subject,
        "state": "queued",
        "done": 0,
        "total": 0,
        "messages": [],
        "cancel_requested": False,
        "started_at": timestamp(),
        "heartbeat_at": timestamp(),
    }
    with hub.database.write() as connection:
        return add_job_row(connection, values)


def finish_job(
    hub: Hub,
    number: int,
    state: str,
    messages: Sequence[Message],
    *,
    reached: tuple[int, int] = (0, 0),
) -> None:
    """Close a job's row.

    `reached` is (steps done, steps in all), which the last heartbeat may have missed.
    """
    values = {
        "state": state,
        "messages": messages_json(messages),
        "finished_at": timestamp(),
        "done": reached[0],
        "total": reached[1],
    }
    with hub.database.write() as connection:
        change_job_row(connection, number, values)


def cancel(hub: Hub, number: int) -> bool:
    """Ask a job to stop after its current request; return False if it is not running."""
    with hub.database.write() as connection:
        is_cancelled = change_running_job_row(connection, number, {"cancel_requested": True})
    return bool(is_cancelled)


def _is_dead(hub: Hub, job: Job) -> bool:
    silent = _age(job.heartbeat_at)
    if silent > timedelta(seconds=DEAD_S):
        return True
    may_wait = job.state == "queued" and silent <= timedelta(seconds=GRACE_S)
    return not may_wait and Lease(hub.database, job.kind).is_free()


def _bury(hub: Hub, job: Job) -> None:
    """Mark a dead job as failed unless it has just finished by itself."""
    values = {
        "state": "failed",
        "messages": messages_json([Message.of(f"job.stopped.{job.kind}")]),
        "finished_at": timestamp(),
    }
    with hub.database.write() as connection:
        change_running_job_row(connection, job.id, values)


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)
