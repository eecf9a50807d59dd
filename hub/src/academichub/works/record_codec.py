"""A Record as JSON and back, and its hash: the form in which statements are stored for good.

Only what differs from the default is written, so that a field added later leaves old hashes as they
are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from academichub.works.author import Author, NameParts
from academichub.works.identifiers import Identifier
from academichub.works.work import CITATION_TEXTS, Announcement, Record, Version

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
    statement: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(record, name))}
    if record.kind != "other":
        statement["kind"] = record.kind
    if record.via:
        statement["via"] = record.via
    if record.identifiers:
        statement["identifiers"] = record.identifiers
    if record.categories:
        statement["categories"] = record.categories
    if record.authors:
        statement["authors"] = [_encoded_person(author) for author in record.authors]
    if record.editors:
        statement["editors"] = [_encoded_person(editor) for editor in record.editors]
    if record.versions:
        statement["versions"] = [
            [version.version, version.submitted, version.announced] for version in record.versions
        ]
    if record.announcements:
        statement["announcements"] = [
            [
                announcement.source,
                announcement.date,
                announcement.type,
                announcement.category,
                announcement.version,
            ]
            for announcement in record.announcements
        ]
    return json.dumps(statement, ensure_ascii=False, separators=(",", ":"))


def decode(source: str, source_key: str, statement: str, raw: str = "") -> Record:
    """Return the record of a stored statement; the inverse of `encode`."""
    fields = json.loads(statement)
    authors = fields.pop("authors", ())
    return Record(
        source=source,
        source_key=source_key,
        title=fields.pop("title", ""),
        identifiers=tuple(Identifier(*pair) for pair in fields.pop("identifiers", ())),
        categories=tuple(fields.pop("categories", ())),
        via=tuple(fields.pop("via", ())),
        authors=decode_people(authors),
        editors=decode_people(fields.pop("editors", ())),
        versions=tuple(Version(*row) for row in fields.pop("versions", ())),
        announcements=tuple(Announcement(*row) for row in fields.pop("announcements", ())),
        raw=raw,
        **fields,
    )


def encode_people(people: Iterable[Author]) -> list[list[Any]]:
    """Return people as rows [name, ORCID iD or None], and the parts of the name if known."""
    return [
        [person.name, person.orcid, *([_encoded_parts(person.parts)] if person.parts else ())]
        for person in people
    ]


def decode_people(rows: Iterable[Any]) -> tuple[Author, ...]:
    """Return authors or editors from rows as `encode_people` gives them, or from plain names."""
    return tuple([_decoded_person(row) for row in rows])


def _decoded_person(row: Any) -> Author:
    if isinstance(row, str):
        return Author(row)
    if len(row) == 2:  # nearly all: no name in parts
        return Author(row[0], row[1])
    return Author(row[0], row[1], NameParts(*row[2]))


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
