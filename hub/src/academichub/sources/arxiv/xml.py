"""Reading arXiv's XML answers safely: no entities, no network, no doctype.

Bytes in, a root element out; damage is an error and never repaired by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from zoneinfo import ZoneInfo

from lxml import etree

from academichub.errors import SourceError
from academichub.messages import Message
from academichub.text.characters import storable_markup
from academichub.text.moments import moment

EASTERN = ZoneInfo("America/New_York")
"""arXiv's days are days of US Eastern time."""

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DC = "{http://purl.org/dc/elements/1.1/}"

MAX_DEPTH = 40
"""Deepest nesting of elements an answer may have; arXiv's own go to 8."""

MAX_RAW_CHARS = 100_000
"""Longest entry stored as received; longer ones are cut, with a remark."""

_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_WITHDRAWN = re.compile(
    r"\W*(?:this|the) (?:paper|article|submission|manuscript|work|preprint)"
    r" (?:has been|is|was) withdrawn",
    re.IGNORECASE,
)


def _require_markup(data: bytes, url: str) -> None:
    """Raise SourceError for an empty answer, a web page or plain text, each by its own name."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise SourceError("truncated", Message.of("arxiv.xml_empty"), url=url)
    lowered = head.lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered[:1024]:
        raise SourceError("not_the_format", Message.of("arxiv.xml_html"), url=url)
    if not head.startswith(b"<"):
        raise SourceError(
            "not_the_format", Message.of("arxiv.xml_starts_with", start=repr(head[:40])), url=url
        )


def _parse(data: bytes, url: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data.strip(), parser)
    except etree.XMLSyntaxError as problem:
        # A cut answer is worth asking for again, a malformed one is not.
        is_cut = _ends_early(data)
        message = Message.of(
            "arxiv.xml_ends_early" if is_cut else "arxiv.xml_bad", why=str(problem)
        )
        failure = "truncated" if is_cut else "not_the_format"
        raise SourceError(failure, message, url=url) from problem


def read_xml(data: bytes, roots: Iterable[str], *, url: str = "") -> etree._Element:
    """Return the root element of an XML answer.

    Args:
        data: The body as received.
        roots: Local names the root element may have.
        url: The address requested, for messages.

    Raises:
        SourceError: `not_the_format` for HTML, text, a doctype, wrong encoding or another root;
            `truncated` for an answer that ends in the middle.
    """
    _require_markup(data, url)
    data = _storable(data)
    _require_utf8(data, url)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise SourceError("not_the_format", Message.of("arxiv.xml_doctype"), url=url)
    root = _parse(data, url)
    name = etree.QName(root).localname
    if name not in set(roots):
        raise SourceError(
            "not_the_format",
            Message.of("arxiv.xml_wrong_root", name=name, expected=sorted(roots)),
            url=url,
        )
    if _deeper_than(root, MAX_DEPTH):
        raise SourceError(
            "not_the_format", Message.of("arxiv.xml_too_deep", limit=MAX_DEPTH), url=url
        )
    return root


def _storable(data: bytes) -> bytes:
    """Return a document without halves of letters; one that is not UTF-8 as it is."""
    try:
        return storable_markup(data.decode("utf-8", "surrogatepass")).encode("utf-8")
    except UnicodeDecodeError:
        return data


def _require_utf8(data: bytes, url: str) -> None:
    declared = _ENCODING.search(data[:400])
    if declared and declared[1].lower().decode() not in ("utf-8", "utf8", "us-ascii"):
        return  # the parser decodes by the declaration
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start >= len(data) - 3 and "unexpected end" in problem.reason:
            raise SourceError(
                "truncated", Message.of("arxiv.xml_cut_character"), url=url
            ) from problem
        raise SourceError(
            "not_the_format",
            Message.of("arxiv.xml_not_utf8", byte=problem.start),
            url=url,
        ) from problem


def _ends_early(data: bytes) -> bool:
    """Whether a document that does not parse lacks the end tag of its root element."""
    opening = re.search(rb"<([A-Za-z_][\w:.-]*)", data)
    return opening is None or not re.search(rb"</" + re.escape(opening[1]) + rb"\s*>\s*$", data)


def _deeper_than(root: etree._Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def text_of(element: etree._Element | None, path: str) -> str:
    """Return the text of a descendant with white space collapsed; empty where there is none."""
    descendant = None if element is None else element.find(path)
    return "" if descendant is None else " ".join("".join(map(str, descendant.itertext())).split())


def raw_of(element: etree._Element) -> str:
    """Return an entry as received (namespaces declared on it), cut at MAX_RAW_CHARS."""
    raw = etree.tostring(element, encoding="unicode", with_tail=False)
    return (
        raw
        if len(raw) <= MAX_RAW_CHARS
        else f"{raw[:MAX_RAW_CHARS]} (cut from {len(raw)} characters)"
    )


def eastern_day(text: str) -> str:
    """Return the day of a time in US Eastern as ISO text; empty where the text is not a time."""
    instant = moment(text)
    return instant.astimezone(EASTERN).date().isoformat() if instant else ""


def utc_day(text: str) -> str:
    """Return the day of a time in UTC as ISO text; empty where the text is not a time."""
    instant = moment(text)
    return instant.astimezone(UTC).date().isoformat() if instant else ""


def says_withdrawn(abstract: str, comment: str = "") -> bool:
    """Whether the texts say that the work was withdrawn; arXiv's feeds have no other sign of it."""
    return bool(_WITHDRAWN.match(abstract) or _WITHDRAWN.match(comment))
