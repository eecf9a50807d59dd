"""Feeds made to hold the hub up: it follows them, gathers, and shows what they say as they wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_sources import SmallSources, opened_hub, rss, rss_item
from starlette.testclient import TestClient

from academichub.gathering.gather import run_gather
from academichub.library.follows import follow
from academichub.library.works import Library
from academichub.sources.feeds.feed import parse_feed
from academichub.web.app import create_app

MACROS = (r"\frac{", r"\textcolor{", r"\sqrt[")


def _rss(title: str, author: str) -> bytes:
    item = f"<item><title>{title}</title><link>https://a.example/1</link><dc:creator>{author}</dc:creator></item>"
    head = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A</title>'
    )
    return f"{head}{item}</channel></rss>".encode()


@pytest.mark.parametrize("macro", MACROS)
def test_a_hostile_title_and_author_come_as_written(library: Library, macro: str) -> None:
    hostile = f"On {macro * 15}x"
    library.add(parse_feed(_rss(hostile, f"Ada {macro * 15}x")).records)
    (work,) = library.all_works()
    assert work.title == work.readable_title == hostile
    assert [author.name for author in work.authors] == [f"Ada {macro * 15}x"]
    assert work.title_text == ""


def test_a_hub_gathers_hostile_titles_and_shows_them_as_written(tmp_path: Path) -> None:
    """From the feed's bytes to the page, macros nested past any depth a converter could undo."""
    hostile = [f"On {macro * 60}x" for macro in MACROS]
    items = [rss_item(number, title) for number, title in enumerate(hostile)]
    sources = SmallSources()
    with sources.server, opened_hub(tmp_path, sources.url) as hub:
        sources.feed("/hostile", rss(*items, rss_item("good", "A good one")))
        sources.feed("/later", rss(rss_item("later", "A later one at $10^{-3}$ K")))
        follow(
            hub.database,
            [(f"{sources.url}{path}", path) for path in ("/hostile", "/later")],
            origin="user",
        )
        assert not run_gather(hub, ["feed"]).failed
        client = TestClient(create_app(hub), base_url="http://127.0.0.1:8000")
        page = client.get("/?day=2026-06-22")
    assert page.status_code == 200
    for title in (*hostile, "A good one", "A later one at 10\u207b\u00b3 K"):
        assert title in page.text


@pytest.mark.parametrize("name", ["latex_frac_title.xml", "latex_frac_author.xml"])
def test_the_feeds_of_the_collection_of_attacks(
    library: Library, shared_data: Path, name: str
) -> None:
    path = shared_data.parent / "cases" / "attack" / name
    if not path.is_file():
        pytest.skip("the optional collection of attacks is absent")
    library.add(parse_feed(path.read_bytes()).records)
    shown = {work.readable_title for work in library.all_works()}
    hostile = "On " + r"\frac{" * 18 + "x"
    assert shown == {hostile if "title" in name else "A title", "A good one"}
