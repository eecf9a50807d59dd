"""OPML: refusals and limits; the shapes are in the golden pair."""

from __future__ import annotations

import pytest

from academichub.errors import InputError
from academichub.formats import opml, protocol

FEED = '<outline text="F%d" xmlUrl="https://example.org/%d"/>'
BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def document(body: str, before: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="gbk"?>{before}<opml version="2.0"><head/><body>{body}</body></opml>'.encode()


@pytest.mark.parametrize(
    "before",
    [BOMB, '<!DOCTYPE opml SYSTEM "file:///etc/passwd">', "<! DOCTYPE opml>", "<!doctype opml>"],
)
def test_document_types_and_entities_are_refused(before: str) -> None:
    with pytest.raises(InputError, match="document type or entities"):
        opml.parse(document(FEED % (1, 1), before))


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<html><body/></html>", b"<opml version='2.0'/>", b"\x00\x01", b"<"]
)
def test_what_is_not_opml_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="OPML"):
        opml.parse(data)


def test_bare_ampersands_and_a_cut_end_are_mended() -> None:
    parsed = opml.parse(
        b'<opml><body><outline text="R&D &nbsp;x" xmlUrl="https://example.org/?a=1&b=2"/><outline xmlUrl="htt'
    )
    assert [(feed.title, feed.url) for feed in parsed.feeds] == [
        ("R&D &nbsp;x", "https://example.org/?a=1&b=2")
    ]


def test_deep_folders_end_in_a_report_and_not_in_a_crash() -> None:
    deep = '<outline text="d">' * 150 + FEED % (1, 1) + "</outline>" * 150
    parsed = opml.parse(document(deep + FEED % (2, 2)))
    assert [feed.title for feed in parsed.feeds] == ["F2"]
    assert "nested over" in parsed.warnings[0].why
    deeper = '<outline text="d">' * 100_000
    parsed = opml.parse(document(FEED % (3, 3) + deeper))
    assert [feed.title for feed in parsed.feeds] == ["F3"]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ENTRIES", 3)
    with pytest.raises(InputError, match="more than 3 entries"):
        opml.parse(document("".join(FEED % (n, n) for n in range(4))))
