"""`/sources`: the ledger, source health, a gather on demand, followed feeds and the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response

from academichub.errors import NotFoundError, UsageError
from academichub.facts import catalogue
from academichub.formats import opml, opml_writer
from academichub.formats.protocol import FileFeed
from academichub.library import follows
from academichub.library.ledger import Ledger
from academichub.messages import Message
from academichub.web import job_view, labels
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here, read_upload
from academichub.web.import_view import ImportView
from academichub.web.pages.sources.view import journal_groups, next_run
from academichub.web.rendering import Visit, redirect, render
from academichub.works.fields import field_name

router = APIRouter()


@router.get("/sources")
def sources_page(visit: Here, date: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Show what was asked, promised and received."""
    return _page(visit, date)


@router.post("/sources/gather", dependencies=[Checked])
def gather_now(visit: Here, back: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Start a gather."""
    job_view.start(visit.hub)
    return redirect(visit, safe_return(back, "/sources"), visit.gettext("The gather has begun."))


@router.post("/sources/cancel", dependencies=[Checked])
def cancel_gather(
    visit: Here, job: Annotated[int, Form()], back: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Ask the running gather to stop."""
    stopped = job_view.cancel(visit.hub, job)
    message = (
        visit.gettext("It stops after the request now under way.")
        if stopped
        else visit.gettext("It had ended already.")
    )
    return redirect(visit, safe_return(back, "/sources"), message)


@router.post("/sources/follow", dependencies=[Checked])
def follow(
    visit: Here,
    url: Annotated[str, Form(max_length=2000)] = "",
    journal: Annotated[str, Form(max_length=9)] = "",
) -> Response:
    """Follow a feed by its address, or a journal of the catalogue by its ISSN."""
    _ = visit.gettext
    database = visit.hub.database
    if journal:
        listed_journal = catalogue.journal_by_issn(journal)
        if listed_journal is None:
            raise NotFoundError(Message.of("follow.unknown_journal", issn=journal))
        added, name = follows.follow_journal(database, listed_journal), listed_journal.name
    else:
        address = follows.feed_url(url)
        added, name = follows.follow(database, [(address, "")], origin="user"), address
    message = (
        _("You follow %(name)s now.", name=name)
        if added
        else _("You follow %(name)s already.", name=name)
    )
    return redirect(visit, "/sources", message)


@router.post("/sources/feed", dependencies=[Checked])
def change_feed(
    visit: Here, id: Annotated[int, Form()], action: Annotated[str, Form(max_length=10)]
) -> Response:
    """Pause, resume or remove a followed feed."""
    _ = visit.gettext
    actions: dict[str, tuple[Callable[[], None], str]] = {
        "pause": (lambda: follows.set_enabled(visit.hub.database, id, False), _("Paused.")),
        "resume": (lambda: follows.set_enabled(visit.hub.database, id, True), _("Resumed.")),
        "remove": (
            lambda: follows.unfollow(visit.hub.database, id),
            _("Removed. The works it brought stay."),
        ),
    }
    if action not in actions:
        raise UsageError(Message.of("follow.unknown_action", action=action))
    act, message = actions[action]
    act()
    return redirect(visit, "/sources", message)


@router.post("/sources/opml", dependencies=[Checked])
def import_opml(visit: Here, file: Annotated[UploadFile, File()]) -> Response:
    """Follow every feed of an OPML file and report what was skipped."""
    name, content = read_upload(file)
    parsed = opml.parse(content)
    feeds: list[tuple[str, str]] = []
    skipped = [(visit.text(entry.position), visit.text(entry.reason)) for entry in parsed.skipped]
    for feed in parsed.feeds:
        try:
            feeds.append((follows.feed_url(feed.url), feed.title))
        except UsageError as problem:
            skipped.append((feed.title or feed.url[:100], visit.text(problem.message)))
    added = follows.follow(visit.hub.database, feeds, origin="opml")
    report = ImportView(name, len(parsed.feeds), added, skipped)
    return _page(visit, "", report)


@router.get("/sources/feeds.opml")
def export_opml(visit: Here) -> Response:
    """Give the followed feeds as an OPML 2.0 file."""
    feeds = [feed for feed in follows.followed_feeds(visit.hub.database) if feed.via == "feed"]
    content = opml_writer.write(
        [FileFeed(feed.title, feed.url, folder=_folder(visit, feed.field)) for feed in feeds]
    )
    headers = {"Content-Disposition": 'attachment; filename="academichub.opml"'}
    return Response(content, media_type="text/x-opml; charset=utf-8", headers=headers)


def _folder(visit: Visit, field_id: str) -> tuple[str, ...]:
    return (field_name(field_id, visit.lang),) if field_id else ()


def _page(visit: Visit, date: str, report: ImportView | None = None) -> Response:
    hub = visit.hub
    ledger = Ledger(hub.database)
    day = date or ledger.latest_day()
    entries = ledger.entries(day) if day else ledger.entries()
    latest = ledger.latest_by_window()
    followed = follows.followed_feeds(hub.database)
    return render(
        visit,
        "sources/page.html",
        page={"job": job_view.latest(visit)},
        report=report,
        health=labels.health(visit, latest, hub.settings.sources.enabled),
        entries=entries[-300:],
        ledger_day=day,
        states=labels.states(visit),
        last_gather=max((entry.finished_at for entry in latest), default=""),
        next_run=next_run(visit),
        feeds=followed,
        catalogue=journal_groups(visit, {feed.url for feed in followed}),
    )
