"""Feeds out: valid by other people's readers, stable ids, nothing from outside acts."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import feedparser
import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from academichub.delivery.feeds import (
    ATOM,
    JSON_FEED_VERSION,
    FeedEntry,
    FeedHead,
    entry_id,
    write_atom,
    write_json_feed,
    write_rss,
)
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Work

HEAD = FeedHead(
    "My radar", "http://127.0.0.1:8000/feeds/radar.atom", "http://127.0.0.1:8000/", subtitle="A & B"
)
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">]]> &amp; {{x}} \x00\x0b\ufffe'
WORK = Work(
    1, "arxiv:2601.00001", (Identifier("arxiv", "2601.00001"),), "Pebbles < Stones & $\\alpha$",
    (Author("Ada Curie"), Author("王小明")), "We sort pebbles.", ("cs.LG", "cs.RO"), published="2026-01-05",
    announcements=(Announcement("arxiv_announce", "2026-01-06", "new", "cs.LG", 1),),
)  # fmt: skip
ENTRY = FeedEntry(
    WORK, label="arXiv (cs.LG) 2026-01-06", why=("Shares the words pebble and sort", "By Ada Curie")
)


@pytest.mark.parametrize("write", [write_atom, write_rss])
def test_feedparser_reads_what_we_wrote(write: Any) -> None:
    parsed = feedparser.parse(write(HEAD, [ENTRY]))
    assert not parsed.bozo
    assert (parsed.feed.title, parsed.feed.link) == ("My radar", "http://127.0.0.1:8000/")
    assert [link.href for link in parsed.feed.links if link.rel == "self"] == [HEAD.self_url]
    entry = parsed.entries[0]
    assert entry.id == entry_id(WORK)
    assert entry.title in ("Pebbles < Stones & α", "Pebbles &lt; Stones &amp; α")
    assert entry.link == "https://arxiv.org/abs/2601.00001"
    assert [author.name for author in entry.authors] == [
        "Ada Curie",
        "王小明",
    ] or entry.author == "王小明"
    assert [tag.term for tag in entry.tags] == ["cs.LG", "cs.RO"]
    assert (entry.updated_parsed if "updated_parsed" in entry else entry.published_parsed)[:3] == (
        2026,
        1,
        6,
    )
    for text in (
        "We sort pebbles.",
        "Shares the words pebble and sort",
        "arXiv (cs.LG) 2026-01-06",
    ):
        assert text in entry.summary


def test_atom_has_what_rfc_4287_asks_for() -> None:
    root = etree.fromstring(write_atom(HEAD, [ENTRY]))
    names = {"a": ATOM}
    for node in (root, root.find("a:entry", names)):
        assert node is not None
        for required in ("id", "title", "updated"):
            assert len(node.findall(f"a:{required}", names)) == 1
    assert root.findtext("a:updated", None, names) == "2026-01-06T00:00:00Z"
    assert root.findtext("a:entry/a:published", None, names) == "2026-01-05T00:00:00Z"
    assert root.find("a:author", names) is not None


def test_json_feed_has_the_shape_of_version_1_1() -> None:
    feed = json.loads(write_json_feed(HEAD, [ENTRY]))
    assert feed["version"] == JSON_FEED_VERSION
    assert {*feed} <= {
        "version",
        "title",
        "home_page_url",
        "feed_url",
        "description",
        "language",
        "items",
    }
    item = feed["items"][0]
    assert item["id"] == entry_id(WORK)
    assert item["authors"] == [{"name": "Ada Curie"}, {"name": "王小明"}]
    assert item["date_modified"] == "2026-01-06T00:00:00Z"
    assert item["tags"] == ["cs.LG", "cs.RO"]
    assert all(
        isinstance(item[name], str) and item[name]
        for name in ("id", "url", "title", "content_html", "summary")
    )


def test_an_id_outlives_versions_and_differs_between_works() -> None:
    newer = dataclasses.replace(WORK, id=7, title="New title", updated="2027-01-01")
    assert (
        entry_id(newer)
        == entry_id(WORK)
        != entry_id(dataclasses.replace(WORK, key="arxiv:2601.00002"))
    )


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.just(HOSTILE))
def test_texts_from_outside_are_inert(text: str) -> None:
    work = dataclasses.replace(
        WORK, title=text, abstract=text, authors=(Author(text),), categories=(text,)
    )
    entry = FeedEntry(work, why=(text,), label=text)
    head = dataclasses.replace(HEAD, title=f"Radar {text}")
    feed = json.loads(write_json_feed(head, [entry]))
    bodies = [feed["items"][0]["content_html"]]
    root = etree.fromstring(write_atom(head, [entry]))
    bodies.append(root.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}summary") or "")
    bodies.append(
        etree.fromstring(write_rss(head, [entry])).findtext("channel/item/description") or ""
    )
    for body in bodies:
        assert {node.tag for node in etree.HTML(f"<div>{body}</div>").iter()} <= {
            "html",
            "body",
            "div",
            "p",
            "ul",
            "li",
        }
        assert nh3.clean(body, tags={"p", "ul", "li"}).count("<p>") == body.count("<p>")


def test_an_empty_feed_is_valid_and_tells_no_time_of_this_machine() -> None:
    for write in (write_atom, write_rss):
        parsed = feedparser.parse(write(HEAD, []))
        assert not parsed.bozo
        assert parsed.feed.updated_parsed[:3] == (1970, 1, 1)
    dated = dataclasses.replace(HEAD, updated="2026-01-07T08:09:10+02:00")
    assert feedparser.parse(write_atom(dated, [ENTRY])).feed.updated == "2026-01-07T06:09:10Z"


def test_incomplete_dates_are_whole_moments() -> None:
    for day, moment in (("2026", "2026-01-01"), ("2026-03", "2026-03-01"), ("odd", "1970-01-01")):
        work = dataclasses.replace(WORK, published=day, announcements=())
        assert (
            f"<published>{moment}T00:00:00Z</published>"
            in write_atom(HEAD, [FeedEntry(work)]).decode()
        )
