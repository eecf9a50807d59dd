"""Rows of followed feeds: by title, each address once, changed and removed by number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from academichub.store.database import Connection, Database
from academichub.store.follows_store import (
    add_feed_row,
    change_feed_row,
    feed_rows,
    feed_urls,
    remove_feed_row,
    set_feed_enabled,
)

VALUES = {
    "field": "", "issn": "", "via": "feed", "origin": "user", "enabled": True,
    "added_at": "2026-06-24T00:00:00", "last_messages": [],
}  # fmt: skip


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def add(connection: Connection, url: str, title: str) -> int:
    """Add a feed and return its number."""
    add_feed_row(connection, {**VALUES, "url": url, "title": title})
    return next(row.id for row in feed_rows(connection) if row.url == url)


def test_rows_come_by_title_without_case_then_by_address(connection: Connection) -> None:
    for url, title in (("d", "beta"), ("c", "Alpha"), ("b", "alpha"), ("a", "Gamma")):
        add(connection, url, title)
    assert [row.url for row in feed_rows(connection)] == ["b", "c", "d", "a"]
    assert feed_urls(connection) == {"a", "b", "c", "d"}


def test_an_address_is_followed_once(connection: Connection) -> None:
    add(connection, "a", "first")
    with pytest.raises(IntegrityError), connection.begin_nested():
        add_feed_row(connection, {**VALUES, "url": "a", "title": "second"})
    assert [row.title for row in feed_rows(connection)] == ["first"]


def test_changes_concern_the_row_of_that_number_alone(connection: Connection) -> None:
    first, second = add(connection, "a", "A"), add(connection, "b", "B")
    change_feed_row(connection, first, {"last_ok_at": "2026-06-25"})
    assert set_feed_enabled(connection, second, False)
    assert [(row.last_ok_at, row.enabled) for row in feed_rows(connection)] == [
        ("2026-06-25", True),
        (None, False),
    ]
    assert set_feed_enabled(connection, second, True)
    assert remove_feed_row(connection, first)
    assert [(row.id, row.enabled) for row in feed_rows(connection)] == [(second, True)]


def test_a_number_that_is_not_there_is_reported(connection: Connection) -> None:
    assert not set_feed_enabled(connection, 7, True)
    assert not remove_feed_row(connection, 7)
