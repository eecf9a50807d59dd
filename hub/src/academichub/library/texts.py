"""Titles and abstracts with their LaTeX made readable, stored once and not converted at each view.

A work is converted when it is written (library/upsert.py). Works written before there was a column
for it are converted here, when the library is next opened: batch by batch, each a transaction of
its own, so that a process killed half-way loses one batch at most. Until then a work converts its
texts when it is shown.
"""

from __future__ import annotations

import logging

from academichub.errors import StorageError
from academichub.store.database import Database
from academichub.store.works_writer import (
    stored_text,
    works_without_readable_texts,
    write_readable_texts,
)

BATCH = 1000
"""Works converted in one transaction: about half a second of work, which other writers wait for."""

log = logging.getLogger("academichub.library")


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
    with database.read() as connection:
        return bool(works_without_readable_texts(connection, 1))


def _convert_batch(database: Database) -> int:
    with database.write() as connection:
        converted = [
            (number, stored_text(title), stored_text(abstract))
            for number, title, abstract in works_without_readable_texts(connection, BATCH)
        ]
        write_readable_texts(connection, converted)
    return len(converted)
