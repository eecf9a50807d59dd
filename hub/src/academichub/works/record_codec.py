"""A Record as JSON and back, and its hash: the form in which statements are kept for ever.

Only what differs from the default is written, so that a field added later leaves old hashes as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from academichub.works.identifiers import Identifier
from academichub.works.work import (
    CITATION_TEXTS,
    Announcement,
    Author,
    NameParts,
    Record,
    Version,
)

_PLAIN = (
    "title",
    "abstract",
    "version",
    "datestamp",
    "published",
    "comment",
    "journal_ref",
    "venue",
    "url",
    "license",
    "language",
    "note",
    "field",
    "withdrawn",
    *CITATION_TEXTS,
)


def encode(record: Record) -> str:
    """Return the statement of a record (all but source, source key and raw) as compact JSON."""
    told: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(record, name))}
    if record.kind != "other":
        told["kind"] = record.kind
    if record.via:
        told["via"] = record.via
    if record.identifiers:
        told["identifiers"] = record.identifiers
    if record.categories:
        told["categories"] = record.categories
    if record.authors:
        told["authors"] = [_encoded_person(author) for author in record.authors]
    if record.editors:
        told["editors"] = [_encoded_person(editor) for editor in record.editors]
    if record.versions:
        told["versions"] = [[one.version, one.submitted, one.announced] for one in record.versions]
    if record.announcements:
        told["announcements"] = [
            [one.source, one.date, one.type, one.category, one.version]
            for one in record.announcements
        ]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def decode(source: str, source_key: str, statement: str, raw: str = "") -> Record:
    """Return the record of a stored statement; the inverse of `encode`."""
    told = json.loads(statement)
    authors = told.pop("authors", ())
    return Record(
        source=source,
        source_key=source_key,
        title=told.pop("title", ""),
        identifiers=tuple(Identifier(*pair) for pair in told.pop("identifiers", ())),
        categories=tuple(told.pop("categories", ())),
        via=tuple(told.pop("via", ())),
        authors=decode_people(authors),
        editors=decode_people(told.pop("editors", ())),
        versions=tuple(Version(*row) for row in told.pop("versions", ())),
        announcements=tuple(Announcement(*row) for row in told.pop("announcements", ())),
        raw=raw,
        **told,
    )


def encode_people(people: Iterable[Author]) -> list[list[Any]]:
    """Return authors or editors as rows [name, ORCID iD or None], with a third place for the parts of a name."""
    return [
        [person.name, person.orcid, *([_encoded_parts(person.parts)] if person.parts else ())]
        for person in people
    ]


def decode_people(rows: Iterable[Any]) -> tuple[Author, ...]:
    """Return authors or editors from rows as `encode_people` gives them, or from plain names."""
    return tuple(
        Author(row)
        if isinstance(row, str)
        else Author(*row[:2], *(NameParts(*parts) for parts in row[2:]))
        for row in rows
    )


def _encoded_person(person: Author) -> str | list[Any]:
    return encode_people([person])[0] if person.orcid or person.parts else person.name


def _encoded_parts(parts: NameParts) -> list[str]:
    """Return family, given, particle, suffix and literal without empty ones at the end."""
    texts = [parts.family, parts.given, parts.particle, parts.suffix, parts.literal]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def statement_hash(source: str, source_key: str, statement: str) -> str:
    """Return the identity of a statement: 32 hex digits over source, key and content."""
    return hashlib.blake2b(
        f"{source}\0{source_key}\0{statement}".encode(), digest_size=16
    ).hexdigest()
