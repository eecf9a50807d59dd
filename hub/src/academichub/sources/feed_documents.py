"""Feed documents of every kind as one plain shape: RSS 0.9x, 1.0 (RDF) and 2.0, Atom, JSON Feed. Pure, no IO.

Bytes in, entries out: which element means a date or an author is known here, what it says of a work is known in feed.py.
Feeds are hostile input: entities are never defined or fetched, sizes are bounded, and whatever had to be guessed (a wrong
encoding, XML that is not well-formed) is told. Sources: rssboard.org/rss-specification, web.resource.org/rss/1.0,
RFC 4287, jsonfeed.org/version/1.1, PRISM 3.0, Dublin Core.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any

from lxml import etree

from academichub.errors import SourceError

MAX_ENTRIES = 5000
"""Entries read of one document; the newest come first in feeds."""

MAX_BYTES = 32 << 20
MAX_DEPTH = 64
MAX_RAW_CHARS = 64_000
"""Longest entry kept as received; longer ones are cut and say so."""

_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,300}\?>", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,300}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\s[^>\[]{0,500}(\[)?[^>]{0,100}>?", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_BAD_CHARACTER = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "us-ascii": "windows-1252"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://xmlns.com/foaf/0.1/": "foaf",
}


@dataclass
class Entry:
    """One entry as the feed gives it.

    Attributes:
        place: Position in the document, from 1.
        values: Texts (markup inside) by element: `title`, `guid`, `dc:creator`, `prism:doi`, ...; in document order.
        authors: Names and ORCID iDs of authors given as elements of their own.
        links: Addresses of the entry, the best first.
        raw: The entry as received.
    """

    place: int
    values: dict[str, list[str]] = field(default_factory=dict)
    authors: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    raw: str = ""

    def first(self, *names: str) -> str:
        """Return the first text of the first element that has one; empty where none has."""
        return next((text for name in names for text in self.values.get(name, ()) if text), "")

    def every(self, *names: str) -> list[str]:
        """Return all texts of some elements."""
        return [text for name in names for text in self.values.get(name, ()) if text]


@dataclass
class Document:
    """A feed document.

    Attributes:
        about: What the feed says of itself, as `Entry.values`.
        entries: At most MAX_ENTRIES.
        problems: What had to be guessed or left out, a sentence each.
    """

    about: Entry
    entries: list[Entry]
    problems: list[str]


def read_document(data: bytes, url: str = "") -> Document:
    """Return a feed document.

    Args:
        data: The body as received.
        url: The address asked, for messages.

    Raises:
        SourceError: `too_large`; `truncated` for a document that is empty or ends in the middle; `not_the_format` for an
            HTML page, declared entities, too deep nesting or anything else that is no feed.
    """
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"the feed has {len(data)} bytes; at most {MAX_BYTES} are read", url=url)
    problems: list[str] = []
    text = _decode(data, problems).strip("\ufeff \t\r\n\0")
    if not text:
        raise SourceError("truncated", "the answer is empty where a feed was expected", url=url)
    if text.startswith("{"):
        return _read_json(text, problems, url)
    head = text[:2000].lower()
    if "<html" in head or head.startswith("<!doctype html"):
        raise SourceError("not_the_format", "an HTML page came in place of a feed (a bot wall, login or error page)", url=url)
    if not text.startswith("<"):
        raise SourceError("not_the_format", f"not a feed: it starts with {text[:40]!r}", url=url)
    return _read_xml(text, problems, url)


def _decode(data: bytes, problems: list[str]) -> str:
    """Return the text: by byte order mark, else by declaration, else as UTF-8; what does not fit is replaced and told."""
    bom = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    found = _DECLARED.search(data[:600])
    declared = found[1].decode("ascii").lower() if found else ""
    guesses = [bom, _WIDER.get(declared, declared), "utf-8"]
    for name in dict.fromkeys(name for name in guesses if name):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    name = guesses[1] or "utf-8"
    try:
        text = data.decode(name, "replace")
    except LookupError:
        name, text = "utf-8", data.decode("utf-8", "replace")
    problems.append(f"the feed is not in the encoding it claims ({name}): {text.count(chr(0xFFFD))} places are unreadable")
    return text


def _read_xml(text: str, problems: list[str], url: str) -> Document:
    doctype = _DOCTYPE.search(text[:5000])
    if (doctype and doctype[1]) or "<!ENTITY" in text:
        raise SourceError("not_the_format", "the feed declares XML entities, which no feed needs; it was not read", url=url)
    if doctype:
        text = text[: doctype.start()] + text[doctype.end() :]
    text = _ENTITY.sub(_character, _BAD_CHARACTER.sub("", _DECLARATION.sub("", text, count=1)))
    root = _parse(text, problems, url)
    name = etree.QName(root).localname if isinstance(root.tag, str) else ""
    if name not in ("rss", "RDF", "feed", "channel"):
        raise SourceError("not_the_format", f"the XML is <{name}>, not a feed (rss, RDF or feed)", url=url)
    if _is_deeper(root):
        raise SourceError("not_the_format", f"the feed nests deeper than {MAX_DEPTH} elements", url=url)
    top = next((child for child in root if _local(child) == "channel"), root)
    items = [child for part in dict.fromkeys((root, top)) for child in part if _local(child) in ("item", "entry")]
    if len(items) > MAX_ENTRIES:
        problems.append(f"the feed has {len(items)} entries; the first {MAX_ENTRIES} were read")
    about = _entry(top, 0)
    entries = [_entry(item, place) for place, item in enumerate(items[:MAX_ENTRIES], 1)]
    return Document(about, entries, problems)


def _character(match: re.Match[str]) -> str:
    """Return the character an HTML entity stands for; XML's own five stay, unknown ones become plain text."""
    if match[1] in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    return html5.get(f"{match[1]};") or f"&amp;{match[1]};"


def _parse(text: str, problems: list[str], url: str) -> etree._Element:
    options: dict[str, Any] = {
        "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
        "remove_comments": True, "remove_pis": True, "encoding": "utf-8",
    }  # fmt: skip
    data = text.encode("utf-8")
    try:
        return etree.fromstring(data, etree.XMLParser(**options))
    except etree.XMLSyntaxError as problem:
        if not re.search(r"</(?:[\w.-]+:)?(?:rss|RDF|feed|channel)\s*>\s*(?:<!--.*)?$", text[-2000:], re.DOTALL):
            raise SourceError("truncated", f"the feed ends in the middle ({problem})", url=url) from problem
        said = str(problem)
    try:
        root = etree.fromstring(data, etree.XMLParser(recover=True, **options))
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise SourceError("not_the_format", f"not readable as XML ({said})", url=url)
    problems.append(f"the feed is not well-formed XML ({said}); it was read as far as it goes")
    return root


def _is_deeper(root: etree._Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _name(element: etree._Element) -> str:
    """Return an element's name with a fixed prefix for known namespaces; none for those of the feed formats."""
    space, local = etree.QName(element).namespace or "", etree.QName(element).localname
    prefix = "prism" if "prismstandard.org" in space or "/modules/prism" in space else _SPACES.get(space, "")
    return f"{prefix}:{local}" if prefix else local


def _entry(element: etree._Element, place: int) -> Entry:
    entry = Entry(place, raw=_raw(element) if place else "")
    about = next((value for name, value in element.attrib.items() if str(name).endswith("}about")), "")
    if about:
        entry.values["rdf:about"] = [str(about)]
    for child in element:
        if not isinstance(child.tag, str) or _local(child) in ("item", "entry"):
            continue
        name = _name(child)
        if name == "author" and len(child):
            entry.authors.append(_person(child))
        elif name == "link":
            _add_link(entry, child)
        else:
            entry.values.setdefault(name, []).append(_markup(child))
    entry.links += [text for text in entry.every("feedburner:origLink", "prism:url") if text not in entry.links]
    return entry


def _markup(element: etree._Element) -> str:
    """Return the content of an element with the markup inside it, XHTML written out."""
    if not len(element):
        return (element.text or "").strip()
    inside = [element.text or ""]
    inside += [etree.tostring(child, encoding="unicode", with_tail=True) for child in element]
    return "".join(inside).strip()


def _person(element: etree._Element) -> tuple[str, str]:
    """Return the name and ORCID iD of an author element: Atom's, or with the parts of a name as some journals do."""
    parts = {_local(child): " ".join("".join(map(str, child.itertext())).split()) for child in element}
    given = " ".join(filter(None, (parts.get("given_name"), parts.get("middle_name"), parts.get("last_name"))))
    return parts.get("name") or given, parts.get("orcid", "")


def _add_link(entry: Entry, element: etree._Element) -> None:
    address = (element.get("href") or element.text or "").strip()
    if not address or element.get("rel", "alternate") != "alternate":
        return
    entry.links.append(address)


def _raw(element: etree._Element) -> str:
    raw = etree.tostring(element, encoding="unicode", with_tail=False)
    return raw if len(raw) <= MAX_RAW_CHARS else f"{raw[:MAX_RAW_CHARS]} (cut from {len(raw)} characters)"


def _read_json(text: str, problems: list[str], url: str) -> Document:
    try:
        told = json.loads(text)
    except RecursionError as problem:
        raise SourceError("not_the_format", "the JSON nests too deeply to be a feed", url=url) from problem
    except ValueError as problem:
        word = "not_the_format" if text.endswith("}") else "truncated"
        raise SourceError(word, f"the JSON cannot be read ({problem})", url=url) from problem
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(told.get("version", "")):
        raise SourceError("not_the_format", "the JSON is no JSON Feed (no jsonfeed.org version or no items)", url=url)
    if len(items) > MAX_ENTRIES:
        problems.append(f"the feed has {len(items)} entries; the first {MAX_ENTRIES} were read")
    entries = []
    for place, item in enumerate(items[:MAX_ENTRIES], 1):
        if isinstance(item, dict):
            entries.append(_json_entry(item, place))
        else:
            problems.append(f"entry {place}: not an object")
    about = Entry(0, {name: [str(told[name])] for name in ("title", "language") if isinstance(told.get(name), str)})
    about.links = [str(told["home_page_url"])] if isinstance(told.get("home_page_url"), str) else []
    return Document(about, entries, problems)


_JSON_NAMES = {
    "id": "guid", "title": "title", "summary": "summary", "content_html": "content:encoded", "content_text": "text",
    "date_published": "published", "date_modified": "updated", "language": "language",
}  # fmt: skip


def _json_entry(item: dict[str, Any], place: int) -> Entry:
    values = {
        name: [str(item[key])] for key, name in _JSON_NAMES.items() if isinstance(item.get(key), str | int | float)
    }
    links = [item[key] for key in ("url", "external_url") if isinstance(item.get(key), str)]
    raw = json.dumps(item, ensure_ascii=False)
    return Entry(place, values, [(name, "") for name in _json_names(item)], links, raw[:MAX_RAW_CHARS])


def _json_names(item: dict[str, Any]) -> Iterator[str]:
    """Yield the authors of an item: `authors` (1.1), else `author` (1.0)."""
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    for one in people or ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            yield one["name"]
