"""The interface of the full-text index: FTS5 and a plain index answer alike, and search runs over either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_works import WORKS
from plain_index import PlainIndex
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql

from academichub.errors import StorageError, UsageError
from academichub.index import lexical
from academichub.index.fts5 import Fts5Index
from academichub.index.lexical import lexical_index
from academichub.index.query_syntax import parse
from academichub.library.works import Library
from academichub.search.service import search
from academichub.store.database import Database, open_database

WORDS = ("graph", "graphs", "neural", "network", "the", "of", "model", "cat:cs.LG", "au:chen", "ti:graph",
         "模型", "检索", "生", "net*", '"neural network"', "2024", "year:2024", "source:arxiv", "covid-19", "!!!",
         "au:\"J Smith\"", "from:2024-01", "deep-learning", "physics", "arxiv:2401.00001")  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library indexed by FTS5 and, from the same texts, by the plain index."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('index') / 'hub.sqlite3'}")
    library = Library(database)
    library.add(WORKS)
    works = library.by_ids(range(1, 100))
    assert len(works) > 5
    with database.write() as connection:
        PlainIndex().create(connection)
        PlainIndex().add(
            connection,
            [
                (
                    work.id,
                    work.title,
                    work.abstract or work.note,
                    " ; ".join(author.name for author in work.authors),
                    " ".join((work.venue, work.comment, work.journal_ref)),
                )
                for work in works
            ],
        )
    yield database
    database.close()


query_texts = st.lists(
    st.sampled_from([*WORDS, "OR", "AND", "-", "(", ")"]), min_size=1, max_size=7
).map(" ".join)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query_texts)
def test_both_indexes_match_the_same_works(both: Database, query: str) -> None:
    try:
        tree = parse(query)
    except UsageError:
        return
    if tree is None:
        return
    with both.read() as connection:
        fts5 = Fts5Index().rank(connection, tree, 100)
        plain = PlainIndex().rank(connection, tree, 100)
    assert sorted(number for number, _ in fts5.hits) == sorted(
        number for number, _ in plain.hits
    ), query
    assert fts5.total == plain.total


def test_the_whole_library_runs_over_another_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lexical.INDEXES, "sqlite", PlainIndex())
    database = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    library = Library(database)
    library.add(WORKS)
    with database.read() as connection:
        assert isinstance(lexical_index(connection), PlainIndex)
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    assert "work_tokens" not in tables
    for work in library.by_ids(range(1, 100)):
        word = max(work.title.split(), key=len)
        assert work.key in {hit.work.key for hit in search(library, f'ti:"{word}"', limit=50).hits}
    database.close()


def test_a_database_without_an_index_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        monkeypatch.setattr(connection, "dialect", postgresql.dialect())
        with pytest.raises(StorageError, match="no full-text index for postgresql"):
            lexical_index(connection)
