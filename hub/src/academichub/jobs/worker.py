"""The background jobs: a gather and then the brief; a brief that a model rewrites; embeddings.

One job of a kind runs at a time over all processes; status.py says where they stand. A gather
ends with the extractive brief; what the model makes of it is a job of its own, so that neither a
page nor the next gather waits for a model, and a kill at any moment leaves the extractive brief.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from academichub.briefs.brief_store import write_brief
from academichub.errors import CancelledError, HubError
from academichub.hub import Hub, HubPart
from academichub.jobs.heartbeat import Heartbeat
from academichub.jobs.leases import Lease
from academichub.jobs.model_jobs import embed_newest, rewrite_brief
from academichub.jobs.status import BRIEF, EMBED, GATHER, GRACE_S, add_job, finish_job, job_status
from academichub.messages import Message
from academichub.preferences import language
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars, accounts_of
from academichub.radar.today import refresh_text_model
from academichub.store.retention import drop_raw_entries

MAX_WAITING = 20
"""Briefs that wait for the model; more are not taken."""

Act = Callable[[Heartbeat], Sequence[Message]]
"""What a job does: it reports its progress to the heartbeat and returns its messages."""

_starting = threading.Lock()
log = logging.getLogger("academichub.jobs")


class WritingQueue(HubPart):
    """The briefs that wait for the model, each with whether it may write whatever its record is."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.waiting: deque[tuple[str, bool]] = deque()


def start_gather(hub: Hub) -> int:
    """Start a gather in a thread unless one is running anywhere; return the job's number."""
    with _starting:
        running = job_status(hub)
        if running is not None and running.is_running:
            return running.id
        number = add_job(hub)
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
        number = add_job(hub, BRIEF, brief_id)

    def run() -> None:
        _run(hub, number, lambda heartbeat: rewrite_brief(hub, heartbeat, brief_id, again))
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
        number = add_job(hub, EMBED)
    threading.Thread(
        target=_run,
        args=(hub, number, lambda heartbeat: embed_newest(hub, heartbeat), EMBED),
        name=f"embed-{number}",
        daemon=True,
    ).start()
    return number


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
        finish_job(hub, number, "failed", [busy])
        return "failed"
    heartbeat = Heartbeat(hub, number, lease)
    heartbeat.start()
    try:
        state, messages = _outcome(
            number, lambda: act(heartbeat) if act else _gather_and_brief(hub, heartbeat)
        )
        finish_job(hub, number, state, messages, reached=(heartbeat.done, heartbeat.total))
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


def _gather_and_brief(hub: Hub, heartbeat: Heartbeat) -> list[Message]:
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
    """Write the brief of the first radar in the reader's language, then those of the others.

    Return why the first failed, which does not fail the gather.

    The model writes over the first after that, in a job of its own.
    """
    try:
        start_writing(hub, write_brief(hub, 1, "zh" if language(hub).startswith("zh") else "en").id)
    except HubError as problem:
        start_embedding(hub)
        return Message.of("job.no_brief", why=problem.message)
    finally:
        _write_other_briefs(hub)
    return None


def _write_other_briefs(hub: Hub) -> None:
    """Write briefs of extracts for every radar but the first; one that fails is logged."""
    first = Radar(hub.database).stored_number()
    for account in accounts_of(hub.database):
        lang = "zh" if language(hub, account).startswith("zh") else "en"
        for name in Radars(hub.database, account).names():
            radar = Radar(hub.database, name, account)
            if radar.stored_number() in (first, None) or not radar.signals():
                continue
            try:
                write_brief(hub, 1, lang, radar=radar)
            except HubError as problem:
                log.warning("no brief for the radar %s: %s", name, problem)
