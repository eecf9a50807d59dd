"""The days and filters of a page of Today, checked and in normal form. No IO."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date

from academichub.errors import UsageError
from academichub.library.works import WorkFilter
from academichub.messages import Message
from academichub.sources import named_by_reader
from academichub.text.moments import day_before
from academichub.works.author_names import full_name
from academichub.works.identifiers import fold
from academichub.works.work import Announcement, Work

MAX_DAYS = 366
MAX_SIZE = 200
MAX_BATCH = 10_000
MAX_SEED = 2**63 - 1
MAX_FILTERS = 50
MAX_FILTER_CHARS = 300
AUTHOR_DAYS = 30
"""Days searched for an author where the reader names neither day nor span: a person is not
announced daily."""

_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)?(?:\.[a-z-]{2,})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TodayRequest:
    """A reader's request for a page of Today.

    Attributes:
        date: The last day of the window; the latest day in the library where None.
        days: Length of the window; one day where None (AUTHOR_DAYS for an author without a date).
        authors: Full names, all of which a work must have.
        sources: Module names, or the names readers know (`arXiv`, a journal).
        categories: Categories, archives (`math`) or journals.
        batch: 0 for the radar's first, then another and another.
        seed: Of the draws of later batches; None for pages of the order.
        size: Works a batch.
    """

    date: str | None = None
    days: int | None = None
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    batch: int = 0
    seed: int | None = None
    size: int = 20


@dataclass(frozen=True, slots=True)
class Window:
    """Days and filters in normal form; `widened` if the span was lengthened for an author."""

    first: str
    last: str
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    widened: bool = field(default=False, compare=False)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the days restricts it."""
        return bool(self.authors or self.sources or self.categories)

    @property
    def unfiltered(self) -> Window:
        """The same days without filters."""
        return replace(self, authors=(), sources=(), categories=())

    def where(self) -> WorkFilter:
        """Return the filter of the library."""
        return WorkFilter(self.first, self.last, self.authors, self.sources, self.categories)

    def announcement(self, work: Work) -> Announcement | None:
        """Return the announcement a work is shown with, within the window's days and sources."""
        if not self.sources:
            return work.announcement_on(self.first, self.last)
        announcements = tuple(
            announcement
            for announcement in work.announcements
            if announcement.source in self.sources
        )
        return replace(work, announcements=announcements).announcement_on(self.first, self.last)


def make_window(request: TodayRequest, latest: str) -> Window:
    """Return the window of a request.

    Args:
        request: The request.
        latest: The last day for a request without one.

    Raises:
        UsageError: If a value cannot be used; the message names it.
    """
    check_request(request)
    last = _day(request.date) if request.date else _day(latest)
    widened = bool(request.authors) and request.date is None and request.days is None
    days = AUTHOR_DAYS if widened else request.days or 1
    sources, journals = _sources(request.sources)
    return Window(
        first=day_before(last.isoformat(), days - 1),
        last=last.isoformat(),
        authors=tuple(full_name(name) for name in request.authors),
        sources=sources,
        categories=tuple(dict.fromkeys((*map(category_name, request.categories), *journals))),
        widened=widened,
    )


def check_request(request: TodayRequest) -> None:
    """Check the numbers and texts of a request.

    Raises:
        UsageError: If one is out of its range or cannot be read.
    """
    for name, value, low, high in (
        ("days", 1 if request.days is None else request.days, 1, MAX_DAYS),
        ("size", request.size, 1, MAX_SIZE),
        ("batch", request.batch, 0, MAX_BATCH),
        ("seed", request.seed or 0, 0, MAX_SEED),
    ):
        if not low <= value <= high:
            raise UsageError(
                Message.of("request.out_of_range", name=name, number=value, low=low, high=high)
            )
    for name, values in (
        ("author", request.authors),
        ("source", request.sources),
        ("category", request.categories),
    ):
        if len(values) > MAX_FILTERS:
            raise UsageError(
                Message.of(
                    "request.too_many_filters",
                    filters=len(values),
                    kind=Message.of(f"kind.{name}"),
                    limit=MAX_FILTERS,
                )
            )
        for text in values:
            if not fold(text) or len(text) > MAX_FILTER_CHARS:
                raise UsageError(
                    Message.of(
                        "request.bad_filter",
                        kind=Message.of(f"kind.{name}"),
                        text=text[:40],
                        limit=MAX_FILTER_CHARS,
                    )
                )


def category_name(text: str) -> str:
    """Return a category as arXiv writes it (`CS.lg` -> `cs.LG`); other texts stay as they are."""
    text = " ".join(text.split())
    if not _CATEGORY.fullmatch(text):
        return text
    archive, dot, subject = text.partition(".")
    is_code = len(subject) == 2 and "-" not in subject
    return (
        f"{archive.lower()}{dot}{subject.upper() if is_code else subject.lower()}"
        if dot
        else _archive(text)
    )


def _archive(text: str) -> str:
    """Return an archive in lower case; a capitalised word may be a journal (`Nature`) and stays."""
    return text if text[:1].isupper() else text.lower()


def _sources(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (module names, names of journals) of what the reader calls sources."""
    modules: list[str] = []
    journals: list[str] = []
    for name in names:
        if registered := named_by_reader(name):
            modules += registered
        elif name.strip().casefold() == "shelf":
            modules.append("shelf")
        else:
            journals.append(" ".join(name.split()))
    return tuple(dict.fromkeys(modules)), tuple(journals)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(Message.of("request.not_a_day", text=text[:40])) from None
