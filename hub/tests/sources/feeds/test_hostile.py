"""Feeds made to exhaust a reader: every pattern ends in a record or a stated failure, within the suite's time limit.

Each pattern costs hours where reading is quadratic in its length.
"""

from __future__ import annotations

import tracemalloc

import pytest

from academichub.errors import SourceError
from academichub.sources.feeds.feed import parse_feed

MANY = 250_000


def rss(inside: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'.encode()


def item(**parts: str) -> bytes:
    return rss(
        "<item>"
        + "".join(f"<{name}>{text}</{name}>" for name, text in {"title": "x", **parts}.items())
        + "</item>"
    )


PATTERNS = {
    "unclosed CDATA": rss("<![CDATA[" * MANY),
    "unclosed comments": rss("<!--" * MANY),
    "unclosed instructions": b"<?a " * MANY + b"<rss></rss>",
    "unclosed doctype": b"<!doctype " + b"x" * MANY + b"<rss></rss>",
    "unclosed elements": rss("<a>" * MANY),
    "items in items": rss("<item>" * MANY),
    "attributes": rss("<item " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>"),
    "ampersands": item(title="&" * MANY),
    "entities": item(title="&nbsp;" * MANY),
    "escaped tags": item(description="&lt;b&gt;" * MANY),
    "unclosed escaped tags": item(description="&lt;b " * MANY),
    "separators": item(author=";" * MANY),
    "names": item(author="A B, " * MANY),
    "initials": item(author="A. " * MANY),
    "mail addresses": item(author="x@y." * MANY),
    "brackets": item(author="x@y.z " + "(" * MANY),
    "dashes": item(title="- (" * MANY),
    "one long word": item(
        description="x" * MANY, author="x" * MANY, pubDate="1" * MANY, guid="x" * MANY
    ),
    "dois": item(description="doi: 10.1234/" * MANY, guid="http://" + "10.1234/" * MANY),
    "labels": item(description="&lt;p&gt;Authors: x&lt;/p&gt;" * (MANY // 10)),
    "links": rss(
        "<item><title>x</title>" + "<link>http://a.invalid/b</link>" * (MANY // 10) + "</item>"
    ),
    "TeX": item(
        description="&lt;tex-math&gt;" + "\\begin{document}" * (MANY // 10) + "&lt;/tex-math&gt;"
    ),
    "broken text": rss("")[:-20] + b"\xe9" * MANY + b"</channel></rss>",
    "JSON items": b'{"version":"1","items":[' + b"{}," * MANY + b"{}]}",
    "JSON in JSON": b'{"version":"1","items":[' + b"[" * MANY,
}


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_keeps_the_reader_busy(name: str) -> None:
    try:
        feed = parse_feed(PATTERNS[name], url="https://a.invalid/feed")
    except SourceError as problem:
        assert problem.failure in ("not_the_format", "truncated")
        return
    assert len(feed.records) <= 1
    for record in feed.records:
        assert len(record.title) <= 1000
        assert len(record.abstract) <= 20_000
        assert len(record.raw) <= 65_536
        assert len(record.source_key) <= 500


@pytest.mark.parametrize("depth", [3, 10, 30])
def test_entity_bombs_are_refused_before_anything_is_expanded(depth: int) -> None:
    entities = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(depth)
    )
    data = f"<?xml version='1.0'?><!-- x --><!DOCTYPE rss [{entities}]><rss><channel>&a{depth - 1};</channel></rss>"
    tracemalloc.start()
    try:
        for encoding in ("utf-8", "utf-16", "utf-8-sig"):
            with pytest.raises(SourceError, match="entities") as caught:
                parse_feed(data.encode(encoding))
            assert caught.value.failure == "not_the_format"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_entities_of_files_and_addresses_are_never_read() -> None:
    for target in ("file:///etc/passwd", "http://127.0.0.1:9/x", "/etc/passwd"):
        for kind in ("SYSTEM", 'PUBLIC "x"'):
            data = f'<!DOCTYPE rss [<!ENTITY x {kind} "{target}">]><rss><channel><item><title>&x;</title></item></channel></rss>'
            with pytest.raises(SourceError, match="entities"):
                parse_feed(data.encode())
        outside = f'<!DOCTYPE rss SYSTEM "{target}"><rss><channel><item><title>fine &x;</title></item></channel></rss>'
        [record] = parse_feed(outside.encode()).records
        assert record.title == "fine &x;", "a doctype from elsewhere is left out, never fetched"
