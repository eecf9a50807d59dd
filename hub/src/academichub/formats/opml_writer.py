"""Lists of feeds as OPML 2.0, for feed readers."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from academichub.formats.protocol import FileFeed, one_line
from academichub.formats.xml_elements import add_element, xml_document


def write(feeds: Iterable[FileFeed], title: str = "AcademicHub") -> bytes:
    """Return feeds as OPML 2.0, each inside the outlines of its folder path."""
    root = etree.Element("opml", version="2.0")
    add_element(add_element(root, "head"), "title", title)
    folders: dict[tuple[str, ...], etree._Element] = {(): add_element(root, "body")}
    for feed in feeds:
        for depth in range(1, len(feed.folder) + 1):
            path = feed.folder[:depth]
            if path not in folders:
                name = one_line(path[-1])
                folders[path] = add_element(folders[path[:-1]], "outline", text=name, title=name)
        name = one_line(feed.title) or feed.url
        addresses = {
            "xmlUrl": one_line(feed.url),
            **({"htmlUrl": one_line(feed.site)} if feed.site else {}),
        }
        add_element(folders[feed.folder], "outline", type="rss", text=name, title=name, **addresses)
    return xml_document(root)
