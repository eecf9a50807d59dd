"""Rows of embeddings: one a work and model, read back by key, by row number and by time."""

from __future__ import annotations

from made_works import WORKS

from academichub.library.works import Library
from academichub.store.database import Database
from academichub.store.embeddings_store import (
    embedded_text_hashes,
    newest_vector,
    number_and_latest_time,
    numbered_vectors,
    packed_vectors,
    write_vector_rows,
)


def write_vectors(database: Database, model: str, hour: int, **vectors: bytes) -> None:
    write_vector_rows(
        database,
        model,
        [
            {
                "work_key": key,
                "model": model,
                "text_hash": f"{key} at {hour}",
                "vector": vector,
                "made_at": f"2026-06-20T{hour:02}:00:00.000000+00:00",
            }
            for key, vector in vectors.items()
        ],
    )


def test_a_later_vector_takes_the_place_of_that_of_its_work_and_model_only(
    database: Database,
) -> None:
    write_vectors(database, "small", 8, a=b"1", b=b"2")
    write_vectors(database, "large", 9, a=b"33")
    write_vectors(database, "small", 10, b=b"4", c=b"5")
    with database.read() as connection:
        assert packed_vectors(connection, "small", "abc") == {"a": b"1", "b": b"4", "c": b"5"}
        assert packed_vectors(connection, "large", "abc") == {"a": b"33"}
        assert packed_vectors(connection, "other", "abc") == {}
        assert embedded_text_hashes(connection, "small", "abx") == {"a": "a at 8", "b": "b at 10"}


def test_many_keys_are_read_in_portions(database: Database) -> None:
    keys = [f"key-{number}" for number in range(1_000)]
    write_vectors(database, "small", 8, **{key: key.encode() for key in keys})
    with database.read() as connection:
        assert packed_vectors(connection, "small", keys) == {key: key.encode() for key in keys}
        assert len(embedded_text_hashes(connection, "small", keys)) == 1_000


def test_times_tell_the_models_apart_and_change_with_each_addition(database: Database) -> None:
    with database.read() as connection:
        assert newest_vector(connection) is None
        assert number_and_latest_time(connection) == (0, "")
    write_vectors(database, "small", 8, a=b"1", b=b"2")
    write_vectors(database, "large", 10, a=b"3")
    write_vectors(database, "small", 9, c=b"4")
    with database.read() as connection:
        assert newest_vector(connection) == ("large", "2026-06-20T10:00:00.000000+00:00")
        assert number_and_latest_time(connection) == (4, "2026-06-20T10:00:00.000000+00:00")


def test_vectors_come_with_the_numbers_of_works_that_are_in_the_library(
    library: Library, database: Database
) -> None:
    library.add(WORKS[:3])
    works = sorted(library.all_works(), key=lambda work: work.id)
    vectors = {work.key: f"vector {work.id}".encode() for work in works}
    write_vectors(database, "small", 8, **dict(reversed(vectors.items())), lost=b"no such work")
    write_vectors(database, "large", 9, **{works[0].key: b"another model"})
    with database.read() as connection:
        assert list(numbered_vectors(connection, "small")) == [
            (work.id, f"vector {work.id}".encode()) for work in works
        ]
