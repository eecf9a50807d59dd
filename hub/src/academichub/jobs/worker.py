"""The background jobs: a gather and then the brief; a brief that a model rewrites; embeddings.

One job of a kind runs at a time over all processes; their state is in the table `jobs`. A gather
ends with the extractive brief; what the model makes of it is a job of its own, so that neither a
page nor the next gather waits for a model, and a kill at any moment leaves the extractive brief.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from academichub.briefs.brief_store import get_brief, write_brief
from academichub.documents import JobState
from academichub.errors import CancelledError, HubError
from academichub.hub import Hub, HubPart
from academichub.i18n.message_text import messages_text
from academichub.jobs.heartbeat import Heartbeat, timestamp
from academichub.jobs.leases import LEASE_S, Lease
from academichub.library.works import WorkFilter
from academichub.messages import Message, messages_from_json, messages_json
from academichub.preferences import language
from academichub.radar.today import refresh_text_model
from academichub.search.embeddings import embed_works
from academichub.store import schema
from academichub.store.retention import drop_raw_entries

GATHER, BRIEF, EMBED = "gather", "brief", "embed"
DEAD_S = LEASE_S
"""Seconds without a heartbeat after which a running job counts as killed."""
GRACE_S = 3.0
"""A queued job is given this long to take the lease; one that runs has it, or is dead."""

MAX_EMBEDDED = 20_000
"""The newest works that are given an embedding."""

EMBEDDED_AT_ONCE = 32

MAX_WAITING = 20
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
        return self.state in ("queued", "running")


def job_status(hub: Hub, number: int | None = None, kind: str = GATHER) -> Job | None:
    """Return a job, or the latest of a kind, or None; a job whose process died shows as failed."""
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
    messages = messages_from_json(row._mapping["messages"])
    job = Job(**{**row._mapping, "messages": messages})
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
    """Mark a dead job as failed unless it has just finished by itself."""
    table = schema.jobs
    values = {
        "state": "failed",
        "messages": messages_json([Message.of(f"job.stopped.{job.kind}")]),
        "finished_at": timestamp(),
    }
    with hub.database.write() as connection:
        connection.execute(
            update(table)
            .where(table.c.id == job.id, table.c.state.in_(("queued", "running")))
            .values(**values)
        )


def start_gather(hub: Hub) -> int:
    """Start a gather in a thread unless one is running anywhere; return the job's number."""
    with _starting:
        running = job_status(hub)
        if running is not None and running.is_running:
            return running.id
        number = _new_job(hub)
    threading.Thread(target=_run, args=(hub, number), name=f"gather-{number}", daemon=True).start()
    return number


def start_writing(hub: Hub, brief_id: str, *, again: bool = False) -> int | None:
    """Let the model rewrite an extractive brief in a thread, after the briefs already waiting.

    Returns:
        The number of the job that runs now, which may be another brief's; None where no model is in
        use.
    """
    if not hub.llm.base_url:
        return None
    with _starting:
        waiting = hub.part(WritingQueue).waiting
        if brief_id not in [waiting_id for waiting_id, _ in waiting] and len(waiting) < MAX_WAITING:
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
        _run(hub, number, lambda heartbeat: _write_with_model(hub, heartbeat, brief_id, again))
        if _next_writing(hub) is None:
            start_embedding(hub)

    threading.Thread(target=run, name=f"brief-{number}", daemon=True).start()
    return number


def start_embedding(hub: Hub) -> int | None:
    """Embed the works without an embedding in a thread, unless an embedding job is running.

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
        args=(hub, number, lambda heartbeat: _embed(hub, heartbeat), EMBED),
        name=f"embed-{number}",
        daemon=True,
    ).start()
    return number


def cancel(hub: Hub, number: int) -> bool:
    """Ask a job to stop after its current request; return False if it is not running."""
    table = schema.jobs
    with hub.database.write() as connection:
        cancelled = connection.execute(
            update(table)
            .where(table.c.id == number, table.c.state.in_(("queued", "running")))
            .values(cancel_requested=True)
        )
    return bool(cancelled.rowcount)


def run_job(hub: Hub, number: int, act: Act | None = None, kind: str = BRIEF) -> str:
    """Do a job in this thread and return the state it ended in: done, failed or cancelled.

    Args:
        hub: The open hub.
        number: The job's number.
        act: What the job does, returning its result; a gather where None.
        kind: Its kind, where it is not a gather.
    """
    lease = Lease(hub.database, kind if act else GATHER)
    if not _take(lease, GRACE_S if act else 0.0):
        busy = Message.of("job.another_writes" if act else "job.another_gathers")
        _finish(hub, number, "failed", [busy])
        return "failed"
    heartbeat = Heartbeat(hub, number, lease)
    heartbeat.start()
    try:
        state, messages = _outcome(number, lambda: act(heartbeat) if act else _do(hub, heartbeat))
        _finish(hub, number, state, messages, reached=(heartbeat.done, heartbeat.total))
    finally:
        heartbeat.stop()
        lease.give_back()
    return state


def _outcome(number: int, work: Callable[[], Sequence[Message]]) -> tuple[str, Sequence[Message]]:
    """Do a job's work and return the state it ended in, and its result or why it has none."""
    try:
        return "done", work()
    except CancelledError as stopped:
        return "cancelled", [stopped.message]
    except HubError as problem:
        return "failed", [problem.message]
    except Exception:
        log.exception("job %s failed", number)
        return "failed", [Message.of("job.internal_error")]


def _take(lease: Lease, patience_s: float) -> bool:
    """Take a lease; the job before may be about to give it back."""
    end = time.monotonic() + patience_s
    while not lease.take():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True


def _run(hub: Hub, number: int, act: Act | None = None, kind: str = BRIEF) -> None:
    try:
        run_job(hub, number, act, kind)
    except HubError as problem:  # the database itself fails: nothing can be written about it
        log.error("job %s: %s", number, problem)


def _do(hub: Hub, heartbeat: Heartbeat) -> list[Message]:
    """Gather, refit the text model if the library outgrew it, write the brief; return messages."""
    from academichub.gathering import gather  # slow: imports readers of many formats

    report = gather.run_gather(
        hub, progress=heartbeat.progress, cancel=heartbeat.is_cancelled, say=log.info
    )
    if dropped := drop_raw_entries(
        hub.database, hub.settings.retention.raw_days, datetime.now(UTC)
    ):
        log.info("retention.raw_days: dropped the raw entries of %d records", dropped)
    heartbeat.progress(heartbeat.total, heartbeat.total, Message.of("progress.ranking"))
    refresh_text_model(hub)
    if heartbeat.is_cancelled():
        raise CancelledError(Message.of("job.cancelled_before_brief"))
    heartbeat.progress(heartbeat.total, heartbeat.total, Message.of("progress.brief"))
    unwritten = _write_brief(hub)
    if report.failed and report.works_after == report.works_before:
        raise HubError(report.summary)
    return [report.summary, *([] if unwritten is None else [unwritten])]


def _write_brief(hub: Hub) -> Message | None:
    """Write the brief in the reader's language.

    Return why it failed, which does not fail the gather.

    The model writes after that, in a job of its own.
    """
    try:
        start_writing(hub, write_brief(hub, 1, "zh" if language(hub).startswith("zh") else "en").id)
    except HubError as problem:
        start_embedding(hub)
        return Message.of("job.no_brief", why=problem.message)
    return None


def _write_with_model(hub: Hub, heartbeat: Heartbeat, brief_id: str, again: bool) -> list[Message]:
    """Let the model write a brief; return what came of it."""
    # Imported on use: the model's client takes longer to import than all pages.
    from academichub.writer.model_brief import write_with_model

    heartbeat.progress(0, 0, Message.of("progress.asking_model"))
    outcome = write_with_model(
        hub,
        get_brief(hub, brief_id),
        again=again,
        progress=lambda done, total: heartbeat.progress(
            done, total, Message.of("progress.model_written", done=done, total=total)
        ),
        cancel=heartbeat.is_cancelled,
    )
    return [] if outcome.message is None else [outcome.message]


def _embed(hub: Hub, heartbeat: Heartbeat) -> list[Message]:
    """Embed the newest works that have no embedding; return how many."""
    model = hub.open_model()
    if model is None:
        return []
    done = 0
    with model:
        name = model.embedding_name(heartbeat.is_cancelled)
        if name is None:
            return [Message.of("job.no_embedding_model")]
        numbers = hub.library.select_ids(WorkFilter(), MAX_EMBEDDED)
        for start in range(0, len(numbers), EMBEDDED_AT_ONCE):
            works = hub.library.by_ids(numbers[start : start + EMBEDDED_AT_ONCE])
            done += embed_works(
                hub.database, works, name, lambda texts: model.embed(texts, heartbeat.is_cancelled)
            )
            heartbeat.progress(
                min(start + EMBEDDED_AT_ONCE, len(numbers)),
                len(numbers),
                Message.of("progress.embedding"),
            )
    return [Message.of("job.embedded", count=done)]


Act = Callable[[Heartbeat], Sequence[Message]]
"""What a job does: it reports its progress to the heartbeat and returns its messages."""


def _new_job(hub: Hub, kind: str = GATHER, subject: str = "") -> int:
    values = {
        "kind": kind, "subject": subject, "state": "queued", "done": 0, "total": 0, "messages": [],
        "cancel_requested": False, "started_at": timestamp(), "heartbeat_at": timestamp(),
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
    messages: Sequence[Message],
    *,
    reached: tuple[int, int] = (0, 0),
) -> None:
    """Close a job's row.

    `reached` is (steps done, steps in all), which the last heartbeat may have missed.
    """
    table = schema.jobs
    values = {
        "state": state, "messages": messages_json(messages), "finished_at": timestamp(),
        "done": reached[0], "total": reached[1],
    }  # fmt: skip
    with hub.database.write() as connection:
        connection.execute(update(table).where(table.c.id == number).values(**values))


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)
