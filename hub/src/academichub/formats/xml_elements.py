"""Elements of the XML documents that the hub writes: OPML, and the feeds it serves."""

from __future__ import annotations

from lxml import etree

from academichub.formats.protocol import clean


def add_element(
    parent: etree._Element, tag: str, text: str = "", **attributes: str
) -> etree._Element:
    """Add an element without characters that XML does not allow, and return it."""
    node = etree.SubElement(parent, tag, {name: clean(value) for name, value in attributes.items()})
    node.text = clean(text) or None
    return node


def xml_document(root: etree._Element) -> bytes:
    """Return a document as bytes."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
