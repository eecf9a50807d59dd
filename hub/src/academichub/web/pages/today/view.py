"""What Today shows: a day's cards or the whole order, filters, what is new, the first choices."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from academichub import preferences
from academichub.hub import Hub
from academichub.messages import Message
from academichub.radar.combined import order_of, today_of
from academichub.radar.radars import ALL
from academichub.radar.reading import Visits, new_since
from academichub.radar.today import Card
from academichub.radar.window import TodayRequest
from academichub.web import job_view, labels
from academichub.web.addresses import Address
from academichub.web.card_view import CardView, card_of
from academichub.web.job_view import JobView
from academichub.web.local_model_view import engine_line
from academichub.web.pages.today.aside import (
    BriefTeaser,
    Calendar,
    CarriedView,
    brief_teaser,
    calendar_of,
    carried_views,
)
from academichub.web.pages.today.choices import Choices
from academichub.web.pages.today.first_run import FirstRun, first_run, radar_of
from academichub.web.pages.today.order import gist_of, order_page
from academichub.web.radar_choice import RadarLink, chosen_radars, radar_links
from academichub.web.radar_words import RadarWords
from academichub.web.reading_view import account_of, marks_with_read
from academichub.web.rendering import Visit

BATCH = TodayRequest().size
WEEK = 7
WORDS_SHOWN = 10
FIRST_SEED, SEEDS = 10**8, 9 * 10**8
"""Seeds have nine digits, so that every answer to one request is of one length."""


@dataclass(frozen=True, slots=True)
class NewWorks:
    """What came since the last visit: how many works, when that visit was, where they stand."""

    count: int
    since: str
    address: Address


@dataclass
class TodayView:
    """Everything the template shows."""

    choices: Choices
    layout: str
    day: str | None = None
    first: str | None = None
    age: int | None = None
    """Days since the newest day in the library, where that is the day shown."""
    total: int = 0
    shown: int = 0
    batch: int = 0
    empty_because: str = ""
    note: str = ""
    cards: list[CardView] = field(default_factory=list)
    carried: list[CarriedView] = field(default_factory=list)
    following: Address | None = None
    """The next works by rank, or the next page of the whole order."""
    previous: Address | None = None
    another: Address | None = None
    is_last: bool = True
    """Whether no work is left to show after these."""
    new: NewWorks | None = None
    filters: list[tuple[str, str, str]] = field(default_factory=list)
    calendar: Calendar = field(default_factory=Calendar)
    last_day: str | None = None
    sources: list[tuple[str, str]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    on_shelf: bool = False
    has_signals: bool = False
    job: JobView | None = None
    setup: FirstRun | None = None
    radars: list[RadarLink] = field(default_factory=list)
    radar_words: list[str] = field(default_factory=list)
    brief: BriefTeaser | None = None
    engine_line: str = ""

    @property
    def here(self) -> Address:
        """The address of what is shown, without batch and page."""
        return self.choices.address

    @property
    def without_filters(self) -> Address:
        """The address of the same days without filters."""
        days = tuple(pair for pair in self.here.params if pair[0] in ("date", "days", "radar"))
        return Address("/", days)

    @property
    def newest(self) -> Address:
        """The address of the last day with works."""
        return self.without_filters.drop("days").put("date", self.last_day)

    @property
    def best(self) -> Address:
        """The address of the best works of the same days: the first batch."""
        address = self.here
        for name in ("view", "sort", "show", "seed"):
            address = address.drop(name)
        return address

    @property
    def whole(self) -> Address:
        """The address of the whole order of the same days."""
        return self.best.put("view", "all")

    @property
    def week(self) -> Address:
        """The address of the seven days up to the day shown."""
        return self.here.put("days", WEEK)


def today_view(visit: Visit, choices: Choices, layout: str) -> TodayView:
    """Return what Today shows for an address."""
    view = TodayView(choices, layout, on_shelf=visit.hub.on_shelf)
    if choices.whole:
        _add_order(visit, view)
    else:
        _add_batch(visit, view)
    view.filters = _filters(visit, choices.request)
    view.last_day = visit.hub.daily.last_day()
    _add_days(visit, view)
    _add_choices(visit, view)
    _add_sidebar(visit, view)
    _add_beginning(visit, view)
    return view


def _add_batch(visit: Visit, view: TodayView) -> None:
    """Add a batch: the works of the next places, or a draw, and the works carried over."""
    request = view.choices.request
    page = today_of(visit.hub, request, view.choices.radar or None, visit.account)
    view.day, view.first, view.total, view.batch = page.date, page.first, page.total, page.batch
    view.shown = page.total
    view.empty_because = visit.text(*page.empty)
    view.note = visit.text(*page.notes)
    view.cards = _cards(visit, page.cards, view)
    view.carried = carried_views(visit, page.carried)
    view.is_last = not page.has_more
    further = view.here.put("batch", page.batch + 1)
    if request.seed is not None:
        view.another = further if page.has_more else None
        view.following = view.best.put("batch", 1) if page.total > request.size else None
        return
    if page.has_more:
        view.following = further
        is_combined = view.choices.radar.casefold() == ALL
        view.another = None if is_combined else _first_draw(view.here)
    if page.batch:
        view.previous = view.here.put("batch", page.batch - 1)


def _first_draw(address: Address) -> Address:
    """Return the address of a draw with a seed of its own."""
    return address.put("seed", FIRST_SEED + secrets.randbelow(SEEDS)).put("batch", 1)


def _add_order(visit: Visit, view: TodayView) -> None:
    """Add a page of the whole order."""
    page = order_page(visit, view.choices)
    if page is None:
        return
    view.day, view.first, view.total, view.shown = page.last, page.first, page.total, page.shown
    view.note = visit.text(*page.notes)
    view.cards = _cards(visit, page.cards, view)
    number = view.choices.page
    view.is_last = number >= page.pages
    view.following = None if view.is_last else view.here.put("page", number + 1)
    view.previous = view.here.put("page", number - 1) if number > 1 else None


def _cards(visit: Visit, cards: Sequence[Card], view: TodayView) -> list[CardView]:
    marked = marks_with_read(visit, [card.key for card in cards])
    return [
        card_of(
            card.work,
            rank=card.rank,
            announced=card.announced,
            why=[visit.text(reason) for reason in card.why],
            words=_words_of(card.why),
            marks=marked.get(card.key, ()),
            people_address=view.best,
            radar=view.choices.radar,
            radars=card.radars,
            gist=gist_of(card.title, card.work.readable_text) if view.layout == "list" else "",
        )
        for card in cards
    ]


def _words_of(reasons: Iterable[Message]) -> list[str]:
    """Return the words that reasons name as shared with the radar."""
    named = [reason.params["words"] for reason in reasons if reason.code == "why.words"]
    return [str(word) for words in named if isinstance(words, tuple) for word in words]


def _filters(visit: Visit, request: TodayRequest) -> list[tuple[str, str, str]]:
    shown = [("author", value, value) for value in request.authors]
    shown += [("source", value, labels.source_name(visit, value)) for value in request.sources]
    shown += [("category", value, value) for value in request.categories]
    shown += [("date", request.date, request.date)] if request.date else []
    if request.days:
        days = visit.ngettext("%(num)s day", "%(num)s days", request.days)
        shown.append(("days", str(request.days), days))
    return shown


def _add_days(visit: Visit, view: TodayView) -> None:
    """Add the calendar, the age of the newest day, and what came since the last visit."""
    if view.day is None or view.last_day is None:
        return
    if view.day == view.last_day:
        view.age = max(0, (_local_day(visit.hub) - date.fromisoformat(view.day)).days)
    is_plain = view.choices.is_plain and not view.on_shelf
    before = Visits(visit.hub.database, account_of(visit)).before() if is_plain else None
    base = view.here.drop("date").drop("days").drop("seed")
    view.calendar = calendar_of(
        visit.hub, view.day, view.last_day, base, before.day if before else ""
    )
    if before is None:
        return
    count, address = view.calendar.newer, view.whole.put("show", "new")
    if count:
        span = (date.fromisoformat(view.last_day) - date.fromisoformat(before.day)).days
        address = address.put("days", min(span, 366)) if span > 1 else address
    elif order := order_of(
        visit.hub, view.choices.request, view.choices.radar or None, visit.account
    ):
        count = len(new_since(visit.hub.database, order.candidates, before))
    view.new = NewWorks(count, before.moment, address)


def _local_day(hub: Hub) -> date:
    """Return today's date where the reader is."""
    return datetime.now(ZoneInfo(preferences.daily_time(hub).timezone)).date()


def _add_choices(visit: Visit, view: TodayView) -> None:
    """What the filter form offers: the sources and categories of the cards shown."""
    counts: Counter[str] = Counter()
    for card in view.cards:
        counts.update([card.category, *card.also] if card.category else card.also)
    view.categories = [name for name, _ in counts.most_common(40)]
    view.sources = [
        (name, labels.source_name(visit, name)) for name in visit.hub.settings.sources.enabled
    ]


def _add_sidebar(visit: Visit, view: TodayView) -> None:
    radars = chosen_radars(visit, view.choices.radar)
    view.radars = radar_links(visit, "/")
    view.has_signals = any(radar.signals() for radar in radars)
    words = visit.hub.part(RadarWords)
    share = max(1, WORDS_SHOWN // len(radars))
    up = [word for radar in radars for word in words.get(radar=radar)[0][:share]]
    view.radar_words = list(dict.fromkeys(up))[:WORDS_SHOWN]
    view.brief = brief_teaser(visit.hub, radars)
    view.engine_line = engine_line(visit)


def _add_beginning(visit: Visit, view: TodayView) -> None:
    """Add the first choices until they are made, and a running gather's progress or its failure."""
    job = job_view.latest(visit)
    view.job = job if job and (job.running or job.state == "failed") else None
    view.setup = first_run(visit, radar_of(visit))
