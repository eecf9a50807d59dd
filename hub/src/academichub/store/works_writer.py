"""Writing works: their rows, their readable texts and what the search index holds of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy import Table, bindparam, delete, select, update

from academichub.index.lexical import lexical_index
from academichub.index.parallel_tokens import Texts
from academichub.store import schema
from academichub.store.rows import (
    PORTION,
    Connection,
    Row,
    insert_rows,
    next_number,
)
from academichub.text.latex import readable_latex
from academichub.works.identifiers import fold
from academichub.works.record_codec import encode_people
from academichub.works.work import CITATION_TEXTS, Announcement, Record, Work

_CHILDREN = (
    schema.identifiers,
    schema.versions,
    schema.announcements,
    schema.work_authors,
    schema.work_categories,
)


def next_work_number(connection: Connection) -> int:
    """Return the lowest number above all that works have."""
    return next_number(connection, schema.works)


def remove_works(connection: Connection, work_ids: list[int]) -> None:
    """Remove works by number, with their rows in other tables and in the search index."""
    if not work_ids:
        return
    lexical_index(connection).remove(connection, work_ids)
    source = iter(work_ids)
    while chunk := list(islice(source, PORTION)):
        for table in _CHILDREN:
            connection.execute(delete(table).where(table.c.work_id.in_(chunk)))
        connection.execute(delete(schema.works).where(schema.works.c.id.in_(chunk)))


def write_works(
    connection: Connection,
    numbered: Sequence[tuple[int, Work]],
    tokens: Mapping[Texts, Texts],
) -> None:
    """Write works under numbers that are free, and index them.

    Args:
        connection: In a write transaction.
        numbered: Numbers and works.
        tokens: Tokens of some of their texts, worked out beforehand.
    """
    # Works first: the rows of the other tables refer to them.
    insert_rows(connection, schema.works, [_work_row(number, work) for number, work in numbered])
    rows_by_table: dict[Table, list[Row]] = {table: [] for table in _CHILDREN}
    for number, work in numbered:
        for table, rows in _child_rows(number, work).items():
            rows_by_table[table] += rows
    for table, rows in rows_by_table.items():
        insert_rows(connection, table, rows)
    lexical_index(connection).add(
        connection, ((number, *indexed_texts(work)) for number, work in numbered), tokens
    )


def _child_rows(number: int, work: Work) -> dict[Table, list[Row]]:
    """Return a work's rows in the tables that belong to it, by table."""
    return {
        schema.identifiers: [(scheme, value, number) for scheme, value in work.identifiers],
        schema.versions: [
            (number, version.version, version.submitted, version.announced)
            for version in work.versions
        ],
        schema.announcements: [
            _announcement_row(number, announcement) for announcement in work.announcements
        ],
        schema.work_authors: [
            (number, n, fold(author.name)) for n, author in enumerate(work.authors)
        ],
        # A category may be stated twice; its row is unique.
        schema.work_categories: [(number, category) for category in dict.fromkeys(work.categories)],
    }


def _announcement_row(number: int, announcement: Announcement) -> Row:
    return (
        number,
        announcement.date,
        announcement.source,
        announcement.category,
        announcement.version,
        announcement.type,
    )


def indexed_texts(source: Record | Work) -> Texts:
    """Return what is indexed of a work; of a record, what is if it is the only one of its work."""
    authors = " ; ".join(author.name for author in source.authors)
    return (
        source.title,
        source.abstract or source.note,
        authors,
        " ".join((source.venue, source.comment, source.journal_ref)),
    )


def stored_text(source: str) -> str:
    """Return the readable text of a title or abstract; empty where it reads as it is written."""
    text = readable_latex(source)
    return "" if text == source else text


def works_without_readable_texts(connection: Connection, limit: int) -> list[tuple[int, str, str]]:
    """Return (number, title, abstract) of works stored before readable texts were."""
    table = schema.works
    query = select(table.c.id, table.c.title, table.c.abstract).where(table.c.title_text.is_(None))
    return [(row.id, row.title, row.abstract) for row in connection.execute(query.limit(limit))]


def write_readable_texts(connection: Connection, texts: Iterable[tuple[int, str, str]]) -> None:
    """Store (number, title, abstract) as `stored_text` gives them."""
    table = schema.works
    statement = update(table).where(table.c.id == bindparam("work_id"))
    rows = [
        {"work_id": number, "title_text": title, "abstract_text": abstract}
        for number, title, abstract in texts
    ]
    if rows:
        connection.execute(statement, rows)


def _work_row(number: int, work: Work) -> Row:
    return (
        number,
        work.key,
        work.title,
        work.abstract,
        work.note,
        _json(encode_people(work.authors)),
        _json(work.categories),
        _json(work.sources),
        work.published,
        work.updated,
        work.comment,
        work.journal_ref,
        work.venue,
        work.link,
        work.license,
        work.language,
        work.field,
        work.kind,
        work.withdrawn,
        stored_text(work.title),
        stored_text(work.abstract),
        *(getattr(work, name) for name in CITATION_TEXTS),
        _json(encode_people(work.editors)),
    )


def _json(value: Sequence[object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
