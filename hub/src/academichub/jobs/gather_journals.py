"""The journals' part of a gather: every followed feed, and every followed journal by ISSN at Crossref, one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from academichub.jobs.asking import Asker
from academichub.library import schema
from academichub.library.database import Database


@dataclass(frozen=True, slots=True)
class Followed:
    """A feed or journal the user follows (table `feeds`)."""

    id: int
    url: str
    title: str
    field: str
    issn: str
    via: str


def followed(database: Database) -> list[Followed]:
    """Return what is followed and enabled, oldest first."""
    table = schema.feeds
    columns = select(table.c.id, table.c.url, table.c.title, table.c.field, table.c.issn, table.c.via)
    with database.read() as connection:
        return [Followed(*row) for row in connection.execute(columns.where(table.c.enabled).order_by(table.c.id))]


def gather_journals(asker: Asker, modules: Collection[str]) -> None:
    """Ask every followed feed and journal."""
