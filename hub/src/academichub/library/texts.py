"""Titles and abstracts with their LaTeX made readable, stored once and not converted at each view.

A work is converted when it is written (library/upsert.py). Works written before there was a column for it are
converted here, when the library is next opened: batch by batch, each a transaction of its own, so that a process killed
half-way loses one batch at most. Until then a work converts its texts when it is shown.
"""

from __future__ import annotations

import logging

from sqlalchemy import bindparam, select, update

from academichub.errors import StorageError
from academichub.store import schema
from academichub.store.database import Database
from academichub.text.latex import readable_latex

BATCH = 1000
"""Works converted in one transaction: about half a second of work, which other writers wait for."""

log = logging.getLogger("academichub.library")


def stored_text(source: str) -> str:
    """Return a title or abstract as its column of readable text holds it: empty where it reads as it is written."""
    text = readable_latex(source)
    return "" if text == source else text


def convert_stored_works(database: Database) -> int:
    """Convert the works that are stored without readable text; return how many there were.

    A database that cannot be written is read as it is, with a warning.
    """
    converted = 0
    try:
        while _any_left(database) and (number := _convert_batch(database)):
            converted += number
    except StorageError as problem:
        log.warning(
            "titles and abstracts are converted at each view, for they could not be stored: %s",
            problem,
        )
    return converted


def _any_left(database: Database) -> bool:
    table = schema.works
    with database.read() as connection:
        return (
            connection.scalar(select(table.c.id).where(table.c.title_text.is_(None)).limit(1))
            is not None
        )


def _convert_batch(database: Database) -> int:
    table = schema.works
    query = (
        select(table.c.id, table.c.title, table.c.abstract)
        .where(table.c.title_text.is_(None))
        .limit(BATCH)
    )
    statement = update(table).where(table.c.id == bindparam("work_id"))
    with database.write() as connection:
        texts = [
            {
                "work_id": row.id,
                "title_text": stored_text(row.title),
                "abstract_text": stored_text(row.abstract),
            }
            for row in connection.execute(query)
        ]
        if texts:
            connection.execute(statement, texts)
    return len(texts)
