"""The background job of a serving process: a gather, then the brief over what it brought; shown and cancelled by rows.

The gather and the brief load when a job begins, so that pages are up before.
"""

from __future__ import annotations

import logging
import threading

from academichub.choices import language
from academichub.errors import CancelledError, HubError
from academichub.hub import Hub
from academichub.jobs.records import Beat, Job, Jobs

GATHER = "gather"
ACTIVE = ("queued", "running")

log = logging.getLogger("academichub.jobs")
_starting = threading.Lock()


def job_status(hub: Hub) -> Job | None:
    """Return the latest gather of any process, or None; one whose process is gone shows as failed."""
    return Jobs(hub.database).latest(GATHER)


def start_gather(hub: Hub) -> int:
    """Start a gather in a thread of this process, unless one is running anywhere; return the job's number."""
    jobs = Jobs(hub.database)
    with _starting:
        running = jobs.active(GATHER)
        if running is not None:
            return running.id
        number = jobs.create(GATHER)
    threading.Thread(target=run_job, args=(hub, number), name=f"gather-{number}", daemon=True).start()
    return number


def cancel(hub: Hub, number: int) -> bool:
    """Ask a job to stop after the request now under way; return False where it is not running."""
    jobs = Jobs(hub.database)
    job = jobs.get(number)
    if job is None or job.state not in ACTIVE:
        return False
    jobs.cancel(number)
    return True


def run_job(hub: Hub, number: int) -> None:
    """Do a job in this thread; how it ended is in its row, what failed is logged and never raised."""
    try:
        Jobs(hub.database).run(number, lambda beat: _gather_and_brief(hub, beat))
    except HubError as problem:
        log.error("gather %s: %s", number, problem)
    except Exception:  # a thread of its own: nobody above would hear of it
        log.exception("gather %s failed", number)


def _gather_and_brief(hub: Hub, beat: Beat) -> None:
    from academichub.jobs.gather import run_gather

    report = run_gather(hub, progress=beat.progress, cancel=beat.cancel, say=log.info)
    if report.cancelled or beat.cancel():
        raise CancelledError("cancelled; what was merged before stays")
    new = report.works_after - report.works_before
    failed = ", ".join(one.source for one in report.sources if one.status == "failed")
    beat.progress(0, 0, "writing the brief")
    write_todays_brief(hub)
    if failed and not new:
        raise HubError(f"no works came: {failed} failed; the ledger says why")
    beat.progress(1, 1, f"{new} new works" + (f"; failed: {failed}" if failed else ""))


def write_todays_brief(hub: Hub) -> None:
    """Write the brief of the latest day in the reader's language; where it cannot be, the log says why."""
    from academichub.briefs.store import write_brief

    try:
        write_brief(hub, 1, "zh" if language(hub).startswith("zh") else "en")
    except HubError as problem:
        log.warning("no brief was written: %s", problem)
