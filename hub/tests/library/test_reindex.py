"""The search index after a change of the tokeniser: made again once, whatever interrupts it."""

from __future__ import annotations

import pytest
from made_records import record

from academichub.errors import StorageError
from academichub.index import tokens
from academichub.library import reindex
from academichub.library.reindex import INDEXED_BY, INDEXED_UP_TO, rebuild_stale_index
from academichub.library.works import Library
from academichub.search.service import search
from academichub.store.database import Database
from academichub.store.preferences_store import stored_preference, write_preference

TITLES = ("Behaviour of ants", "Optimised routes", "Serving LLMs", "機器學習 for maps", "Ant paths")
QUERIES = ("behavior", "optimised", "LLM", "机器学习", "ant")


def _hits(library: Library) -> dict[str, list[str]]:
    return {
        query: sorted(hit.work.title for hit in search(library, query).hits) for query in QUERIES
    }


def _put_old_index(library: Library) -> None:
    """Index the works as if tokens were only lower-cased words, and say so."""
    rows = [(work.id, work.title, "", "", "") for work in library.all_works()]
    with library.database.write() as connection:
        index = reindex.lexical_index(connection)
        index.remove(connection, [row[0] for row in rows])
        old = {row[1:]: (row[1].lower(), "", "", "") for row in rows}
        index.add(connection, rows, old)
        write_preference(connection, INDEXED_BY, "1")
        write_preference(connection, INDEXED_UP_TO, None)


@pytest.fixture
def stored(library: Library) -> Library:
    library.add([record(n, title=title, abstract="") for n, title in enumerate(TITLES)])
    return library


EXPECTED = {
    "behavior": ["Behaviour of ants"],
    "optimised": ["Optimised routes"],
    "LLM": ["Serving LLMs"],
    "机器学习": ["機器學習 for maps"],
    "ant": ["Ant paths", "Behaviour of ants"],
}


def test_words_of_an_older_index_are_found_again(stored: Library) -> None:
    assert _hits(stored) == EXPECTED
    _put_old_index(stored)
    assert _hits(stored) != EXPECTED, "or the test shows nothing"
    assert rebuild_stale_index(stored.database) == len(TITLES)
    assert _hits(stored) == EXPECTED
    assert rebuild_stale_index(stored.database) == 0


def test_a_library_of_before_this_was_noted_is_indexed_again(stored: Library) -> None:
    with stored.database.write() as connection:
        write_preference(connection, INDEXED_BY, None)
    assert rebuild_stale_index(stored.database) == len(TITLES)
    with stored.database.read() as connection:
        assert stored_preference(connection, INDEXED_BY, None) == tokens.TOKENISER
        assert stored_preference(connection, INDEXED_UP_TO, None) is None


def test_an_empty_library_has_the_present_index(library: Library) -> None:
    assert rebuild_stale_index(library.database) == 0
    with library.database.read() as connection:
        assert stored_preference(connection, INDEXED_BY, None) == tokens.TOKENISER


def test_an_interrupted_rebuild_goes_on_where_it_stopped(
    stored: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_old_index(stored)
    monkeypatch.setattr(reindex, "BATCH", 2)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        calls = iter([reindex.indexed_texts] * 3)

        def stopping(work: object) -> object:
            indexed_texts = next(calls, None)
            if indexed_texts is None:
                raise KeyboardInterrupt
            return indexed_texts(work)  # type: ignore[arg-type]

        patch.setattr(reindex, "indexed_texts", stopping)
        rebuild_stale_index(stored.database)
    assert rebuild_stale_index(stored.database) == 3, "two of five were done"
    assert _hits(stored) == EXPECTED


def test_a_rebuild_by_other_rules_counts_for_nothing(stored: Library) -> None:
    _put_old_index(stored)
    with stored.database.write() as connection:
        write_preference(connection, INDEXED_UP_TO, ["1", 4])
    assert rebuild_stale_index(stored.database) == len(TITLES)


def test_a_library_that_cannot_be_written_is_searched_as_it_is(
    stored: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _put_old_index(stored)

    def full(_database: Database) -> int:
        raise StorageError("the disk is full")

    monkeypatch.setattr(reindex, "_index_batch", full)
    assert rebuild_stale_index(stored.database) == 0
    assert "the disk is full" in caplog.text
    assert [hit.work.title for hit in search(stored, "ant").hits] == ["Ant paths"]
