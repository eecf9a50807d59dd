"""Golden pairs: invented libraries in the exact shapes of real ones, and every record, reason and warning they give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from academichub.formats import FORMATS, guess_format
from academichub.works.record_codec import encode

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
INPUTS = [
    (form, path)
    for form in FORMATS
    for path in sorted((GOLDEN / form.replace("-", "_")).iterdir())
    if not path.name.endswith(".expected.json")
]


def test_every_format_has_a_golden_pair() -> None:
    assert {form for form, _ in INPUTS} == set(FORMATS)


@pytest.mark.parametrize(("form", "path"), INPUTS, ids=[path.name for _, path in INPUTS])
def test_a_file_gives_exactly_what_was_written_down(form: str, path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    parsed = FORMATS[form].parse(path.read_bytes(), name=path.name)
    assert [
        {"source_key": one.source_key, **json.loads(encode(one))} for one in parsed.records
    ] == expected.get("records", [])
    feeds = [
        {"title": one.title, "url": one.url, "site": one.site, "folder": [*one.folder]}
        for one in parsed.feeds
    ]
    assert feeds == expected.get("feeds", [])
    assert [[one.where, one.why] for one in parsed.skipped] == expected["skipped"]
    assert [[one.where, one.why] for one in parsed.warnings] == expected["warnings"]
    assert (
        parsed.read
        == expected["read"]
        == len(parsed.records) + len(parsed.feeds) + len(parsed.skipped)
    )
    assert {one.source for one in parsed.records} <= {form.replace("-", "_")}
    assert all(one.raw for one in parsed.records)


@pytest.mark.parametrize(("form", "path"), INPUTS, ids=[path.name for _, path in INPUTS])
@pytest.mark.parametrize("named", [True, False], ids=["by ending", "by content"])
def test_the_format_is_guessed(form: str, path: Path, named: bool) -> None:
    assert guess_format(path.read_bytes(), path.name if named else "") == form


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize(
    ("form", "path"),
    [one for one in INPUTS if one[0] != "jsonl"],
    ids=lambda one: getattr(one, "name", one),
)
def test_the_encoding_does_not_matter(form: str, path: Path, encoding: str) -> None:
    plain = FORMATS[form].parse(path.read_bytes())
    text = path.read_text("utf-8").replace("\n", "\r\n")
    if encoding == "gb18030":
        text = "".join(
            ch for ch in text if ord(ch) < 128 or ch > "\u2fff"
        )  # what GBK files hold: ASCII and Chinese
        plain = FORMATS[form].parse(text.encode())
    assert FORMATS[form].parse(text.encode(encoding)) == plain


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("export.bib", "TY  - JOUR\nTI  - Pebbles\nER  - \n", "ris"),
        ("export.ris", "@article{a, title={Pebbles}}", "bibtex"),
        ("export.bib", "@article{a, abstract={It says\nTY  - JOUR\n}}", "bibtex"),
        ("feeds.opml", '[{"title": "Pebbles"}]', "csl-json"),
        ("empty.bib", "", "bibtex"),
        ("notes.bib", "nothing of use", "bibtex"),
    ],
)
def test_what_a_file_holds_counts_more_than_its_ending(name: str, text: str, form: str) -> None:
    assert guess_format(text.encode(), name) == form
