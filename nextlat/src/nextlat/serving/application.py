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
from nextlat.serving.answers import CLIENT_LEFT, ClientLeftError, json_answer
from nextlat.serving.chat import endpoint as chat
from nextlat.serving.completions import endpoint as completions
from nextlat.serving.embeddings import endpoint as embeddings
from nextlat.serving.errors import InternalError, RequestError, UnauthorizedError, error_body
from nextlat.serving.health import endpoint as health
from nextlat.serving.models import endpoint as models
from nextlat.serving.state import ServerState

ENDPOINTS = (models, chat, completions, embeddings, health)

logger = logging.getLogger("nextlat.serving")


def build_application(state: ServerState) -> ASGIApp:
    """Return the application of one server."""
    app = FastAPI(title="nextlat", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.router.redirect_slashes = False
    app.state.server = state
    for endpoint in ENDPOINTS:
        app.include_router(endpoint.router)
    app.add_exception_handler(RequestError, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_validation)
    app.add_exception_handler(ClientLeftError, _tell_nobody)
    return Counted(Guarded(app, state.settings.api_key), state)


async def _tell_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestError)
    return json_answer(problem.body(), problem.status, problem.headers)


async def _tell_http(request: Request, problem: Exception) -> Response:
    """Tell of a route or method there is not."""
    assert isinstance(problem, HTTPException)
    if problem.status_code == 404:
        told = f"there is no {request.method} {request.url.path}; GET /v1/models is a place to start"
    else:
        told = f"{request.method} {request.url.path}: {problem.detail}"
    return json_answer(error_body(told, "invalid_request_error"), problem.status_code, dict(problem.headers or {}))


async def _tell_validation(request: Request, problem: Exception) -> Response:
    """Tell of what FastAPI itself refuses, as 400."""
    return json_answer(error_body(str(problem), "invalid_request_error"), 400)


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
        problem = UnauthorizedError("the API key is absent or wrong; send it as Authorization: Bearer KEY")
        await json_answer(problem.body(), problem.status, problem.headers)(scope, receive, send)


class Counted:
    """Counts answers and their time; a fault nobody caught becomes status 500 in the usual shape."""

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app = app
        self._metrics = state.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._metrics.answered(_route(scope), status, time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientLeftError:  # in the middle of a stream
            self._metrics.answered(_route(scope), CLIENT_LEFT, time.perf_counter() - began)
        except Exception:
            logger.exception("a request has failed")
            if not status:
                problem = InternalError("the server failed; its log has the details")
                await json_answer(problem.body(), problem.status)(scope, receive, noting)


def _route(scope: Scope) -> str:
    """Return the pattern a path matched, so that there are only as many labels as routes."""
    route: Any = scope.get("route")
    return cast(str, getattr(route, "path", "none")).replace(":path", "")
