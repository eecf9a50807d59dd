"""Following feeds and journals: each failure isolated, conditional requests, days that stay, Crossref by ISSN and DOI."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from academichub.errors import CancelledError
from academichub.gathering.gather import GatherReport, run_gather
from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.library.follows import follow, followed_feeds
from academichub.library.ledger import Ledger
from academichub.settings import load_settings

FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel>
<title>Journal of Invented Results</title><link>http://example.org/</link><description>x</description>
<item><title>A Dated Invention</title><link>http://example.org/1</link><guid>one</guid>
<prism:doi>10.5555/dated</prism:doi><pubDate>Mon, 22 Jun 2026 09:00:00 GMT</pubDate></item>
<item><title>An Undated Invention</title><link>http://example.org/2</link><guid>two</guid></item>
<item><title>An Invention of the Future</title><link>http://example.org/3</link><guid>three</guid>
<pubDate>Fri, 01 Jan 2027 09:00:00 GMT</pubDate></item>
</channel></rss>"""


@dataclass
class Server:
    """A loopback server whose answers, clock and log the test sets."""

    url: str = ""
    date: str = "Wed, 24 Jun 2026 12:00:00 GMT"
    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    works: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def answer(self, target: str) -> tuple[int, bytes]:
        parts = urlsplit(target)
        if not parts.path.startswith(("/journals/", "/works")):
            return self.pages.get(parts.path, (404, b"no"))
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        size, start = (
            int(asked["rows"]),
            0 if asked.get("cursor", "*") == "*" else int(asked["cursor"]),
        )
        found = self.works
        if parts.path == "/works":
            wanted = [one.removeprefix("doi:") for one in asked["filter"].split(",")]
            found = [work for work in self.works if work["DOI"].lower() in wanted]
        message = {
            "items": found[start : start + size],
            "total-results": len(found),
            "next-cursor": str(start + size),
        }
        return 200, json.dumps(
            {"status": "ok", "message-type": "work-list", "message": message}
        ).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = state.answer(self.path)
            state.log.append(self.path)
            if status == 200 and not self.path.startswith(("/journals", "/works")):
                tag = f'"{hash(body)}"'
                if self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
            self.send_response_only(status)
            self.send_header("Date", state.date)
            self.send_header("Content-Length", str(len(body)))
            if status in (200, 304):
                self.send_header("ETag", f'"{hash(body)}"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        state.url = f"http://127.0.0.1:{listening.server_address[1]}"
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield state
        listening.shutdown()


@pytest.fixture
def hub(server: Server, tmp_path: Path) -> Iterator[Hub]:
    """A hub that may contact the server, because Crossref's base URL points to it."""
    opened = Hub(
        load_settings(
            {
                "ACADEMICHUB_HOME": str(tmp_path),
                "ACADEMICHUB_SOURCES__CROSSREF__BASE_URL": server.url,
                "ACADEMICHUB_SOURCES__CROSSREF__MAILTO": "reader@example.org",
                "ACADEMICHUB_SOURCES__FEED__MIN_INTERVAL_S": "0",
                "ACADEMICHUB_SOURCES__ENABLED": '["feed", "crossref"]',
            }
        )
    )
    yield opened
    opened.close()


def statuses(report: GatherReport) -> dict[str, str]:
    return {one.source: one.status for one in report.sources}


def test_a_feed_is_merged_and_its_undated_entries_keep_the_day_they_were_first_seen(
    server: Server, hub: Hub
) -> None:
    server.pages["/feed"] = 200, FEED.encode()
    follow(hub.database, [(f"{server.url}/feed", "Invented Results")], origin="user")
    run_gather(hub)
    days = {
        work.title: {(one.category, one.date) for one in work.announcements}
        for work in hub.library.all_works()
    }
    assert days == {
        "A Dated Invention": {("Invented Results", "2026-06-22")},
        "An Undated Invention": {("Invented Results", "2026-06-24")},
        "An Invention of the Future": {("Invented Results", "2026-06-24")},
    }
    server.date = "Fri, 26 Jun 2026 12:00:00 GMT"
    server.pages["/feed"] = 200, FEED.replace("description>x<", "description>y<").encode()
    run_gather(hub)
    again = {
        work.title: {(one.category, one.date) for one in work.announcements}
        for work in hub.library.all_works()
    }
    assert again == days
    entries = [one for one in Ledger(hub.database).entries() if one.source == "feed"]
    assert [
        (one.window, one.expected, one.received, one.merged, one.status) for one in entries
    ] == [
        ("Invented Results 2026-06-24", 3, 3, 3, "ok"),
        ("Invented Results 2026-06-26", 3, 3, 3, "ok"),
    ]
    assert Ledger(hub.database).latest_day() is None, "a journal's clock is not arXiv's day"


def test_an_unchanged_feed_is_not_sent_again(server: Server, hub: Hub) -> None:
    server.pages["/feed"] = 200, FEED.encode()
    follow(hub.database, [(f"{server.url}/feed", "Invented Results")], origin="user")
    run_gather(hub)
    run_gather(hub)
    last = [one for one in Ledger(hub.database).entries() if one.source == "feed"][-1]
    assert (last.received, last.status) == (0, "ok")
    assert "304" in last.message
    assert hub.library.count() == 3


def test_a_broken_feed_stops_no_other_and_says_so_on_its_row(server: Server, hub: Hub) -> None:
    server.pages["/good"] = 200, FEED.encode()
    server.pages["/captcha"] = 200, b"<!DOCTYPE html><html><body>Are you human?</body></html>"
    server.pages["/wall"] = 403, b"no"
    addresses = [
        ("/captcha", "A captcha"),
        ("/gone", "B gone"),
        ("/wall", "C wall"),
        ("/good", "D good"),
    ]
    follow(
        hub.database, [(f"{server.url}{path}", title) for path, title in addresses], origin="opml"
    )
    follow(hub.database, [("http://10.0.0.1/feed", "E inside")], origin="opml")
    report = run_gather(hub)
    assert report.failed
    rows = {row.title: row for row in followed_feeds(hub.database)}
    assert messages_text(rows["A captcha"].last_messages).startswith("wrong format")
    assert messages_text(rows["B gone"].last_messages).startswith("not found")
    assert messages_text(rows["C wall"].last_messages).startswith("refused")
    assert rows["E inside"].last_ok_at is None
    failures = {
        one.window.removesuffix(" 2026-06-24"): one.failure
        for one in Ledger(hub.database).entries()
        if one.source == "feed"
    }
    assert failures["A captcha"] == "not_the_format"
    assert failures["B gone"] == "not_found"
    assert failures["C wall"] == "refused"
    assert failures["D good"] == ""
    assert failures["E inside"] in ("bad_request", "redirect_blocked")


def work(number: int, **more: Any) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/work.{number}",
        "type": "journal-article",
        "title": [f"Invented Work {number}"],
        "container-title": ["Journal of Invented Results"],
        "author": [{"given": "Ada", "family": f"Fictive {number}"}],
        "created": {"date-parts": [[2026, 6, 20]]},
        **more,
    }


def test_a_journal_is_read_page_by_page_and_asked_from_its_bookmark_next_time(
    server: Server, hub: Hub
) -> None:
    server.works = [work(n) for n in range(250)]
    follow(
        hub.database,
        [("crossref:1234-5679", "Invented Results")],
        origin="catalogue",
        via="crossref",
        issn="1234-5679",
    )
    report = run_gather(hub)
    assert statuses(report) == {"crossref": "ok"}
    assert hub.library.count() == 250
    (entry,) = Ledger(hub.database).entries()
    assert (entry.expected, entry.received, entry.merged, entry.day) == (
        250,
        250,
        250,
        "2026-06-24",
    )
    assert any("from-index-date:2026-05-25" in path for path in server.log), (
        "the first look reaches 30 days back"
    )
    assert all("mailto=reader@example.org" in path for path in server.log)
    server.log.clear()
    run_gather(hub)
    assert any("from-index-date:2026-06-24" in path for path in server.log)
    assert hub.library.count() == 250


def test_a_journal_whose_feed_stands_behind_a_wall_is_read_by_its_issn(
    server: Server, hub: Hub
) -> None:
    server.pages["/feed"] = 403, b"<html>Just a moment...</html>"
    server.works = [work(n) for n in range(3)]
    follow(
        hub.database,
        [(f"{server.url}/feed", "Invented Results")],
        origin="catalogue",
        issn="1234-5679",
    )
    report = run_gather(hub)
    assert statuses(report) == {"feed": "failed", "crossref": "ok"}
    assert hub.library.count() == 3
    (row,) = followed_feeds(hub.database)
    text = messages_text(row.last_messages)
    assert text.startswith("refused")
    assert text.endswith("Crossref was asked for ISSN 1234-5679 instead")
    assert row.last_ok_at is not None
    server.log.clear()
    run_gather(hub, ["feed"])
    assert not [path for path in server.log if path.startswith("/journals")], (
        "Crossref was not to be asked"
    )


def test_a_cancelled_gather_says_on_its_row_what_was_not_read(server: Server, hub: Hub) -> None:
    server.works = [work(n) for n in range(300)]
    follow(
        hub.database,
        [("crossref:1234-5679", "Results")],
        origin="catalogue",
        via="crossref",
        issn="1234-5679",
    )
    pages = lambda: sum(path.startswith("/journals") for path in server.log)  # noqa: E731
    with pytest.raises(CancelledError):
        run_gather(hub, cancel=lambda: pages() >= 2)
    (entry,) = Ledger(hub.database).entries()
    assert (entry.status, entry.received, entry.merged) == ("partial", 100, 100)
    assert entry.message.endswith("cancelled; the next gather asks again")
    run_gather(hub)
    assert hub.library.count() == 300


def test_works_a_feed_told_little_of_are_filled_by_doi(server: Server, hub: Hub) -> None:
    server.pages["/feed"] = 200, FEED.encode()
    server.works = [
        work(
            1,
            DOI="10.5555/Dated",
            title=["A Dated Invention"],
            abstract="<jats:p>It was filled in.</jats:p>",
        )
    ]
    follow(hub.database, [(f"{server.url}/feed", "Invented Results")], origin="user")
    run_gather(hub)
    filled = hub.library.require("doi:10.5555/dated")
    assert filled.abstract == "It was filled in."
    assert set(filled.sources) == {"feed", "crossref"}
    server.log.clear()
    run_gather(hub)
    assert not [path for path in server.log if path.startswith("/works")], (
        "nothing is looked up twice"
    )
