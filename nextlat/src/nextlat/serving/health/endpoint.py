"""`GET /health`, `/version`, `/metrics`: for monitors; no key is asked for."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from nextlat import __version__
from nextlat.serving.health.protocol import health_report
from nextlat.serving.responses import json_answer
from nextlat.serving.state import state_of

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> Response:
    """Tell whether the engine serves, and which models are ready."""
    status, report = health_report(state_of(request))
    return json_answer(report, status)


@router.get("/version")
async def version() -> Response:
    """Tell the version."""
    return json_answer({"version": __version__})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Tell the counters in Prometheus' text format."""
    return Response(
        state_of(request).metrics.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
    )
