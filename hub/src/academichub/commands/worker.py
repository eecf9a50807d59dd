"""`academichub worker`: the daily schedule without pages, for use with a separate `serve`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from academichub.errors import HubError
from academichub.hub import Hub, open_hub

if TYPE_CHECKING:
    from academichub.jobs.status import Job

POLL_S = 0.5


@click.command()
@click.option("--once", is_flag=True, help="Gather, rank and write the brief once, then stop.")
def worker(once: bool) -> None:
    """Gather now and every day, rank, and write the brief; no pages."""
    from academichub.jobs.schedule import Scheduler
    from academichub.jobs.status import BRIEF, job_status
    from academichub.jobs.worker import start_gather

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    stopped = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stopped.set())
    hub = open_hub()
    if not once:
        scheduler = Scheduler(hub)
        scheduler.start()
        stopped.wait()
        scheduler.stop()
        return
    job = _follow(hub, start_gather(hub), stopped)
    if job.state != "done":
        raise HubError(job.message)
    click.echo(job.message, err=True)
    writing = job_status(hub, kind=BRIEF)
    if writing is not None and writing.is_running:
        writing = _follow(hub, writing.id, stopped)
        click.echo(writing.message, err=True)


def _follow(hub: Hub, number: int, stopped: threading.Event) -> Job:
    """Show a job's progress until it ends; ask it to stop where the user does."""
    from academichub.jobs.status import cancel, job_status

    shown = ""
    while (job := job_status(hub, number)) is not None and job.is_running:
        if stopped.is_set():
            cancel(hub, number)
        if job.message != shown:
            shown = job.message
            click.echo(f"[{job.done}/{job.total}] {shown}", err=True)
        time.sleep(POLL_S)
    assert job is not None
    return job
