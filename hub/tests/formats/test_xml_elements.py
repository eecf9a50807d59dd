"""XML that the hub writes: whatever a text holds, a parser reads it back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from academichub.formats.protocol import clean
from academichub.formats.xml_elements import add_element, xml_document


@settings(max_examples=40)
@given(text=st.text(max_size=30), attribute=st.text(max_size=30))
def test_any_text_and_attribute_is_read_back_cleaned(text: str, attribute: str) -> None:
    root = etree.Element("opml")
    add_element(root, "outline", text, title=attribute)
    (outline,) = etree.fromstring(xml_document(root))
    assert (outline.text or "") == clean(text)
    assert outline.get("title") == clean(attribute)


def test_the_document_is_utf_8_with_its_declaration_and_an_element_without_text_is_empty() -> None:
    root = etree.Element("opml")
    body = add_element(root, "body")
    add_element(body, "outline", "蛾 & <灯>", url="https://a.example/?a=1&b=2")
    assert xml_document(root).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<opml>\n"
        "  <body>\n"
        '    <outline url="https://a.example/?a=1&amp;b=2">蛾 &amp; &lt;灯&gt;</outline>\n'
        "  </body>\n"
        "</opml>\n"
    )
