"""Journal feeds and any other feed a reader follows: RSS 0.9x, 1.0, 2.0, Atom and JSON Feed as records.

A feed tells that something appeared; often it says little more than a title. Crossref fills the rest in by DOI. Pure:
bytes in, records out. Reading order: feed_documents.py (formats), feed_text.py (what descriptions hold), this module.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from academichub.identifiers import Identifier, local_identifier, normal_url, normalise, parse_arxiv, parse_doi
from academichub.papers import Announcement, Author, Kind, Record
from academichub.sources.feed_documents import Document, Entry, read_document
from academichub.sources.feed_text import abstract_of, creators_in, labelled_doi
from academichub.sources.files.wording import iso_date, language_code
from academichub.sources.notices import is_notice, is_retracted
from academichub.sources.person_names import authors_of, orcid_in
from academichub.sources.plain_text import plain_text

MODULE = "feed"
MAX_TITLE_CHARS = 2_000
MAX_KEY_CHARS = 500

_TEXTS = ("content:encoded", "content", "description", "summary", "dc:description", "dcterms:abstract", "text")
_DOI_IN_URL = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s?#&<>\"]+")
_AFTER_DOI = re.compile(r"/(?:abstract|full|fulltext|pdf|epdf|html|meta|summary|references|\d{5,}/[^/]*)/?$", re.IGNORECASE)
_PII = re.compile(r"/pii/(S\d{15}[\dX])(?![\dX])", re.IGNORECASE)
_PMID = re.compile(r"(?:pubmed:|pmid:\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)([1-9]\d{0,8})(?:/|\?|$)", re.IGNORECASE)
_LICENSE = re.compile(r"https?://creativecommons\.org/(?:licenses|publicdomain)/[a-z0-9/.+-]+", re.IGNORECASE)
_TITLE_FRAME = re.compile(
    r"^(?:wiley|tandf|sage publications(?: ltd)?|sciencedirect publication|latest (?:articles|issue|results) (?:from|of)|"
    r"latest articles in|rss feed of)\s*:?\s+|\s*(?::\s*(?:table of contents|most recent articles|advance access|"
    r"latest (?:articles|preprints))|-\s*CNKI|(?:current issue|early access|advance articles)(?: rss)?|\s+rss(?: feed)?)\s*$",
    re.IGNORECASE,
)
_PREPRINT_DOIS = (
    "10.48550/", "10.1101/", "10.26434/", "10.20944/", "10.21203/", "10.31234/", "10.31219/", "10.2139/", "10.22541/",
    "10.36227/", "10.64898/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One feed as received.

    Attributes:
        title: What the feed calls itself.
        day: The day the feed says it was made; empty where it says none.
        records: One per entry, in feed order.
        problems: What could not be read or had to be guessed, one sentence each.
    """

    title: str
    day: str
    records: tuple[Record, ...]
    problems: tuple[str, ...]


def parse(data: bytes, url: str = "") -> ParsedFeed:
    """Read a feed of which nothing else is known (sources.base)."""
    return parse_feed(data, url=url)


def parse_feed(
    data: bytes, *, url: str = "", title: str = "", field: str = "", issn: str = "", day: str = ""
) -> ParsedFeed:
    """Read a feed.

    Args:
        data: The body as received.
        url: The feed's address: base of relative links, and part of the identity of entries that have none.
        title: The name the reader follows it by; the category of its announcements.
        field: Field id the feed implies.
        issn: ISSN of the journal, where the feed is one's.
        day: The server's day (of its Date header): entries without a date, or dated later, are announced on it.

    Raises:
        SourceError: `too_large`, `truncated` or `not_the_format` (feed_documents.read_document).
    """
    document = read_document(data, url)
    own_title = plain_text(document.about.first("title", "dc:title"))[:MAX_TITLE_CHARS]
    made = iso_date(document.about.first("lastBuildDate", "updated", "pubDate", "dc:date", "published"))
    reader = _Reader(document, url, title or own_title, own_title, field, issn, day or made)
    records, problems = [], list(document.problems)
    for entry in document.entries:
        try:
            records.append(reader.record(entry))
        except ValueError as problem:
            problems.append(f"entry {entry.place}: {problem}")
    return ParsedFeed(own_title, made, tuple(records), tuple(problems))


def with_first_days(records: Iterable[Record], known: Mapping[str, str]) -> tuple[Record, ...]:
    """Return records announced no later than the first time they were seen, so that gathering again changes nothing.

    Args:
        records: Of one feed.
        known: Day of the earliest announcement by source key, of the entries seen before.
    """
    return tuple(
        dataclasses.replace(record, announcements=tuple(_not_after(one, known[record.source_key]) for one in record.announcements))
        if record.source_key in known
        else record
        for record in records
    )


def _not_after(told: Announcement, day: str) -> Announcement:
    return dataclasses.replace(told, date=min(told.date, day))


class _Reader:
    """Turns the entries of one document into records."""

    def __init__(
        self, document: Document, url: str, followed_as: str, own_title: str, field: str, issn: str, day: str
    ) -> None:
        self._url, self._field, self._issn, self._day = url, field, issn, day
        self._category = followed_as or urlsplit(url).netloc or MODULE
        about = document.about
        self._is_journal = bool(issn or about.first("prism:publicationName", "prism:issn"))
        self._venue = plain_text(about.first("prism:publicationName")) or (followed_as if issn else _without_frame(own_title))
        self._language = about.first("language", "dc:language")
        shared = Counter(normal_url(link) for entry in document.entries for link in entry.links[:1])
        shared.update({normal_url(link): 2 for link in about.links})
        self._shared = {link for link, times in shared.items() if times > 1}

    def record(self, entry: Entry) -> Record:
        """Return the record of an entry; ValueError in words where it lacks what it must have."""
        title = plain_text(entry.first("title", "dc:title"))[:MAX_TITLE_CHARS]
        if not title:
            raise ValueError("it has no title")
        texts = entry.every(*_TEXTS)
        link = urljoin(self._url, entry.links[0]) if entry.links else ""
        authors = _authors(entry, texts)
        published = self._published(entry)
        identifiers = self._identifiers(entry, texts, title, authors, published)
        told = iso_date(entry.first("pubDate", "published", "dc:date", "prism:publicationDate", "dcterms:issued", "updated"))
        day = told if len(told) == 10 and (not self._day or told <= self._day) else self._day
        return Record(
            source=MODULE,
            source_key=(entry.first("guid", "id", "rdf:about") or link or identifiers[0].key)[:MAX_KEY_CHARS],
            identifiers=identifiers,
            title=title,
            authors=authors,
            abstract=abstract_of(texts, title),
            datestamp=iso_date(entry.first("updated", "dcterms:modified")) or told,
            published=published,
            announcements=(Announcement(MODULE, day, "new", self._category, 1),) if day else (),
            venue=self._venue_of(entry, title),
            url=link if urlsplit(link).scheme in ("http", "https") else "",
            license=_license(entry),
            language=_language(title, entry.first("dc:language", "language") or self._language),
            field=self._field,
            kind=self._kind(title, identifiers),
            withdrawn=is_retracted(title),
            raw=entry.raw,
        )

    def _identifiers(
        self, entry: Entry, texts: list[str], title: str, authors: tuple[Author, ...], published: str
    ) -> tuple[Identifier, ...]:
        found: dict[str, Identifier] = {}
        names = entry.every("guid", "id", "rdf:about", "dc:identifier", "dcterms:identifier") + entry.links
        for text in names:
            if arxiv := parse_arxiv(text):
                found.setdefault("arxiv", Identifier("arxiv", arxiv[0]))
            if pmid := _PMID.match(text.strip()):
                found.setdefault("pmid", Identifier("pmid", pmid[1]))
        stated = entry.every("prism:doi", "doi", "dc:identifier", "dcterms:identifier") + names
        doi = next((doi for text in stated if (doi := doi_in(text))), "") or labelled_doi(texts)
        if doi and (one := normalise("doi", doi)):
            found.setdefault(one.scheme, one)
        if not found:
            for link in entry.links[:1]:
                if (place := normal_url(article_url(urljoin(self._url, link)))) not in self._shared:
                    found["url"] = Identifier("url", place)
        return tuple(found.values()) or (self._own_identifier(entry, title, authors, published),)

    def _own_identifier(
        self, entry: Entry, title: str, authors: tuple[Author, ...], published: str
    ) -> Identifier:
        """Return an identity for an entry without an address of its own: its guid within this feed, else its content."""
        guid = entry.first("guid", "id")
        if guid:
            digest = hashlib.sha256(f"{normal_url(self._url)}\n{guid}".encode("utf-8", "replace")).hexdigest()
            return Identifier("local", digest[:24])
        return local_identifier(title, [author.name for author in authors], published[:4], self._venue)

    def _published(self, entry: Entry) -> str:
        dates = ("prism:publicationDate", "published", "pubDate", "dc:date", "dcterms:issued", "prism:coverDate", "updated")
        return next((day for text in entry.every(*dates) if (day := iso_date(text))), "")

    def _venue_of(self, entry: Entry, title: str) -> str:
        stated = (plain_text(text) for text in entry.every("prism:publicationName", "prism:publicationTitle", "dc:source"))
        good = (text for text in stated if text and text != title and "://" not in text and len(text) < 200)
        return next(good, self._venue)[:300]

    def _kind(self, title: str, identifiers: tuple[Identifier, ...]) -> Kind:
        if is_notice(title):
            return "other"
        schemes = {one.scheme: one.value for one in identifiers}
        if "arxiv" in schemes or schemes.get("doi", "").startswith(_PREPRINT_DOIS):
            return "preprint"
        return "article" if self._is_journal or {"doi", "pmid"} & schemes.keys() else "other"


def doi_in(text: str) -> str:
    """Return the DOI in an identifier or address of an entry, in lower case; empty where there is none.

    Addresses carry DOIs in their path or query (`/doi/full/10.1/x?af=R`, `?id=10.1/x`), some with a number and a slug
    after it (`/article/doi/10.1/x/5287090/Some-Title`).
    """
    text = unquote(text.strip())
    if len(text) > 4_000:
        return ""
    if "://" not in text or "doi.org/" in text:
        return parse_doi(re.split(r"[?#]", text)[0] if "://" in text else text) or ""
    found = _DOI_IN_URL.search(text)
    return (parse_doi(_AFTER_DOI.sub("", found[0]).rstrip("/")) or "") if found else ""


def article_url(url: str) -> str:
    """Return the one address of a ScienceDirect article, whatever was appended to it; other addresses as they are."""
    found = _PII.search(url)
    return pii_url(found[1]) if found and "sciencedirect.com" in url else url


def pii_url(pii: str) -> str:
    """Return the address of an article by its publisher item identifier, which Crossref gives too."""
    return f"https://www.sciencedirect.com/science/article/pii/{pii.upper()}"


def _authors(entry: Entry, texts: list[str]) -> tuple[Author, ...]:
    people: list[Author] = []
    for name, orcid in entry.authors:
        people += [Author(one.name, orcid_in(orcid)) for one in authors_of([plain_text(name)])]
    named = people or list(authors_of(_creators(entry)))
    return tuple(dict.fromkeys(named)) or authors_of(creators_in(texts))


def _creators(entry: Entry) -> Iterator[str]:
    for name in ("dc:creator", "author", "dcterms:creator"):
        texts = entry.every(name)
        yield from (re.sub(r"<[^<>]*>", " ", text) if "<" in text else text for text in texts)
        if texts:
            return


def _license(entry: Entry) -> str:
    found = next((match[0] for text in entry.every("rights", "dc:rights", "license") if (match := _LICENSE.search(text))), "")
    return found.rstrip("/") + "/" if found else ""


def _language(title: str, told: str) -> str:
    """Return the language of an entry: what its title is written in counts more than what the feed says of itself."""
    if any("\u3040" <= ch <= "\u30ff" for ch in title):
        return "ja"
    if any("\u4e00" <= ch <= "\u9fff" for ch in title):
        return "zh"
    code = language_code(told).partition("-")[0]
    return "" if code in ("zh", "ja") else code


def _without_frame(title: str) -> str:
    for _ in range(3):
        shorter = _TITLE_FRAME.sub("", title)
        if shorter == title:
            break
        title = shorter
    return title.strip(" :-")
