"""`GET /health`, `/version` and `/metrics`, for monitors; they need no key."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nextlat import __version__
from nextlat.serving.errors import InternalError
from nextlat.serving.health.response import HealthReport, Version, health_report
from nextlat.serving.openapi import error_responses
from nextlat.serving.responses import json_response
from nextlat.serving.state import state_of

router = APIRouter()

BODY_TYPES = ()

UNAVAILABLE = {
    "model": HealthReport,
    "description": "The server generates nothing. In plain text: too many open connections.",
}


@router.get(
    "/health",
    operation_id="get_health",
    response_model=HealthReport,
    responses=error_responses(InternalError, unavailable=UNAVAILABLE),
)
async def get_health(request: Request) -> Response:
    """Tell whether the server generates, and which models are ready."""
    status, report = health_report(state_of(request))
    return json_response(report, status)


@router.get(
    "/version",
    operation_id="get_version",
    response_model=Version,
    responses=error_responses(InternalError),
)
async def get_version() -> Response:
    """Tell the version of the package."""
    version: Version = {"version": __version__}
    return json_response(version)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=PlainTextResponse,
    responses=error_responses(InternalError),
)
async def get_metrics(request: Request) -> Response:
    """Return the counters in Prometheus' text format."""
    return Response(
        state_of(request).metrics.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
    )
