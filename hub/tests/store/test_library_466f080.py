"""A data folder of version 466f080 opens with the present program and shows what it showed then."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from academichub.briefs.brief_store import get_brief, list_briefs
from academichub.formats.jsonl_writer import work_document
from academichub.hub import Hub, open_hub
from academichub.library.follows import followed_feeds
from academichub.library.ledger import Ledger
from academichub.library.merge import resolve
from academichub.radar.radar import Radar
from academichub.radar.today import TodayRequest, today
from academichub.search.service import search
from academichub.settings import load_settings
from academichub.store import schema
from academichub.store.database import schema_revisions
from academichub.works.record_codec import decode, encode, statement_hash

FIXTURE = Path(__file__).parents[1] / "fixtures" / "library_466f080"
SHOWN: dict[str, Any] = json.loads((FIXTURE / "shown.json").read_text("utf-8"))


def put_old_database() -> Path:
    """Write the old database where the settings look for it."""
    url = load_settings().database_url
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress((FIXTURE / "hub.sqlite3.gz").read_bytes()))
    return path


@pytest.fixture
def hub() -> Iterator[Hub]:
    put_old_database()
    opened = open_hub()
    yield opened
    opened.close()


def test_the_fixture_is_of_the_old_schema_and_is_brought_up_to_date() -> None:
    path = put_old_database()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("0005",)
        ]
    hub = open_hub()
    current, newest = schema_revisions(hub.database)
    hub.close()
    assert current == newest


def test_works_and_their_history_are_the_same(hub: Hub) -> None:
    works = sorted(hub.library.all_works(), key=lambda work: work.key)
    assert [work_document(work).json_object() for work in works] == SHOWN["works"]
    history = {work.key: [one.hash for one in hub.library.history(work.key)] for work in works}
    assert history == SHOWN["history"]


def test_statements_keep_the_text_and_hash_they_were_stored_under(hub: Hub) -> None:
    with hub.database.read() as connection:
        rows = connection.execute(schema.records.select()).all()
    assert len(rows) == sum(map(len, SHOWN["history"].values()))
    for row in rows:
        again = encode(decode(row.source, row.source_key, row.statement))
        assert again == row.statement
        assert statement_hash(row.source, row.source_key, again) == row.hash


def test_statements_given_once_more_add_nothing(hub: Hub) -> None:
    before = [work_document(work).json_object() for work in hub.library.all_works()]
    records = [one.record for key in SHOWN["history"] for one in hub.library.history(key)]
    assert hub.library.add(records).keys == []
    assert [work_document(work).json_object() for work in hub.library.all_works()] == before


def test_resolving_every_statement_once_more_gives_the_same_works(hub: Hub) -> None:
    records = [one.record for key in SHOWN["history"] for one in hub.library.history(key)]
    assert [work_document(resolved.work).json_object() for resolved in resolve(records)] == SHOWN[
        "works"
    ]


def test_today_has_the_same_cards_in_the_order_of_this_version(hub: Hub) -> None:
    page = today(hub, TodayRequest(date="2026-06-16", days=2)).document().json_object()
    shown = SHOWN["today"]
    assert page["total"] == shown["total"]
    names = ("key", "label", "title", "announce_type")
    assert len(shown["cards"]) == shown["total"], "all works stand on one page"
    assert sorted([card[name] for name in names] for card in page["cards"]) == sorted(
        [card[name] for name in names] for card in shown["cards"]
    )
    titles = [card["title"] for card in page["cards"]]
    assert all("debris discs" in title for title in titles[:4]), "its query, of weight 2"
    assert page["cards"][-1]["key"] == "arxiv:2606.00012", "what it dislikes"


def test_the_search_index_still_finds_the_works(hub: Hub) -> None:
    found = {
        query: sorted(hit.work.key for hit in search(hub.library, query).hits)
        for query in SHOWN["searches"]
    }
    assert found == SHOWN["searches"]


def test_the_radar_and_its_marks_are_the_same_and_can_be_undone(hub: Hub) -> None:
    radar = Radar(hub.database)
    assert radar.export().json_object() == SHOWN["radar"]
    assert radar.last_change() == SHOWN["last_change"] == "add hide arxiv:2606.00004"
    radar.undo()
    kept = {**SHOWN["radar"]["signals"]}
    del kept["hide"]
    assert radar.export().json_object()["signals"] == kept


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_stored_briefs_keep_their_sentences_and_citations(hub: Hub, lang: str) -> None:
    shown = SHOWN["briefs"][lang]
    assert [one.id for one in list_briefs(hub, lang)] == [shown["id"]]
    document = get_brief(hub, shown["id"]).document().json_object()
    assert sentences(document) == sentences(shown)
    assert [(one["n"], one["key"], one["title"]) for one in document["evidence"]] == [
        (one["n"], one["key"], one["title"]) for one in shown["evidence"]
    ]


def sentences(document: dict[str, Any]) -> list[tuple[str, str, list[int]]]:
    rows = [
        (section["theme"], one["text"], one["citations"])
        for section in document["sections"]
        for one in section["sentences"]
    ]
    assert rows
    return rows


def test_the_ledger_keeps_its_rows_states_and_words(hub: Hub) -> None:
    rows = [one.document().json_object() for one in Ledger(hub.database).entries()]
    assert [{name: row[name] for name in old} for row, old in zip(rows, SHOWN["ledger"], strict=True)] == SHOWN["ledger"]  # fmt: skip
    assert {row["status"] for row in rows} == {"ok", "partial", "failed", "holiday", "stale"}


def test_follows_preferences_and_jobs_are_the_same(hub: Hub) -> None:
    for feed, shown in zip(followed_feeds(hub.database), SHOWN["feeds"], strict=True):
        assert shown.pop("last_message") == ""
        assert {name: getattr(feed, name) for name in shown} == shown
    for name, value in SHOWN["preferences"].items():
        assert hub.preferences.get(name) == value
    with hub.database.read() as connection:
        [job] = [dict(row._mapping) for row in connection.execute(schema.jobs.select())]
    [shown_job] = SHOWN["jobs"]
    message = shown_job.pop("message")
    assert shown_job.pop("error") == ""
    assert {name: job[name] for name in shown_job} == shown_job
    assert message == "5 of 5" and message in str(job)
