"""arXiv over OAI-PMH, format arXivRaw: the authority on what changed, with every version's day.

Pure: addresses and bytes in, one page of records out; paging and bookmarks are in gathering/oai.py.
A record's datestamp is the day of its last CHANGE. Sources:
https://info.arxiv.org/help/oa/index.html, OAI-PMH 2.0 sections 3.5, 3.6, 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from lxml import etree

from academichub.errors import EntryError, SourceError
from academichub.messages import Message
from academichub.sources.arxiv.author_lists import split_authors
from academichub.sources.arxiv.categories import oai_set
from academichub.sources.arxiv.xml import (
    eastern_day,
    raw_of,
    read_xml,
    says_withdrawn,
    text_of,
    utc_day,
)
from academichub.sources.item_guard import ItemGuard
from academichub.works.fields import field_of_category
from academichub.works.identifiers import Identifier, normalise, parse_arxiv
from academichub.works.work import Announcement, AnnounceType, Record, Version

MODULE = "arxiv_oai"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"

ANNOUNCED_WITHIN_DAYS = 6
"""Most days between a version's submission and its announcement, long weekends included."""

MAX_TOKEN_CHARS = 4000
MAX_RECORDS = 50_000
"""Records read from one page; arXiv's pages hold some 1,300."""


@dataclass(frozen=True, slots=True)
class OaiPage:
    """One answer to ListRecords.

    Attributes:
        day: The server's day (responseDate in US Eastern).
        records: What it holds, in order.
        deleted: OAI identifiers of records arXiv deleted.
        problems: Records that could not be read, one message each.
        token: Resumption token of the next page; empty on the last.
        total: Number of records of the whole list, where the server says so (arXiv does no more).
        faults: Records our own code failed on, one sentence each.
    """

    day: str
    records: tuple[Record, ...]
    deleted: tuple[str, ...]
    problems: tuple[Message, ...]
    token: str
    total: int | None = None
    faults: tuple[Message, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The source keys on this page."""
        return frozenset(record.source_key for record in self.records)


@dataclass(frozen=True, slots=True)
class HeadersPage:
    """One answer to ListIdentifiers: (arXiv id, datestamp) pairs and the token of the next page."""

    day: str
    changed: tuple[tuple[str, str], ...]
    token: str


class BadTokenError(SourceError):
    """The server refused its own resumption token; the list must be requested from the start."""


def first_address(base_url: str, category: str, since: str) -> str:
    """Return the address of the first page of everything changed in a category since a day."""
    return _list_address(base_url, "ListRecords", category, since)


def next_address(base_url: str, token: str, verb: str = "ListRecords") -> str:
    """Return the address of a following page."""
    return f"{base_url}/oai?verb={verb}&resumptionToken={quote(token, safe='')}"


def headers_address(base_url: str, category: str, since: str) -> str:
    """Return the address of the first page of ids and datestamps only (ListIdentifiers)."""
    return _list_address(base_url, "ListIdentifiers", category, since)


def _list_address(base_url: str, verb: str, category: str, since: str) -> str:
    arguments = {
        "verb": verb,
        "metadataPrefix": "arXivRaw",
        "from": since,
        "set": oai_set(category),
    }
    return f"{base_url}/oai?{urlencode(arguments, quote_via=quote, safe=':')}"


def identify_address(base_url: str) -> str:
    """Return the address that tells the server's day."""
    return f"{base_url}/oai?verb=Identify"


def server_day(data: bytes, *, url: str = "") -> str:
    """Return the server's day (US Eastern) from any OAI-PMH answer.

    Raises:
        SourceError: As `parse_page`.
    """
    return _day(read_xml(data, ("OAI-PMH",), url=url), url)


def parse_page(data: bytes, *, url: str = "") -> OaiPage:
    """Read one answer to ListRecords or GetRecord; for noRecordsMatch a page without records.

    Raises:
        BadTokenError: If the server did not take the resumption token.
        SourceError: `not_the_format` or `truncated` (arxiv/xml.py: read_xml), `protocol` for any
            other OAI error.
    """
    day, listed = _listed(data, ("ListRecords", "GetRecord"), url)
    if listed is None:
        return OaiPage(day, (), (), (), "")
    items = listed.findall(f"{OAI}record")
    _require_size(items, url)
    token, total = _token(listed, url)
    records, deleted, guard = [], [], ItemGuard()
    for item in items:
        name = text_of(item, f"{OAI}header/{OAI}identifier")
        header = item.find(f"{OAI}header")
        if header is not None and header.get("status") == "deleted":
            deleted.append(name)
            continue
        with guard.entry(name=name):
            records.append(_record(item, name))
    return OaiPage(
        day,
        tuple(records),
        tuple(deleted),
        tuple(guard.problems),
        token,
        total,
        tuple(guard.faults),
    )


def parse_headers(data: bytes, *, url: str = "") -> HeadersPage:
    """Read one answer to ListIdentifiers; headers that name no arXiv work are left out.

    Raises:
        SourceError: As `parse_page`.
    """
    day, listed = _listed(data, ("ListIdentifiers",), url)
    if listed is None:
        return HeadersPage(day, (), "")
    items = listed.findall(f"{OAI}header")
    _require_size(items, url)
    named = [
        (parse_arxiv(text_of(item, f"{OAI}identifier")), text_of(item, f"{OAI}datestamp"))
        for item in items
    ]
    return HeadersPage(
        day, tuple((parsed[0], stamp) for parsed, stamp in named if parsed), _token(listed, url)[0]
    )


def _listed(data: bytes, verbs: tuple[str, ...], url: str) -> tuple[str, etree._Element | None]:
    """Return the server's day and the element of the list, None if empty; see `parse_page`."""
    root = read_xml(data, ("OAI-PMH",), url=url)
    day = _day(root, url)
    error = root.find(f"{OAI}error")
    if error is not None:
        code, text = error.get("code", ""), text_of(root, f"{OAI}error")[:300]
        if code == "noRecordsMatch":
            return day, None
        kind = BadTokenError if code == "badResumptionToken" else SourceError
        message = (
            Message.of("arxiv.oai_error", name=code, text=text)
            if code
            else Message.of("arxiv.oai_error_unnamed", text=text)
        )
        raise kind("protocol", message, url=url)
    listed = next(
        (element for name in verbs if (element := root.find(f"{OAI}{name}")) is not None), None
    )
    if listed is None:
        raise SourceError("protocol", Message.of("arxiv.oai_no_verb", verb=verbs[0]), url=url)
    return day, listed


def _require_size(items: list[etree._Element], url: str) -> None:
    if len(items) > MAX_RECORDS:
        raise SourceError(
            "too_large",
            Message.of("arxiv.oai_too_large", records=len(items), limit=MAX_RECORDS),
            url=url,
        )


def _day(root: etree._Element, url: str) -> str:
    day = eastern_day(text_of(root, f"{OAI}responseDate"))
    if not day:
        raise SourceError("protocol", Message.of("arxiv.oai_no_date"), url=url)
    return day


def _token(listed: etree._Element, url: str) -> tuple[str, int | None]:
    element = listed.find(f"{OAI}resumptionToken")
    if element is None:
        return "", None
    token = "".join(map(str, element.itertext())).strip()
    if len(token) > MAX_TOKEN_CHARS:
        raise SourceError(
            "protocol", Message.of("arxiv.oai_token_too_long", characters=len(token)), url=url
        )
    size = element.get("completeListSize", "")
    return token, int(size[:9]) if size.isdecimal() else None


def _record(item: etree._Element, name: str) -> Record:
    """Return the record of one OAI record; raises EntryError where it lacks what it must have."""
    parsed = parse_arxiv(name)
    if parsed is None:
        raise EntryError(Message.of("entry.not_arxiv", text=name[:80]))
    body = item.find(f"{OAI}metadata/{RAW}arXivRaw")
    if body is None:
        raise EntryError(Message.of("entry.not_arxiv_raw"))
    datestamp = _datestamp(item)
    versions, withdrawn = _versions(body)
    title, abstract = text_of(body, f"{RAW}title"), text_of(body, f"{RAW}abstract")
    if not title:
        raise EntryError(Message.of("entry.no_title_unnamed"))
    comment = text_of(body, f"{RAW}comments")
    categories = tuple(dict.fromkeys(text_of(body, f"{RAW}categories").split()))
    # Of several DOIs the article's own comes first.
    doi = normalise("doi", text_of(body, f"{RAW}doi").partition(" ")[0])
    latest = versions[-1]
    return Record(
        source=MODULE,
        source_key=f"oai:arXiv.org:{parsed[0]}",
        identifiers=(
            Identifier("arxiv", parsed[0]),
            *([doi] if doi and doi.scheme == "doi" else []),
        ),
        title=title,
        authors=split_authors(text_of(body, f"{RAW}authors")),
        abstract=abstract,
        categories=categories,
        version=latest.version,
        datestamp=datestamp,
        published=versions[0].submitted or "",
        versions=versions,
        announcements=_announced(latest, datestamp, categories),
        comment=comment,
        journal_ref=text_of(body, f"{RAW}journal-ref"),
        license=text_of(body, f"{RAW}license"),
        url=f"https://arxiv.org/abs/{parsed[0]}",
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        withdrawn=withdrawn or says_withdrawn(abstract),
        raw=raw_of(item),
    )


def _datestamp(item: etree._Element) -> str:
    day = text_of(item, f"{OAI}header/{OAI}datestamp")[:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        raise EntryError(Message.of("entry.not_a_datestamp", text=day)) from None
    return day


def _versions(body: etree._Element) -> tuple[tuple[Version, ...], bool]:
    """Return the versions in order, and whether the last is a withdrawal.

    A withdrawal has the source type I or an empty source.
    """
    read: dict[int, tuple[Version, bool]] = {}
    for element in body.findall(f"{RAW}version"):
        number = element.get("version", "").removeprefix("v")
        if not number.isdecimal() or not 0 < int(number[:9]) < 10_000:
            raise EntryError(
                Message.of("entry.not_a_version", text=str(element.get("version", ""))[:80])
            )
        gone = (
            text_of(element, f"{RAW}source_type") == "I" or text_of(element, f"{RAW}size") == "0kb"
        )
        submitted = utc_day(text_of(element, f"{RAW}date")) or None
        read[int(number)] = Version(int(number), submitted), gone
    if not read:
        raise EntryError(Message.of("entry.no_versions"))
    ordered = [read[number] for number in sorted(read)]
    return tuple(version for version, _ in ordered), ordered[-1][1]


def _announced(
    latest: Version, datestamp: str, categories: tuple[str, ...]
) -> tuple[Announcement, ...]:
    """Return what a datestamp implies: a version submitted just before it was announced on it.

    It replaces a missing announcement of the feed; library/merge.py drops it where the feed has
    one.
    """
    if not latest.submitted or not categories:
        return ()
    waited = (date.fromisoformat(datestamp) - date.fromisoformat(latest.submitted)).days
    if not 0 <= waited <= ANNOUNCED_WITHIN_DAYS:
        return ()
    kind: AnnounceType = "new" if latest.version == 1 else "replace"
    return (Announcement(MODULE, datestamp, kind, categories[0], latest.version),)
