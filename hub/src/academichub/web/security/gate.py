"""The gate every request passes: allowed hosts, origin, body limits, login, security headers.

The hub listens on loopback without a login. A hostile web page in the same browser is then the
danger: it may send requests (cross-site request forgery) and, by DNS rebinding, pretend to be the
hub's own origin. So the Host header must be a loopback name, a request that changes something must
come from our own origin, and every form carries a token.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from academichub.web.security.form_tokens import SESSION_COOKIE
from academichub.web.security.headers import with_security_headers, without_body
from academichub.web.security.hosts import host_name, is_loopback
from academichub.web.security.refusals import refuse
from academichub.web.security.request_body import read_body

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

OPEN_PATHS = ("/login", "/health")

OPEN_PREFIXES = ("/static/",)


class Doorkeeper(Protocol):
    """Knows whose session a token is and whether a password is right (web/accounts.py)."""

    def account_of(self, token: str) -> str | None:
        """Return the account a session token belongs to, or None."""

    def check_password(self, name: str, password: str, client: str) -> bool:
        """Return whether a name and password match; False while the client is locked out."""


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
        send = with_security_headers(send)
        if scope["method"] == "HEAD":  # RFC 9110, 9.3.2: as GET without the content
            scope, send = {**scope, "method": "GET"}, without_body(send)
        refusal = self._refusal(scope) or await self._login(scope)
        if refusal is None and scope["method"] not in SAFE_METHODS:
            read = await read_body(scope, receive)
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
            return refuse(
                scope,
                421,
                "wrong_host",
                f"This hub does not answer to the name {name[:100]!r}.",
                "Open it as http://127.0.0.1 or http://localhost with its port.",
            )
        if scope["method"] in SAFE_METHODS or not _is_foreign(headers, host):
            return None
        return refuse(
            scope,
            403,
            "foreign_origin",
            "A page of another site tried to change something here; nothing was changed.",
            "Use the hub's own pages, or send the request without an Origin header.",
        )

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
            refusal = refuse(
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
