"""The background jobs: a gather and then the brief; a brief that a model rewrites; embeddings.

One job of a kind runs at a time over all processes; their state is in the table `jobs`. A gather ends
with the extractive brief; what the model makes of it is a job of its own, so that neither a page nor
the next gather waits for a model, and a kill at any moment leaves the extractive brief.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from academichub.briefs.brief_store import get_brief, write_brief
from academichub.documents import JobState
from academichub.errors import CancelledError, HubError
from academichub.hub import Hub, HubPart
from academichub.jobs.leases import LEASE_S, Lease
from academichub.library.works import WorkFilter
from academichub.preferences import language
from academichub.radar.today import refresh_text_model
from academichub.search.embeddings import embed_works
from academichub.store import schema
from academichub.store.retention import drop_raw_entries

GATHER, BRIEF, EMBED = "gather", "brief", "embed"
HEARTBEAT_S = 2.0
"""How often a running job says that it lives, and looks whether it was cancelled."""
DEAD_S = LEASE_S
"""A running job without a heartbeat for so long was killed."""
GRACE_S = 3.0
"""A queued job is given this long to take the lease; one that runs has it, or is dead."""
MESSAGE_CHARS = 500

MAX_EMBEDDED = 20_000
"""The newest works that are given an embedding."""

EMBEDDED_AT_ONCE = 32

MAX_WANTED = 20
"""Briefs that wait for the model; more are not taken."""

_starting = threading.Lock()
log = logging.getLogger("academichub.jobs")


class WritingQueue(HubPart):
    """The briefs that wait for the model, each with whether it may write whatever its record is."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.waiting: deque[tuple[str, bool]] = deque()


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`: `done` of `total` steps (0: not known yet), what is done now, and the brief it is about."""

    id: int
    kind: str
    state: JobState
    done: int
    total: int
    message: str
    error: str
    cancel_requested: bool
    started_at: str
    heartbeat_at: str
    finished_at: str | None
    subject: str

    @property
    def is_running(self) -> bool:
        """Whether it is waiting or at work."""
        return self.state in ("queued", "running")


def job_status(hub: Hub, number: int | None = None, kind: str = GATHER) -> Job | None:
    """Return a job, or the latest of a kind; None if there is none. A job whose process died shows as failed."""
    table = schema.jobs
    query = (
        select(table).where(table.c.id == number)
        if number
        else select(table).where(table.c.kind == kind)
    )
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
    return not may_wait and Lease(hub.database, job.kind).is_free()


def _bury(hub: Hub, job: Job) -> None:
    """Say of a dead job that it failed, unless it came to its own end in this moment."""
    table = schema.jobs
    values = {
        "state": "failed",
        "error": _STOPPED[job.kind],
        "finished_at": _now(),
    }
    with hub.database.write() as connection:
        connection.execute(
            update(table)
            .where(table.c.id == job.id, table.c.state.in_(("queued", "running")))
            .values(**values)
        )


_STOPPED = {
    GATHER: "the program was stopped before the end; the next gather goes on from there",
    BRIEF: "the program was stopped before the model had written; the extracts stay",
    EMBED: "the program was stopped before every work was embedded; the next gather goes on from there",
}


def start_gather(hub: Hub) -> int:
    """Start a gather in a thread of this process, unless one is running anywhere; return the job's number."""
    with _starting:
        running = job_status(hub)
        if running is not None and running.is_running:
            return running.id
        number = _new_job(hub)
    threading.Thread(target=_run, args=(hub, number), name=f"gather-{number}", daemon=True).start()
    return number


def start_writing(hub: Hub, brief_id: str, *, again: bool = False) -> int | None:
    """Let the model in use write an extractive brief in a thread of this process, after those that wait.

    Returns:
        The number of the job that runs now, which may be another brief's; None where no model is in use.
    """
    if not hub.llm.base_url:
        return None
    with _starting:
        waiting = hub.part(WritingQueue).waiting
        if brief_id not in [waiting_id for waiting_id, _ in waiting] and len(waiting) < MAX_WANTED:
            waiting.append((brief_id, again))
    return _next_writing(hub)


def _next_writing(hub: Hub) -> int | None:
    """Start the job of the next brief that waits, unless one runs; return the job that runs."""
    with _starting:
        running = job_status(hub, kind=BRIEF)
        waiting = hub.part(WritingQueue).waiting
        if running is not None and running.is_running:
            if waiting and waiting[0][0] == running.subject:
                waiting.popleft()
            return running.id
        if not waiting:
            return None
        brief_id, again = waiting.popleft()
        number = _new_job(hub, BRIEF, brief_id)

    def run() -> None:
        _run(hub, number, lambda pulse: _write_with_model(hub, pulse, brief_id, again))
        if _next_writing(hub) is None:
            start_embedding(hub)

    threading.Thread(target=run, name=f"brief-{number}", daemon=True).start()
    return number


def start_embedding(hub: Hub) -> int | None:
    """Embed the works that have no embedding yet in a thread of this process, unless that is being done.

    Returns:
        The number of the job that runs now; None where no model is in use.
    """
    if not hub.llm.base_url:
        return None
    with _starting:
        running = job_status(hub, kind=EMBED)
        if running is not None and running.is_running:
            return running.id
        number = _new_job(hub, EMBED)
    threading.Thread(
        target=_run,
        args=(hub, number, lambda pulse: _embed(hub, pulse), EMBED),
        name=f"embed-{number}",
        daemon=True,
    ).start()
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


def run_job(
    hub: Hub, number: int, act: Callable[[_Pulse], str] | None = None, kind: str = BRIEF
) -> str:
    """Do a job in this thread and return the state it ended in: done, failed or cancelled.

    Args:
        hub: The open hub.
        number: The job's number.
        act: What the job does, returning its last message; a gather where None.
        kind: Its kind, where it is no gather.
    """
    lease = Lease(hub.database, kind if act else GATHER)
    if not _take(lease, GRACE_S if act else 0.0):
        busy = (
            "another process writes with the model at the moment"
            if act
            else "another process gathers at the moment"
        )
        _finish(hub, number, "failed", error=busy)
        return "failed"
    pulse = _Pulse(hub, number, lease)
    pulse.start()
    try:
        state, message, error = _outcome(number, lambda: act(pulse) if act else _do(hub, pulse))
        _finish(hub, number, state, message=message, error=error, reached=(pulse.done, pulse.total))
    finally:
        pulse.stop()
        lease.give_back()
    return state


def _outcome(number: int, work: Callable[[], str]) -> tuple[str, str, str]:
    """Do a job's work and return the state it ended in, its last message and its error."""
    try:
        return "done", work(), ""
    except CancelledError as stopped:
        return "cancelled", str(stopped), ""
    except HubError as problem:
        return "failed", "", str(problem)
    except Exception:
        log.exception("job %s failed", number)
        return "failed", "", "the hub made a mistake; the terminal shows the details"


def _take(lease: Lease, patience_s: float) -> bool:
    """Take a lease; the job before may be about to give it back."""
    end = time.monotonic() + patience_s
    while not lease.take():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True


def _run(
    hub: Hub, number: int, act: Callable[[_Pulse], str] | None = None, kind: str = BRIEF
) -> None:
    try:
        run_job(hub, number, act, kind)
    except HubError as problem:  # the database itself fails: nothing can be written about it
        log.error("job %s: %s", number, problem)


def _do(hub: Hub, pulse: _Pulse) -> str:
    """Gather, fit the text model where the library has outgrown it, write the brief; return what came of it."""
    from academichub.gathering import gather  # here: a gather brings readers of many formats

    report = gather.run_gather(
        hub, progress=pulse.progress, cancel=pulse.is_cancelled, say=log.info
    )
    if dropped := drop_raw_entries(
        hub.database, hub.settings.retention.raw_days, datetime.now(UTC)
    ):
        log.info("retention.raw_days: dropped the raw entries of %d records", dropped)
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
    """Write the brief in the reader's language; return why none could be written, which does not fail the gather.

    The model writes after that, in a job of its own.
    """
    try:
        start_writing(hub, write_brief(hub, 1, "zh" if language(hub).startswith("zh") else "en").id)
    except HubError as problem:
        start_embedding(hub)
        return f"No brief was written: {problem}"
    return ""


def _write_with_model(hub: Hub, pulse: _Pulse, brief_id: str, again: bool) -> str:
    """Let the model write a brief; return what came of it."""
    # Here because it brings the model's client, which takes longer to import than all pages.
    from academichub.writer.model_brief import write_with_model

    pulse.progress(0, 0, "asking the model")
    outcome = write_with_model(
        hub,
        get_brief(hub, brief_id),
        again=again,
        progress=lambda done, total: pulse.progress(
            done, total, f"the model has written {done} of {total} sentences"
        ),
        cancel=pulse.is_cancelled,
    )
    return outcome.in_words


def _embed(hub: Hub, pulse: _Pulse) -> str:
    """Embed the newest works that have no embedding; return how many."""
    model = hub.open_model()
    if model is None:
        return ""
    done = 0
    with model:
        name = model.embedding_name(pulse.is_cancelled)
        if name is None:
            return "the endpoint has no embedding model"
        numbers = hub.library.select_ids(WorkFilter(), MAX_EMBEDDED)
        for start in range(0, len(numbers), EMBEDDED_AT_ONCE):
            works = hub.library.by_ids(numbers[start : start + EMBEDDED_AT_ONCE])
            done += embed_works(
                hub.database, works, name, lambda texts: model.embed(texts, pulse.is_cancelled)
            )
            pulse.progress(
                min(start + EMBEDDED_AT_ONCE, len(numbers)), len(numbers), "embedding works"
            )
    return f"{done} works embedded"


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
                .values(
                    state="running",
                    done=self.done,
                    total=self.total,
                    message=self._message,
                    heartbeat_at=_now(),
                )
                .returning(table.c.cancel_requested)
            ).scalar()
        if asked:
            self._cancelled.set()


def _new_job(hub: Hub, kind: str = GATHER, subject: str = "") -> int:
    values = {
        "kind": kind, "subject": subject, "state": "queued", "done": 0, "total": 0, "message": "", "error": "",
        "cancel_requested": False, "started_at": _now(), "heartbeat_at": _now(),
    }  # fmt: skip
    with hub.database.write() as connection:
        return int(
            connection.execute(
                insert(schema.jobs).values(**values).returning(schema.jobs.c.id)
            ).scalar_one()
        )


def _finish(
    hub: Hub,
    number: int,
    state: str,
    *,
    message: str = "",
    error: str = "",
    reached: tuple[int, int] = (0, 0),
) -> None:
    """Close a job's row; `reached` is how much of how much it did, which the last heartbeat may not have seen."""
    table = schema.jobs
    values = {
        "state": state, "message": message[:MESSAGE_CHARS], "error": error[:MESSAGE_CHARS], "finished_at": _now(),
        "done": reached[0], "total": reached[1],
    }  # fmt: skip
    with hub.database.write() as connection:
        connection.execute(update(table).where(table.c.id == number).values(**values))


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
