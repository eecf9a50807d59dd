"""Works of Crossref as records: one item of its REST API in, one record out. No IO.

Format: https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md. Dates may lack day or
month and stay so; abstracts are fragments of JATS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from academichub.errors import EntryError
from academichub.formats.conventions import full_name
from academichub.messages import Message
from academichub.sources.dates import from_parts, iso_date
from academichub.sources.feeds.entries import cut
from academichub.sources.titles import is_notice, says_retracted
from academichub.text.markup import one_line, plain_text
from academichub.text.moments import day_before
from academichub.works.author import Author
from academichub.works.identifiers import Identifier, normalise
from academichub.works.work import Announcement, Kind, Record

MODULE = "crossref"
MAX_TITLE_CHARS, MAX_ABSTRACT_CHARS, MAX_AUTHORS = 1000, 20_000, 10_000

LATE_DAYS = 180
"""A DOI registered later than this after publication does not announce a new work."""

_KINDS: dict[str, Kind] = {
    "journal-article": "article",
    "proceedings-article": "proceedings",
    "posted-content": "preprint",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-chapter": "book",
    "book-section": "book",
    "book-part": "book",
}
NOT_WORKS = ("journal", "journal-issue", "journal-volume", "component", "book-set", "book-series", "book-track",
             "proceedings-series", "report-series", "report-component", "standard-series", "peer-review", "grant",
             "database")  # fmt: skip
"""Types of entries that do not describe a work to be read by itself."""

_NOTICES = ("correction", "corrigendum", "erratum", "addendum", "retraction", "withdrawal", "removal",
            "expression_of_concern", "clarification", "partial_retraction")  # fmt: skip
_RETRACTIONS = ("retraction", "withdrawal", "removal")
_DATES = ("published", "published-online", "posted", "issued", "published-print")
_BULKY = ("reference", "assertion")
_ABSTRACT_LEAD = re.compile(r"^(?:[Aa]bstract|ABSTRACT|[Ss]ummary|SUMMARY)\s*(?:[:.]\s*|(?=[A-Z]))")
"""The heading that publishers leave before an abstract; `Abstract algebra` begins a sentence."""

_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_PII = re.compile(r"S\d{15}[\dX]")


def record_of(item: dict[str, object], *, title: str = "", field: str = "") -> Record:
    """Return the record of a Crossref work.

    Args:
        item: The work as Crossref gives it.
        title: The journal's name as the reader follows it; empty takes Crossref's own.
        field: The journal's field of science.

    Raises:
        EntryError: If the work lacks a DOI or a title.
    """
    doi = normalise("doi", _text(item.get("DOI")))
    if doi is None:
        raise EntryError(Message.of("entry.not_a_doi", text=_text(item.get("DOI"))[:80]))
    name = _title(item)
    if not name:
        raise EntryError(Message.of("entry.no_title", name=doi.value[:80]))
    published = _published(item)
    created, deposited = (_moment(item.get(part)) for part in ("created", "deposited"))
    venue = plain_text(_first(item.get("container-title")))[:300] or _institution(item)
    journal = title or venue
    day = _announced(published, created or deposited)
    return Record(
        source=MODULE,
        source_key=doi.value if doi.scheme == "doi" else _text(item.get("DOI")).lower(),
        identifiers=tuple(dict.fromkeys((doi, *_preprints(item), *_addresses(item)))),
        title=name,
        authors=tuple(_authors(item)),
        abstract=_ABSTRACT_LEAD.sub("", plain_text(_text(item.get("abstract")))).strip()[
            :MAX_ABSTRACT_CHARS
        ],
        datestamp=deposited or created or day,
        published=published,
        announcements=(Announcement(MODULE, day, "new", journal, 1),) if day and journal else (),
        venue=venue,
        url=f"https://doi.org/{doi.value}" if doi.scheme == "doi" else "",
        license=_license(item),
        language=_text(item.get("language"))[:12].lower(),
        field=field,
        kind=_kind(item, name),
        withdrawn=says_retracted(name) or _is_retracted(item),
        raw=cut(
            json.dumps(
                {key: value for key, value in item.items() if key not in _BULKY}, ensure_ascii=True
            )
        ),
    )


def _text(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _first(value: object) -> str:
    return next(
        (
            text
            for member in _dicts_or_texts(value)
            if isinstance(member, str) and (text := member.strip())
        ),
        "",
    )


def _dicts_or_texts(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _dicts(value: object) -> Iterable[dict[str, object]]:
    return (member for member in _dicts_or_texts(value) if isinstance(member, dict))


def _title(item: dict[str, object]) -> str:
    """Return the title, with a subtitle that is not already in it."""
    title = plain_text(_first(item.get("title")))
    subtitle = plain_text(_first(item.get("subtitle")))
    if title and subtitle and subtitle.lower() not in title.lower():
        title = f"{title.rstrip(':')}: {subtitle}"
    return title[:MAX_TITLE_CHARS]


def _kind(item: dict[str, object], title: str) -> Kind:
    update_types = (_text(update.get("type")).lower() for update in _dicts(item.get("update-to")))
    if is_notice(title) or any(update_type in _NOTICES for update_type in update_types):
        return "other"
    return _KINDS.get(_text(item.get("type")), "other")


def _is_retracted(item: dict[str, object]) -> bool:
    """Whether Crossref knows of a notice that retracts this very work."""
    return any(
        _text(update.get("type")).lower() in _RETRACTIONS
        for update in _dicts(item.get("updated-by"))
    )


def _parts(value: object) -> str:
    """Return a Crossref date (`{"date-parts": [[2026, 3]]}`) as ISO text, as complete as it is."""
    parts = value.get("date-parts") if isinstance(value, dict) else None
    return (
        from_parts(parts[0])
        if isinstance(parts, list) and parts and isinstance(parts[0], list)
        else ""
    )


def _moment(value: object) -> str:
    """Return the day of a moment, which Crossref gives whole."""
    days = (
        iso_date(_text(value.get("date-time"))) if isinstance(value, dict) else "",
        _parts(value),
    )
    return next((day for day in days if len(day) == 10), "")


def _published(item: dict[str, object]) -> str:
    """Return the most complete date that agrees with `issued`, Crossref's earliest publication."""
    issued = _parts(item.get("issued"))
    dates = [
        date for name in _DATES if (date := _parts(item.get(name))).startswith(issued) and date
    ]
    longest = max(map(len, dates), default=0)
    return min((date for date in dates if len(date) == longest), default="")


def _announced(published: str, created: str) -> str:
    """Return the day the work came out; empty where that was long ago and its day is not known.

    It is the day its DOI was registered: an issue's date is often months ahead, and a day a
    publisher states may have passed unseen. For older works whose DOI came late (digitised
    archives) it is the day they were published. Neither day ever changes, so that a work is
    announced once however often it is gathered.
    """
    if not created or not published:
        return created or (published if len(published) == 10 else "")
    if len(published) == 10:
        return created if published >= day_before(created, LATE_DAYS) else published
    is_late = published < day_before(created, 2 * LATE_DAYS)[: len(published)]
    return "" if is_late else created


def _institution(item: dict[str, object]) -> str:
    """Return the server of a preprint, else the publisher."""
    stated = item.get("institution")
    institutions = [stated] if isinstance(stated, dict) else list(_dicts(stated))
    names = (_text(institution.get("name")) for institution in institutions)
    return (next((name for name in names if name), "") or _text(item.get("publisher")))[:300]


def _preprints(item: dict[str, object]) -> Iterable[Identifier]:
    """Yield the arXiv identifiers Crossref says are the same work in another state."""
    relations = item.get("relation")
    if not isinstance(relations, dict):
        return
    for name in (
        "has-preprint",
        "is-preprint-of",
        "is-version-of",
        "has-version",
        "is-identical-to",
        "is-same-as",
    ):
        for relation in _dicts(relations.get(name)):
            value = _text(relation.get("id"))
            identifier = (
                normalise("arxiv", value)
                if "arxiv" in (value + _text(relation.get("id-type"))).lower()
                else None
            )
            if identifier is not None:
                yield identifier


def _addresses(item: dict[str, object]) -> Iterable[Identifier]:
    """Yield the address of an Elsevier article, made of its item identifier.

    Elsevier's feeds give that address, but no DOI.
    """
    for alternative_id in _dicts_or_texts(item.get("alternative-id")):
        if isinstance(alternative_id, str) and _PII.fullmatch(alternative_id):
            yield Identifier(
                "url", f"https://www.sciencedirect.com/science/article/pii/{alternative_id}"
            )


def _authors(item: dict[str, object]) -> Iterable[Author]:
    """Yield people and organisations in order, each once."""
    seen: set[str] = set()
    for contributor in list(_dicts(item.get("author")))[:MAX_AUTHORS]:
        family, given = _text(contributor.get("family")), _text(contributor.get("given"))
        person = full_name(family, given, _text(contributor.get("suffix"))) if family else given
        name = plain_text(
            person or _text(contributor.get("name")) or _text(contributor.get("literal"))
        )[:200]
        if name and name not in seen:
            seen.add(name)
            orcid = _ORCID.search(_text(contributor.get("ORCID")).upper())
            yield Author(name, orcid[0] if orcid else None)


def _license(item: dict[str, object]) -> str:
    """Return the licence of the version of record, else of any version; data-mining terms aside."""
    url_by_version = {
        _text(licence.get("content-version")): _text(licence.get("URL"))
        for licence in _dicts(item.get("license"))
    }
    url_by_version = {
        version: url for version, url in url_by_version.items() if url and version != "tdm"
    }
    return (url_by_version.get("vor") or next(iter(url_by_version.values()), ""))[:300]
