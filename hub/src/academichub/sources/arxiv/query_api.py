"""arXiv's query API: works by id, title and author, and by category and submission day.

Pure: addresses and bytes in, one page of records out; paging is in gathering/query_api.py. The API
does not list announcements and may lag a day. Source:
https://info.arxiv.org/help/api/user-manual.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from lxml import etree

from academichub.errors import EntryError, SourceError
from academichub.messages import Message
from academichub.sources.arxiv.author_lists import MAX_AUTHORS, readable_name
from academichub.sources.arxiv.categories import query_term
from academichub.sources.arxiv.xml import (
    ARXIV,
    ATOM,
    eastern_day,
    raw_of,
    read_xml,
    says_withdrawn,
    text_of,
    utc_day,
)
from academichub.sources.item_guard import ItemGuard
from academichub.works.author import Author
from academichub.works.fields import field_of_category
from academichub.works.identifiers import Identifier, normalise, parse_arxiv
from academichub.works.work import Record, Version

MODULE = "arxiv_query"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"

MAX_COUNT_DIGITS = 9
"""Digits read of a count: more results than that are never requested."""

IDS_A_REQUEST = 100
MAX_PAGE = 2000
"""Results the API gives at once."""

MAX_DEPTH = 30_000
"""Results the API gives of one query; later ones are refused with HTTP 400."""

MAX_SEARCH_CHARACTERS = 400
"""Longest text searched for: a longer title is found by its beginning."""

_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)?(\.[A-Za-z-]{2,})?")


@dataclass(frozen=True, slots=True)
class QueryPage:
    """One answer of the query API.

    Attributes:
        day: The server's day (US Eastern).
        records: What it holds, in order.
        problems: Entries that could not be read, one message each.
        total: Results of the whole query, as the server counts.
        start: Position of the first one, as the server says.
        faults: Entries our own code failed on, one sentence each.
    """

    day: str
    records: tuple[Record, ...]
    problems: tuple[Message, ...]
    total: int
    start: int
    faults: tuple[Message, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The source keys on this page."""
        return frozenset(record.source_key for record in self.records)


def ids_address(base_url: str, ids: Sequence[str]) -> str:
    """Return the address that looks up arXiv ids (at most IDS_A_REQUEST)."""
    id_list = quote(",".join(ids), safe=",/.")
    return f"{base_url}/api/query?id_list={id_list}&start=0&max_results={len(ids)}"


def window_address(
    base_url: str, category: str, first: str, last: str, start: int, size: int
) -> str:
    """Return the address of a page of first submissions to a category, from `first` to `last`."""
    window = f"submittedDate:[{first.replace('-', '')}0000 TO {last.replace('-', '')}2359]"
    arguments = {
        "search_query": f"{query_term(category)} AND {window}",
        "start": start,
        "max_results": size,
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    return f"{base_url}/api/query?{urlencode(arguments, quote_via=quote)}"


def title_address(base_url: str, title: str, size: int) -> str:
    """Return the address that looks for the words of a title, in their order."""
    return _search_address(base_url, f'ti:"{_words(title)}"', size)


def author_address(base_url: str, name: str, size: int) -> str:
    """Return the address of the latest works of a person, by name (`Given Family`)."""
    return _search_address(base_url, f'au:"{_words(name)}"', size)


def _search_address(base_url: str, query: str, size: int) -> str:
    arguments = {
        "search_query": query,
        "start": 0,
        "max_results": size,
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }
    return f"{base_url}/api/query?{urlencode(arguments, quote_via=quote)}"


def _words(text: str) -> str:
    """Return the words of a text: other signs have a meaning in the API's search language."""
    return " ".join(re.findall(r"\w+", text))[:MAX_SEARCH_CHARACTERS]


def day_address(base_url: str) -> str:
    """Return the address of the smallest answer that has the server's day."""
    return f"{base_url}/api/query?search_query=cat:cs.AI&start=0&max_results=1"


def parse_page(data: bytes, *, url: str = "") -> QueryPage:
    """Read one answer of the query API.

    Raises:
        SourceError: `not_the_format` or `truncated` (arxiv/xml.py: read_xml), `bad_request` for
            arXiv's error feed, `protocol` where the totals are missing, `too_large` for more
            entries than can be requested.
    """
    root = read_xml(data, ("feed",), url=url)
    entries = root.findall(f"{ATOM}entry")
    _require_results(entries, url)
    counts = [text_of(root, f"{OPENSEARCH}{name}") for name in ("totalResults", "startIndex")]
    day = eastern_day(text_of(root, f"{ATOM}updated"))
    if not all(count.isdecimal() for count in counts) or not day:
        raise SourceError("protocol", Message.of("arxiv.no_totals"), url=url)
    records, guard = [], ItemGuard()
    for position, entry in enumerate(entries, 1):
        with guard.entry(position):
            records.append(_record(entry))
    total, start = (int(count[:MAX_COUNT_DIGITS]) for count in counts)
    return QueryPage(day, tuple(records), tuple(guard.problems), total, start, tuple(guard.faults))


def _require_results(entries: list[etree._Element], url: str) -> None:
    """Raise SourceError for more entries than a page may have, or for arXiv's error feed."""
    if len(entries) > MAX_PAGE:
        too_large = Message.of("arxiv.page_too_large", entries=len(entries), limit=MAX_PAGE)
        raise SourceError("too_large", too_large, url=url)
    # An error is a feed of one entry, which would otherwise be skipped as an odd work.
    if entries and "/api/errors" in text_of(entries[0], f"{ATOM}id"):
        text = text_of(entries[0], f"{ATOM}summary")[:300]
        raise SourceError("bad_request", Message.of("arxiv.error_feed", text=text), url=url)


def _record(entry: etree._Element) -> Record:
    """Return the record of one entry; raises EntryError where it lacks what it must have."""
    name = text_of(entry, f"{ATOM}id")
    parsed = parse_arxiv(name)
    identifier, version = parsed or ("", None)
    if version is None:
        raise EntryError(Message.of("entry.not_arxiv_address", text=name[:80]))
    title, abstract = text_of(entry, f"{ATOM}title"), text_of(entry, f"{ATOM}summary")
    if not title:
        raise EntryError(Message.of("entry.no_title", name=name[:80]))
    first = utc_day(text_of(entry, f"{ATOM}published"))
    last = utc_day(text_of(entry, f"{ATOM}updated"))
    comment = text_of(entry, f"{ARXIV}comment")
    categories = _categories(entry)
    doi = normalise("doi", text_of(entry, f"{ARXIV}doi").partition(" ")[0])
    versions = [Version(1, first or None)] if version > 1 else []
    return Record(
        source=MODULE,
        source_key=f"oai:arXiv.org:{identifier}v{version}",
        identifiers=(
            Identifier("arxiv", identifier),
            *([doi] if doi and doi.scheme == "doi" else []),
        ),
        title=title,
        authors=_authors(entry),
        abstract=abstract,
        categories=categories,
        version=version,
        datestamp=last,
        published=first,
        versions=(*versions, Version(version, last or None)),
        comment=comment,
        journal_ref=text_of(entry, f"{ARXIV}journal_ref"),
        url=f"https://arxiv.org/abs/{identifier}",
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        withdrawn=says_withdrawn(abstract, comment),
        raw=raw_of(entry),
    )


def _authors(entry: etree._Element) -> tuple[Author, ...]:
    elements = entry.findall(f"{ATOM}author")[:MAX_AUTHORS]
    names = (readable_name(text_of(author, f"{ATOM}name")) for author in elements)
    return tuple(Author(name) for name in names if name)


def _categories(entry: etree._Element) -> tuple[str, ...]:
    """Return the categories, the primary one first, without MSC and ACM classes of that element."""
    primary = entry.find(f"{ARXIV}primary_category")
    named = [primary.get("term", "") if primary is not None else ""]
    named += [
        element.get("term", "")
        for element in entry.findall(f"{ATOM}category")
        if element.get("scheme", "http://arxiv.org/schemas/atom") == "http://arxiv.org/schemas/atom"
    ]
    return tuple(dict.fromkeys(name for term in named if _CATEGORY.fullmatch(name := term.strip())))
