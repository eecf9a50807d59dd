"""`/login` and `/logout`: only where the hub is open to a network."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from academichub.web.accounts import SESSION_DAYS, Accounts
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here, client_of
from academichub.web.rendering import Visit, render
from academichub.web.security.form_tokens import CSRF_COOKIE, SESSION_COOKIE

router = APIRouter()


@router.get("/login")
def login_page(visit: Here, next: str = "/") -> Response:
    """Show the login form."""
    return _form(visit, next)


@router.post("/login", dependencies=[Checked])
def log_in(
    request: Request,
    visit: Here,
    name: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=512)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Check name and password and start a session."""
    accounts: Accounts = request.app.state.accounts
    client = client_of(request)
    _ = visit.gettext
    wait_s = accounts.wait_s(client, name)
    if wait_s > 0:
        return _too_many_attempts(visit, next, wait_s)
    if not accounts.check_password(name, password, client):
        return _form(visit, next, _("Wrong name or password."), 401)
    response = RedirectResponse(safe_return(next), 303, headers={"Cache-Control": "no-store"})
    _set_session(response, accounts.start_session(name), secure=request.url.scheme == "https")
    return response


def _too_many_attempts(visit: Visit, target: str, wait_s: float) -> Response:
    problem = visit.ngettext(
        "Too many failed attempts. Try again in %(num)s minute.",
        "Too many failed attempts. Try again in %(num)s minutes.",
        math.ceil(wait_s / 60),
    )
    refusal = _form(visit, target, problem, 429)
    refusal.headers["Retry-After"] = str(math.ceil(wait_s))
    return refusal


def _set_session(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_DAYS * 86400,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    # Form tokens are bound to the session, so the one given before the login is of no use.
    response.delete_cookie(CSRF_COOKIE)


@router.post("/logout", dependencies=[Checked])
def log_out(request: Request) -> Response:
    """End the session."""
    accounts: Accounts = request.app.state.accounts
    accounts.end_session(request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/login", 303, headers={"Cache-Control": "no-store"})
    response.delete_cookie(SESSION_COOKIE)
    return response


def _form(visit: Visit, target: str, problem: str = "", status: int = 200) -> Response:
    return render(
        visit, "login/page.html", status, bare=True, next=safe_return(target), problem=problem
    )
