"""`/api/brief` and `/api/briefs`: briefs as `academichub brief --json` prints them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.web import job_view, services, writer_view
from academichub.web.forms import Here

router = APIRouter(tags=["briefs"])


class BriefIn(BaseModel):
    """The brief to write."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(1, ge=1, le=31)
    lang: Literal["en", "zh"] = "en"


@router.get("/brief")
def latest(visit: Here) -> dict[str, Any]:
    """Return the latest brief."""
    found = services.latest_brief(visit.hub)
    if found is None:
        raise NotFoundError(Message.of("library.no_brief_yet"))
    return dict(found)


@router.post("/brief", status_code=201)
def write(
    visit: Here,
    days: Annotated[int, Query(ge=1, le=31)] = 1,
    lang: Annotated[Literal["en", "zh"], Query()] = "en",
    asked: BriefIn | None = None,
) -> dict[str, Any]:
    """Write, check and store a brief over the last days, and return it; a JSON body counts before the query."""
    wanted = asked or BriefIn(days=days, lang=lang)
    return dict(services.write_brief(visit.hub, wanted.days, wanted.lang))


@router.get("/briefs")
def past(visit: Here) -> dict[str, Any]:
    """Return which briefs there are, latest first."""
    listed = services.past_briefs(visit.hub)
    return {
        "briefs": [
            {
                "id": one.id,
                "date": one.day,
                "lang": one.lang,
                "created_at": one.created_at,
                "model": one.model,
            }
            for one in listed
        ]
    }


@router.get("/briefs/writing")
def writing_status(visit: Here) -> dict[str, Any]:
    """Return the latest job in which a model wrote a brief; `state` is `none` if there never was one."""
    job = writer_view.latest(visit)
    if job is None:
        return {
            "id": None,
            "state": "none",
            "running": False,
            "done": 0,
            "total": 0,
            "text": "",
            "brief": None,
        }
    return {**job.as_json(), "brief": job.subject}


@router.delete("/briefs/writing/{job}", status_code=202)
def cancel_writing(visit: Here, job: int) -> dict[str, bool]:
    """Stop the model that writes now; the extracts stay."""
    if not job_view.cancel(visit.hub, job):
        raise NotFoundError(Message.of("library.no_job", number=job))
    return {"cancelled": True}


@router.post("/briefs/{number}/model", status_code=202)
def let_model_write(visit: Here, number: str) -> dict[str, int | None]:
    """Let the model write a brief in the background; return the job, null where no model is set."""
    return {
        "id": writer_view.start(visit.hub, str(services.brief(visit.hub, number)["id"]), again=True)
    }


@router.get("/briefs/{number}")
def one_brief(visit: Here, number: str) -> dict[str, Any]:
    """Return one brief."""
    return dict(services.brief(visit.hub, number))
