"""Writing works: what is written is read back, removal leaves nothing, texts are made readable."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import record
from sqlalchemy import func, select

from academichub.index.lexical import lexical_index
from academichub.index.query_syntax import Term
from academichub.library.merge import resolve
from academichub.store import schema, works_writer
from academichub.store.database import Connection, Database
from academichub.store.works_store import works_by_number
from academichub.store.works_writer import (
    indexed_texts,
    next_work_number,
    remove_works,
    stored_text,
    works_without_readable_texts,
    write_readable_texts,
    write_works,
)
from academichub.works.author import Author, NameParts
from academichub.works.work import Version, Work

CHILDREN = (
    schema.identifiers,
    schema.versions,
    schema.announcements,
    schema.work_authors,
    schema.work_categories,
)


def work(number: int, **more: object) -> Work:
    (resolved,) = resolve([record(number, doi=f"10.5555/{number}", **more)])
    return resolved.work


def matching(connection: Connection, word: str) -> list[int]:
    return [number for number, _ in lexical_index(connection).rank(connection, Term(word), 10).hits]


def test_a_work_is_read_back_as_it_was_written(database: Database) -> None:
    written = work(
        1,
        title="A $\\alpha$-lamp",
        editors=(Author("Ed Itor", None, NameParts("Itor", "Ed")),),
        versions=(Version(1, "2026-01-01", None),),
        volume="7",
        citation_key="k",
        withdrawn=True,
    )
    with database.write() as connection:
        write_works(connection, [(5, written)], {})
        (stored,) = works_by_number(connection, [5])
    assert stored == dataclasses.replace(written, id=5)
    assert stored.title_text == "A α-lamp"
    assert stored.abstract_text == "", "it reads as it is written"


def test_the_next_number_is_above_all_others(database: Database) -> None:
    with database.write() as connection:
        assert next_work_number(connection) == 1
        write_works(connection, [(3, work(1)), (9, work(2))], {})
        assert next_work_number(connection) == 10
        remove_works(connection, [3])
        assert next_work_number(connection) == 10


@pytest.mark.parametrize("portion", [1, 2, 400])
def test_removed_works_leave_no_row_and_no_token(
    database: Database, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(works_writer, "PORTION", portion)
    numbered = [(number, work(number, title=f"word{number}")) for number in (1, 2, 3, 4)]
    with database.write() as connection:
        write_works(connection, numbered, {})
        remove_works(connection, [])
        remove_works(connection, [1, 2, 4, 99])
        for table in CHILDREN:
            assert set(connection.scalars(select(table.c.work_id))) == {3}, table.name
        assert connection.scalar(select(func.count()).select_from(schema.works)) == 1
        works_by_word = {number: matching(connection, f"word{number}") for number in (1, 2, 3, 4)}
    assert works_by_word == {1: [], 2: [], 3: [3], 4: []}


def test_a_category_named_twice_is_stored_once_and_names_are_folded(database: Database) -> None:
    twice = dataclasses.replace(
        work(1), categories=("cs.LG", "cs.LG", "cs.AI"), authors=(Author("Paul Erdős"),)
    )
    with database.write() as connection:
        write_works(connection, [(1, twice)], {})
        categories = list(connection.scalars(select(schema.work_categories.c.category)))
        names = list(connection.scalars(select(schema.work_authors.c.name_key)))
    assert sorted(categories) == ["cs.AI", "cs.LG"]
    assert names == ["paul erdos"]


def test_what_is_indexed_of_a_record_is_what_is_indexed_of_its_only_work() -> None:
    statement = record(1, venue="V", comment="C", journal_ref="J")
    (resolved,) = resolve([statement])
    expected = ("Title 1", "Abstract of work 1.", "Ada B. Curie ; Person 1", "V C J")
    assert indexed_texts(statement) == indexed_texts(resolved.work) == expected
    noted = dataclasses.replace(statement, abstract="", note="Our note.")
    assert indexed_texts(noted)[1] == "Our note."


@settings(max_examples=50)
@given(st.text(st.characters(codec="ascii", exclude_characters="\\${}^_~`'-\"%&#"), max_size=40))
def test_a_text_without_latex_is_not_stored_twice(text: str) -> None:
    assert stored_text(" ".join(text.split())) == ""


def test_texts_stored_before_they_were_readable_are_listed_until_they_are(
    database: Database,
) -> None:
    with database.write() as connection:
        write_works(connection, [(1, work(1)), (2, work(2))], {})
        assert works_without_readable_texts(connection, 10) == []
        connection.execute(schema.works.update().values(title_text=None, abstract_text=None))
        assert works_without_readable_texts(connection, 1) == [
            (1, "Title 1", "Abstract of work 1.")
        ]
        write_readable_texts(connection, [])
        write_readable_texts(connection, [(1, "Readable", "")])
        assert [row[0] for row in works_without_readable_texts(connection, 10)] == [2]
        titles = [each.readable_title for each in works_by_number(connection, [1, 2])]
    assert titles == ["Readable", "Title 2"]
