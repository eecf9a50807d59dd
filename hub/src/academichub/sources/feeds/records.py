"""Entries of feeds as records: identity, plain title and abstract, authors, dates. No IO."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from academichub.errors import EntryError
from academichub.messages import Message
from academichub.sources.dates import iso_date
from academichub.sources.feeds.author_lists import split_names
from academichub.sources.feeds.entries import Document, Entry
from academichub.sources.titles import is_notice, journal_name, says_retracted
from academichub.text.markup import one_line, plain_lines, plain_text
from academichub.works.author import Author
from academichub.works.identifiers import (
    Identifier,
    local_identifier,
    normal_url,
    normalise,
    parse_arxiv,
    parse_doi,
)
from academichub.works.work import Announcement, Kind, Record

MODULE = "feed"
MAX_TITLE_CHARS, MAX_ABSTRACT_CHARS, MAX_KEY_CHARS = 1000, 20_000, 500
ENOUGH_CHARS, LEAST_CHARS = 120, 25
"""Length of a text taken for the abstract at once, and of the shortest one taken for it at all."""

PREPRINT_PREFIXES = ("10.26434/", "10.64898/", "10.21203/", "10.31234/", "10.31219/", "10.20944/", "10.22541/",
                     "10.36227/", "10.2139/ssrn", "10.48550/", "10.12074/",
                     *(f"10.1101/{digit}" for digit in range(10)))  # fmt: skip
"""DOIs of preprint servers: ChemRxiv, openRxiv, Research Square, PsyArXiv, OSF, Preprints.org,
Authorea, TechRxiv, SSRN, arXiv, ChinaXiv, bioRxiv and medRxiv (journals under the same prefix go on
with a letter)."""

_LABEL = re.compile(
    r"^\[(?:ASAP|early access|in press|new|updated|graphical abstract added)\]\s*", re.IGNORECASE
)
_DOI_IN_PATH = re.compile(r"10\.\d{4,9}/[^?#\s\"'<>]+")
_AFTER_DOI = re.compile(
    r"/(?:full|abstract|abs|pdf|epdf|html|meta|summary|fulltext)(?:/.*)?$", re.IGNORECASE
)
_SILVERCHAIR = re.compile(
    r"(/doi/10\.\d{4,9}/[^/?#]+)/\d{4,}/[^/?#]*"
)  # .../doi/<doi>/<article number>/<slug>
_BEFORE_DOI = re.compile(
    r"(?:^|[;,]\s*+)doi\s*+(?::\s*+)?+(?:https?://(?:dx\.)?doi\.org/)?(?=10\.\d{4,9}/\S)",
    re.IGNORECASE,
)
_AUTHOR_LINE = re.compile(r"^(?:author(?:s|\(s\))?|by|作者)\s*[::]\s*(?P<names>.*)$", re.IGNORECASE)
_DATE_LINE = re.compile(
    r"^(?:publication date|date)\s*:\s*(?:available online\s+)?(?P<date>.{4,40})$"
    r"|available online (?P<online>.{6,30})$",
    re.IGNORECASE,
)
_SOURCE_LINE = re.compile(
    r"^source\s*:\s*(?P<venue>.+?)(?:,\s*(?:volume|vol\.|issue|part|article).*)?$", re.IGNORECASE
)
_META_LINE = re.compile(
    r"(?:volume|vol\.)\s*\d.{0,120}"
    r"|.{0,100}\b(?:early ?view|ahead of print|accepted articles?|accepted manuscript)\b\.?"
    r"|.{0,200}\bpublished online:? .{0,80}|.{1,120}?,?\s(?:vol\.|volume|issue|pp\.|page|pages)\s*[\w.–-]+.{0,80}"
    r"|.{1,120}?\s\d+\s*:\s*[\de–-]+\.?"
    r"|(?:html|xml|pdf|full text|read more|continue reading.*|view article|abstract|doi)\W*"
    r"|the post .* appeared first on .*"
    r"|[\w ]{0,40}\b(?:article|paper|letter|review|communication|perspective)\s*[–—-].{0,60}"
    r"|(?:https?://)?(?:[\w-]+\.)+[a-z]{2,6}(?:/\S*)?|[\W\d]*",
    re.IGNORECASE | re.DOTALL,
)
_NATURE_LEAD = re.compile(
    r"^.{2,80}?,? published online:.{5,40}?;\s*doi:\s*10\.\S+\s*", re.IGNORECASE
)
_ABSTRACT_LEAD = re.compile(
    r"^(?:[Aa]bstract|ABSTRACT|[Ss]ummary|SUMMARY|摘要)\s*(?:[::.]\s*|(?=[A-Z\u4e00-\u9fff]))"
)
"""The heading that publishers leave before an abstract; `Abstract algebra` begins a sentence."""

_ARXIV_LEAD = re.compile(r"^arXiv:\S+\s+Announce Type:\s*[\w-]+\s*(?:Abstract:\s*)?")
_TRACKING = re.compile(
    r"(?:dgcid|track|rft_dat|wt_mc|rsc_ga|ref|source|xtor)=(?:rss|source|feed|[\w-]*rss|1$)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z\u00c0-\u024f\u4e00-\u9fff][^\d:?!()\[\]{}/]{1,60}")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})\.\s|\.{2}|…")
_ET_AL = re.compile(r"(?:[,;]\s*+|(?<!\s)\s++|)\bet al\.?$", re.IGNORECASE)
_CHINESE = re.compile(r"[\u3400-\u9fff]{4}")
_PMID = re.compile(r"pmid\s*:\s*(\d{1,9})|pubmed\s*:\s*(\d{1,9})", re.IGNORECASE)


def record_of(
    entry: Entry, document: Document, *, title: str, field: str, url: str, shared: Collection[str]
) -> Record:
    """Return the record of an entry. The announcement is left out where the entry says no day.

    Args:
        entry: The entry.
        document: The feed it stands in.
        title: The journal's name as the reader follows it; empty takes the feed's own.
        field: The journal's field of science.
        url: The feed's address, for relative links.
        shared: Links that different entries point to, which identify none of them.

    Raises:
        EntryError: If the entry lacks a title.
    """
    name = _LABEL.sub("", plain_text(entry.title))[:MAX_TITLE_CHARS]
    if not name:
        raise EntryError(
            Message.of("entry.no_title", name=entry.guid[:80])
            if entry.guid
            else Message.of("entry.no_title_unnamed")
        )
    lines = plain_lines(entry.summary)
    journal = title or journal_name(document.venue or plain_text(document.title))
    venue = _venue(entry, lines, name) or journal
    links = [absolute for href in entry.links if (absolute := _absolute(href, url))]
    link = next((candidate for candidate in links if candidate not in shared), "")
    published = _published(entry, lines)
    authors = _authors(entry, lines, name)
    names = _identifiers(entry, links if link else [], lines)
    if not names:
        names = (
            (Identifier("url", normal_url(link)),)
            if link
            else (
                local_identifier(name, [author.name for author in authors], published[:4], venue),
            )
        )
    day = published if len(published) == 10 else ""
    return Record(
        source=MODULE,
        source_key=_key(entry, link, url),
        identifiers=names,
        title=name,
        authors=authors,
        abstract=_abstract(entry, name, authors),
        datestamp=day,
        published=published,
        announcements=(Announcement(MODULE, day, "new", journal, 1),) if day else (),
        venue=venue,
        url=link or next(iter(links), ""),
        license=one_line(entry.rights)[:300] if "creativecommons" in entry.rights.lower() else "",
        language=one_line(entry.language)[:12].lower(),
        field=field,
        kind=_kind(name, names),
        withdrawn=says_retracted(name),
        raw=entry.raw,
    )


def _kind(title: str, names: tuple[Identifier, ...]) -> Kind:
    if is_notice(title):
        return "other"
    of_server = any(
        identifier.scheme == "arxiv" or identifier.value.startswith(PREPRINT_PREFIXES)
        for identifier in names
    )
    return "preprint" if of_server else "article"


def _key(entry: Entry, link: str, url: str) -> str:
    """Return the feed's own name for an entry, after the feed's address where it is not unique."""
    guid = one_line(entry.guid) or link or plain_text(entry.title)
    key = guid if re.search(r"[:/]", guid) else f"{url}#{guid}"
    return key[:MAX_KEY_CHARS]


def _absolute(link: str, url: str) -> str:
    """Return a link as a whole http(s) address; empty where it is not one."""
    try:
        whole = urljoin(url, one_line(link).replace(" ", "%20"))
        parts = urlsplit(whole)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    if not is_address or len(whole) > 2000:
        return ""
    query = "&".join(part for part in parts.query.split("&") if not _TRACKING.match(part))
    return urlunsplit(parts._replace(query=query))


def _identifiers(entry: Entry, links: list[str], lines: list[str]) -> tuple[Identifier, ...]:
    """Return DOI, arXiv id and PMID, each from the best evidence.

    That is, in order: stated fields, guid, a line `DOI: ...`, the links.
    """
    by_scheme: dict[str, Identifier] = {}
    stated = [one_line(text) for text in (*entry.identifiers, entry.guid)]
    lined = {doi for line in lines if (doi := stated_doi(line))}
    carriers = [text for text in (entry.guid, *links) if "://" in text]
    texts = [
        *stated,
        *(lined if len(lined) == 1 else ()),
        *(doi for carrier in carriers if (doi := doi_in_link(carrier))),
    ]
    for text in texts:
        for identifier in _named_by(text):
            by_scheme.setdefault(identifier.scheme, identifier)
    for link in links:
        if arxiv := parse_arxiv(link):
            by_scheme.setdefault("arxiv", Identifier("arxiv", arxiv[0]))
        if "pubmed.ncbi" in link and (pmid := normalise("pmid", urlsplit(link).path.strip("/"))):
            by_scheme.setdefault("pmid", pmid)
    return tuple(by_scheme[scheme] for scheme in ("doi", "arxiv", "pmid") if scheme in by_scheme)


def _named_by(text: str) -> list[Identifier]:
    if match := _PMID.fullmatch(text):
        pmid = normalise("pmid", match[1] or match[2])
        return [pmid] if pmid else []
    if parse_doi(text) or (parse_arxiv(text) and "arxiv" in text.lower()):
        identifier = normalise("doi", text)
        return [identifier] if identifier else []
    return []


def stated_doi(line: str) -> str:
    """Return the DOI that a line ends with after the label `DOI`; empty if there is none."""
    line = line.rstrip()
    words = line.split()
    first = (
        len(line) - len(words[-1]) if words else 0
    )  # a DOI has no blanks: it is in the last word
    starts = (match.end() for match in _BEFORE_DOI.finditer(line))
    return next((line[start:] for start in starts if start >= first), "")


def doi_in_link(link: str) -> str:
    """Return the DOI in an article's address, without what publishers append; empty if none."""
    path = unquote(_SILVERCHAIR.sub(r"\1", link))
    match = _DOI_IN_PATH.search(path)
    if match is None:
        return ""
    return parse_doi(_AFTER_DOI.sub("", match[0]).rstrip("/&")) or ""


def _published(entry: Entry, lines: list[str]) -> str:
    """Return the first complete day the entry states, else its most complete date."""
    dates = [iso_date(text) for text in entry.dates]
    matches = (match for line in lines if (match := _DATE_LINE.search(line)))
    dates += [iso_date(match["date"] or match["online"]) for match in matches]
    return next((date for date in dates if len(date) == 10), max(dates, key=len, default=""))


def _venue(entry: Entry, lines: list[str], title: str) -> str:
    """Return the journal an entry names; some publishers put the article's own title there."""
    for text in entry.venues:
        name = journal_name(plain_text(text))
        if name and name != title and "://" not in name:
            return name
    sources = (match["venue"] for line in lines if (match := _SOURCE_LINE.fullmatch(line)))
    return next((venue[:300] for venue in sources), "")


def _authors(entry: Entry, lines: list[str], title: str) -> tuple[Author, ...]:
    """Return the authors stated in fields, else those a description begins with or labels."""
    if entry.authors:
        return tuple(dict.fromkeys(_split_stated(entry.authors)))
    names = [name for text in entry.names for name in split_names(text)]
    if not names:
        labelled = (match["names"] for line in lines if (match := _AUTHOR_LINE.fullmatch(line)))
        names = list(split_names(next(labelled, "")))
    if not names:
        names = list(split_names(_leading_names(lines, title)))
    return tuple(Author(name) for name in dict.fromkeys(names))


def _split_stated(authors: list[Author]) -> list[Author]:
    """Return authors one by one where a feed put a whole list into one author's name."""
    people: list[Author] = []
    for author in authors:
        names = split_names(author.name)
        people += (
            [Author(names[0], author.orcid)]
            if len(names) == 1
            else [Author(name) for name in names]
        )
    return people


def _leading_names(lines: list[str], title: str) -> str:
    """Return the line of names before the text, where it has separated names and no sentence."""
    for line in lines[:4]:
        if line == title or len(line) > 4000:
            continue
        pieces = [
            piece.strip()
            for piece in re.split(r"[;;]|,(?=\s)", _ET_AL.sub("", line))
            if piece.strip()
        ]
        are_names = all(
            _NAME.fullmatch(piece) and len(piece.split()) <= 6 and not _SENTENCE_END.search(piece)
            for piece in pieces
        )
        if (
            len(pieces) >= 2
            and are_names
            and (re.search("[;;]", line) or all(" " in piece for piece in pieces))
        ):
            return line
    return ""


def _abstract(entry: Entry, title: str, authors: tuple[Author, ...]) -> str:
    """Return the first text long enough for an abstract, else the longest; without citations."""
    texts = []
    for markup in entry.texts:
        text = _body(plain_lines(markup), title, {author.name for author in authors})
        if len(text) >= ENOUGH_CHARS:
            return text[:MAX_ABSTRACT_CHARS]
        texts.append(text)
    return max(texts, key=len, default="")


def _body(lines: list[str], title: str, names: set[str]) -> str:
    """Return the sentences of a description, without title, authors, dates, citation or links."""
    sentences = [
        text
        for line in lines
        if (text := _ARXIV_LEAD.sub("", _NATURE_LEAD.sub("", line)))
        and text not in (title, f"{title}:")
        and not _is_citation(text)
        and not _are_all(text, names)
    ]
    text = _ABSTRACT_LEAD.sub("", " ".join(sentences)).strip()
    return text if len(text) >= LEAST_CHARS or _CHINESE.search(text) else ""


def _is_citation(line: str) -> bool:
    if _AUTHOR_LINE.fullmatch(line) or _DATE_LINE.fullmatch(line) or _SOURCE_LINE.fullmatch(line):
        return True
    return len(line) < 200 and bool(stated_doi(line) or _META_LINE.fullmatch(line))


def _are_all(line: str, names: set[str]) -> bool:
    """Whether a line only repeats the authors."""
    if not names or len(line) > 4000 or not (line in names or re.search("[,;;]", line)):
        return False
    named = set(split_names(line))
    return bool(named) and named <= names
