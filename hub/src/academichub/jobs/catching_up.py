"""Catching up when a model becomes ready after the hub: write the latest brief, embed works.

worker.py holds the rules of writing: a brief waits its turn, a model with a poor record leaves the
extracts alone.
"""

from __future__ import annotations

import time

from academichub.briefs.brief_store import get_brief, latest_brief
from academichub.hub import Hub
from academichub.jobs.status import BRIEF, job_status
from academichub.jobs.worker import start_embedding, start_writing
from academichub.preferences import language
from academichub.store.jobs_store import latest_job_state
from academichub.writer.track_record import written_over

POLL_S = 0.2


def catch_up(hub: Hub) -> None:
    """Start what the model missed: the latest brief in the reader's language, then embeddings.

    This may take minutes.

    A brief a model has written, or was stopped at by the reader, is left alone; one during which
    the model died is taken up, and the answers it gave before are not asked for again.
    """
    while (job := job_status(hub, kind=BRIEF)) is not None and job.is_running:
        # The job was started with the earlier model: it goes on with this one, or ends unfinished.
        time.sleep(POLL_S)
    brief = latest_brief(hub, language(hub))
    extract = (
        brief
        if brief is None or brief.writing is None
        else get_brief(hub, brief.writing["extract_brief"])
    )
    if extract is None or _is_settled(hub, extract.id):
        start_embedding(hub)
    else:
        start_writing(hub, extract.id)


def _is_settled(hub: Hub, extract_id: str) -> bool:
    """Whether a model came to its end with an extractive brief, or the reader took it away."""
    written = written_over(hub, extract_id)
    if written is not None:
        return not (get_brief(hub, written.brief_id).writing or {}).get("stopped")
    with hub.database.read() as connection:
        return latest_job_state(connection, BRIEF, extract_id) in ("done", "cancelled")
