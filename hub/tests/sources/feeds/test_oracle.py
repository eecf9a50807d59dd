"""The recorded feeds, read by us and by feedparser: what both can read must agree."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from academichub.errors import SourceError
from academichub.sources.feeds.feed import parse_feed
from academichub.text.markup import plain_text

FOLDERS = ("journal_rss", "feeds_generic")


def letters(text: str) -> str:
    return re.sub(r"\W+", "", plain_text(text)).lower()


def pages(shared_data: Path) -> list[Path]:
    found = [
        path for folder in FOLDERS for path in sorted((shared_data / "api" / folder).iterdir())
    ]
    return [path for path in found if path.name != "mirrored_bridge_errors.xml"]


def test_entries_titles_links_and_days_agree_with_feedparser(shared_data: Path) -> None:
    compared = {"title": 0, "link": 0, "day": 0}
    for path in pages(shared_data):
        data = path.read_bytes()
        ours = parse_feed(data, url="https://a.invalid/feed").records
        theirs = feedparser.parse(
            io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False
        ).entries
        assert len(ours) == len(theirs), path.name
        for record, entry in zip(ours, theirs, strict=True):
            plain = letters(entry.title)
            assert letters(record.title) in plain, (path.name, record.title)
            assert len(letters(record.title)) >= len(plain) - 30, (
                "no more than a publisher's label is left out"
            )
            compared["title"] += 1
            theirs_too = {one.get("href", "") for one in entry.get("links", ())} | {
                entry.get("link", "")
            }
            if record.url:
                found = {urlsplit(link.strip().replace(" ", "%20")).path for link in theirs_too}
                assert urlsplit(record.url).path in found, (path.name, record.url)
                compared["link"] += 1
            if entry.get("published", "")[:10] == record.published:
                compared["day"] += 1
    assert compared["title"] > 1000
    assert compared["link"] > 1000
    assert compared["day"] > 150


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_cut_feed_is_never_taken_for_a_whole_one(shared_data: Path, share: float) -> None:
    for path in pages(shared_data):
        data = path.read_bytes().rstrip()
        with pytest.raises(SourceError) as caught:
            parse_feed(data[: int(len(data) * share)], url="https://a.invalid/feed")
        assert caught.value.failure == "truncated", path.name
