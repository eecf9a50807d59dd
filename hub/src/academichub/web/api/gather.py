"""`/api/gather`: start a gather, see how far it is, cancel it."""

from __future__ import annotations

from fastapi import APIRouter

from academichub import documents
from academichub.errors import NotFoundError
from academichub.web import job_view
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here

router = APIRouter(prefix="/api", tags=["gather"], route_class=DocumentRoute)


@router.get("/gather")
def get_gather(visit: Here) -> documents.Job:
    """Return the latest gather; `state` is `none` if there never was one."""
    job = job_view.latest(visit)
    if job is None:
        return documents.Job(id=None, state="none", running=False, done=0, total=0, text="")
    return job.document()


@router.post("/gather", status_code=202)
def start_gather(visit: Here) -> documents.StartedJob:
    """Start a gather unless one is running; return the number of the one that runs."""
    return documents.StartedJob(id=job_view.start(visit.hub))


@router.delete("/gather/{job}", status_code=202, responses=errors(400, 404))
def cancel_gather(visit: Here, job: int) -> documents.Cancelled:
    """Ask a gather to stop after the request now under way."""
    if not job_view.cancel(visit.hub, job):
        raise NotFoundError(f"no gather number {job} is running")
    return documents.Cancelled(cancelled=True)
