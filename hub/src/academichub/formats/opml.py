"""OPML 1.0 and 2.0: lists of feeds, nested in folders, as feed readers export them.

Read with lxml without entities and without a document type. Real files hold bare ampersands in
addresses, misspelt attribute case and `feed:` addresses; these are mended. An outline without
`xmlUrl` is a folder, or is reported.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

from academichub.errors import InputError
from academichub.formats.protocol import (
    MAX_TITLE,
    FileFeed,
    ParsedFile,
    Skipped,
    check_entries,
    check_size,
    clean,
    line_position,
    one_line,
)
from academichub.messages import Message
from academichub.text.characters import storable_markup
from academichub.text.charset import decode_text

MAX_DEPTH = 100
"""Deepest nesting of folders."""

MAX_ADDRESS = 2_000

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")


def parse(data: bytes, *, name: str = "") -> ParsedFile:
    """Return the feeds of an OPML file, in file order.

    Raises:
        InputError: If the file is too large, declares a document type or entities, or is not OPML.
    """
    check_size(data, "OPML")
    text = clean(storable_markup(decode_text(data)))
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError(Message.of("file.opml_doctype"))
    body = _root(text).find("body")
    parsed = ParsedFile()
    if body is None:
        raise InputError(Message.of("file.opml_no_body"))
    _walk(body, parsed)
    return parsed


def _root(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    mended = _BARE_AMPERSAND.sub("&amp;", _DECLARATION.sub("", text, count=1))
    try:
        root = etree.fromstring(mended.strip().encode("utf-8"), parser)
    except etree.XMLSyntaxError as problem:
        raise InputError(Message.of("file.not_opml", why=str(problem))) from problem
    if root is None or root.tag != "opml":
        raise InputError(Message.of("file.not_opml_start", start=mended.strip()[:40]))
    return root


def _walk(body: etree._Element, parsed: ParsedFile) -> None:
    seen: dict[str, Message] = {}
    stack: list[tuple[etree._Element, tuple[str, ...]]] = [
        (outline, ()) for outline in reversed(body)
    ]
    while stack:
        outline, folder = stack.pop()
        if outline.tag != "outline":
            continue
        attributes = {
            str(key).lower(): one_line(str(value)) for key, value in outline.attrib.items()
        }
        title = (attributes.get("title") or attributes.get("text", ""))[:MAX_TITLE]
        position = _position(outline)
        children = [child for child in outline if child.tag == "outline"]
        if "xmlurl" in attributes or not children:
            check_entries(parsed.read + 1, "OPML")
            _take(attributes, title, position, folder, parsed, seen)
        if len(folder) >= MAX_DEPTH:
            if children:
                reason = Message.of("skipped.folders_too_deep", limit=MAX_DEPTH)
                parsed.warnings.append(Skipped(position, reason))
            continue
        inner = (*folder, title) if title and "xmlurl" not in attributes else folder
        stack += [(child, inner) for child in reversed(children)]


def _position(outline: etree._Element) -> Message:
    line = outline.sourceline  # lxml's stubs do not say that a parsed element always has one
    return line_position(line if isinstance(line, int) else 0)


def _take(
    attributes: dict[str, str],
    title: str,
    position: Message,
    folder: tuple[str, ...],
    parsed: ParsedFile,
    seen: dict[str, Message],
) -> None:
    """Take one outline as a feed, or say why not."""
    url = _feed_url(attributes)
    if not url and title:
        reason = Message.of("skipped.no_address_of_feed", title=title[:80])
    elif not url:
        reason = Message.of("skipped.no_feed_address")
    elif not _is_web_address(url):
        reason = Message.of("skipped.not_web_address", url=url[:80])
    elif url in seen:
        reason = Message.of("skipped.same_feed", position=seen[url])
    else:
        seen[url] = position
        site = attributes.get("htmlurl", "")
        parsed.feeds.append(FileFeed(title, url, site if _is_web_address(site) else "", folder))
        return
    parsed.skipped.append(Skipped(position, reason))


def _feed_url(attributes: dict[str, str]) -> str:
    """Return an outline's address; some readers write `feed:` before or in place of its scheme."""
    url = re.sub(r"^feed:(?://)?(?=https?:)", "", attributes.get("xmlurl", ""), flags=re.IGNORECASE)
    return re.sub(r"^feed://", "http://", url, flags=re.IGNORECASE)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= MAX_ADDRESS
        )
    except ValueError:
        return False
