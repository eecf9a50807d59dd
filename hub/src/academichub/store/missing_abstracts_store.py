"""Works without an abstract, which a gather looks up by identifier in portions."""

from __future__ import annotations

from sqlalchemy import exists, select

from academichub.store import schema
from academichub.store.rows import Connection


def arxiv_ids_without_abstract(connection: Connection, after: str, limit: int) -> list[str]:
    """Return, in order, the arXiv ids after a given one of works without an abstract."""
    works, names = schema.works, schema.identifiers
    query = (
        select(names.c.value)
        .join(works, works.c.id == names.c.work_id)
        .where(names.c.scheme == "arxiv", works.c.abstract == "", names.c.value > after)
        .order_by(names.c.value)
        .limit(limit)
    )
    return [str(name) for name in connection.scalars(query)]


def dois_without_abstract(
    connection: Connection, source: str, other_source: str, after: int, limit: int
) -> list[tuple[int, str]]:
    """Return (record number, DOI) of a source's records whose works lack an abstract.

    Works that another source has described are left out.

    Args:
        connection: The open connection.
        source: The source of the records.
        other_source: The source that has not described the work.
        after: The record number after which to begin.
        limit: The most records returned.
    """
    records, links = schema.records, schema.record_identifiers
    names, works = schema.identifiers, schema.works
    others, other_links = records.alias(), links.alias()
    is_described = exists().where(
        other_links.c.scheme == "doi",
        other_links.c.value == links.c.value,
        others.c.id == other_links.c.record_id,
        others.c.source == other_source,
    )
    query = (
        select(records.c.id, links.c.value)
        .join(links, links.c.record_id == records.c.id)
        .join(names, (names.c.scheme == "doi") & (names.c.value == links.c.value))
        .join(works, works.c.id == names.c.work_id)
        .where(
            records.c.source == source,
            links.c.scheme == "doi",
            works.c.abstract == "",
            records.c.id > after,
            ~is_described,
        )
        .order_by(records.c.id)
        .limit(limit)
    )
    return [(number, doi) for number, doi in connection.execute(query)]
