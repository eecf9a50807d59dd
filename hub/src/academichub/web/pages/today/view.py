"""What Today shows: a day's cards, the filters, the strip of days, and the first choices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from academichub import preferences
from academichub.briefs.brief_store import latest_brief
from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.radar.today import TodayPage, today
from academichub.radar.window import TodayRequest
from academichub.sources.arxiv import ArxivOptions
from academichub.text.moments import day_before
from academichub.web import job_view, labels, marks
from academichub.web.addresses import Address
from academichub.web.card_view import CardView, card_of
from academichub.web.job_view import JobView
from academichub.web.labels import SourceHealth
from academichub.web.local_model_view import engine_line
from academichub.web.radar_words import RadarWords
from academichub.web.rendering import Visit
from academichub.works.fields import field_name

DAYS_SHOWN = 9
THEMES_SHOWN = 4
_DEFAULT_FIELDS = ("multidisciplinary", "computer-science")


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the strip: its ISO date, how many works it has, its address."""

    day: str
    count: int
    address: Address


@dataclass(frozen=True, slots=True)
class BriefTeaser:
    """The latest brief as Today announces it: its page, day and first themes."""

    address: str
    day: str
    themes: tuple[str, ...]


@dataclass
class TodayView:
    """Everything the template shows."""

    day: str | None
    here: Address
    total: int = 0
    batch: int = 0
    empty_because: str = ""
    note: str = ""
    cards: list[CardView] = field(default_factory=list)
    more: Address | None = None
    filters: list[tuple[str, str, str]] = field(default_factory=list)
    days: list[DayView] = field(default_factory=list)
    earlier: Address | None = None
    later: Address | None = None
    last_day: str | None = None
    sources: list[tuple[str, str]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    on_shelf: bool = False
    job: JobView | None = None
    first_run: bool = False
    setup: dict[str, Any] = field(default_factory=dict)
    radar_words: list[str] = field(default_factory=list)
    brief: BriefTeaser | None = None
    health: list[SourceHealth] = field(default_factory=list)
    engine_line: str = ""

    @property
    def without_filters(self) -> Address:
        """The address of the same day without filters."""
        same_day = tuple(pair for pair in self.here.params if pair[0] == "date")
        return Address("/", same_day)

    @property
    def first_batch(self) -> Address:
        """The address of the first batch."""
        return self.here.drop("batch")


def today_view(visit: Visit, request: TodayRequest) -> TodayView:
    """Return what Today shows for a request."""
    page = today(visit.hub, request)
    view = TodayView(day=page.date, here=_address_of(request), total=page.total, batch=page.batch)
    view.empty_because, view.on_shelf = visit.text(*page.empty), page.on_shelf
    view.note = visit.text(*page.notes)
    view.cards = _cards(visit, page, view.here)
    view.more = view.here.put("batch", page.batch + 1) if page.has_more else None
    view.filters = _filters(visit, request)
    _add_days(visit, view)
    _add_choices(visit, view)
    _add_sidebar(visit, view)
    _add_beginning(visit, view)
    return view


def _cards(visit: Visit, page: TodayPage, address: Address) -> list[CardView]:
    marked = marks.marks_of(visit.hub, [card.key for card in page.cards])
    return [
        card_of(
            card.work,
            rank=card.rank,
            announced=card.announced,
            why=[visit.text(reason) for reason in card.why],
            marks=marked.get(card.key, ()),
            people_address=address,
        )
        for card in page.cards
    ]


def _brief_teaser(hub: Hub) -> BriefTeaser | None:
    brief = latest_brief(hub)
    if brief is None:
        return None
    themes = tuple(section.theme for section in brief.sections[:THEMES_SHOWN])
    return BriefTeaser(f"/brief/{brief.id}", brief.date, themes)


def _address_of(request: TodayRequest) -> Address:
    pairs = [("author", value) for value in request.authors] + [
        ("source", value) for value in request.sources
    ]
    pairs += [("category", value) for value in request.categories]
    pairs += [("date", request.date)] if request.date else []
    pairs += [("seed", str(request.seed))] if request.seed is not None else []
    return Address("/", tuple(pairs))


def _filters(visit: Visit, request: TodayRequest) -> list[tuple[str, str, str]]:
    shown = [("author", value, value) for value in request.authors]
    shown += [("source", value, labels.source_name(visit, value)) for value in request.sources]
    shown += [("category", value, value) for value in request.categories]
    return shown + ([("date", request.date, request.date)] if request.date else [])


def _add_days(visit: Visit, view: TodayView) -> None:
    """The strip: days around the one shown, so that empty days between are seen too."""
    library = visit.hub.reading
    view.last_day = library.last_day()
    if view.day is None or view.last_day is None:
        return
    newest = max(view.last_day, view.day)
    end = min(newest, day_before(view.day, -2))
    counts = dict(library.days(newest, 400))
    base = view.here.drop("batch").drop("date")
    # At the ends of the calendar several of these are one day, shown once.
    shown = dict.fromkeys(day_before(end, back) for back in reversed(range(DAYS_SHOWN)))
    view.days += [DayView(day, counts.get(day, 0), base.put("date", day)) for day in shown]
    before = max((day for day in counts if day < view.day), default=None)
    after = min((day for day in counts if day > view.day), default=None)
    view.earlier = base.put("date", before) if before else None
    view.later = base.put("date", after) if after else None


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
    view.radar_words = visit.hub.part(RadarWords).get()[0][:10]
    view.brief = _brief_teaser(visit.hub)
    view.engine_line = engine_line(visit)
    hub = visit.hub
    view.health = labels.health(
        visit, Ledger(hub.database).latest_by_window(), hub.settings.sources.enabled
    )


def _add_beginning(visit: Visit, view: TodayView) -> None:
    """Add the first choices until they are made, and a running gather's progress or its failure.

    A failed gather is shown only while the library is empty.
    """
    hub = visit.hub
    job = job_view.latest(visit)
    view.job = job if job and (job.running or (view.on_shelf and job.state == "failed")) else None
    chosen = hub.preferences.get(preferences.FIELDS_CHOSEN) is not None
    view.first_run = not chosen
    if view.first_run:
        view.setup = _first_choices(hub, visit.lang)


def _first_choices(hub: Hub, lang: str) -> dict[str, Any]:
    """Return what the first run offers: categories, and fields with journals to follow."""
    offers = [offer for offer in catalogue.offer() if offer.journals]
    proposed = preferences.categories(hub) or catalogue.default_categories()
    suggested = dict.fromkeys(
        [*proposed, *(name for offer in catalogue.offer() for name in offer.categories)]
    )
    names_of = catalogue.categories()
    return {
        "locked": bool(hub.settings.sources.options(ArxivOptions).categories),
        "chosen": list(proposed),
        "categories": [
            {"id": name, "name": names_of[name].name(lang) if name in names_of else ""}
            for name in suggested
        ],
        "fields": [
            {
                "id": offer.field_id,
                "name": field_name(offer.field_id, lang),
                "journals": len(offer.journals),
                "chosen": offer.field_id in _DEFAULT_FIELDS,
            }
            for offer in offers
        ],
        "field_names": [field_name(field_id, lang) for field_id in _DEFAULT_FIELDS],
    }
