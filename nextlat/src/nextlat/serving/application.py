"""The ASGI application: routes, the API key, errors in one shape, counts of requests.

It knows nothing of sockets and signals; those are in server.py.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Awaitable, Callable

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
from nextlat.serving.openapi import DescribedApplication
from nextlat.serving.responses import CLIENT_LEFT, ClientLeftError, json_response
from nextlat.serving.state import ServerState

ENDPOINTS = (models, chat, completions, embeddings, health)

logger = logging.getLogger("nextlat.serving")


def build_application(state: ServerState) -> ASGIApp:
    """Return the application of a server."""
    app = describe_application(needs_key=state.settings.api_key is not None)
    app.state.server = state
    return RequestCounter(KeyGuard(app, state.settings.api_key), state)


def describe_application(*, needs_key: bool = False) -> DescribedApplication:
    """Return the routes with their document, without a server behind them.

    Args:
        needs_key: whether the document says that requests under `/v1` need the API key.
    """
    app = DescribedApplication(
        [body_type for endpoint in ENDPOINTS for body_type in endpoint.BODY_TYPES],
        needs_key=needs_key,
        title="nextlat",
        summary="OpenAI's HTTP interface to a text model and an embedding model.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.router.redirect_slashes = False
    for endpoint in ENDPOINTS:
        app.include_router(endpoint.router)
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)
    return app


async def _answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestError)
    return json_response(problem.body(), problem.status, problem.headers)


async def _answer_http_exception(request: Request, problem: Exception) -> Response:
    """Answer a request for a route or method that does not exist."""
    assert isinstance(problem, HTTPException)
    message = f"{request.method} {request.url.path}: {problem.detail}"
    if problem.status_code == 404:
        message = (
            f"there is no {request.method} {request.url.path}; GET /v1/models is a place to start"
        )
    body = error_body(message, "invalid_request_error")
    return json_response(body, problem.status_code, problem.headers)


async def _answer_validation(request: Request, problem: Exception) -> Response:
    """Answer what FastAPI itself refuses with 400."""
    return json_response(error_body(str(problem), "invalid_request_error"), 400)


async def _answer_fault(request: Request, fault: Exception) -> Response:
    """Answer a fault of the server; starlette raises it again afterwards, and it is logged."""
    problem = InternalError("the server failed; its log has the details")
    return json_response(problem.body(), problem.status)


async def _answer_nobody(request: Request, problem: Exception) -> Response:
    return Response(status_code=CLIENT_LEFT)


_ANSWERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    RequestError: _answer_problem,
    HTTPException: _answer_http_exception,
    RequestValidationError: _answer_validation,
    ClientLeftError: _answer_nobody,
    Exception: _answer_fault,
}
"""Exception -> what answers it; the most derived class that fits counts, whatever the order."""


class KeyGuard:
    """Requires the API key under /v1; health, version and metrics stay open to monitors.

    Args:
        app: answers requests that have the key.
        api_key: None requires none.
    """

    def __init__(self, app: ASGIApp, api_key: str | None) -> None:
        self._app = app
        self._key = api_key.encode() if api_key is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if self._key is None or scope["type"] != "http" or not str(scope["path"]).startswith("/v1"):
            await self._app(scope, receive, send)
            return
        authorization = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, key = authorization.partition(b" ")
        # The comparison takes the same time wherever the first wrong byte is.
        if scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key):
            await self._app(scope, receive, send)
            return
        problem = UnauthorizedError(
            "the API key is absent or wrong; send it as Authorization: Bearer KEY"
        )
        await json_response(problem.body(), problem.status, problem.headers)(scope, receive, send)


class RequestCounter:
    """Counts responses and their time; streams that a client left in the middle count as 499.

    Args:
        app: answers the requests.
        state: has the metrics.
    """

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app = app
        self._metrics = state.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), CLIENT_LEFT
        is_counted = False

        def count() -> None:
            nonlocal is_counted
            if not is_counted:
                self._metrics.answered(_route(scope), status, time.perf_counter() - started)
            is_counted = True

        async def send_and_count(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            if message["type"] == "http.response.body" and not message.get("more_body"):
                # Before the last byte, so that no client reads a count without its own request.
                count()
            await send(message)

        try:
            await self._app(scope, receive, send_and_count)
        except Exception:
            logger.exception("a request has failed")
        if not is_counted:
            status = CLIENT_LEFT
        count()


def _route(scope: Scope) -> str:
    """Return the pattern that a path matched, so that there are only as many labels as routes."""
    path: str = getattr(scope.get("route"), "path", "none")
    return path.replace(":path", "")
