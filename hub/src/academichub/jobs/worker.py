"""The background job: one gather at a time over all processes, then the brief; its state in the table `jobs`.

Knows the gather and the brief only by name: they load when a job begins, so that pages are up before.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from academichub.choices import language
from academichub.errors import CancelledError, HubError
from academichub.hub import Hub
from academichub.jobs.leases import LEASE_S, Lease
from academichub.library import schema
from academichub.loading import load_models

GATHER = "gather"
HEARTBEAT_S = 2.0
"""How often a running job says that it lives, and looks whether it was cancelled."""
DEAD_S = LEASE_S
"""A running job without a heartbeat for so long was killed."""
GRACE_S = 3.0
"""A queued job is given this long to take the lease; one that runs has it, or is dead."""
MESSAGE_CHARS = 500

_starting = threading.Lock()
log = logging.getLogger("academichub.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`: `done` of `total` steps (0: not known yet) and what is done now."""

    id: int
    kind: str
    state: str
    done: int
    total: int
    message: str
    error: str
    cancel_requested: bool
    started_at: str
    heartbeat_at: str
    finished_at: str | None

    @property
    def is_running(self) -> bool:
        """Whether it is waiting or at work."""
        return self.state in ("queued", "running")


def job_status(hub: Hub, number: int | None = None) -> Job | None:
    """Return a job, or the latest gather; None if there is none. A job whose process died shows as failed."""
    table = schema.jobs
    query = select(table).where(table.c.id == number) if number else select(table).where(table.c.kind == GATHER)
    with hub.database.read() as connection:
        row = connection.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    job = Job(**dict(row._mapping))
    if job.is_running and _is_dead(hub, job):
        _bury(hub, job)
        return job_status(hub, job.id)
    return job


def _is_dead(hub: Hub, job: Job) -> bool:
    silent = _age(job.heartbeat_at)
    if silent > timedelta(seconds=DEAD_S):
        return True
    may_wait = job.state == "queued" and silent <= timedelta(seconds=GRACE_S)
    return not may_wait and Lease(hub.database, GATHER).is_free()


def _bury(hub: Hub, job: Job) -> None:
    """Say of a dead job that it failed, unless it came to its own end in this moment."""
    table = schema.jobs
    values = {
        "state": "failed",
        "error": "the program was stopped before the end; the next gather goes on from there",
        "finished_at": _now(),
    }
    with hub.database.write() as connection:
        connection.execute(
            update(table).where(table.c.id == job.id, table.c.state.in_(("queued", "running"))).values(**values)
        )


def start_gather(hub: Hub) -> int:
    """Start a gather in a thread of this process, unless one is running anywhere; return the job's number."""
    with _starting:
        running = job_status(hub)
        if running is not None and running.is_running:
            return running.id
        number = _new_job(hub)
    threading.Thread(target=_run, args=(hub, number), name=f"gather-{number}", daemon=True).start()
    return number


def cancel(hub: Hub, number: int) -> bool:
    """Ask a job to stop; return False where it is not running. It stops after the request now under way."""
    table = schema.jobs
    with hub.database.write() as connection:
        asked = connection.execute(
            update(table)
            .where(table.c.id == number, table.c.state.in_(("queued", "running")))
            .values(cancel_requested=True)
        )
    return bool(asked.rowcount)


def run_job(hub: Hub, number: int) -> str:
    """Do a job in this thread and return the state it ended in: done, failed or cancelled."""
    lease = Lease(hub.database, GATHER)
    if not lease.take():
        _finish(hub, number, "failed", error="another process gathers at the moment")
        return "failed"
    pulse = _Pulse(hub, number, lease)
    pulse.start()
    try:
        _finish(hub, number, "done", message=_do(hub, pulse))
        state = "done"
    except CancelledError as stopped:
        _finish(hub, number, "cancelled", message=str(stopped))
        state = "cancelled"
    except HubError as problem:
        _finish(hub, number, "failed", error=str(problem))
        state = "failed"
    except Exception:
        log.exception("job %s failed", number)
        _finish(hub, number, "failed", error="the hub made a mistake; the terminal shows the details")
        state = "failed"
    finally:
        pulse.stop()
        lease.give_back()
    return state


def _run(hub: Hub, number: int) -> None:
    try:
        run_job(hub, number)
    except HubError as problem:  # the database itself fails: nothing can be written about it
        log.error("job %s: %s", number, problem)


def _do(hub: Hub, pulse: _Pulse) -> str:
    """Gather, fit the text model where the library has outgrown it, write the brief; return what came of it."""
    load_models()
    from academichub.jobs.gather import run_gather
    from academichub.radar.today import refresh_text_model

    report = run_gather(hub, progress=pulse.progress, cancel=pulse.is_cancelled, say=log.info)
    pulse.progress(pulse.total, pulse.total, "ranking")
    refresh_text_model(hub)
    if pulse.is_cancelled():
        raise CancelledError("cancelled before the brief was written; what was merged stays")
    pulse.progress(pulse.total, pulse.total, "writing the brief")
    unwritten = _write_brief(hub)
    if report.failed and report.works_after == report.works_before:
        raise HubError(report.summary)
    return f"{report.summary} {unwritten}".strip()


def _write_brief(hub: Hub) -> str:
    """Write the brief in the reader's language; return why none could be written, which does not fail the gather."""
    from academichub.briefs.store import write_brief

    try:
        write_brief(hub, 1, "zh" if language(hub).startswith("zh") else "en")
    except HubError as problem:
        return f"No brief was written: {problem}"
    return ""


class _Pulse:
    """Keeps a job's row and lease alive in a thread of its own, and learns of a cancel."""

    def __init__(self, hub: Hub, number: int, lease: Lease) -> None:
        self._hub, self._number, self._lease = hub, number, lease
        self._stopped, self._cancelled = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{number}", daemon=True)
        self.done, self.total, self._message = 0, 0, ""

    def start(self) -> None:
        self._write()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=HEARTBEAT_S * 2)

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def progress(self, done: int, total: int, message: str) -> None:
        self.done, self.total, self._message = done, total, message[:MESSAGE_CHARS]

    def _beat(self) -> None:
        while not self._stopped.wait(HEARTBEAT_S):
            try:
                self._write()
                self._lease.take()
            except HubError as problem:  # the gather meets the same trouble and says so
                log.warning("heartbeat of job %s: %s", self._number, problem)

    def _write(self) -> None:
        table = schema.jobs
        with self._hub.database.write() as connection:
            asked = connection.execute(
                update(table)
                .where(table.c.id == self._number, table.c.state.in_(("queued", "running")))
                .values(state="running", done=self.done, total=self.total, message=self._message, heartbeat_at=_now())
                .returning(table.c.cancel_requested)
            ).scalar()
        if asked:
            self._cancelled.set()


def _new_job(hub: Hub) -> int:
    values = {
        "kind": GATHER, "state": "queued", "done": 0, "total": 0, "message": "", "error": "", "cancel_requested": False,
        "started_at": _now(), "heartbeat_at": _now(),
    }  # fmt: skip
    with hub.database.write() as connection:
        return int(connection.execute(insert(schema.jobs).values(**values).returning(schema.jobs.c.id)).scalar_one())


def _finish(hub: Hub, number: int, state: str, *, message: str = "", error: str = "") -> None:
    table = schema.jobs
    values = {"state": state, "message": message[:MESSAGE_CHARS], "error": error[:MESSAGE_CHARS], "finished_at": _now()}
    with hub.database.write() as connection:
        connection.execute(update(table).where(table.c.id == number).values(**values))


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
