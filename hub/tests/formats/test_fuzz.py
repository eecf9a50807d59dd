"""Any bytes at all: a reader gives a report or an InputError, and its counts add up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub.errors import InputError
from academichub.formats import FORMATS, guess_format
from academichub.library.merge import resolve
from academichub.works.record_codec import decode, encode

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SEEDS = [
    (form, path.read_bytes())
    for form in FORMATS
    for path in sorted((GOLDEN / form.replace("-", "_")).iterdir())
    if not path.name.endswith(".expected.json")
]
PIECES = [
    b"{",
    b"}",
    b"@",
    b'"',
    b",",
    b"\n",
    b"\\",
    b"<",
    b"&",
    b"[",
    b"]",
    b"\xff",
    b"\x00",
    b"TY  - ",
    b"ER  - ",
    b"null",
]


def check(form: str, data: bytes) -> None:
    try:
        parsed = FORMATS[form].parse(data)
    except InputError as problem:
        assert str(problem)
        return
    assert parsed.read == len(parsed.records) + len(parsed.feeds) + len(parsed.skipped)
    for record in parsed.records:
        assert record.title
        assert record.identifiers
        record.raw.encode()
        assert decode(record.source, record.source_key, encode(record)) == record
        encode(record).encode()
    assert all(one.where and one.why for one in (*parsed.skipped, *parsed.warnings))
    resolve(parsed.records)


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes(form: str, data: bytes) -> None:
    check(form, data)


@pytest.mark.parametrize("seed", range(len(SEEDS)), ids=[form for form, _ in SEEDS])
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 30), st.sampled_from(PIECES)),
        min_size=1,
        max_size=6,
    )
)
def test_mutated_libraries(seed: int, edits: list[tuple[int, int, bytes]]) -> None:
    form, data = SEEDS[seed]
    for at, cut, piece in edits:
        place = at % len(data)
        data = data[:place] + piece + data[place + cut :]
    check(form, data)


@given(st.binary(max_size=300), st.sampled_from(["", "a.bib", "a.json", "a.rdf", "a.gz", "a"]))
def test_guessing_gives_a_known_format_or_says_which_are(data: bytes, name: str) -> None:
    try:
        assert guess_format(data, name) in FORMATS
    except InputError as problem:
        assert "BibTeX (.bib)" in str(problem)


N = 30_000
LONG = [
    ("bibtex", "@a{" * N),
    ("bibtex", "@a{k,x={\n" * N),
    ("bibtex", "@a\n" + "\n" * N),
    ("bibtex", "x\n" + "\n" * N + "y"),
    ("bibtex", "@a{k,title={x},author={" + "a and " * N + "}}"),
    ("bibtex", "@string{a={x}}@a{k,title=a" + "#a" * N + "}"),
    ("ris", "TY  - JOUR\nTI  - a\nAB  - x\n" + "wrapped\n" * N),
    ("ris", "TY  - JOUR\nTI  - x\nN1  - " + "arxiv:[" * N),
    ("csl-json", '[{"title": "' + "<i>" * N + '"}]'),
    ("csl-json", '{"a":' * N),
    ("opml", "<opml><body>" + "<outline>" * N),
    ("jsonl", "[\n" * N),
]


@pytest.mark.parametrize(
    ("form", "text"), LONG, ids=[f"{form}-{text[:12]!r}" for form, text in LONG]
)
def test_long_repetitions_end(form: str, text: str) -> None:
    check(
        form, text.encode()
    )  # the suite's time limit is the judge: quadratic ways take hours here
