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
    # A single record has nothing to be joined with or compared to.
    if len(records) == 1:
        return [ResolvedWork(_combine(records, records[0].identifiers), (0,))]
    preferences = [_preference(record) for record in records]
    links = _links(records, preferences)
    resolved = []
    for members in components(links):
        best_first = sorted(members, key=lambda n: preferences[n], reverse=True)
        linking = {identifier for n in members for identifier in links[n]}
        work = _combine([records[n] for n in best_first], linking)
        resolved.append(ResolvedWork(work, tuple(sorted(members))))
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
    # Datestamps of different sources mean different days; only arXiv's compare with one another.
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
    """Return, for each record, the identifiers by which it may be joined to others.

    Authors type the DOI of an arXiv record by hand, so it joins only where it can be trusted: the
    newest statement of the record counts, and nobody else may claim the same DOI for another
    arXiv id.
    """
    typed = _typed_dois(records, preferences)
    claims = _claims(records, typed)
    links = []
    for record in records:
        linking = set(record.identifiers)
        arxiv = _value(record, "arxiv")
        if arxiv and _is_arxiv(record):
            linking = {identifier for identifier in linking if identifier.scheme != "doi"}
            doi = typed.get(arxiv, "")
            if doi and len(claims[doi]) == 1:
                linking.add(Identifier("doi", doi))
        links.append(linking)
    return links


def _typed_dois(records: Sequence[Record], preferences: Sequence[_Preference]) -> dict[str, str]:
    """Return, by arXiv id, the DOI of its newest arXiv statement that has one."""
    newest: dict[str, tuple[_Preference, str]] = {}
    for record, preference in zip(records, preferences, strict=True):
        arxiv, doi = _value(record, "arxiv"), _value(record, "doi")
        if not (arxiv and doi and _is_arxiv(record)):
            continue
        if arxiv not in newest or preference > newest[arxiv][0]:
            newest[arxiv] = preference, doi
    return {arxiv: doi for arxiv, (_, doi) in newest.items()}


def _claims(records: Sequence[Record], typed: dict[str, str]) -> dict[str, set[str]]:
    """Return, by DOI, the arXiv ids that any source says are the same work."""
    claims: dict[str, set[str]] = {}
    for record in records:
        arxiv, doi = _value(record, "arxiv"), _value(record, "doi")
        if arxiv and doi and not _is_arxiv(record):
            claims.setdefault(doi, set()).add(arxiv)
    for arxiv, doi in typed.items():
        claims.setdefault(doi, set()).add(arxiv)
    return claims


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
        sources=_sources(ordered),
        comment=best("comment"),
        journal_ref=best("journal_ref"),
        venue=best("venue"),
        link=best("url"),
        license=best("license"),
        language=best("language"),
        note=best("note"),
        # arXiv's primary category says more than the field of a journal a user follows.
        field=(field_of_category(categories[0]) if categories else "") or best("field"),
        kind=next((record.kind for record in ordered if record.kind != "other"), "other"),
        # A withdrawn version may have been replaced since, so only the newest decides.
        withdrawn=any(record.withdrawn for record in ordered if record.version == newest),
        editors=best("editors"),
        **{name: best(name) for name in CITATION_TEXTS},
    )


def _sources(records: Sequence[Record]) -> tuple[str, ...]:
    """Return where a work came from; a record out of our own export names its first sources."""
    names = {name for record in records for name in record.via or (record.source,)}
    return tuple(sorted(names))


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
    inferred = [
        announcement
        for announcement in stated
        if announcement.source == "arxiv_oai" and announcement.version not in announced
    ]
    first_days = _first_days(inferred)
    standing = {announcement for announcement in stated if announcement.source != "arxiv_oai"} | {
        announcement
        for announcement in inferred
        if announcement.date == first_days[announcement.version]
    }
    return tuple(sorted(standing, key=_announcement_order))


def _first_days(announcements: Iterable[Announcement]) -> dict[int, str]:
    """Return the earliest day of announcement by version."""
    days: dict[int, str] = {}
    for announcement in announcements:
        earliest = days.get(announcement.version, announcement.date)
        days[announcement.version] = min(earliest, announcement.date)
    return days


def _announcement_order(announcement: Announcement) -> tuple[str, str, str, int, str]:
    return (
        announcement.date,
        announcement.source,
        announcement.category,
        announcement.version,
        announcement.type,
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
    announced = _first_days(announcement for announcement in announcements if announcement.version)
    for number in announced:
        submitted.setdefault(number, None)
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
