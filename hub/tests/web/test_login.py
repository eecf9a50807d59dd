"""A hub open to a network: everything needs a login, guessing is braked, logging out ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import argon2
import pytest
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.web.accounts import MAX_FAILURES, Accounts
from academichub.web.app import create_app
from academichub.web.security.form_tokens import SESSION_COOKIE

NAME, PASSWORD = "mei", "correct horse battery"


@pytest.fixture
def lab(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(
        argon2, "PasswordHasher", partial(argon2.PasswordHasher, time_cost=1, memory_cost=1024)
    )
    Accounts(hub.database).add(NAME, PASSWORD)
    with TestClient(create_app(hub, host="0.0.0.0"), base_url="http://lab.example:8000") as client:
        yield client


def log_in(lab: TestClient, password: str = PASSWORD, target: str = "/radar") -> object:
    token = re.search(r'name="csrf" value="(\w+)"', lab.get("/login").text)
    assert token
    form = {"csrf": token[1], "name": NAME, "password": password, "next": target}
    return lab.post("/login", data=form, follow_redirects=False)


def test_logging_in_opens_the_hub_and_logging_out_shuts_it(lab: TestClient) -> None:
    assert lab.get("/radar", follow_redirects=False).headers["location"] == "/login?next=/radar"
    answer = log_in(lab)
    assert answer.status_code == 303 and answer.headers["location"] == "/radar"  # type: ignore[attr-defined]
    cookie = next(
        one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE)
    )  # type: ignore[attr-defined]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    page = lab.get("/radar").text
    assert "Log out mei" in page
    token = re.search(r'name="csrf" value="(\w+)"', page)
    assert (
        token
        and lab.post("/logout", data={"csrf": token[1]}, follow_redirects=False).headers["location"]
        == "/login"
    )
    assert lab.get("/radar", follow_redirects=False).status_code == 303


def test_the_form_token_belongs_to_the_session(lab: TestClient) -> None:
    before = re.search(r'name="csrf" value="(\w+)"', lab.get("/login").text)
    log_in(lab)
    after = re.search(r'name="csrf" value="(\w+)"', lab.get("/radar").text)
    assert before and after and before[1] != after[1]
    assert (
        lab.post("/radar/add", data={"csrf": before[1], "kind": "query", "value": "x"}).status_code
        == 403
    )


def test_login_leads_nowhere_else(lab: TestClient) -> None:
    assert log_in(lab, target="//evil.example").headers["location"] == "/"  # type: ignore[attr-defined]


def test_guessing_is_braked(lab: TestClient) -> None:
    for _ in range(MAX_FAILURES):
        assert log_in(lab, "wrong password").status_code == 401  # type: ignore[attr-defined]
    refused = log_in(lab)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0  # type: ignore[attr-defined]
    assert "minutes" in refused.text  # type: ignore[attr-defined]
    assert lab.get("/api/today", auth=(NAME, PASSWORD)).status_code == 401


def test_programs_log_in_with_basic(lab: TestClient) -> None:
    assert lab.get("/api/today", auth=(NAME, PASSWORD)).json()["total"] == 40
    assert lab.get("/feeds/radar.atom", auth=(NAME, PASSWORD)).status_code == 200
    assert lab.get("/feeds/radar.atom").status_code == 401


def test_no_page_stays_open_when_the_last_account_is_removed(lab: TestClient, hub: Hub) -> None:
    log_in(lab)
    Accounts(hub.database).remove(NAME)
    assert lab.get("/radar", follow_redirects=False).status_code == 303
