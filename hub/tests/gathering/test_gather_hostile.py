"""Hostile items beside good ones, from every source: the good ones arrive, the bad one is reported, later sources are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback_server import reply
from small_sources import CLOCK, DAY, SmallSources, crossref_work, opened_hub, rss, rss_item

from academichub.gathering.gather import run_gather
from academichub.hub import Hub
from academichub.library.follows import follow
from academichub.library.ledger import Ledger, LedgerEntry

HUGE = "99999999999999999999"
LETTER = "\U0001d400"


@pytest.fixture
def sources() -> Iterator[SmallSources]:
    server = SmallSources()
    with server.server:
        yield server


@pytest.fixture
def hub(sources: SmallSources, tmp_path: Path) -> Iterator[Hub]:
    with opened_hub(tmp_path, sources.url) as opened:
        yield opened


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academichub.gathering.outcomes.SHORTEST_WAIT_S", 0.01)


def follow_paths(hub: Hub, sources: SmallSources, *paths: str) -> None:
    follow(hub.database, [(f"{sources.url}{path}", path) for path in paths], origin="user")


def titles(hub: Hub) -> set[str]:
    return {work.title for work in hub.library.all_works()}


def rows(hub: Hub) -> dict[str, LedgerEntry]:
    return {row.window.removesuffix(f" {DAY}"): row for row in Ledger(hub.database).entries()}


GOOD = rss_item("good", "A good one")
JSON_FEED = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "A \\ud800 journal", "items": ['
    '{"id": "1", "url": "https://a.example/1", "title": "Lone \\ud800 half", "summary": "\\udfff"},'
    '{"id": "2", "url": "https://a.example/2", "title": "Letter \\ud835\\udc00", "language": "\\ud800"},'
    f'{{"id": "3", "url": "https://a.example/3", "title": "Dated", "date_published": "{HUGE}-01-01"}},'
    '{"id": "good", "url": "https://a.example/good", "title": "A good one"}]}'
)
CESU_8 = b"\xed\xa0\xb5\xed\xb0\x80"

FEEDS: dict[str, tuple[str | bytes, set[str]]] = {
    "lone": (rss(rss_item(1, "Lone &#xD800; half"), GOOD), {"Lone \ufffd half"}),
    "lone_decimal": (rss(rss_item(1, "Lone &#56320; half"), GOOD), {"Lone \ufffd half"}),
    "pair": (rss(rss_item(1, "Letter &#xD835;&#xDC00;"), GOOD), {f"Letter {LETTER}"}),
    "pair_decimal": (rss(rss_item(1, "Letter &#55349;&#56320;"), GOOD), {f"Letter {LETTER}"}),
    "pair_in_cdata": (rss(rss_item(1, "<![CDATA[Letter &#xD835;&#xDC00;]]>"), GOOD), {f"Letter {LETTER}"}),
    "pair_escaped_twice": (rss(rss_item(1, "Letter &amp;#xD835;&amp;#xDC00;"), GOOD), {f"Letter {LETTER}"}),
    "pair_as_utf8": (rss(rss_item(1, "Letter X"), GOOD).encode().replace(b"X", CESU_8), {f"Letter {LETTER}"}),
    "lone_as_utf8": (rss(rss_item(1, "Lone X half"), GOOD).encode().replace(b"X", CESU_8[:3]), {"Lone \ufffd half"}),
    "beyond": (rss(rss_item(1, "Beyond &#x110000; it"), GOOD), {"Beyond \ufffd it"}),
    "far_beyond": (rss(rss_item(1, f"Beyond &#{HUGE}; it"), GOOD), {"Beyond \ufffd it"}),
    "attribute": (rss(GOOD).replace("<item>", '<item a="&#xDFFF;" b="&#x110000;">'), set()),
    "everywhere": (
        rss(
            '<title>Half &#xD800;</title><link>https://a.example/&#xD800;</link><guid>g&#xD800;</guid>'
            "<author>Ada &#xD800; E</author><pubDate>&#xD800;</pubDate><category>&#xD800;</category>",
            GOOD,
            title="A &#xD800; journal",
        ),
        {"Half \ufffd"},
    ),
    "unicode_escape": (
        rss(rss_item(1, r"Lone \ud800 half"), GOOD).replace('"1.0"', '"1.0" encoding="unicode_escape"'),
        {"Lone \ufffd half"},
    ),
    "huge_year": (rss(rss_item(1, "Dated", f"Mon, 29 Jun {HUGE} 00:00:00 GMT"), GOOD), {"Dated"}),
    "huge_zone": (rss(rss_item(1, "Dated", f"Mon, 29 Jun 2026 00:00:00 +{HUGE}"), GOOD), {"Dated"}),
    "first_day": (rss(rss_item(1, "Dated", "0001-01-01T00:00:00+23:00"), GOOD), {"Dated"}),
    "last_day": (rss(rss_item(1, "Dated", "9999-12-31T23:59:59-23:00"), GOOD), {"Dated"}),
    "json": (JSON_FEED, {"Lone \ufffd half", f"Letter {LETTER}", "Dated"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FEEDS)
def test_a_hostile_feed_gives_its_good_works_and_later_feeds_are_asked(
    sources: SmallSources, hub: Hub, name: str
) -> None:
    body, expected = FEEDS[name]
    sources.feed("/hostile", body)
    sources.feed("/later", rss(rss_item("later", "A later one")))
    follow_paths(hub, sources, "/hostile", "/later")
    report = run_gather(hub, ["feed"])
    assert not report.failed, "a character that was replaced is not a failure"
    assert titles(hub) == {*expected, "A good one", "A later one"}
    assert {row.status for row in rows(hub).values()} == {"ok"}
    assert all(str(work).encode() for work in hub.library.all_works())


def test_a_replaced_character_is_reported(sources: SmallSources, hub: Hub) -> None:
    sources.feed("/hostile", FEEDS["lone"][0])
    follow_paths(hub, sources, "/hostile")
    run_gather(hub, ["feed"])
    assert (
        "characters that no text can hold, replaced by U+FFFD: 1" in rows(hub)["/hostile"].message
    )


@pytest.mark.parametrize(
    "clock",
    [
        f"Mon, 29 Jun {HUGE} 00:00:00 GMT",
        "Mon, 01 Jan 1500 00:00:00 GMT",
        "soon",
        "",
        HUGE,
        "\xff" * 300,
    ],
)
def test_an_unreadable_clock_is_unknown(sources: SmallSources, hub: Hub, clock: str) -> None:
    sources.feed("/clock", rss(GOOD), Date=clock)
    sources.feed("/later", rss(rss_item("later", "A later one")))
    follow_paths(hub, sources, "/clock", "/later")
    assert not run_gather(hub, ["feed"]).failed
    assert titles(hub) == {"A good one", "A later one"}
    assert rows(hub)["/clock"].day == ""


@pytest.mark.parametrize(
    "wait", [f"Mon, 29 Jun {HUGE} 00:00:00 GMT", HUGE * 300, "-1", "NaN", "1e9"]
)
def test_an_unreadable_retry_after_ends_no_gather(
    sources: SmallSources, hub: Hub, wait: str
) -> None:
    sources.pages["/busy"] = reply(503, b"", {"Retry-After": wait})
    sources.feed("/later", rss(rss_item("later", "A later one")))
    follow_paths(hub, sources, "/busy", "/later")
    assert run_gather(hub, ["feed"]).failed
    assert titles(hub) == {"A later one"}
    assert rows(hub)["/busy"].failure == "unavailable"


ARXIV_TITLES = {
    "Lone &#xD800; half": "Lone \ufffd half",
    "Letter &#xD835;&#xDC00;": f"Letter {LETTER}",
    "Letter \ud835\udc00": f"Letter {LETTER}",
    "Lone \ud800 half": "Lone \ufffd half",
    f"Beyond &#{HUGE}; it": "Beyond \ufffd it",
    "A bell &#7; rings": "A bell rings",
}


@pytest.mark.parametrize("title", ARXIV_TITLES)
@pytest.mark.parametrize(
    "modules", [["arxiv_announce"], ["arxiv_oai"], ["arxiv_query"]], ids=" ".join
)
def test_a_hostile_title_at_arxiv_costs_nothing(
    sources: SmallSources, hub: Hub, modules: list[str], title: str
) -> None:
    works = {
        "cs.GT": [("2606.00001", title), ("2606.00002", "A good one")],
        "cs.CL": [("2606.00003", "A later one")],
    }
    sources.announced = sources.queried = works
    report = run_gather(hub, modules)
    assert not report.failed
    assert titles(hub) == {ARXIV_TITLES[title], "A good one", "A later one"}
    assert {row.status for row in rows(hub).values()} == {"ok"}


def test_hostile_works_of_crossref_cost_nothing(sources: SmallSources, hub: Hub) -> None:
    sources.works["1234-5679"] = [
        crossref_work(1, title=["Lone \ud800 half"]),
        crossref_work(2, title=["Letter &#xD835;&#xDC00;"], publisher="\udfff", language="\ud800"),
        crossref_work(3, title=["Dated"], issued={"date-parts": [[2026, 6, int(HUGE)]]}),
        crossref_work(4, title=["Dated too"], created={"date-time": f"{HUGE}-01-01T00:00:00Z"}),
        crossref_work(5, title=["Deep"], assertion=None, other=None).replace(
            "null", "[" * 900 + "]" * 900
        ),
        crossref_work(6),
    ]
    for issn in ("1234-5679", "9999-9994"):
        follow(hub.database, [(f"crossref:{issn}", issn)], origin="user", via="crossref", issn=issn)
    report = run_gather(hub, ["crossref"])
    assert not report.failed
    assert titles(hub) >= {
        "Lone \ufffd half",
        f"Letter {LETTER}",
        "Dated",
        "Dated too",
        "Invented Work 6",
    }
    assert any("/journals/9999-9994/" in path for path in sources.asked)


def test_a_huge_total_is_unknown(sources: SmallSources, hub: Hub) -> None:
    body = (
        f'{{"status": "ok", "message": {{"total-results": {HUGE}, "items": [{crossref_work(1)}]}}}}'
    )
    sources.pages["/journals/1234-5679/works"] = reply(200, body.encode(), {"Date": CLOCK})
    follow(
        hub.database, [("crossref:1234-5679", "J")], origin="user", via="crossref", issn="1234-5679"
    )
    assert not run_gather(hub, ["crossref"]).failed
    assert titles(hub) == {"Invented Work 1"}
    assert rows(hub)["J"].expected is None


def test_a_redirect_to_a_dead_host_gives_up_that_host_alone(
    sources: SmallSources, hub: Hub
) -> None:
    dead = "http://gone.invalid/feed"
    for number in range(3):
        sources.pages[f"/moved{number}"] = reply(302, b"", {"Location": dead})
    sources.feed("/later", rss(rss_item("later", "A later one")))
    sources.pages["/nonsense"] = reply(302, b"", {"Location": "http://[gone"})
    follow_paths(hub, sources, "/moved0", "/moved1", "/moved2", "/nonsense", "/later")
    report = run_gather(hub, ["feed"])
    assert report.failed
    assert titles(hub) == {"A later one"}
    assert [path for path in sources.asked if path != "/later"] == [
        "/moved0",
        "/moved1",
        "/moved2",
        "/nonsense",
    ]
    entries = rows(hub)
    assert entries["/moved0"].failure == entries["/moved1"].failure == "unreachable"
    assert "not asked: host unreachable (gone.invalid)" in entries["/moved2"].message
    assert entries["/nonsense"].failure == "redirect_blocked"
