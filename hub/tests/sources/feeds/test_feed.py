"""Feeds of journals: golden pairs, the recorded feeds replayed through the real client, encodings, bombs and damage."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_server import LoopbackServer, reply
from source_answers import FreePace, shown

from academichub.errors import HubError, SourceError
from academichub.http.client import HttpClient
from academichub.http.guard import Guard
from academichub.i18n.message_text import message_text
from academichub.sources import SOURCES
from academichub.sources.feeds.feed import MAX_ENTRIES, Feed, parse_feed
from academichub.works.work import Record

GOLDEN = Path(__file__).parents[2] / "golden"
PAIRS = sorted((GOLDEN / "feed").glob("*.expected.json"))
URL = "https://open.invalid/feed"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def ask(server: LoopbackServer, path: str) -> bytes:
    with HttpClient(FreePace(), Guard([server.url])) as client:
        return client.get(server.url + path, module="feed", interval_s=0).body


def given_document(expected: Path) -> bytes:
    name = expected.name.removesuffix(".expected.json")
    [document] = [path for path in expected.parent.glob(f"{name}.*") if path != expected]
    return document.read_bytes()


def rss(
    items: str,
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
    channel: str = "<title>T</title>",
) -> str:
    return f'{prolog}<rss version="2.0"><channel>{channel}{items}</channel></rss>'


def item(title: str = "A title", **parts: str) -> str:
    inside = "".join(
        f"<{name}>{html.escape(text)}</{name}>" for name, text in {"title": title, **parts}.items()
    )
    return f"<item>{inside}</item>"


def one(text: str | bytes, **options: str) -> Record:
    [record] = parse_feed(
        text.encode() if isinstance(text, str) else text, url=URL, **options
    ).records
    return record


def failure(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        parse_feed(data, url=URL)
    assert caught.value.url == URL
    return caught.value.failure


def test_every_source_has_a_golden_pair() -> None:
    for name in SOURCES:
        assert list((GOLDEN / name).glob("*.json")), f"{name} has no golden pair"


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    expected = json.loads(path.read_text("utf-8"))
    feed = parse_feed(given_document(path), field="biology", url=URL)
    for name, value in expected["feed"].items():
        problems = list(map(message_text, feed.problems))
        assert (problems if name == "problems" else getattr(feed, name)) == value
    assert len(feed.problems) == expected.get("problems_count", len(feed.problems))
    assert len(feed.records) == len(expected["records"])
    for record, told in zip(feed.records, expected["records"], strict=True):
        found = shown(record)
        assert {name: found[name] for name in told} == told
        assert record.raw, "the entry as received is kept"


# ---- Recorded feeds of real publishers -------------------------------------------------------------------------------


def recorded(shared_data: Path) -> list[Path]:
    folders = (shared_data / "api" / "journal_rss", shared_data / "api" / "feeds_generic")
    return sorted(
        path for folder in folders for path in folder.iterdir() if path.suffix in (".xml", ".rdf")
    )


def test_recorded_feeds_give_one_record_an_entry(shared_data: Path, server: LoopbackServer) -> None:
    paths = recorded(shared_data)
    assert len(paths) >= 30
    for path in paths:
        if path.name == "mirrored_bridge_errors.xml":
            continue
        server.answers[f"/{path.name}"] = reply(body=path.read_bytes())
        body = ask(server, f"/{path.name}")
        entries = len(re.findall(rb"<(?:item|entry)[\s>]", body))
        feed = parse_feed(body, url=f"{server.url}/{path.name}")
        assert feed.problems == (), path.name
        assert len(feed.records) == entries > 0, path.name
        assert feed.title, path.name
        for record in feed.records:
            texts = (
                record.title + record.abstract + "".join(author.name for author in record.authors)
            )
            assert not re.search(
                r"</?(?:p|i|em|b|sub|sup|div|span|br|a|jats:p)[ />]|&(?:amp|lt|gt|nbsp|#\d+);|\ufffd",
                texts,
            )
            assert record.identifiers
            assert record.url.startswith("http")
            assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", record.published)


def test_recorded_dois_are_found_wherever_they_stand(shared_data: Path) -> None:
    pattern = re.compile(
        r"<(?:prism:doi|dc:identifier)[^>]*>(?:doi:)?(10\.[^<]+)<|<doi>(10\.[^<]+)<"
    )
    stated = 0
    for path in recorded(shared_data):
        text = path.read_text("utf-8", "replace")
        dois = {
            html.unescape(first or second).strip().lower()
            for first, second in pattern.findall(text)
        }
        if dois:
            feed = parse_feed(text.encode(), url=URL)
            assert dois <= {one.value for record in feed.records for one in record.identifiers}, (
                path.name
            )
            stated += len(dois)
    assert stated > 100


@pytest.mark.parametrize(
    ("name", "scheme", "with_id", "with_authors", "with_abstract"),
    [
        ("biorss_zookeys.pensoft.net-rss.php.xml", "doi", 100, 100, 98),  # DOI and authors in the description
        ("mirrored_chemrxiv.xml", "doi", 150, 0, 147),  # DOI as guid
        ("mirrored_chem_rev.xml", "doi", 26, 0, 3),  # DOI as address in the guid
        ("mirrored_rsc_med_chem.xml", "doi", 44, 42, 0),  # DOI only in the link, before a number and a slug
        ("ieee_scs-current-issue.xml", "doi", 49, 49, 0),  # table of contents: names as the first line
        ("biorss_pubmed.ncbi.nlm.nih.gov-rss-search-1rE397IRBYU0-ogsyRnEw9o91K808u0evolcHK9IDZ0PVH5cqD-.xml", "pmid", 15, 15, 15),
        ("biorss_ex_googlescholar.xml", "url", 7, 0, 10),
        ("biorss_ex_cnki.xml", "url", 20, 20, 20),  # names before the abstract, by semicolons
        ("biorss_rss.sciencedirect.com-publication-science-10557903.xml", "url", 51, 50, 0),
        ("biorss_microbiologyresearch.org-rss-content-journal-ijsem-latestarticles.xml", "doi", 25, 25, 22),
        ("biorss_onlinelibrary.wiley.com-feed-19968175-most-recent.xml", "doi", 66, 63, 28),
    ],
)  # fmt: skip
def test_recorded_publishers(
    shared_data: Path, name: str, scheme: str, with_id: int, with_authors: int, with_abstract: int
) -> None:
    records = parse_feed((shared_data / "api" / "journal_rss" / name).read_bytes(), url=URL).records
    assert (
        sum(any(one.scheme == scheme for one in record.identifiers) for record in records)
        == with_id
    )
    assert sum(bool(record.authors) for record in records) == with_authors
    assert sum(bool(record.abstract) for record in records) == with_abstract


def test_recorded_fault_reports_of_a_mirror_are_no_works(shared_data: Path) -> None:
    assert (
        failure((shared_data / "api" / "journal_rss" / "mirrored_bridge_errors.xml").read_bytes())
        == "not_the_format"
    )


# ---- Encodings and slips ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "declared", "title"),
    [
        ("utf-8", "UTF-8", "蛾与灯"), ("utf-8-sig", "utf-8", "蛾与灯"), ("utf-16", "UTF-16", "蛾与灯"), ("gbk", "GBK", "蛾与灯"),
        ("gb18030", "gb2312", "蛾与灯㐀"), ("windows-1251", "windows-1251", "Цитата"), ("iso-8859-1", "ISO-8859-1", "Müller café"),
        ("cp1252", "iso-8859-1", "“Lamps” – moths"), ("shift_jis", "Shift_JIS", "灯と蛾"),
    ],
)  # fmt: skip
def test_encodings(encoding: str, declared: str, title: str) -> None:
    text = rss(item(title), f'<?xml version="1.0" encoding="{declared}"?>')
    assert one(text.encode(encoding)).title == title


def test_bytes_that_are_not_in_the_declared_encoding_are_told() -> None:
    feed = parse_feed(rss(item("caf\u00e9 au lait")).encode("latin-1"), url=URL)
    assert len(feed.records) == 1
    assert feed.problems
    assert "encoding" in message_text(feed.problems[0])


def test_blank_lines_before_the_declaration_and_loose_ampersands_do_no_harm() -> None:
    text = "\n\n  " + rss(
        "<item><title>R&D &amp; caf&eacute; &nbsp;&madeup;</title><link>https://a.invalid/1?a=1&b=2</link></item>"
    )
    record = one(text)
    assert record.title == "R&D & café &madeup;"
    assert record.url == "https://a.invalid/1?a=1&b=2"


def test_an_empty_feed_is_no_fault() -> None:
    feed = parse_feed(rss("", channel="<title>Quiet</title>").encode(), url=URL)
    assert (feed.title, feed.records, feed.problems) == ("Quiet", (), ())


def test_entries_that_share_a_link_stay_apart() -> None:
    items = "".join(item(f"Note {n}", link="https://a.invalid/all", guid=f"n{n}") for n in range(3))
    records = parse_feed(rss(items).encode(), url=URL).records
    assert len({record.identifiers for record in records}) == 3


def test_an_entry_without_a_day_is_not_announced_here() -> None:
    assert one(rss(item(link="https://a.invalid/1"))).announcements == ()
    [told] = one(
        rss(item(link="https://a.invalid/1", pubDate="Mon, 02 Nov 2026 23:30:00 -0800"))
    ).announcements
    assert told.date == "2026-11-02"


def test_a_feed_without_end_is_read_up_to_the_limit_and_says_so() -> None:
    feed = parse_feed(rss(item("T") * (MAX_ENTRIES + 7)).encode(), url=URL)
    assert len(feed.records) <= MAX_ENTRIES
    assert any(str(MAX_ENTRIES) in message_text(problem) for problem in feed.problems)


# ---- Hostile documents -----------------------------------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "truncated"), (b" \n ", "truncated"), (rss(item())[:-9].encode(), "truncated"), (rss(item())[:60].encode(), "truncated"),
        (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "not_the_format"), (b"<html><rss></rss></html>", "not_the_format"),
        (b"Rate exceeded.", "not_the_format"), (b"<opml version='2.0'><body/></opml>", "not_the_format"),
        (rss(item("&b;"), LAUGHS).encode(), "not_the_format"), (rss(item("&x;"), OUTSIDE).encode(), "not_the_format"),
        (rss(item("&b;"), LAUGHS).encode("utf-16"), "not_the_format"),
        (rss("<item>" + "<a>" * 5000 + "</a>" * 5000 + "</item>").encode(), "not_the_format"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id"', "truncated"), (b'{"items": []}', "not_the_format"),
        (b"{" + b'"a":{' * 100_000, "not_the_format"), (b'{"version": "https://jsonfeed.org/version/1.1", "items": 7}', "not_the_format"),
        (b"\x00" * 100, "truncated"), (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not_the_format"), (b"\x1f\x8b\x08\x00", "not_the_format"),
    ],
)  # fmt: skip
def test_damage_has_a_word(data: bytes, word: str) -> None:
    found = failure(data)
    assert found == word or (word == "truncated" and data.startswith(b"\x00"))


def test_a_feed_larger_than_the_limit_is_refused_unread() -> None:
    assert failure(b"<rss>" + b" " * (17 << 20)) == "too_large"


def test_markup_scripts_and_addresses_of_entries_are_inert() -> None:
    record = one(
        rss(
            item(
                "<script>alert(1)</script>Lamps<img src=x onerror=alert(1)>",
                link="javascript:alert(1)",
            )
        )
    )
    assert record.title == "Lamps"
    assert record.url == ""


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_but_hub_errors(data: bytes) -> None:
    with pytest.raises(HubError):
        parse_feed(data, url=URL)


@settings(max_examples=150)
@given(st.sampled_from(PAIRS), st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=8))
def test_mutated_feeds_raise_nothing_but_hub_errors(
    path: Path, place: int, cut: int, junk: bytes
) -> None:
    data = given_document(path)
    place %= len(data)
    try:
        feed: Feed = parse_feed(data[:place] + junk + data[place + cut :], url=URL)
    except HubError:
        return
    for record in feed.records:
        assert record.title
        assert record.identifiers
        json.dumps(shown(record), ensure_ascii=False).encode("utf-8")
        record.raw.encode("utf-8")


MARKS = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "]]>",
        "<![CDATA[",
        "&#0;",
        "&#xD800;",
        "&amp;lt;",
        "<b>",
        "\u202e",
        "\x0b",
        "10.1/",
        "10.99999/x",
        "-",
    ]
)


@given(
    st.dictionaries(
        st.sampled_from(["title", "link", "guid", "pubDate", "author", "description"]),
        st.lists(MARKS, max_size=12).map("".join),
    )
)
def test_any_text_in_any_element_gives_a_record_or_a_sentence(parts: dict[str, str]) -> None:
    feed = parse_feed(rss(item(**parts)).encode("utf-8"), url=URL)
    assert len(feed.records) + len(feed.problems) >= 1
