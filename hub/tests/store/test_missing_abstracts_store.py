"""Works without an abstract: whose ids are looked up, in which order, from where on."""

from __future__ import annotations

import pytest
from made_records import record

from academichub.library.works import Library
from academichub.store.database import Database
from academichub.store.missing_abstracts_store import (
    arxiv_ids_without_abstract,
    dois_without_abstract,
)
from academichub.works.identifiers import Identifier
from academichub.works.work import Record


def of_feed(number: int, abstract: str = "", source: str = "feed") -> Record:
    """Return a record of a source on a work that has a DOI alone."""
    return record(
        number,
        source=source,
        identifiers=(Identifier("doi", f"10.5555/{number}"),),
        abstract=abstract,
    )


def test_arxiv_ids_come_in_order_after_the_one_given(library: Library, database: Database) -> None:
    library.add([record(number, abstract="" if number % 2 else "Text.") for number in (5, 3, 1, 2)])
    ids = ["2601.00001", "2601.00003", "2601.00005"]
    with database.read() as connection:
        assert arxiv_ids_without_abstract(connection, "", 10) == ids
        assert arxiv_ids_without_abstract(connection, "", 2) == ids[:2]
        assert arxiv_ids_without_abstract(connection, ids[0], 10) == ids[1:]
        assert arxiv_ids_without_abstract(connection, ids[2], 10) == []


@pytest.fixture
def feeds(library: Library, database: Database) -> Database:
    """Works 1 to 4 of feeds: 2 has an abstract, 3 is at Crossref too; 5 is at Crossref alone."""
    library.add([of_feed(1), of_feed(2, "Text."), of_feed(3), of_feed(4)])
    library.add([of_feed(3, source="crossref"), of_feed(5, source="crossref")])
    return database


def test_dois_are_of_the_sources_works_that_nobody_described(feeds: Database) -> None:
    with feeds.read() as connection:
        rows = dois_without_abstract(connection, "feed", "crossref", 0, 10)
        assert [doi for _, doi in rows] == ["10.5555/1", "10.5555/4"]
        assert [number for number, _ in rows] == sorted(number for number, _ in rows)
        # The portion after the first record begins with the next.
        assert dois_without_abstract(connection, "feed", "crossref", rows[0][0], 10) == rows[1:]
        assert dois_without_abstract(connection, "feed", "crossref", 0, 1) == rows[:1]
        assert dois_without_abstract(connection, "feed", "crossref", rows[1][0], 10) == []


def test_a_source_that_described_nothing_excludes_nothing(feeds: Database) -> None:
    with feeds.read() as connection:
        rows = dois_without_abstract(connection, "feed", "arxiv_oai", 0, 10)
    assert [doi for _, doi in rows] == ["10.5555/1", "10.5555/3", "10.5555/4"]
