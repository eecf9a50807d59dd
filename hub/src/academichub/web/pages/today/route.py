"""`/`: a day's works as cards or as a list, in the radar's order, and what has been read."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from academichub.errors import StorageError
from academichub.radar.reading import Visits
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here
from academichub.web.pages.today.choices import (
    Batch,
    Days,
    DayText,
    LayoutText,
    Names,
    PageNumber,
    Seed,
    Show,
    Sort,
    View,
    choices_at,
    chosen_layout,
    page_choices,
)
from academichub.web.pages.today.order import keys_shown
from academichub.web.pages.today.view import today_view
from academichub.web.radar_choice import RadarForm, RadarQuery
from academichub.web.reading_view import account_of, note_opened, reading_marks
from academichub.web.rendering import redirect, render

router = APIRouter()

Back = Annotated[str, Form(max_length=2000)]


@router.get("/")
def today_page(
    visit: Here,
    author: Names = None,
    source: Names = None,
    category: Names = None,
    date: DayText = "",
    since: DayText = "",
    days: Days = 0,
    batch: Batch = 0,
    seed: Seed = None,
    view: View = "best",
    sort: Sort = "rank",
    show: Show = "all",
    page: PageNumber = 1,
    layout: LayoutText = "",
    radar: RadarQuery = "",
) -> Response:
    """Show a day or a span of days; the latest day with works where none is named."""
    choices = page_choices(
        author, source, category, date, since, days, batch, seed, view, sort, show, page, radar
    )
    with suppress(StorageError):  # a database that cannot be written can still be read
        Visits(visit.hub.database, account_of(visit)).begin_or_go_on(
            visit.hub.daily.last_day() or ""
        )
    shown_as = chosen_layout(visit, layout, choices.whole)
    return render(visit, "today/page.html", page=today_view(visit, choices, shown_as))


@router.post("/read", dependencies=[Checked])
def mark_read(
    visit: Here,
    key: Annotated[str, Form(max_length=2000)],
    back: Back = "/",
    opened: Annotated[bool, Form()] = False,
    radar: RadarForm = "",
) -> Response:
    """Mark a work as read, or as unread where it was read; an opened work is read in any case."""
    if opened:
        note_opened(visit, key, radar)
        return Response(status_code=204)
    reading = reading_marks(visit)
    _ = visit.gettext
    message = _("Marked as read.") if reading.toggle(key) else _("Marked as unread.")
    undo = {"action": "/read", "key": key, "back": safe_return(back)}
    return redirect(visit, safe_return(back), message, undo)


@router.post("/read/all", dependencies=[Checked])
def mark_all_read(visit: Here, back: Back = "/") -> Response:
    """Mark every work of the days and filters of a page of Today as read."""
    target = safe_return(back)
    moment, count = reading_marks(visit).mark(keys_shown(visit, choices_at(target)))
    message = visit.ngettext("%(num)s work marked as read.", "%(num)s works marked as read.", count)
    undo = {"action": "/read/undo", "moment": moment, "back": target}
    return redirect(visit, target, message, undo if count else None)


@router.post("/read/undo", dependencies=[Checked])
def undo_read(
    visit: Here, moment: Annotated[str, Form(max_length=40)] = "", back: Back = "/"
) -> Response:
    """Take back the reading marks that were made at one moment."""
    count = reading_marks(visit).undo(moment)
    _ = visit.gettext
    message = _("Taken back.") if count else _("There is nothing to take back.")
    return redirect(visit, safe_return(back), message)
