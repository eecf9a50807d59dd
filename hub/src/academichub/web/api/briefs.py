"""`/api/brief` and `/api/briefs`: briefs as `academichub brief --json` prints them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from academichub import documents
from academichub.briefs import brief_store
from academichub.errors import NotFoundError
from academichub.jobs import briefs as brief_jobs
from academichub.jobs import worker
from academichub.messages import Message
from academichub.web import job_view
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here
from academichub.web.radar_choice import RadarQuery, chosen_radar, chosen_radars

router = APIRouter(prefix="/api", tags=["briefs"], route_class=DocumentRoute)


class BriefRequest(BaseModel):
    """The brief to write."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(1, ge=1, le=31)
    lang: Literal["en", "zh"] = "en"


@router.get("/brief", responses=errors(404))
def get_latest_brief(visit: Here, radar: RadarQuery = "") -> documents.Brief:
    """Return the latest brief of a radar; of all of them where `radar` is `all`."""
    brief = brief_store.latest_brief(visit.hub, radars=chosen_radars(visit, radar))
    if brief is None:
        raise NotFoundError(Message.of("library.no_brief_yet"))
    return brief.document()


@router.post("/brief", status_code=201, responses=errors(400, 404, 502))
def write_brief(
    visit: Here,
    days: Annotated[int, Query(ge=1, le=31)] = 1,
    lang: Annotated[Literal["en", "zh"], Query()] = "en",
    body: BriefRequest | None = None,
    radar: RadarQuery = "",
) -> documents.Brief:
    """Write, check and store a brief over the last days for a radar, and return it.

    A JSON body counts before the query.
    """
    request = body or BriefRequest(days=days, lang=lang)
    chosen = chosen_radar(visit, radar)
    return brief_jobs.write_brief(visit.hub, request.days, request.lang, chosen).document()


@router.get("/briefs", responses=errors(404))
def list_briefs(visit: Here, radar: RadarQuery = "") -> documents.BriefSummaries:
    """Return the stored briefs of a radar, latest first; of all of them where `radar` is `all`."""
    stored = brief_store.list_briefs(visit.hub, radars=chosen_radars(visit, radar))
    return documents.BriefSummaries(briefs=[brief.document() for brief in stored])


@router.get("/briefs/writing")
def get_writing(visit: Here) -> documents.WritingJob:
    """Return the latest job in which a language model wrote a brief.

    `state` is `none` if there never was one.
    """
    job = job_view.latest(visit, "brief")
    if job is None:
        return documents.WritingJob(
            id=None, state="none", running=False, done=0, total=0, text="", details=[], brief=None
        )
    return documents.WritingJob(**dict(job.document()), brief=job.subject)


@router.delete("/briefs/writing/{job}", status_code=202, responses=errors(400, 404))
def cancel_writing(visit: Here, job: int) -> documents.Cancelled:
    """Stop the language model that writes now; the extracts stay."""
    if not job_view.cancel(visit.hub, job):
        raise NotFoundError(Message.of("library.no_job", number=job))
    return documents.Cancelled(cancelled=True)


@router.post("/briefs/{number}/model", status_code=202, responses=errors(404))
def start_writing(visit: Here, number: str) -> documents.JobNumber:
    """Let the language model write a brief in the background.

    The number of the job is null where no model is in use.
    """
    brief = brief_store.get_brief_of(visit.hub, visit.account, number)
    return documents.JobNumber(id=worker.start_writing(visit.hub, brief.id, again=True))


@router.get("/briefs/{number}", responses=errors(404))
def get_brief(visit: Here, number: str) -> documents.Brief:
    """Return one brief by its id."""
    return brief_store.get_brief_of(visit.hub, visit.account, number).document()
