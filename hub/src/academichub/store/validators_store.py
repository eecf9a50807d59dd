"""Rows of the validators that make the next request for an address conditional."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from academichub.store import schema
from academichub.store.rows import Connection


def stored_validators(connection: Connection, url: str) -> tuple[str | None, str | None] | None:
    """Return (ETag, Last-Modified) of an address, or None."""
    table = schema.http_validators
    row = connection.execute(select(table).where(table.c.url == url)).one_or_none()
    return None if row is None else (row.etag, row.last_modified)


def remove_validators(connection: Connection, url: str) -> None:
    """Remove those of an address."""
    table = schema.http_validators
    connection.execute(delete(table).where(table.c.url == url))


def write_validators(
    connection: Connection, url: str, etag: str | None, last_modified: str | None, moment: str
) -> None:
    """Write those of an address in the place of the earlier ones."""
    remove_validators(connection, url)
    connection.execute(
        insert(schema.http_validators).values(
            url=url, etag=etag, last_modified=last_modified, saved_at=moment
        )
    )
