"""`/api/gather`: start a gather, see how far it is, cancel it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.web import job_view
from academichub.web.forms import Here

router = APIRouter(tags=["gather"])


@router.get("/gather")
def gather_status(visit: Here) -> dict[str, Any]:
    """Return the latest gather; `state` is `none` if there never was one."""
    job = job_view.latest(visit)
    if job is None:
        return {"id": None, "state": "none", "running": False, "done": 0, "total": 0, "text": ""}
    return job.as_json()


@router.post("/gather", status_code=202)
def start_gather(visit: Here) -> dict[str, int]:
    """Start a gather unless one is running; return the number of the one that runs."""
    return {"id": job_view.start(visit.hub)}


@router.delete("/gather/{job}", status_code=202)
def cancel_gather(visit: Here, job: int) -> dict[str, bool]:
    """Ask a gather to stop after the request now under way."""
    if not job_view.cancel(visit.hub, job):
        raise NotFoundError(Message.of("library.no_job", number=job))
    return {"cancelled": True}
