"""A source that the hub does not ship works everywhere once its row is in the registry."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from invented_archive import INVENTED_ARCHIVE, NAME
from loopback_server import LoopbackServer, reply
from small_sources import CLOCK, DAY
from starlette.testclient import TestClient

from academichub import preferences
from academichub.cli import cli
from academichub.errors import SettingsError, UsageError
from academichub.gathering.gather import GatherReport, run_gather
from academichub.hub import Hub
from academichub.library.follows import follow
from academichub.library.ledger import Ledger, LedgerEntry
from academichub.radar.today import today
from academichub.radar.window import TodayRequest
from academichub.settings import load_settings, settings_table
from academichub.sources import SOURCES, sources_table
from academichub.web.app import create_app
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

PAGE = 2


def paper(number: int, subject: str = "birds", **more: str) -> dict[str, str]:
    """Return a paper as the archive's JSON has it."""
    doi = f"10.5555/invented.{number}"
    return {"doi": doi, "title": f"Invented Paper {number}", "day": DAY, "subject": subject, **more}


class Archive:
    """The invented archive on loopback, two papers a page."""

    def __init__(self) -> None:
        self.shelves: dict[str, list[dict[str, str]]] = {"birds": [], "stones": []}
        self.total_by_shelf: dict[str, int] = {}
        self.server = LoopbackServer(self._answer)

    @property
    def requests(self) -> list[str]:
        return [request.path for request in self.server.seen]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        shelf, page = query["shelf"][0], int(query["page"][0])
        papers = self.shelves[shelf]
        answer = {
            "total": self.total_by_shelf.get(shelf, len(papers)),
            "papers": papers[(page - 1) * PAGE : page * PAGE],
            "more": page * PAGE < len(papers),
        }
        # send_response() would add a second Date header.
        handler.send_response = lambda code, *_: handler.send_response_only(code)  # type: ignore[method-assign]
        reply(200, json.dumps(answer).encode(), {"Date": CLOCK})(handler)


@pytest.fixture
def archive() -> Iterator[Archive]:
    running = Archive()
    with running.server:
        yield running


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the archive to the registry: one row."""
    monkeypatch.setitem(SOURCES, NAME, INVENTED_ARCHIVE)
    monkeypatch.setattr("academichub.gathering.outcomes.SHORTEST_WAIT_S", 0.01)


def environment(home: Path, url: str, *enabled: str) -> dict[str, str]:
    return {
        "ACADEMICHUB_HOME": str(home),
        "ACADEMICHUB_SOURCES__ENABLED": json.dumps(enabled or (NAME,)),
        "ACADEMICHUB_SOURCES__INVENTED_ARCHIVE__BASE_URL": url,
        "ACADEMICHUB_SOURCES__INVENTED_ARCHIVE__MIN_INTERVAL_S": "0",
        "ACADEMICHUB_SOURCES__CROSSREF__BASE_URL": url,
        "ACADEMICHUB_SOURCES__FEED__MIN_INTERVAL_S": "0",
    }


@pytest.fixture
def hub(archive: Archive, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(environment(tmp_path, archive.server.url)))
    yield opened
    opened.close()


def rows(hub: Hub) -> dict[str, LedgerEntry]:
    return {row.window: row for row in Ledger(hub.database).latest_by_window()}


def figures(report: GatherReport) -> tuple[Any, ...]:
    (summary,) = report.sources
    return summary.source, summary.status, summary.received, summary.merged, summary.failed


def test_it_is_gathered_page_by_page_and_from_where_it_got_to(hub: Hub, archive: Archive) -> None:
    archive.shelves = {"birds": [paper(n) for n in range(1, 6)], "stones": [paper(9, "stones")]}
    assert figures(run_gather(hub)) == (NAME, "ok", 6, 6, 0)
    assert archive.requests == [
        "/papers?shelf=birds&since=ever&page=1",
        "/papers?shelf=birds&since=ever&page=2",
        "/papers?shelf=birds&since=ever&page=3",
        "/papers?shelf=stones&since=ever&page=1",
    ]
    row = rows(hub)["birds"]
    assert (row.asked, row.expected, row.received, row.merged, row.day) == (3, 5, 5, 5, DAY)
    archive.server.seen.clear()
    run_gather(hub, [NAME])
    assert archive.requests[-1] == f"/papers?shelf=stones&since={DAY}&page=1"
    assert hub.library.count() == 6


def test_a_bad_item_costs_itself_and_is_in_the_ledger(hub: Hub, archive: Archive) -> None:
    archive.shelves["birds"] = [paper(1), paper(2, title=""), paper(3)]
    del archive.shelves["birds"][2]["day"]  # which the reader does not foresee: a fault of ours
    archive.shelves["stones"] = [paper(4)]
    report = run_gather(hub)
    assert figures(report) == (NAME, "partial", 2, 2, 2)
    assert report.failed, "a fault of ours fails the gather"
    assert {work.title for work in hub.library.all_works()} == {
        "Invented Paper 1",
        "Invented Paper 4",
    }
    row = rows(hub)["birds"]
    assert (row.status, row.expected, row.received, row.failed) == ("partial", 3, 1, 2)
    assert "entry 2: the title is missing" in row.message
    archive.server.seen.clear()
    run_gather(hub)
    assert archive.requests[0].endswith("shelf=birds&since=ever&page=1"), "it is requested again"


def test_what_was_promised_and_did_not_come_is_counted(hub: Hub, archive: Archive) -> None:
    archive.shelves["birds"], archive.total_by_shelf = [paper(1)], {"birds": 4}
    assert figures(run_gather(hub)) == (NAME, "partial", 1, 1, 3)
    assert "3 of 4 items did not come" in rows(hub)["birds"].message


def test_a_dead_host_fails_the_source_and_no_other(archive: Archive, tmp_path: Path) -> None:
    settings = environment(tmp_path, archive.server.url, "arxiv_announce", NAME)
    dead = {
        "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": '["cs.GT"]',
        "ACADEMICHUB_SOURCES__ARXIV_ANNOUNCE__BASE_URL": "http://127.0.0.1:9",
    }
    archive.shelves["birds"] = [paper(1)]
    hub = Hub(load_settings(settings | dead))
    by_source = {summary.source: summary.status for summary in run_gather(hub).sources}
    assert by_source == {"arxiv_announce": "failed", NAME: "ok"}
    hub.close()

    dead = {"ACADEMICHUB_SOURCES__INVENTED_ARCHIVE__BASE_URL": "http://127.0.0.1:9"}
    hub = Hub(load_settings(environment(tmp_path, archive.server.url) | dead))
    report = run_gather(hub)
    assert report.failed
    outcome = [(rows(hub)[shelf].failure, rows(hub)[shelf].asked) for shelf in ("birds", "stones")]
    assert outcome == [("unreachable", 1), ("unreachable", 0)], "given up after the first list"
    assert hub.library.count() == 1, "what was merged before stays"
    hub.close()


def test_a_repeated_page_and_a_foreign_record_are_refused(
    hub: Hub, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.shelves["birds"] = [paper(1), paper(2), paper(1), paper(2)]
    assert figures(run_gather(hub)) == (NAME, "partial", 2, 2, 0)
    assert rows(hub)["birds"].failure == "protocol"
    archive.shelves["birds"] = [paper(3)]
    monkeypatch.setattr("invented_archive.NAME", "feed")
    run_gather(hub)
    row = rows(hub)["birds"]
    assert (row.failure, row.status, row.received) == ("our_fault", "failed", 0)


def test_its_texts_are_preferred_by_its_order(hub: Hub, archive: Archive) -> None:
    archive.shelves["birds"] = [paper(1, title="As the archive says", abstract="")]
    run_gather(hub)
    name = Identifier("doi", "10.5555/invented.1")

    def statement(source: str) -> Record:
        return Record(source, "x", (name,), title=f"As {source} says", abstract=f"By {source}.")

    hub.library.add([statement("bibtex")])
    (work,) = hub.library.all_works()
    assert (work.title, work.abstract) == ("As the archive says", "By bibtex.")
    hub.library.add([statement("crossref")])
    (work,) = hub.library.all_works()
    assert (work.title, work.abstract) == ("As crossref says", "By crossref.")
    assert work.sources == ("bibtex", "crossref", NAME)


@pytest.mark.parametrize("name", [NAME, "Invented archive"])
def test_today_labels_it_and_filters_by_it(hub: Hub, archive: Archive, name: str) -> None:
    archive.shelves["birds"] = [paper(1)]
    run_gather(hub)
    other = Identifier("doi", "10.5555/other")
    (work,) = hub.library.all_works()
    announced = dataclasses.replace(work.announcements[0], source="feed")
    hub.library.add([Record("feed", "o", (other,), "Of a feed", announcements=(announced,))])
    assert today(hub).total == 2
    page = today(hub, TodayRequest(date=DAY, sources=(name,)))
    assert [card.label for card in page.cards] == [f"Invented Archive (birds) {DAY}"]
    assert today(hub, TodayRequest(date=DAY, sources=("feed",))).total == 1


def test_commands_and_pages_know_it(
    hub: Hub, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.shelves["birds"] = [paper(1)]
    for key, value in environment(tmp_path, archive.server.url).items():
        monkeypatch.setenv(key, value)
    result = CliRunner().invoke(cli, ["gather", NAME, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["works"] == {"before": 0, "after": 1}
    result = CliRunner().invoke(cli, ["today", "--date", DAY, "--source", NAME, "--json"])
    assert [card["title"] for card in json.loads(result.stdout)["cards"]] == ["Invented Paper 1"]

    hub.preferences.set(preferences.FIELDS_CHOSEN, [])
    with TestClient(create_app(hub), base_url="http://127.0.0.1:8000") as client:
        page = client.get(f"/?date={DAY}&source={NAME}").text
        assert f"Invented Archive (birds) {DAY}" in re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page))
        assert f'value="{NAME}"' in page
        for address in ("/sources", f"/search?q=src:{NAME}", "/work/doi:10.5555/invented.1"):
            page = client.get(address).text
            assert "Invented Archive" in page, address


def test_settings_and_guide_derive_from_its_row(tmp_path: Path) -> None:
    home = {"ACADEMICHUB_HOME": str(tmp_path)}
    sources = load_settings(home).sources
    assert sources.enabled[-1] == NAME
    assert sources.base_url(NAME) == "https://invented.example"
    assert sources.min_interval_s(NAME) == 0.5
    assert "`ACADEMICHUB_SOURCES__INVENTED_ARCHIVE__MIN_INTERVAL_S` | `0.5`" in settings_table()
    assert "| Invented Archive | `invented_archive` | what was added" in sources_table()
    key = "ACADEMICHUB_SOURCES__INVENTED_ARCHIVE__MIN_INTERVAL_S"
    with pytest.raises(SettingsError, match=r"0\.1 is below 0\.5, .* invented_archive is not"):
        load_settings({**home, key: "0.1"})
    with pytest.raises(SettingsError, match=r"unknown setting .*INVENTED_ARCHIV__MIN_INTERVAL_S"):
        load_settings({**home, key.replace("ARCHIVE", "ARCHIV"): "1"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gatherer": "pigeons"}, "nothing can ask the source invented_archive: its gatherer 'pigeons'"),
        ({"reader": None}, "nothing can ask the source invented_archive: it has no reader"),
    ],
)  # fmt: skip
def test_a_source_that_nothing_can_ask_is_an_error_naming_it(
    hub: Hub, archive: Archive, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str
) -> None:
    monkeypatch.setitem(SOURCES, NAME, dataclasses.replace(INVENTED_ARCHIVE, **change))
    for names in (None, [NAME]):
        with pytest.raises(SettingsError, match=words):
            run_gather(hub, names)
    assert archive.requests == []


def test_unknown_names_are_errors_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SOURCES, NAME)
    settings = environment(tmp_path, "http://127.0.0.1:9")
    with pytest.raises(SettingsError, match=r"unknown setting .*INVENTED_ARCHIVE__BASE_URL"):
        load_settings(settings)
    hub = Hub(load_settings({"ACADEMICHUB_HOME": str(tmp_path)}))
    with pytest.raises(
        UsageError, match=r"'arxiv_oia' is not a source; did you mean 'arxiv_oai'\?"
    ):
        run_gather(hub, ["arxiv_oia"])
    with pytest.raises(UsageError, match=f"'{NAME}' is not a source; sources: arxiv_announce, "):
        run_gather(hub, [NAME])
    hub.close()


def test_a_journal_source_named_without_anything_followed_says_so(
    hub: Hub, archive: Archive
) -> None:
    remarks: list[str] = []
    run_gather(hub, ["feed"], say=remarks.append)
    assert remarks == ["Feeds: no journal is followed by this source; follow some on /sources"]
    follow(hub.database, [(f"{archive.server.url}/rss", "A journal")], origin="user")
    run_gather(hub, ["feed"], say=remarks.append)
    assert len(remarks) == 1
