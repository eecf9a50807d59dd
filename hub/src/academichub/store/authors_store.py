"""Names of authors by what they begin with, as a field that completes them needs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from academichub.store import schema
from academichub.store.rows import Connection, rows_by
from academichub.works.identifiers import fold
from academichub.works.record_codec import decode_people


def authors_like(connection: Connection, text: str, limit: int) -> list[tuple[str, int]]:
    """Return (name as written, number of works) of authors, those of most works first.

    Names that begin with the text come before names with a later word that does; letters, case and
    accents are compared folded.

    Args:
        connection: An open connection.
        text: The beginning of a name.
        limit: Most names returned.
    """
    folded, names = fold(text), schema.work_authors.c.name_key
    if not folded:
        return []
    begins = names.between(folded, folded + "\U0010ffff")
    keys = _most_frequent(connection, begins, limit)
    if len(keys) < limit:
        later = names.contains(f" {folded}", autoescape=True)
        keys += [key for key in _most_frequent(connection, later, limit) if key not in keys]
    return _as_written(connection, keys[:limit])


def _most_frequent(
    connection: Connection, condition: ColumnElement[bool], limit: int
) -> list[tuple[str, int, int]]:
    """Return (folded name, number of works, number of one of them)."""
    table = schema.work_authors.c
    count = func.count()
    query = (
        select(table.name_key, count, func.min(table.work_id))
        .where(condition)
        .group_by(table.name_key)
        .order_by(count.desc(), table.name_key)
        .limit(limit)
    )
    return [(key, works, number) for key, works, number in connection.execute(query)]


def _as_written(
    connection: Connection, keys: Sequence[tuple[str, int, int]]
) -> list[tuple[str, int]]:
    """Return names as one of their works writes them."""
    works = schema.works.c
    query = select(works.id, works.authors)
    numbers = {number for _, _, number in keys}
    people = {
        row.id: decode_people(row.authors) for row in rows_by(connection, query, works.id, numbers)
    }
    written = []
    for key, count, number in keys:
        name = next(
            (author.name for author in people.get(number, ()) if fold(author.name) == key), key
        )
        written.append((name, count))
    return written
