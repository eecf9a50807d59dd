"""The gate every request passes: allowed hosts, origin, body limits, login, security headers.

The hub listens on loopback without a login. A hostile web page in the same browser is then the
danger: it may send requests (cross-site request forgery) and, by DNS rebinding, pretend to be the
hub's own origin. So the Host header must be a loopback name, a request that changes something must
come from our own origin, and every form carries a token.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from academichub import documents
from academichub.messages import plain

FORM_LIMIT_BYTES = 256 * 1024
"""Largest body of an ordinary form or API request."""
UPLOAD_LIMIT_BYTES = 16 * 1024 * 1024
"""Largest body of a request that carries a file."""
UPLOAD_PATHS = ("/radar/import", "/sources/opml", "/api/radar/import")
BODY_TIMEOUT_S = 60.0
"""How long a body may take to arrive."""

SESSION_COOKIE = "academichub_session"
CSRF_COOKIE = "academichub_csrf"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/login", "/health")
OPEN_PREFIXES = ("/static/",)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


class Doorkeeper(Protocol):
    """Knows whose session a token is and whether a password is right (web/accounts.py)."""

    def account_of(self, token: str) -> str | None:
        """Return the account a session token belongs to, or None."""

    def check_password(self, name: str, password: str, client: str) -> bool:
        """Return whether a name and password match; False while the client is locked out."""


def is_loopback(host: str) -> bool:
    """Return whether a bind address or a host name can only mean this machine."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """Return the host of a Host header without its port, in lower case."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def csrf_token(secret: bytes, nonce: str, session: str) -> str:
    """Return the form token that belongs to a browser's nonce cookie and its session."""
    return hmac.new(secret, f"csrf\x1f{nonce}\x1f{session}".encode(), hashlib.sha256).hexdigest()


def new_nonce() -> str:
    """Return the value of a fresh CSRF cookie."""
    return secrets.token_urlsafe(24)


class Gate:
    """ASGI middleware, outermost: refuses bad requests and adds security headers to responses.

    Args:
        app: The pages and the API.
        bound_host: The address the server listens on; loopback means one user without a login.
        doorkeeper: The accounts; asked only where the bound address is not loopback.
        extra_hosts: Further Host names allowed on loopback (tests, a named local address).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        bound_host: str,
        doorkeeper: Doorkeeper,
        extra_hosts: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.open_to_network = not is_loopback(bound_host)
        self.hosts = frozenset(host.lower() for host in extra_hosts)
        self.doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _with_headers(scope, send)
        if scope["method"] == "HEAD":  # RFC 9110, 9.3.2: as GET without the content
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        refusal = self._refusal(scope) or await self._login(scope)
        if refusal is None and scope["method"] not in SAFE_METHODS:
            read = await _read_body(scope, receive)
            if isinstance(read, Response):
                refusal = read
            else:
                receive = read
        await (refusal(scope, receive, send) if refusal else self.app(scope, receive, send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = host_name(host)
        if not self.open_to_network and not is_loopback(name) and name not in self.hosts:
            return _refuse(
                scope, 421, "wrong_host",
                f"This hub does not answer to the name {name[:100]!r}.",
                "Open it as http://127.0.0.1 or http://localhost with its port.",
            )  # fmt: skip
        if scope["method"] in SAFE_METHODS or not _is_foreign(headers, host):
            return None
        return _refuse(
            scope, 403, "foreign_origin",
            "A page of another site tried to change something here; nothing was changed.",
            "Use the hub's own pages, or send the request without an Origin header.",
        )  # fmt: skip

    async def _login(self, scope: Scope) -> Response | None:
        scope.setdefault("state", {})["account"] = None
        path: str = scope["path"]
        if not self.open_to_network:
            return None
        account = await self._account(scope)
        scope["state"]["account"] = account
        if account or path in OPEN_PATHS or path.startswith(OPEN_PREFIXES):
            return None
        if path.startswith(("/api/", "/feeds/")):
            refusal = _refuse(
                scope,
                401,
                "login_required",
                "This hub needs a login.",
                "Send name and password (HTTP Basic).",
            )
            refusal.headers["WWW-Authenticate"] = 'Basic realm="AcademicHub", charset="UTF-8"'
            return refusal
        target = path + (
            f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        )
        back = quote(target, safe="/") if scope["method"] in SAFE_METHODS else "/"
        return RedirectResponse(f"/login?next={back}", 303, headers={"Cache-Control": "no-store"})

    async def _account(self, scope: Scope) -> str | None:
        connection = HTTPConnection(scope)
        token = connection.cookies.get(SESSION_COOKIE, "")
        if token:
            account = await run_in_threadpool(self.doorkeeper.account_of, token)
            if account:
                return account
        named = basic_credentials(connection.headers.get("authorization", ""))
        if named and scope["path"].startswith(("/api/", "/feeds/")):
            client = connection.client.host if connection.client else ""
            if await run_in_threadpool(self.doorkeeper.check_password, *named, client):
                return named[0]
        return None


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return name and password of an HTTP Basic header (RFC 7617), or None."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic" or len(value) > 2000:
        return None
    try:
        name, colon, password = (
            base64.b64decode(value.strip(), validate=True).decode().partition(":")
        )
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def _is_foreign(headers: Headers, host: str) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


async def _read_body(scope: Scope, receive: Receive) -> Receive | Response:
    """Read the whole body within its limits; return a `receive` that repeats it, or the refusal."""
    limit = UPLOAD_LIMIT_BYTES if scope["path"] in UPLOAD_PATHS else FORM_LIMIT_BYTES
    too_large = _refuse(
        scope,
        413,
        "too_large",
        f"The request is larger than {limit // 1024} KiB.",
        "Send a smaller file, or split it.",
    )
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > limit:
                    return too_large
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        return _refuse(
            scope,
            408,
            "too_slow",
            f"The request took over {BODY_TIMEOUT_S:.0f} s to arrive.",
            "Send it again.",
        )
    waiting = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _refuse(
    scope: Scope, status: int, code: documents.ErrorCode, message: str, remedy: str
) -> Response:
    headers = {"Cache-Control": "no-store"}
    if scope["path"].startswith("/api/"):
        error = documents.Error(code=code, message=message, remedy=remedy)
        details = documents.message_details([plain(message)])
        answer = documents.ErrorAnswer(error=error, details=details)
        return JSONResponse(answer.json_object(), status, headers)
    return PlainTextResponse(f"{message}\n{remedy}\n", status, headers)


def _without_body(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sender


def _with_headers(scope: Scope, send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sender
