"""Exceptions nobody foresaw, put into each reader and each step: one item, page, feed or category is lost, not more."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from small_sources import DAY, SmallSources, crossref_work, opened_hub, rss, rss_item

from academichub.commands import gather
from academichub.errors import CancelledError, StorageError
from academichub.gathering import announcements, journals, staging
from academichub.gathering import arxiv as gathering_arxiv
from academichub.gathering import crossref as gathering_crossref
from academichub.gathering import oai as gathering_oai
from academichub.gathering import query_api as gathering_query_api
from academichub.gathering.gather import run_gather
from academichub.hub import Hub
from academichub.library.follows import follow
from academichub.library.ledger import Ledger, LedgerEntry, source_state
from academichub.library.works import Library
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv import oai as arxiv_oai
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.crossref import api as crossref
from academichub.sources.feeds import feed, json_feed, xml_feed
from academichub.works.work import Record

ISSN, LATER_ISSN = "1234-5679", "9999-9994"
JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [
{"id": "b", "url": "https://a.example/json/bad", "title": "A bad one of JSON"},
{"id": "g", "url": "https://a.example/json/good", "title": "A good one of JSON"}]}"""

ARXIV = {
    "cs.GT": [("2606.00001", "A bad one at arXiv"), ("2606.00002", "A good one at arXiv")],
    "cs.CL": [("2606.00003", "A later one at arXiv")],
}
EXPECTED = {
    "arxiv_announce": {"A good one at arXiv", "A later one at arXiv"},
    "arxiv_oai": {"A good one at arXiv", "A later one at arXiv"},
    "arxiv_query": {"A good one at arXiv", "A later one at arXiv"},
    "feed": {"A good one of XML", "A good one of JSON", "A later one of XML"},
    "crossref": {"A good one at Crossref", "A later one at Crossref"},
}
"""Source -> titles that must arrive when the item called bad cannot be read."""


@pytest.fixture
def sources() -> Iterator[SmallSources]:
    server = SmallSources()
    server.announced = server.queried = ARXIV
    server.feed(
        "/xml",
        rss(rss_item("bad", "A bad one of XML"), rss_item("good", "A good one of XML")),
        ETag='"x"',
    )
    server.feed("/json", JSON_FEED, ETag='"j"')
    server.feed("/later", rss(rss_item("later", "A later one of XML")))
    server.works[ISSN] = [
        crossref_work(1, title=["A bad one at Crossref"]),
        crossref_work(2, title=["A good one at Crossref"]),
    ]
    server.works[LATER_ISSN] = [crossref_work(3, title=["A later one at Crossref"])]
    with server.server:
        yield server


@pytest.fixture
def hub(sources: SmallSources, tmp_path: Path) -> Iterator[Hub]:
    with opened_hub(tmp_path, sources.url) as opened:
        paths = ("/xml", "/json", "/later")
        follow(opened.database, [(f"{sources.url}{path}", path) for path in paths], origin="user")
        for issn in (ISSN, LATER_ISSN):
            follow(
                opened.database,
                [(f"crossref:{issn}", issn)],
                origin="user",
                via="crossref",
                issn=issn,
            )
        yield opened


def titles(hub: Hub) -> set[str]:
    return {work.title for work in hub.library.all_works()}


def struck(hub: Hub) -> list[LedgerEntry]:
    return [row for row in Ledger(hub.database).entries() if row.failure]


def speaks_of_bad(item: Any) -> bool:
    """Whether an item, as markup, JSON or a page, is about the bad work."""
    return "A bad one" in ("".join(item.itertext()) if hasattr(item, "itertext") else str(item))


def failing(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    problem: BaseException,
    *,
    always: bool = False,
) -> None:
    """Let a function raise, for the bad item alone unless `always`."""
    real: Callable[..., Any] = getattr(module, name)

    def broken(*arguments: Any, **named: Any) -> Any:
        if always or speaks_of_bad(arguments[0]):
            raise problem
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, broken)


READERS: list[tuple[str, ModuleType, str, int]] = [
    ("arxiv_announce", arxiv_announce, "_record", 1),
    ("arxiv_oai", arxiv_oai, "_record", 1),
    ("arxiv_query", arxiv_query, "_record", 1),
    ("feed", feed, "record_of", 2),
    ("feed", xml_feed, "_entry", 1),
    ("feed", json_feed, "_entry", 1),
    ("crossref", crossref, "record_of", 1),
]


@pytest.mark.parametrize("kind", [ValueError, KeyError, OverflowError])
@pytest.mark.parametrize(
    ("source", "module", "name", "count"), READERS, ids=[f"{s}-{n}" for s, _, n, _ in READERS]
)
def test_a_fault_in_a_reader_costs_one_item(
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    source: str,
    module: ModuleType,
    name: str,
    count: int,
    kind: type[Exception],
) -> None:
    problem = kind("hidden")
    failing(monkeypatch, module, name, problem)
    report = run_gather(hub, [source])
    assert report.failed
    bad = {title for title in titles(hub) if "bad" in title}
    assert titles(hub) - bad == EXPECTED[source]
    assert len(bad) == (2 - count if source == "feed" else 0)
    faults = struck(hub)
    assert len(faults) == count
    for row in faults:
        assert (row.failure, row.status, row.failed, row.merged) == ("our_fault", "partial", 1, 1)
        assert re.search(
            rf"our fault: {kind.__name__} while reading \S.*; the traceback is in the log",
            row.message,
        )
        assert "hidden" not in row.message
    logged = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert len(logged) == count
    assert all(line.exc_info is not None and line.exc_info[1] is problem for line in logged)


PAGES: list[tuple[str, ModuleType, str]] = [
    ("arxiv_announce", arxiv_announce, "parse_feed"),
    ("arxiv_oai", arxiv_oai, "parse_page"),
    ("feed", feed, "parse_feed"),
    ("crossref", crossref, "parse_page"),
]


@pytest.mark.parametrize(
    ("source", "module", "name"), PAGES, ids=[source for source, _, _ in PAGES]
)
def test_a_fault_on_a_page_costs_its_feed_or_category(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, source: str, module: ModuleType, name: str
) -> None:
    failing(monkeypatch, module, name, RuntimeError("hidden"))
    report = run_gather(hub, [source])
    assert report.failed
    assert titles(hub) == {title for title in EXPECTED[source] if "later" in title}
    assert {(row.failure, row.status) for row in struck(hub)} == {("our_fault", "failed")}


STEPS: list[tuple[str, ModuleType, str]] = [
    ("arxiv_announce", staging, "stage"),
    ("arxiv_announce", announcements, "settle"),
    ("arxiv_announce", announcements, "judge"),
    ("arxiv_oai", gathering_oai, "run_pass"),
    ("arxiv_oai", gathering_oai, "_merge"),
    ("arxiv_oai", gathering_arxiv, "_finish_pass"),
    ("arxiv_query", gathering_query_api, "_back_fill_category"),
    ("feed", journals, "_first_days"),
    ("crossref", journals, "gather_crossref_journal"),
    ("crossref", gathering_crossref, "_without_abstract"),
]


@pytest.mark.parametrize(("source", "module", "name"), STEPS, ids=[name for _, _, name in STEPS])
def test_a_fault_in_any_step_is_in_the_ledger_and_later_sources_are_asked(
    hub: Hub,
    sources: SmallSources,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    module: ModuleType,
    name: str,
) -> None:
    failing(monkeypatch, module, name, RuntimeError("hidden"), always=True)
    later = "feed" if source != "feed" else "crossref"
    report = run_gather(hub, [source, later])
    assert report.failed
    assert EXPECTED[later] <= titles(hub)
    faults = struck(hub)
    assert faults
    assert {(row.source, row.failure) for row in faults} == {(source, "our_fault")}
    assert all("RuntimeError while" in row.message for row in faults)
    assert all(row.finished_at for row in Ledger(hub.database).entries()), (
        "no row says that the program was stopped"
    )


def add_failing_for(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    real = Library.add

    def add(library: Library, records: Iterable[Record]) -> Any:
        given = list(records)
        if any("A bad one" in record.title for record in given):
            raise problem
        return real(library, given)

    monkeypatch.setattr(Library, "add", add)


@pytest.mark.parametrize("source", EXPECTED)
def test_a_record_that_cannot_be_merged_costs_itself(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    add_failing_for(monkeypatch, RuntimeError("hidden"))
    report = run_gather(hub, [source])
    assert report.failed
    assert titles(hub) == EXPECTED[source]
    faults = struck(hub)
    assert {(row.failure, row.status, row.failed, row.merged) for row in faults} == {
        ("our_fault", "partial", 1, 1)
    }
    assert all("RuntimeError while merging " in row.message for row in faults)


def test_what_was_lost_is_asked_for_again_until_it_can_be_read(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        for _, module, name, _ in READERS:
            failing(broken, module, name, RuntimeError("hidden"))
        run_gather(hub)
    assert not [title for title in titles(hub) if "bad" in title]
    assert source_state(hub.database, crossref.MODULE, f"from:{ISSN}") is None
    assert source_state(hub.database, crossref.MODULE, f"from:{LATER_ISSN}") == DAY
    report = run_gather(hub)
    assert not report.failed
    assert {title for title in titles(hub) if "bad" in title} == {
        f"A bad one {place}" for place in ("at arXiv", "of XML", "of JSON", "at Crossref")
    }


@pytest.mark.parametrize(
    "problem",
    [
        StorageError("the disk is full"),
        CancelledError("stopped"),
        KeyboardInterrupt(),
        BrokenPipeError(),
    ],
)
@pytest.mark.parametrize(
    ("source", "module", "name", "_count"), READERS, ids=[f"{s}-{n}" for s, _, n, _ in READERS]
)
def test_a_full_disk_and_the_user_still_end_the_gather(
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    module: ModuleType,
    name: str,
    _count: int,
    problem: BaseException,
) -> None:
    failing(monkeypatch, module, name, problem)
    with pytest.raises(type(problem)):
        run_gather(hub, [source])


def test_a_full_disk_while_merging_ends_the_gather(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_failing_for(monkeypatch, StorageError("the disk is full"))
    with pytest.raises(StorageError, match="the disk is full"):
        run_gather(hub, ["feed"])


def test_the_command_ends_with_1_and_says_whose_fault_it_was(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, xml_feed, "_entry", RuntimeError("hidden"))
    monkeypatch.setattr(gather, "open_hub", lambda: hub)
    result = CliRunner().invoke(gather.gather, ["feed"])
    assert result.exit_code == 1
    assert "feed: partial, 3 asked, 4 received, 4 merged" in result.stdout
    assert "our fault: RuntimeError while reading entry 1" in result.stdout
