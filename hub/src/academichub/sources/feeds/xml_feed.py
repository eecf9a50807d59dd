"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, well-formed or nearly: text in, a document out. No IO.

Read with lxml rather than feedparser, which keeps only the last of several `dc:identifier` (PubMed
gives PMID and DOI), mixes `description`, `dc:description` and `content:encoded`, and drops authors
stated part by part; the tests compare both readings. Sources: RSS 2.0 (rssboard.org), RSS 1.0 with
Dublin Core and PRISM, RFC 4287.
"""

from __future__ import annotations

import html
import html.entities
import re

from lxml import etree

from academichub.errors import SourceError
from academichub.messages import Message
from academichub.sources.feeds.decoding import without_doctype
from academichub.sources.feeds.entries import MAX_RAW_CHARS, Document, Entry, cut
from academichub.sources.item_guard import ItemGuard
from academichub.text.markup import one_line
from academichub.works.author import Author

MAX_DEPTH = 60
"""Deepest nesting of elements; real feeds with XHTML inside go to about 15."""

_PLAIN = (
    "http://purl.org/rss/",
    "http://my.netscape.com/",
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/",
    "http://purl.org/net/rss",
    "http://backend.userland.com/",
    "http://channel.netscape.com/",
)
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ROOTS = ("rss", "rdf", "feed", "channel")
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30});")
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)")
_NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
    "|&#(?:x0*[0-8bcef]|0*(?:[0-8]|1[1245-9]|2\\d|3[01]));",
    re.I,
)
_QUOTED = re.compile(r"<!--|<!\[CDATA\[")
_DATES = (
    "pubdate",
    "published",
    "dc:date",
    "issued",
    "created",
    "prism:publicationdate",
    "updated",
    "modified",
    "prism:coverdate",
)


def read_xml_feed(text: str, *, max_entries: int, url: str = "") -> Document:
    """Return the document of an RSS or Atom feed.

    Raises:
        SourceError: `truncated`, or `not_the_format` for HTML, other XML, own entities or nesting
            beyond MAX_DEPTH.
    """
    text = without_doctype(text, url=url)
    root, damage = _parse(text, url)
    channel = next((element for element in root if _name(element) == "channel"), root)
    elements = [element for element in root.iter() if _name(element) in ("item", "entry")]
    if damage:
        stated = len(re.findall(r"<(?:\w+:)?(?:item|entry)[\s>]", _without_quoted(text)))
        if not elements and not stated:
            raise SourceError("not_the_format", Message.of("feed.bad_xml", why=damage), url=url)
    document = _head(channel)
    guard = ItemGuard(document.problems, document.faults)
    for position, element in enumerate(elements[:max_entries], 1):
        with guard.entry(position):
            document.entries.append(_entry(element))
    document.lost += len(elements[:max_entries]) - len(document.entries)
    if len(elements) > max_entries:
        document.problems.append(
            Message.of("feed.only_first", limit=max_entries, total=len(elements))
        )
        document.lost += len(elements) - max_entries
    if damage and stated > len(elements):
        lost = stated - len(elements)
        document.problems.append(
            Message.of("feed.entries_lost", lost=lost, total=stated, why=damage)
        )
        document.lost += lost
    return document


def _root_name(text: str, url: str) -> str:
    """Return the name of the root element as written; raise SourceError for a page or a text."""
    head = text.lstrip()[:2048].lower()
    if head.startswith("<html") or "<html" in head[:1024]:
        raise SourceError("not_the_format", Message.of("feed.html"), url=url)
    opening = re.match(r"<([A-Za-z_][\w:.-]*)", text)
    if opening is None:
        starts_with = Message.of("feed.starts_with", start=text[:40])
        raise SourceError("not_the_format", starts_with, url=url)
    return opening[1]


def _parse(text: str, url: str) -> tuple[etree._Element, str]:
    """Return the root element, and what was wrong if the document had to be mended (else empty)."""
    opening = _root_name(text, url)
    # A cut feed is asked for again; the mending parser below would close its elements instead.
    _require_end(text, opening, url)
    damage = ""
    try:
        root = etree.fromstring(text.encode("utf-8"), _parser(recover=False))
    except (etree.XMLSyntaxError, UnicodeEncodeError) as problem:
        damage = one_line(str(problem))[:200]
        root = etree.fromstring(_mended(text).encode("utf-8"), _parser(recover=True))
    if root is None or _name(root) not in _ROOTS:
        message = (
            Message.of("feed.unreadable", why=damage)
            if root is None
            else Message.of("feed.wrong_root", name=opening[:40])
        )
        raise SourceError("not_the_format", message, url=url)
    if _is_deeper(root, MAX_DEPTH) or "depth" in damage.lower():
        raise SourceError("not_the_format", Message.of("feed.too_deep", limit=MAX_DEPTH), url=url)
    return root, damage


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )


def _require_end(text: str, name: str, url: str) -> None:
    """Raise `truncated` unless the root element ends; text after it (caches' comments) may stay."""
    if re.match(rf"<{re.escape(name)}\b[^>]*/>\s*$", text):
        return
    end_tag = text.rfind(f"</{name}")
    if end_tag < 0 or text.find(">", end_tag) < 0:
        raise SourceError("truncated", Message.of("feed.no_end", name=name[:40]), url=url)


def _without_quoted(text: str) -> str:
    """Return XML without CDATA and comments, in one pass even if many of them never end."""
    parts, start = [], 0
    while match := _QUOTED.search(text, start):
        parts.append(text[start : match.start()])
        end = text.find("-->" if match[0] == "<!--" else "]]>", match.end())
        if end < 0:
            return "".join(parts)
        start = end + 3
    return "".join(parts) + text[start:]


def _mended(text: str) -> str:
    """Return XML without HTML's named entities, loose ampersands and characters XML forbids."""
    text = _NO_XML.sub(" ", text)
    text = _NAMED_ENTITY.sub(lambda match: _character(match[1]), text)
    return _LOOSE_AMPERSAND.sub("&amp;", text)


def _character(name: str) -> str:
    character = html.entities.html5.get(f"{name};")
    return html.escape(character) if character else f"&amp;{name};"


def _is_deeper(root: etree._Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def _name(element: etree._Element) -> str:
    """Return an element's name in lower case with a fixed prefix: `title`, `dc:date`, `other:x`."""
    if not isinstance(element.tag, str):
        return ""
    space, _, local = element.tag.rpartition("}")
    space = space.lstrip("{")
    prefix, colon, rest = local.lower().rpartition(":")  # a prefix the feed forgot to declare
    if colon:
        return f"{prefix}:{rest}" if prefix in ("dc", "prism", "content") else f"other:{rest}"
    if not space or space == _RDF or (space.startswith(_PLAIN) and "/modules/" not in space):
        return rest
    if "purl.org/dc/" in space:
        return f"dc:{rest}"
    if "prism" in space.lower():
        return f"prism:{rest}"
    return f"content:{rest}" if space.endswith("/modules/content/") else f"other:{rest}"


def _children(element: etree._Element) -> dict[str, list[etree._Element]]:
    children: dict[str, list[etree._Element]] = {}
    for child in element:
        if name := _name(child):
            children.setdefault(name, []).append(child)
    return children


def _markup(element: etree._Element) -> str:
    """Return what an element holds: its text, or the markup of the elements inside it."""
    if not len(element):
        return element.text or ""
    inside = (child for child in element if _name(child) not in ("item", "entry"))
    return (element.text or "") + "".join(
        etree.tostring(child, encoding="unicode") for child in inside
    )


def _all(parts: dict[str, list[etree._Element]], *names: str) -> list[str]:
    """Return the texts of all children with these names, in the order of the names; none empty."""
    return [
        text for name in names for child in parts.get(name, ()) if (text := _markup(child).strip())
    ]


def _first(parts: dict[str, list[etree._Element]], *names: str) -> str:
    return next(iter(_all(parts, *names)), "")


def _head(channel: etree._Element) -> Document:
    parts = _children(channel)
    return Document(
        title=_first(parts, "title", "dc:title"),
        venue=_first(parts, "prism:publicationname"),
        dates=_all(parts, "lastbuilddate", "updated", "modified", "dc:date", "pubdate"),
        language=_first(parts, "language", "dc:language") or _xml_lang(channel),
    )


def _entry(element: etree._Element) -> Entry:
    parts = _children(element)
    summary = _first(parts, "description", "summary")
    entry = Entry(
        guid=_first(parts, "guid", "id") or (element.get(f"{{{_RDF}}}about") or "").strip(),
        title=_first(parts, "title", "dc:title"),
        texts=[
            *_all(parts, "dc:abstract", "dc:description"),
            *([summary] if summary else []),
            *_all(parts, "content:encoded", "content"),
        ],
        summary=summary or _first(parts, "content:encoded", "content"),
        identifiers=_all(parts, "prism:doi", "doi", "dc:identifier", "other:doi"),
        dates=_all(parts, *_DATES),
        venues=_all(
            parts, "prism:publicationname", "prism:publicationtitle", "dc:source", "source"
        ),
        rights=_first(parts, "dc:rights", "dc:license", "rights"),
        language=_first(parts, "dc:language") or _xml_lang(element),
        raw=_raw(element),
    )
    entry.links = _links(element, parts)
    _take_authors(entry, parts)
    return entry


def _links(element: etree._Element, parts: dict[str, list[etree._Element]]) -> list[str]:
    """Return the addresses of an entry; of Atom's links only `alternate` leads to the work."""
    # FeedBurner puts its own redirect into `link` and the publisher's address here.
    addresses = _all(parts, "other:origlink")
    addresses += _alternate_links(parts)
    addresses += [
        (link.text or "").strip() for link in parts.get("link", ()) if not link.get("href")
    ]
    addresses += _all(parts, "prism:url")
    for guid in parts.get("guid", ()):
        if guid.get("isPermaLink", "true").lower() != "false":
            addresses.append((guid.text or "").strip())
    addresses += [_first(parts, "id"), element.get(f"{{{_RDF}}}about") or ""]
    return [
        link
        for link in dict.fromkeys(html.unescape(address.strip()) for address in addresses)
        if link
    ]


def _alternate_links(parts: dict[str, list[etree._Element]]) -> list[str]:
    """Return Atom's links that lead to the work, pages before files of it."""
    pages = [
        link
        for link in parts.get("link", ())
        if link.get("href") and link.get("rel", "alternate") == "alternate"
    ]
    pages.sort(key=lambda link: "html" not in link.get("type", "html"))
    return [link.get("href", "") for link in pages]


def _take_authors(entry: Entry, parts: dict[str, list[etree._Element]]) -> None:
    """Take authors as fields of text (`dc:creator`, RSS `author`) or part by part (Atom, JOSS)."""
    people = [
        *parts.get("author", ()),
        *(person for box in parts.get("authors", ()) for person in box),
    ]
    for person in people:
        fields = _children(person)
        name = one_line(_first(fields, "name")) or one_line(
            " ".join(_all(fields, "given_name", "given", "middle_name", "last_name", "family"))
        )
        if name:
            orcid = re.search(
                r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", " ".join(_all(fields, "orcid", "uri"))
            )
            entry.authors.append(Author(name[:200], orcid[0] if orcid else None))
        elif not len(person) and person.text:
            entry.names.append(person.text)
    entry.names += _all(parts, "dc:creator", "dc:author", "creator")


def _xml_lang(element: etree._Element) -> str:
    return (element.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()


def _raw(element: etree._Element) -> str:
    raw = etree.tostring(element, encoding="unicode", with_tail=False)
    return cut(raw) if len(raw) > MAX_RAW_CHARS else raw
