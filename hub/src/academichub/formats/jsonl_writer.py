"""Works as JSON lines: our own export, which `jsonl` reads back whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from academichub import documents
from academichub.works.author import Author, NameParts
from academichub.works.work import CITATION_TEXTS, Work

_OPTIONAL_FIELDS = (
    "published",
    "updated",
    "kind",
    "venue",
    "journal_ref",
    "comment",
    "url",
    "license",
    "language",
    "note",
    "field",
    *CITATION_TEXTS,
)
"""Fields that a line has only if the work has them."""


_PARTS = ("family", "given", "particle", "suffix", "literal")


def work_document(work: Work) -> documents.Work:
    """Return a work as the document that is exported."""
    optional_fields: dict[str, Any] = {
        name: value for name in _OPTIONAL_FIELDS if (value := getattr(work, name))
    }
    orcids = {author.name: author.orcid for author in work.authors if author.orcid}
    if orcids:
        optional_fields["orcids"] = orcids
    if work.editors:
        optional_fields["editors"] = [editor.name for editor in work.editors]
    if names := _names(work.authors):
        optional_fields["names"] = names
    if names := _names(work.editors):
        optional_fields["editor_names"] = names
    return documents.Work(
        key=work.key,
        identifiers=dict(work.public_identifiers),
        title=work.title,
        authors=[author.name for author in work.authors],
        categories=list(work.categories),
        abstract=work.abstract,
        versions=[documents.DatedVersion.model_validate(version) for version in work.versions],
        announcements=[
            documents.Announcement.model_validate(announcement)
            for announcement in work.announcements
        ],
        sources=list(work.sources),
        withdrawn=work.withdrawn,
        **optional_fields,
    )


def _names(people: Sequence[Author]) -> list[documents.Name]:
    """Return names in parts, one for each person; none where no name is known in parts."""
    if not any(person.parts for person in people):
        return []
    return [
        documents.Name(**{part: text for part in _PARTS if (text := getattr(parts, part))})
        for parts in (person.parts or NameParts(literal=person.name) for person in people)
    ]


def write(works: Iterable[Work]) -> Iterator[str]:
    """Yield a line for each work."""
    for work in works:
        yield work_document(work).json_text() + "\n"
