"""Identity and versions: what a set of records adds up to. Pure functions, no IO.

The library is a function of the SET of records it holds: nothing here depends on the order in which
they came, on how often, or on when. That makes merging order-free and idempotent, and lets a killed
gather be run again.

Identity: two records that share an identifier are one work, with one exception. A DOI that an arXiv
record carries is what its authors typed, so of several only the one in the record's newest
statement counts, and a DOI that two arXiv works claim links neither of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from academichub.sources import SOURCES
from academichub.sources.arxiv import ARXIV
from academichub.works.author import Author, NameParts
from academichub.works.fields import field_of_category
from academichub.works.identifiers import Identifier, canonical_key, fold
from academichub.works.record_codec import encode, statement_hash
from academichub.works.work import CITATION_TEXTS, Announcement, Record, Version, Work

FILE_ORDER = {"jsonl": 50, "csl_json": 60, "ris": 80, "bibtex": 90, "shelf": 100}
"""Preference of statements out of files, on the scale of `Source.order`: the lower number wins."""

LAST = 1000
"""Preference of statements from a source that is no longer registered."""

ANNOUNCED_WITHIN_DAYS = 5
"""An announcement later than this after submission is a late cross-list: the version keeps its day
of submission."""

_Preference = tuple[int, str, int, str, str]


@dataclass(frozen=True, slots=True)
class ResolvedWork:
    """A work and the positions, in the sequence given, of the records it is made of.

    `work.id` is 0.
    """

    work: Work
    members: tuple[int, ...]


def resolve(records: Sequence[Record]) -> list[ResolvedWork]:
    """Return the works that records add up to, ordered by key.

    The works depend only on the set of records: any order and any repetition gives the same works.
    """
    if len(records) == 1:
        return [ResolvedWork(_combine(records, records[0].identifiers), (0,))]
    preferences = [_preference(record) for record in records]
    links = _links(records, preferences)
    resolved = []
    for members in components(links):
        ordered = sorted(members, key=lambda n: preferences[n], reverse=True)
        identifiers = tuple(sorted({identifier for n in members for identifier in links[n]}))
        resolved.append(
            ResolvedWork(
                _combine([records[n] for n in ordered], identifiers), tuple(sorted(members))
            )
        )
    return sorted(resolved, key=lambda resolution: resolution.work.key)


def components(groups: Sequence[Iterable[Identifier]]) -> list[list[int]]:
    """Return the positions of groups that share an identifier, directly or through others."""
    parent = list(range(len(groups)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[Identifier, int] = {}
    for n, identifiers in enumerate(groups):
        for identifier in identifiers:
            parent[root(n)] = root(first.setdefault(identifier, n))
    gathered: dict[int, list[int]] = {}
    for n in range(len(groups)):
        gathered.setdefault(root(n), []).append(n)
    return list(gathered.values())


def _preference(record: Record) -> _Preference:
    """Rank a record's word: version, then (arXiv) the later change, then the better source.

    A hash breaks ties.
    """
    source = SOURCES.get(record.source)
    rank = source.order if source else FILE_ORDER.get(record.source, LAST)
    changed = record.datestamp if _is_arxiv(record) else ""
    digest = statement_hash(record.source, record.source_key, encode(record))
    return record.version, changed, -rank, record.datestamp, digest


def _is_arxiv(record: Record) -> bool:
    """Whether a record is arXiv's own word."""
    source = SOURCES.get(record.source)
    return source is not None and source.group == ARXIV


def _value(record: Record, scheme: str) -> str:
    return next(
        (identifier.value for identifier in record.identifiers if identifier.scheme == scheme), ""
    )


def _links(records: Sequence[Record], preferences: Sequence[_Preference]) -> list[set[Identifier]]:
    """Return, for each record, the identifiers by which it may be joined to others."""
    typed: dict[
        str, tuple[_Preference, str]
    ] = {}  # arXiv id -> the DOI of its newest arXiv statement that has one
    claims: dict[str, set[str]] = {}  # DOI -> arXiv ids said to be the same work
    for record, preference in zip(records, preferences, strict=True):
        arxiv, doi = _value(record, "arxiv"), _value(record, "doi")
        if arxiv and doi and not _is_arxiv(record):
            claims.setdefault(doi, set()).add(arxiv)
        elif arxiv and doi and (arxiv not in typed or preference > typed[arxiv][0]):
            typed[arxiv] = preference, doi
    for arxiv, (_, doi) in typed.items():
        claims.setdefault(doi, set()).add(arxiv)
    links = []
    for record in records:
        linking = set(record.identifiers)
        arxiv = _value(record, "arxiv")
        if arxiv and _is_arxiv(record):
            linking = {identifier for identifier in linking if identifier.scheme != "doi"}
            doi = typed[arxiv][1] if arxiv in typed else ""
            if doi and len(claims[doi]) == 1:
                linking.add(Identifier("doi", doi))
        links.append(linking)
    return links


def _combine(ordered: Sequence[Record], identifiers: Iterable[Identifier]) -> Work:
    """Return the work of records that belong together, given best first."""

    def best(name: str) -> Any:
        """The first value that is not empty."""
        for record in ordered:
            if value := getattr(record, name):
                return value
        return getattr(record, name)

    identifiers = tuple(sorted(set(identifiers)))
    announcements = _announcements(ordered)
    versions = _versions(ordered, announcements)
    categories: tuple[str, ...] = best("categories")
    newest = max(record.version for record in ordered)
    return Work(
        id=0,
        key=canonical_key(identifiers),
        identifiers=identifiers,
        title=best("title"),
        authors=_authors(ordered, best("authors")),
        abstract=best("abstract"),
        categories=categories,
        published=_published(ordered, versions),
        updated=max(record.datestamp for record in ordered),
        versions=versions,
        announcements=announcements,
        sources=tuple(
            sorted({source for record in ordered for source in record.via or (record.source,)})
        ),
        comment=best("comment"),
        journal_ref=best("journal_ref"),
        venue=best("venue"),
        link=best("url"),
        license=best("license"),
        language=best("language"),
        note=best("note"),
        field=(field_of_category(categories[0]) if categories else "") or best("field"),
        kind=next((record.kind for record in ordered if record.kind != "other"), "other"),
        withdrawn=any(record.withdrawn for record in ordered if record.version == newest),
        editors=best("editors"),
        **{name: best(name) for name in CITATION_TEXTS},
    )


def _authors(ordered: Sequence[Record], authors: tuple[Author, ...]) -> tuple[Author, ...]:
    """Return authors with names in parts, as the best record that writes the same name has them."""
    parts: dict[str, NameParts] = {}
    for record in ordered:
        for author in record.authors:
            if author.parts:
                parts.setdefault(fold(author.name), author.parts)
    if not parts:
        return authors
    return tuple(
        author if author.parts else replace(author, parts=parts.get(fold(author.name)))
        for author in authors
    )


def _announcements(records: Sequence[Record]) -> tuple[Announcement, ...]:
    """Return every announcement once, sorted.

    What OAI-PMH lets us infer (a new version under a new datestamp) only stands in for a feed
    that stayed silent: it goes when a feed announced that version, and of several the earliest day
    counts.
    """
    stated = {announcement for record in records for announcement in record.announcements}
    announced = {
        announcement.version for announcement in stated if announcement.source == "arxiv_announce"
    }
    first: dict[int, str] = {}
    for announcement in stated:
        if announcement.source == "arxiv_oai":
            first[announcement.version] = min(
                announcement.date, first.get(announcement.version, announcement.date)
            )
    standing = [
        announcement
        for announcement in stated
        if announcement.source != "arxiv_oai"
        or (
            announcement.version not in announced
            and announcement.date == first[announcement.version]
        )
    ]
    return tuple(
        sorted(
            standing,
            key=lambda announcement: (
                announcement.date,
                announcement.source,
                announcement.category,
                announcement.version,
                announcement.type,
            ),
        )
    )


def _versions(
    records: Sequence[Record], announcements: Sequence[Announcement]
) -> tuple[Version, ...]:
    submitted: dict[int, str | None] = {}
    for record in records:
        if record.version:
            submitted.setdefault(record.version, None)
        for version in record.versions:
            earliest = submitted.setdefault(version.version, version.submitted)
            if version.submitted and (earliest is None or version.submitted < earliest):
                submitted[version.version] = version.submitted
    announced: dict[int, str] = {}
    for announcement in announcements:
        if announcement.version:
            submitted.setdefault(announcement.version, None)
            announced[announcement.version] = min(
                announcement.date, announced.get(announcement.version, announcement.date)
            )
    return tuple(
        Version(
            number, day, announced.get(number) if _in_time(day, announced.get(number)) else None
        )
        for number, day in sorted(submitted.items())
    )


def _in_time(submitted: str | None, announced: str | None) -> bool:
    """Return whether a version was announced soon after submission, as far as both days are known.

    Every reader gives whole ISO days of versions and announcements, or none.
    """
    if not submitted or not announced:
        return True
    waited = date.fromisoformat(announced) - date.fromisoformat(submitted)
    return waited.days <= ANNOUNCED_WITHIN_DAYS


def _published(records: Sequence[Record], versions: Sequence[Version]) -> str:
    """Return the first publication: the earliest of the most complete dates known."""
    days = [record.published for record in records if record.published]
    if versions and versions[0].version == 1 and versions[0].date:
        days.append(versions[0].date)
    longest = max(map(len, days), default=0)
    return min((day for day in days if len(day) == longest), default="")
