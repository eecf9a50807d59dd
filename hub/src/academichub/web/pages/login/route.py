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
    wait = accounts.wait_s(client, name)
    if wait > 0:
        minutes = math.ceil(wait / 60)
        problem = visit.ngettext(
            "Too many failed attempts. Try again in %(num)s minute.",
            "Too many failed attempts. Try again in %(num)s minutes.",
            minutes,
        )
        refusal = _form(visit, next, problem, 429)
        refusal.headers["Retry-After"] = str(math.ceil(wait))
        return refusal
    if not accounts.check_password(name, password, client):
        return _form(visit, next, _("Wrong name or password."), 401)
    response = RedirectResponse(safe_return(next), 303, headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    response.set_cookie(
        SESSION_COOKIE,
        accounts.start_session(name),
        max_age=SESSION_DAYS * 86400,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    response.delete_cookie(CSRF_COOKIE)
    return response


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
