"""`/settings`, and the one-click choices of the first run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from academichub import preferences
from academichub.errors import UsageError
from academichub.facts import catalogue
from academichub.library import follows
from academichub.web import job_view
from academichub.web.forms import Checked, Here
from academichub.web.local_model_view import engine_view, try_again
from academichub.web.pages.settings.view import model_rows, time_zones
from academichub.web.pages.today.first_run import choose, radar_of
from academichub.web.rendering import Visit, redirect, render

router = APIRouter()


@router.get("/settings")
def settings_page(visit: Here) -> Response:
    """Show what can be chosen, and what the settings file or the environment fixed."""
    return _page(visit)


@router.post("/settings", dependencies=[Checked])
def save_settings(
    visit: Here,
    language: Annotated[str | None, Form(max_length=20)] = None,
    timezone: Annotated[str | None, Form(max_length=64)] = None,
    time: Annotated[str | None, Form(max_length=8)] = None,
    categories: Annotated[str | None, Form(max_length=4000)] = None,
    learning: Annotated[bool | None, Form()] = None,
) -> Response:
    """Save the choices; a locked one is not in the form and stays."""
    hub = visit.hub
    daily_time = preferences.daily_time(hub)
    try:
        if categories is not None:
            preferences.choose_categories(hub, categories.replace(",", " ").split())
        if language is not None:
            preferences.choose_language(hub, language, visit.account)
        if learning is not None:
            preferences.choose_learning(hub, learning, visit.account)
        preferences.choose_daily_time(
            hub, (time or daily_time.time)[:5], timezone or daily_time.timezone
        )
    except UsageError as problem:
        return _page(visit, visit.text(problem.message), 400)
    return redirect(visit, "/settings", visit.gettext("Saved."))


@router.post("/settings/first-run", dependencies=[Checked])
def first_run(
    visit: Here,
    category: Annotated[list[str] | None, Form()] = None,
    field: Annotated[list[str] | None, Form()] = None,
    field_before: Annotated[list[str] | None, Form()] = None,
    language: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Save the first choices, follow the journals of the chosen fields, start the first gather."""
    hub = visit.hub
    fields = sorted(set(field or ()))[:40]
    choose(hub, radar_of(visit), category or (), fields, field_before)
    preferences.choose_language(hub, language, visit.account)
    hub.preferences.set(preferences.FIELDS_CHOSEN, fields)
    for chosen in fields:
        for journal in catalogue.journals_of(chosen):
            follows.follow_journal(hub.database, journal)
    job_view.start(hub)
    return redirect(visit, "/", visit.gettext("Thank you. The first gather has begun."))


@router.post("/settings/engine", dependencies=[Checked])
def start_engine_again(visit: Here) -> Response:
    """Let the hub try once more to install and start the local language model."""
    return redirect(visit, "/settings", try_again(visit))


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    hub = visit.hub
    daily = preferences.daily_time(hub)
    return render(
        visit,
        "settings/page.html",
        status,
        problem=problem,
        given=hub.settings.given,
        values={
            "language": preferences.language(hub, visit.account),
            "learning": preferences.learns_from_behaviour(hub, visit.account),
            "timezone": daily.timezone,
            "time": daily.time,
            "categories": preferences.categories(hub),
        },
        proposed=catalogue.default_categories(),
        zones=time_zones(),
        model=model_rows(visit),
        engine=engine_view(visit),
        home=str(hub.settings.home),
    )
