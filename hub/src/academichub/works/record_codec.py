"""A Record as JSON and back, and its hash: the form in which statements are kept for ever.

Only what differs from the default is written, so that a field added later leaves old hashes as they are.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Author, Record, Version

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
        told["authors"] = [
            [one.name, one.orcid] if one.orcid else one.name for one in record.authors
        ]
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
        authors=tuple(Author(one) if isinstance(one, str) else Author(*one) for one in authors),
        versions=tuple(Version(*row) for row in told.pop("versions", ())),
        announcements=tuple(Announcement(*row) for row in told.pop("announcements", ())),
        raw=raw,
        **told,
    )


def statement_hash(source: str, source_key: str, statement: str) -> str:
    """Return the identity of a statement: 32 hex digits over source, key and content."""
    return hashlib.blake2b(
        f"{source}\0{source_key}\0{statement}".encode(), digest_size=16
    ).hexdigest()
