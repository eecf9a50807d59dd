"""Half a letter, and dates of twenty digits, in library files: an entry is taken, its texts can be stored."""

from __future__ import annotations

import json

import pytest

from academichub.formats import FORMATS
from academichub.works.record_codec import encode

HUGE = "99999999999999999999"
LETTER = "\U0001d400"
CESU_8 = b"\xed\xa0\xb5\xed\xb0\x80"

FILES: list[tuple[str, bytes, str]] = [
    (
        "jsonl",
        rb'{"id": "2606.00001", "title": "Half \ud800 it", "authors": ["\udfff A"]}',
        "Half it",
    ),
    ("jsonl", rb'{"id": "2606.00001", "title": "Letter \ud835\udc00"}', f"Letter {LETTER}"),
    ("jsonl", b'{"id": "2606.00001", "title": "Letter %b"}' % CESU_8, f"Letter {LETTER}"),
    ("jsonl", b'{"id": "2606.00001", "title": "Half %b it"}' % CESU_8[:3], "Half \ufffd it"),
    (
        "csl-json",
        rb'[{"id": "\ud800", "type": "\ud800", "title": "Half \ud800 it"}]',
        "Half \ufffd it",
    ),
    ("csl-json", rb'[{"id": "1", "title": "Letter &#xD835;&#xDC00;"}]', f"Letter {LETTER}"),
    (
        "csl-json",
        b'[{"title": "Dated", "issued": {"date-parts": [[2026, 6, %b]]}}]' % HUGE.encode(),
        "Dated",
    ),
    (
        "bibtex",
        b"@article{a, title={Letter %b}, author={%b}, year={2026}}" % (CESU_8, CESU_8[:3]),
        f"Letter {LETTER}",
    ),
    (
        "bibtex",
        b"@article{a, title={Dated}, year={%b}, month={%b}}" % (HUGE.encode(), HUGE.encode()),
        "Dated",
    ),
    (
        "ris",
        b"TY  - JOUR\nTI  - Letter %b\nAU  - %b\nER  - \n" % (CESU_8, CESU_8[:3]),
        f"Letter {LETTER}",
    ),
    ("ris", b"TY  - JOUR\nTI  - Letter &#xD835;&#xDC00;\nER  - \n", f"Letter {LETTER}"),
    ("ris", b"TY  - JOUR\nTI  - Dated\nPY  - %b/%b/%b\nER  - \n" % ((HUGE.encode(),) * 3), "Dated"),
]


@pytest.mark.parametrize(("form", "data", "title"), FILES)
def test_an_entry_is_taken_in_text_that_can_be_stored(form: str, data: bytes, title: str) -> None:
    parsed = FORMATS[form].parse(data, name="file")
    (record,) = parsed.records
    assert record.title == title
    assert (encode(record) + record.source_key + record.raw).encode()
    assert record.published in ("", "2026", "2026-06")


@pytest.mark.parametrize("form", ["jsonl", "csl-json"])
@pytest.mark.parametrize("depth", [100, 900])
def test_an_entry_that_nests_deeply_costs_itself_at_most(form: str, depth: int) -> None:
    deep = '{"id": "2606.00001", "title": "Deep", "note": ' + "[" * depth + "]" * depth + "}"
    good = json.dumps({"id": "2606.00002", "type": "article", "title": "Good"})
    text = f"{deep}\n{good}" if form == "jsonl" else f"[{deep}, {good}]"
    parsed = FORMATS[form].parse(text.encode(), name="file")
    assert parsed.records[-1].title == "Good"
    assert parsed.read == 2
