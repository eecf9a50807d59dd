"""Days and filters of a page: spans, names, limits."""

import pytest

from academichub.errors import UsageError
from academichub.radar.window import TodayRequest, Window, category_name, make_window
from academichub.works.work import Announcement

from .conftest import make_work

LATEST = "2026-03-11"


@pytest.mark.parametrize(
    ("request_", "first", "last", "widened"),
    [
        (TodayRequest(), "2026-03-11", "2026-03-11", False),
        (TodayRequest(days=3), "2026-03-09", "2026-03-11", False),
        (TodayRequest(date="2026-03-01"), "2026-03-01", "2026-03-01", False),
        (TodayRequest(date="2026-03-01", days=2), "2026-02-28", "2026-03-01", False),
        (TodayRequest(authors=("Ada Lovelace",)), "2026-02-10", "2026-03-11", True),
        (TodayRequest(authors=("Ada Lovelace",), days=1), "2026-03-11", "2026-03-11", False),
        (
            TodayRequest(authors=("Ada Lovelace",), date="2026-03-01"),
            "2026-03-01",
            "2026-03-01",
            False,
        ),
        (TodayRequest(sources=("arXiv",)), "2026-03-11", "2026-03-11", False),
    ],
)
def test_spans(request_: TodayRequest, first: str, last: str, widened: bool) -> None:
    window = make_window(request_, LATEST)
    assert (window.first, window.last, window.widened) == (first, last, widened)


def test_names_in_normal_form() -> None:
    window = make_window(
        TodayRequest(
            authors=("Lovelace, Ada",),
            sources=("arXiv", "Feed", "Journal of  Invented Results"),
            categories=("CS.lg", "math"),
        ),
        LATEST,
    )
    assert window.authors == ("Ada Lovelace",)
    assert window.sources == ("arxiv_announce", "arxiv_oai", "arxiv_query", "feed")
    assert window.categories == ("cs.LG", "math", "Journal of Invented Results")
    assert window.is_filtered
    assert not window.unfiltered.is_filtered


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("cs.lg", "cs.LG"),
        ("Astro-Ph.co", "astro-ph.CO"),
        ("cond-mat.Mtrl-Sci", "cond-mat.mtrl-sci"),
        ("physics.Optics", "physics.optics"),
        ("hep-th", "hep-th"),
        ("Nature", "Nature"),
        ("Physical Review X", "Physical Review X"),
    ],
)
def test_categories_as_written_by_arxiv(text: str, kept: str) -> None:
    assert category_name(text) == kept


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (TodayRequest(date="2026-02-30"), "is not a day"),
        (TodayRequest(date="yesterday"), "write YYYY-MM-DD"),
        (TodayRequest(days=0), "days 0 is out of range"),
        (TodayRequest(days=367), "from 1 to 366"),
        (TodayRequest(size=201), "size 201"),
        (TodayRequest(batch=-1), "batch -1"),
        (TodayRequest(seed=2**63), "seed"),
        (TodayRequest(authors=("",)), "author ''"),
        (TodayRequest(categories=("x" * 301,)), "category 'x"),
        (TodayRequest(sources=("a",) * 51), "51 filters by source"),
    ],
)
def test_what_cannot_be_asked(request_: TodayRequest, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_window(request_, LATEST)


def test_the_announcement_shown_is_within_the_days_and_of_the_sources() -> None:
    told = (
        Announcement("arxiv_announce", "2026-03-09", "new", "cs.LG", 1),
        Announcement("feed", "2026-03-10", "new", "Journal of Invented Results", 0),
        Announcement("arxiv_announce", "2026-03-11", "replace", "cs.LG", 2),
    )
    work = make_work(1, "One", announcements=told)
    assert Window("2026-03-09", "2026-03-10").announcement(work) == told[1]
    assert Window("2026-03-09", "2026-03-11").announcement(work) == told[2]
    assert (
        Window("2026-03-09", "2026-03-10", sources=("arxiv_announce",)).announcement(work)
        == told[0]
    )
    assert Window("2026-03-01", "2026-03-08").announcement(work) is None
