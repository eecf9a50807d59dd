"""The application: routes, error pages and the gate in front of them, over one open hub."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from academichub import __version__, documents
from academichub.errors import (
    HubError,
    InputError,
    NotFoundError,
    SettingsError,
    StorageError,
    UsageError,
)
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message, plain
from academichub.web import api, pages
from academichub.web.accounts import Accounts
from academichub.web.api.documented import DescribedApp, operation_id
from academichub.web.rendering import Visit, render, visit_of
from academichub.web.security.gate import Gate

SECRET_NAME = "web_secret"  # noqa: S105 - the name of a preference, not a secret
log = logging.getLogger("academichub.web")


def create_app(hub: Hub, *, host: str = "127.0.0.1", extra_hosts: Iterable[str] = ()) -> ASGIApp:
    """Return the pages and the API of a hub as an ASGI application.

    Args:
        hub: The open hub; it stays open as long as the application is served.
        host: The address the server listens on; another than loopback asks every visitor to log in.
        extra_hosts: Further Host names answered on loopback.
    """
    app = _described_app()
    app.state.hub = hub
    app.state.accounts = Accounts(hub.database)
    app.state.secret = _secret(hub)
    app.mount("/static", _Static(packages=[("academichub.web", "static")]), name="static")
    for page in pages.ROUTERS:
        app.include_router(page, include_in_schema=False)
    for part in api.ROUTERS:
        app.include_router(part)
    for kind in (HubError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer_error)
    return Gate(app, bound_host=host, doorkeeper=app.state.accounts, extra_hosts=extra_hosts)


def _described_app() -> DescribedApp:
    return DescribedApp(
        title="AcademicHub",
        version=__version__,
        description="The literature, the radar, the briefs and the ledger of this hub. Errors are "
        '`{"error": {"code", "message", "remedy"}}`.',
        openapi_url="/api/openapi.json",
        openapi_tags=api.TAGS,
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
    )


def _secret(hub: Hub) -> bytes:
    """Return the key that signs form tokens; it is stored in the database to outlive a restart."""
    try:
        secret = hub.preferences.get(SECRET_NAME)
        if not isinstance(secret, str) or len(secret) != 64:
            secret = secrets.token_hex(32)
            hub.preferences.set(SECRET_NAME, secret)
    except StorageError:  # a database that cannot be written still can be read
        secret = secrets.token_hex(32)
    return bytes.fromhex(secret)


def _answer_error(request: Request, problem: Exception) -> Response:
    status, code = _kind_of(problem)
    if status == 500:
        log.exception("the request %s failed", request.url.path, exc_info=problem)
    headers = dict(problem.headers or {}) if isinstance(problem, HTTPException) else {}
    if request.url.path.startswith(("/api/", "/health")):
        message = _message_of(problem, status)
        error = documents.Error(
            code=code, message=message_text(message), remedy=_API_REMEDIES.get(code, "")
        )
        answer = documents.ErrorAnswer(error=error, details=documents.message_details([message]))
        return JSONResponse(answer.json_object(), status, {**headers, "Cache-Control": "no-store"})
    return _error_page(request, problem, status, headers)


def _error_page(
    request: Request, problem: Exception, status: int, headers: dict[str, str]
) -> Response:
    try:
        visit = visit_of(request)
    except HubError:  # not even the preferences can be read
        return Response(f"{problem}\n", 503, media_type="text/plain; charset=utf-8")
    is_explained = status in (403, 405) or isinstance(problem, HTTPException)
    message = "" if is_explained else visit.text(_message_of(problem, status))
    page = render(
        visit,
        "error.html",
        status,
        status=status,
        title=_error_title(visit, status),
        message=message,
        remedy=_error_remedy(visit, status),
    )
    page.headers.update(headers)
    return page


def _error_title(visit: Visit, status: int) -> str:
    _ = visit.gettext
    titles = {
        400: _("Bad request"),
        403: _("This form is too old"),
        404: _("Not found"),
        405: _("Not allowed"),
        503: _("The library cannot be read or written"),
    }
    return titles.get(status, _("Something went wrong"))


def _error_remedy(visit: Visit, status: int) -> str:
    _ = visit.gettext
    remedies = {
        403: _("Go back, reload the page and try again; nothing was changed."),
        404: _("Perhaps it was never gathered. Search for it, or check the address for typos."),
        500: _("Nothing was lost. Try again; if it happens again, the terminal shows the details."),
        503: _("What was stored is safe. Fix what the message names, then reload."),
    }
    return remedies.get(status, "")


_API_REMEDIES: dict[documents.ErrorCode, str] = {
    "bad_request": "Correct the request; /api/openapi.json describes every parameter.",
    "not_found": "Check the address or identifier; /api/openapi.json lists every address.",
    "storage": "What was stored is safe. Fix what the message names, then ask again.",
    "internal": "Ask again; the terminal of the hub shows the details.",
    "method_not_allowed": "/api/openapi.json lists the methods of every address.",
    "foreign_form": "Reload the page and send the form again.",
    "failed": "The ledger at /sources shows the answers of the sources.",
}


def _kind_of(problem: Exception) -> tuple[int, documents.ErrorCode]:
    if isinstance(problem, HTTPException):
        codes: dict[int, documents.ErrorCode] = {
            403: "foreign_form",
            404: "not_found",
            405: "method_not_allowed",
        }
        return problem.status_code, codes.get(problem.status_code, "bad_request")
    kinds_of_error: tuple[tuple[tuple[type[Exception], ...], int, documents.ErrorCode], ...] = (
        ((UsageError, InputError, RequestValidationError, SettingsError), 400, "bad_request"),
        ((NotFoundError,), 404, "not_found"),
        ((StorageError,), 503, "storage"),
        ((HubError,), 502, "failed"),
    )
    for kinds, status, code in kinds_of_error:
        if isinstance(problem, kinds):
            return status, code
    return 500, "internal"


def _message_of(problem: Exception, status: int) -> Message:
    if isinstance(problem, RequestValidationError):
        fault = problem.errors()[0]
        name = ".".join(str(part) for part in fault["loc"][1:])
        if not name:
            return Message.of("web.invalid_request", why=str(fault["msg"]))
        return Message.of("web.invalid_parameter", name=name, why=str(fault["msg"]))
    if isinstance(problem, HTTPException):
        return plain(str(problem.detail))
    if status == 500 or not isinstance(problem, HubError):
        return Message.of("web.internal_error")
    return problem.message


class _Static(StaticFiles):
    """Static files; one requested with its content's hash may be cached without limit."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        return response
