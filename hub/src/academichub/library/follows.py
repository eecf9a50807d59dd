"""Feeds and journals the reader follows: the rows gathers ask and the pages show.

It knows the database and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from academichub.errors import NotFoundError, UsageError
from academichub.facts.catalogue import Journal
from academichub.messages import Message, messages_from_json
from academichub.store.database import Database
from academichub.store.follows_store import (
    add_feed_row,
    feed_rows,
    feed_urls,
    remove_feed_row,
    set_feed_enabled,
)
from academichub.text.characters import storable

MAX_FEEDS = 2000
"""Most feeds one hub follows."""
MAX_URL = 2000


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """A followed feed or journal; `url` is the feed's address, or `crossref:<issn>`."""

    id: int
    url: str
    title: str
    field: str
    issn: str
    via: str
    origin: str
    enabled: bool
    added_at: str
    last_ok_at: str | None
    last_messages: tuple[Message, ...]


def followed_feeds(database: Database) -> list[FollowedFeed]:
    """Return every followed feed, by title."""
    with database.read() as connection:
        rows = feed_rows(connection)
    return [
        FollowedFeed(
            **{**row._mapping, "last_messages": messages_from_json(row._mapping["last_messages"])}
        )
        for row in rows
    ]


def feed_url(text: str) -> str:
    """Return a feed address that may be followed, its host in lower case.

    Raises:
        UsageError: If it is not an http or https address.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL:
        raise UsageError(Message.of("follow.not_a_feed", url=url[:100]))
    if parts.username or parts.password:
        raise UsageError(Message.of("follow.password"))
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def follow(
    database: Database,
    feeds: Iterable[tuple[str, str]],
    *,
    origin: str,
    field: str = "",
    via: str = "feed",
    issn: str = "",
) -> int:
    """Follow feeds given as (address, title); those already followed stay as they are.

    Returns how many were new.

    Raises:
        UsageError: If there would be more than MAX_FEEDS.
    """
    added = 0
    origin_row: dict[str, object] = {
        "field": field,
        "issn": issn,
        "via": via,
        "origin": origin,
        "enabled": True,
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "last_messages": [],
    }
    with database.write() as connection:
        followed = feed_urls(connection)
        for url, title in ((storable(url), storable(title)) for url, title in feeds):
            if url in followed:
                continue
            if len(followed) >= MAX_FEEDS:
                raise UsageError(Message.of("follow.too_many", limit=MAX_FEEDS))
            name = title[:300] or urlsplit(url).netloc
            add_feed_row(connection, {**origin_row, "url": url, "title": name})
            followed.add(url)
            added += 1
    return added


def follow_journal(database: Database, journal: Journal) -> int:
    """Follow a journal of the catalogue by its feed, or through Crossref where it has none.

    Returns 1 if it was new.
    """
    url = journal_url(journal)
    return follow(
        database,
        [(url, journal.name)],
        origin="catalogue",
        field=journal.field,
        via=journal.via,
        issn=journal.key_issn,
    )


def journal_url(journal: Journal) -> str:
    """Return what identifies a journal among the followed feeds."""
    return journal.feed if journal.via == "feed" else f"crossref:{journal.key_issn}"


def set_enabled(database: Database, number: int, enabled: bool) -> None:
    """Pause or resume a feed.

    Raises:
        NotFoundError: If it is not followed.
    """
    with database.write() as connection:
        if not set_feed_enabled(connection, number, enabled):
            raise NotFoundError(Message.of("follow.not_followed", number=number))


def unfollow(database: Database, number: int) -> None:
    """Stop following a feed; works it brought stay in the library.

    Raises:
        NotFoundError: If it is not followed.
    """
    with database.write() as connection:
        if not remove_feed_row(connection, number):
            raise NotFoundError(Message.of("follow.not_followed", number=number))
