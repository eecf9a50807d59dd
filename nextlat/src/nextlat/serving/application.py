"""The ASGI application: routes, the key, errors in one shape, counts. It knows no socket and no signal."""

from __future__ import annotations

import hmac
import logging
import time
from typing import Any, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nextlat import __version__
from nextlat.serving.chat import endpoint as chat
from nextlat.serving.completions import endpoint as completions
from nextlat.serving.embeddings import endpoint as embeddings
from nextlat.serving.errors import InternalError, RequestError, UnauthorizedError, error_body
from nextlat.serving.health import endpoint as health
from nextlat.serving.models import endpoint as models
from nextlat.serving.responses import CLIENT_LEFT, ClientLeftError, json_answer
from nextlat.serving.state import ServerState

ENDPOINTS = (models, chat, completions, embeddings, health)

logger = logging.getLogger("nextlat.serving")


def build_application(state: ServerState) -> ASGIApp:
    """Return the application of one server."""
    app = FastAPI(
        title="nextlat", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.router.redirect_slashes = False
    app.state.server = state
    for endpoint in ENDPOINTS:
        app.include_router(endpoint.router)
    app.add_exception_handler(RequestError, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_validation)
    app.add_exception_handler(ClientLeftError, _tell_nobody)
    app.add_exception_handler(Exception, _tell_fault)
    return Counted(Guarded(app, state.settings.api_key), state)


async def _tell_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestError)
    return json_answer(problem.body(), problem.status, problem.headers)


async def _tell_http(request: Request, problem: Exception) -> Response:
    """Tell of a route or method there is not."""
    assert isinstance(problem, HTTPException)
    if problem.status_code == 404:
        told = (
            f"there is no {request.method} {request.url.path}; GET /v1/models is a place to start"
        )
    else:
        told = f"{request.method} {request.url.path}: {problem.detail}"
    return json_answer(
        error_body(told, "invalid_request_error"), problem.status_code, dict(problem.headers or {})
    )


async def _tell_validation(request: Request, problem: Exception) -> Response:
    """Tell of what FastAPI itself refuses, as 400."""
    return json_answer(error_body(str(problem), "invalid_request_error"), 400)


async def _tell_fault(request: Request, fault: Exception) -> Response:
    """Tell of a fault of ours in the usual shape; it is raised again after that, and logged."""
    problem = InternalError("the server failed; its log has the details")
    return json_answer(problem.body(), problem.status)


async def _tell_nobody(request: Request, problem: Exception) -> Response:
    return Response(status_code=CLIENT_LEFT)


class Guarded:
    """Asks for the API key on /v1/; health, version and metrics stay open to monitors."""

    def __init__(self, app: ASGIApp, api_key: str | None) -> None:
        self._app = app
        self._key = api_key.encode() if api_key is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if self._key is None or scope["type"] != "http" or not str(scope["path"]).startswith("/v1"):
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, key = told.partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key):
            await self._app(scope, receive, send)
            return
        problem = UnauthorizedError(
            "the API key is absent or wrong; send it as Authorization: Bearer KEY"
        )
        await json_answer(problem.body(), problem.status, problem.headers)(scope, receive, send)


class Counted:
    """Counts answers and their time; streams a client left in the middle count as 499."""

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app = app
        self._metrics = state.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), CLIENT_LEFT
        counted = False

        def count() -> None:
            nonlocal counted
            if not counted:
                self._metrics.answered(_route(scope), status, time.perf_counter() - began)
            counted = True

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            if message["type"] == "http.response.body" and not message.get("more_body"):
                count()  # before the last byte, so that a client never reads a count without its own request
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            logger.exception("a request has failed")
        if not counted:
            status = CLIENT_LEFT
        count()


def _route(scope: Scope) -> str:
    """Return the pattern a path matched, so that there are only as many labels as routes."""
    route: Any = scope.get("route")
    return cast(str, getattr(route, "path", "none")).replace(":path", "")
