"""Conditions of standing queries: each means on a work what it means on the search page."""

from dataclasses import replace

import pytest

from academichub.hub import Hub
from academichub.radar.queries import read_query
from academichub.radar.query_conditions import WorkTokens, matches
from academichub.search.service import search
from academichub.works.author import Author
from academichub.works.work import Announcement

from .conftest import make_record, make_work

WORK = make_work(
    1,
    "Protein folding with COVID-19 data",
    "Graph neural networks predict structures. 我们研究检索增强生成的方法。",
    authors=(Author("Ada B. Lovelace"), Author("Grace Hopper")),
    categories=("q-bio.BM", "cs.LG"),
    venue="Journal of Invented Results",
    published="2026-03-11",
)


CONDITIONS = pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("protein", True),
        ("proteins folded", True),
        ('"protein folding"', True),
        ('"folding protein"', False),
        ("protein -graph", False),
        ("protein -ocean", True),
        ("ocean OR graph", True),
        ("covid19", True),
        ("covid-19", True),
        ("struct*", True),
        ("ti:graph", False),
        ("abs:graph", True),
        ("au:hopper", True),
        ("hopper", True),
        ("au:protein", False),
        ("venue:invented", True),
        ("cat:cs.LG", True),
        ("cat:q-bio", True),
        ("cat:q-bio.N", False),
        ("检索", True),
        ("生成方法", False),
        ("法", True),
        ("海", False),
        ("src:arxiv", True),
        ("src:crossref", False),
        ("id:2603.00001", True),
        ("id:2603.00002", False),
        ("year:2026", True),
        ("year:..2025", False),
        ("date:2026-03", True),
        ("date:2026-03-12..", False),
    ],
)


@CONDITIONS
def test_conditions_on_a_work(query: str, expected: bool) -> None:
    tree = read_query(query).tree
    assert tree is not None
    assert matches(tree, WorkTokens(WORK)) is expected


@CONDITIONS
def test_the_search_page_agrees(hub: Hub, query: str, expected: bool) -> None:
    record = make_record(1, WORK.title, WORK.abstract, authors=WORK.authors)
    hub.library.add([replace(record, categories=WORK.categories, venue=WORK.venue)])
    assert bool(search(hub.library, query).hits) is expected


def test_a_journal_that_announced_a_work_is_a_venue() -> None:
    announced = (Announcement("feed", "2026-03-11", "new", "Annals of Invented Tides", 0),)
    work = make_work(2, "Moored buoys", announcements=announced, sources=("feed",))
    tree = read_query("venue:tides").tree
    assert tree is not None
    assert matches(tree, WorkTokens(work))
    assert not matches(tree, WorkTokens(WORK))


def test_the_places_are_those_of_title_and_abstract() -> None:
    tokens = WorkTokens(WORK)
    assert sorted(tokens.title_places.of) == ["19", "covid", "data", "fold", "protein"]
    assert tokens.abstract_places.of["graph"] == [0]
    noted = make_work(3, "A title", "", note="Written by hand")
    assert WorkTokens(noted).abstract_places.tokens == {0: "written", 1: "hand"}
