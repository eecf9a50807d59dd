"""The search index of works that were indexed by an older tokeniser, made again.

A query is found only by tokens that the same rules made. When the rules change (`TOKENISER` of
index/tokens.py), the index is made again when the library is next opened: batch by batch, each a
transaction that also notes how far it came, so that a process killed half-way loses one batch at
most, and two processes share the work.
"""

from __future__ import annotations

import logging

from academichub.errors import StorageError
from academichub.index.lexical import lexical_index
from academichub.index.tokens import TOKENISER
from academichub.store.database import Database
from academichub.store.preferences_store import stored_preference, write_preference
from academichub.store.rows import Connection
from academichub.store.works_store import any_work, numbers_after, works_by_number
from academichub.store.works_writer import indexed_texts

INDEXED_BY = "search_index_tokeniser"
"""Preference: the tokeniser of the whole index; absent in a library of before it was noted."""

INDEXED_UP_TO = "search_index_made_up_to"
"""Preference: [tokeniser, number of the last work that was indexed again]; absent when all are."""

BATCH = 1000
"""Works indexed again in one transaction: about half a second, which other writers wait for."""

log = logging.getLogger("academichub.library")


def rebuild_stale_index(database: Database) -> int:
    """Index the works again that an older tokeniser indexed; return how many there were.

    A database that cannot be written is searched as it is, with a warning.
    """
    indexed = 0
    try:
        while _is_stale(database) and (number := _index_batch(database)):
            if not indexed:
                log.info("the search index is made again, for its rules have changed")
            indexed += number
    except StorageError as problem:
        log.warning(
            "searches miss some words, for the search index could not be made again: %s", problem
        )
    return indexed


def _is_stale(database: Database) -> bool:
    with database.read() as connection:
        return bool(stored_preference(connection, INDEXED_BY, None) != TOKENISER)


def _index_batch(database: Database) -> int:
    """Index the next works again, or note that all are; return how many there were."""
    with database.write() as connection:
        numbers = _next_numbers(connection)
        if not numbers:
            write_preference(connection, INDEXED_BY, TOKENISER)
            write_preference(connection, INDEXED_UP_TO, None)
            return 0
        works = works_by_number(connection, numbers)
        index = lexical_index(connection)
        index.remove(connection, numbers)
        index.add(connection, ((work.id, *indexed_texts(work)) for work in works))
        write_preference(connection, INDEXED_UP_TO, [TOKENISER, numbers[-1]])
    return len(numbers)


def _next_numbers(connection: Connection) -> list[int]:
    if not any_work(connection):
        return []
    tokeniser, last = stored_preference(connection, INDEXED_UP_TO, None) or (TOKENISER, 0)
    # A rebuild that an older version of the program began counts for nothing.
    return numbers_after(connection, last if tokeniser == TOKENISER else 0, BATCH)
