"""The gate: Host names, origins, body limits, login and headers, over a small application that echoes."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from academichub.web.security import request_body
from academichub.web.security.form_tokens import SESSION_COOKIE
from academichub.web.security.gate import Gate, basic_credentials
from academichub.web.security.headers import SECURITY_HEADERS
from academichub.web.security.request_body import FORM_LIMIT_BYTES, UPLOAD_LIMIT_BYTES

BASE = "http://127.0.0.1:8000"


class Doorkeeper:
    def account_of(self, token: str) -> str | None:
        return "mei" if token == "good" else None

    def check_password(self, name: str, password: str, client: str) -> bool:
        return (name, password) == ("mei", "secret password")


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(
        {"size": len(await request.body()), "account": getattr(request.state, "account", None)}
    )


def client(host: str = "127.0.0.1") -> TestClient:
    inner = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST", "DELETE"])])
    return TestClient(
        Gate(inner, bound_host=host, doorkeeper=Doorkeeper()), base_url=BASE, follow_redirects=False
    )


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8000", "127.9.9.9", "hub.localhost"],
)
def test_loopback_names_are_answered(host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost.evil.example:8000",
        "",
        "[::",
        "0.0.0.0",
    ],
)
def test_other_names_are_refused_with_a_remedy(host: str) -> None:
    page = client().get("/", headers={"host": host})
    assert page.status_code == 421 and "http://127.0.0.1" in page.text
    answer = client().get("/api/today", headers={"host": host})
    assert answer.status_code == 421 and set(answer.json()["error"]) == {
        "code",
        "message",
        "remedy",
    }


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9000"},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"sec-fetch-site": "cross-site", "origin": BASE}],
)  # fmt: skip
def test_changes_from_other_origins_are_refused(headers: dict[str, str]) -> None:
    for path in ("/radar/add", "/api/gather"):
        assert client().post(path, headers=headers).status_code == 403
    assert client().delete("/api/gather/1", headers=headers).status_code == 403
    assert client().get("/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"origin": BASE}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}]
)
def test_our_own_pages_and_programs_may_change_things(headers: dict[str, str]) -> None:
    assert client().post("/radar/add", headers=headers).status_code == 200


def test_bodies_have_limits_whether_declared_or_not() -> None:
    hub = client()
    assert (
        hub.post("/radar/add", content=b"x" * FORM_LIMIT_BYTES).json()["size"] == FORM_LIMIT_BYTES
    )
    assert hub.post("/radar/add", content=b"x" * (FORM_LIMIT_BYTES + 1)).status_code == 413
    chunks = (b"x" * 65536 for _ in range(FORM_LIMIT_BYTES // 65536 + 1))
    assert hub.post("/radar/add", content=chunks).status_code == 413
    assert hub.post("/radar/add", headers={"content-length": "-5"}).status_code == 413
    assert (
        hub.post("/radar/import", content=b"x" * (FORM_LIMIT_BYTES + 1)).json()["size"]
        == FORM_LIMIT_BYTES + 1
    )
    declared = {"content-length": str(UPLOAD_LIMIT_BYTES + 1)}
    assert hub.post("/radar/import", content=b"x", headers=declared).status_code == 413


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    async def slow() -> dict[str, object]:
        await anyio.sleep(30)
        return {"type": "http.request"}

    sent: list[dict[str, object]] = []

    async def collect(message: dict[str, object]) -> None:
        sent.append(message)

    async def ask() -> None:
        monkeypatch.setattr(request_body, "BODY_TIMEOUT_S", 0.05)
        gate = Gate(Starlette(), bound_host="127.0.0.1", doorkeeper=Doorkeeper())
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await gate(scope, slow, collect)  # type: ignore[arg-type]

    anyio.run(ask)
    assert sent[0]["status"] == 408


def test_every_answer_carries_the_security_headers() -> None:
    hub = client()
    for answer in (
        hub.get("/"),
        hub.get("/", headers={"host": "evil.example"}),
        hub.post("/", headers={"origin": "null"}),
    ):
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]
    assert SECURITY_HEADERS["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )


def test_on_a_network_every_page_and_api_needs_a_login() -> None:
    hub = client("0.0.0.0")
    page = hub.get("/radar?x=1", headers={"host": "lab.example"})
    assert page.status_code == 303 and page.headers["location"] == "/login?next=/radar%3Fx%3D1"
    for path in ("/api/today", "/feeds/radar.atom", "/api/openapi.json"):
        answer = hub.get(path)
        assert answer.status_code == 401 and "Basic" in answer.headers["www-authenticate"]
    assert hub.post("/radar/add").headers["location"] == "/login?next=/"
    assert (
        hub.get("/login").status_code
        == hub.get("/health").status_code
        == hub.get("/static/hub.css").status_code
        == 200
    )


def test_a_session_or_basic_credentials_open_it() -> None:
    hub = client("0.0.0.0")
    hub.cookies.set(SESSION_COOKIE, "good")
    assert hub.get("/radar").json()["account"] == "mei"
    hub.cookies.set(SESSION_COOKIE, "forged")
    assert hub.get("/radar").status_code == 303
    hub.cookies.clear()
    assert hub.get("/api/today", auth=("mei", "secret password")).json()["account"] == "mei"
    assert hub.get("/api/today", auth=("mei", "wrong")).status_code == 401
    assert hub.get("/radar", auth=("mei", "secret password")).status_code == 303


@pytest.mark.parametrize(
    "header", ["", "Bearer x", "Basic ???", "Basic bm9jb2xvbg==", "Basic " + "A" * 3000]
)
def test_broken_credentials_are_none(header: str) -> None:
    assert basic_credentials(header) is None
