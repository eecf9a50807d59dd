"""Feeds made to hold the hub up: it follows them, gathers, and shows what they say as they wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from academichub.library.works import Library
from academichub.sources.feeds.feed import parse_feed

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
