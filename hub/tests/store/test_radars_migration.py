"""The update to several radars: what one radar held goes to the first account, or stays in place."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from academichub.briefs.brief_store import get_brief_of, latest_brief, list_briefs
from academichub.errors import NotFoundError
from academichub.hub import Hub, open_hub
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.today import TodayRequest, today
from academichub.settings import load_settings

FIXTURE = Path(__file__).parents[1] / "fixtures" / "library_466f080"
SHOWN = json.loads((FIXTURE / "shown.json").read_text("utf-8"))
SAVED = ["arxiv:2606.00001", "arxiv:2606.00002"]


def put_old_database(*accounts: str) -> Path:
    """Write the old database where the settings look for it, with accounts and a reading list."""
    path = Path(load_settings().database_url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress((FIXTURE / "hub.sqlite3.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as connection:
        for number, name in enumerate(accounts):
            values = (name, "hash", f"2026-06-0{number + 1}T00:00:00+00:00")
            connection.execute("INSERT INTO accounts VALUES (?, ?, ?)", values)
        connection.execute(
            "INSERT INTO preferences VALUES ('saved_works', ?)", (json.dumps(SAVED),)
        )
        connection.commit()
    return path


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)


@contextmanager
def opened() -> Iterator[Hub]:
    hub = open_hub()
    yield hub
    hub.close()


def test_the_rows_that_belong_to_the_radar_are_the_same_afterwards() -> None:
    path = put_old_database()
    tables = ("radar_signals", "radar_changes", "batches_shown")
    before = {table: rows(path, table) for table in tables}
    assert before["radar_signals"] and before["radar_changes"]
    with opened():
        pass
    assert {table: rows(path, table) for table in tables} == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("accounts", [(), ("zoe", "amy")])
def test_order_marks_and_briefs_go_to_the_first_account(accounts: tuple[str, ...]) -> None:
    put_old_database(*accounts)
    owner = accounts[0] if accounts else ""
    with opened() as hub:
        radar = Radar(hub.database, account=owner)
        assert radar.export() == Radar(hub.database).export()
        assert radar.export().json_object() == SHOWN["radar"]
        assert hub.preferences_of(owner).get("saved_works") == SAVED
        assert hub.preferences.get("saved_works") is None
        request = TodayRequest(date="2026-06-16", days=2)
        keys = [card.key for card in today(hub, request, radar).cards]
        assert set(keys) == {card["key"] for card in SHOWN["today"]["cards"]}
        Radars(hub.database, owner).create("copy")
        copy = Radar(hub.database, "copy", owner)
        copy.import_(SHOWN["radar"])
        assert [card.key for card in today(hub, request, copy).cards] == keys
        ids = {brief.id for brief in list_briefs(hub, radars=[radar])}
        assert ids == {SHOWN["briefs"][lang]["id"] for lang in ("en", "zh")}
        assert radar.last_change() == SHOWN["last_change"]


def test_a_second_account_begins_empty() -> None:
    put_old_database("zoe", "amy")
    brief_id = SHOWN["briefs"]["en"]["id"]
    with opened() as hub:
        radar = Radar(hub.database, account="amy")
        assert (radar.signals(), radar.last_change(), radar.name) == ([], None, "main")
        assert Radars(hub.database, "amy").names() == ["main"]
        assert hub.preferences_of("amy").get("saved_works") is None
        assert latest_brief(hub, radars=[radar]) is None
        assert get_brief_of(hub, "zoe", brief_id).id == brief_id
        with pytest.raises(NotFoundError):
            get_brief_of(hub, "amy", brief_id)
        radar.add("query", "fog")
        assert "fog" not in str(Radar(hub.database, account="zoe").export())
