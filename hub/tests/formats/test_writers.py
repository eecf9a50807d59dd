"""Writers: what our writers write, our readers and other people's readers read back."""

from __future__ import annotations

import dataclasses
import json

import bibtexparser
import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import record

from academichub.formats import FORMATS, bibtex_writer, guess_format, ris_writer, writers
from academichub.formats.bibtex_latex import without_macros
from academichub.formats.bibtex_writer import citation_key
from academichub.formats.jsonl_writer import work_document
from academichub.formats.protocol import one_line
from academichub.library.merge import resolve
from academichub.text.markup import plain_text
from academichub.works.identifiers import Identifier, canonical_key
from academichub.works.work import Author, Work

SPECIAL = st.sampled_from("\\{}$&#%_^~-`'\"@,;. ()[]=<>abHvu中é")
TEXT = (
    st.text(SPECIAL | st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
    .map(one_line)
    .filter(bool)
)
NAME = (
    st.sampled_from(
        [
            "Ada B. Curie", "Ludwig van Beethoven", "王小明", "O'Neil, Jr.", "Ray Sample, III", "Barnes and Noble",
            "The ATLAS Collaboration", "Plato", "Jean-Luc d'Ébène", "others", "A. {Odd} Name", "50% & Co. #1_x", "Müller~Lee",
        ]
    )
    | st.text(st.sampled_from("abXY é-.'{}$&#%_~^\\"), min_size=1, max_size=15)
    .map(one_line)
    .filter(lambda name: any(ch.isalnum() for ch in name))
)  # fmt: skip


def work(**fields: object) -> Work:
    identifiers = (Identifier("arxiv", "2601.00001"), Identifier("doi", "10.5555/abc_1"))
    base = Work(
        1,
        "doi:10.5555/abc_1",
        identifiers,
        "A Title",
        (Author("Ada B. Curie"),),
        published="2026-01-05",
    )
    return dataclasses.replace(base, **fields)  # type: ignore[arg-type]  # fields of Work


IDENTIFIERS = st.lists(
    st.sampled_from(
        [
            Identifier("arxiv", "2601.00001"), Identifier("arxiv", "math/9901001"), Identifier("doi", "10.5555/abc_1"),
            Identifier("doi", "10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2"),
            Identifier("pmid", "123"), Identifier("openreview", "AbCdEf12"), Identifier("acl", "2026.acl-long.1"),
            Identifier("s2", "0123abcd"), Identifier("openalex", "W123"),
        ]
    ),
    min_size=1,
    unique_by=lambda one: one.scheme,
)  # fmt: skip


def read_back(form: str, works: list[Work]) -> list[tuple[str, list[str], dict[str, str]]]:
    text = "".join(writers()[form](works))
    assert guess_format(text.encode()) == form
    parsed = FORMATS[form].parse(text.encode())
    assert not parsed.skipped
    made = [
        one.work
        for one in (resolved for record in parsed.records for resolved in resolve([record]))
    ]
    return [
        (one.title, [author.name for author in one.authors], dict(one.public_identifiers))
        for one in made
    ]


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
@settings(max_examples=100, deadline=None)
@given(title=TEXT, names=st.lists(NAME, max_size=4), identifiers=IDENTIFIERS, abstract=TEXT)
def test_identifiers_title_and_authors_survive(
    form: str, title: str, names: list[str], identifiers: list[Identifier], abstract: str
) -> None:
    # The law holds for what the library keeps: text without markup, and for BibTeX without macros.
    title = one_line(plain_text(title))
    if form == "bibtex":
        title, names = (
            one_line(without_macros(title)),
            [one_line(without_macros(name)) for name in names],
        )
        names = [name for name in names if name]
    title = title if title and plain_text(title) == title else "T"
    told = work(
        key=canonical_key(identifiers),
        identifiers=tuple(identifiers),
        title=title,
        authors=tuple(Author(name) for name in names),
        abstract=abstract,
    )
    assert read_back(form, [told]) == [(title, names, dict(told.public_identifiers))]


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
def test_other_facts_survive(form: str) -> None:
    told = work(
        kind="article",
        venue="J. of 100% Pebbles & Co",
        abstract="Costs $5 & more_or_less.\nNew line.",
    )
    record = FORMATS[form].parse("".join(writers()[form]([told])).encode()).records[0]
    assert (record.kind, record.venue, record.published) == ("article", told.venue, told.published)
    assert record.abstract == "Costs $5 & more_or_less. New line."


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
@pytest.mark.parametrize(
    "own", [Identifier("local", "0" * 24), Identifier("url", "https://example.org/a_b?c=d%20&e=1")]
)
def test_a_work_without_public_identifiers_keeps_its_identity(form: str, own: Identifier) -> None:
    told = work(key=own.key, identifiers=(own,))
    record = FORMATS[form].parse("".join(writers()[form]([told])).encode()).records[0]
    assert record.identifiers == (own,)


def test_bibtex_is_read_by_bibtexparser_and_keys_are_unique() -> None:
    works = [
        work(title="On {Pebbles} & 50% more"),
        work(title="On Pebbles"),
        work(authors=(), title="卵石", published=""),
    ]
    text = "".join(bibtex_writer.write([*works, work(title="ON PEBBLES")]))
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == [
        "curie2026pebbles",
        "curie2026pebbles-2",
        "doi-10-5555-abc-1",
        "curie2026pebbles-3",
    ]
    first = {name: value.value for name, value in library.entries[0].fields_dict.items()}
    assert first["title"] == r"On \textbraceleft{}Pebbles\textbraceright{} \& 50\% more"
    assert (first["author"], first["year"], first["eprint"]) == (
        "Ada B. Curie",
        "2026",
        "2601.00001",
    )


def test_formulas_and_accents_stay_tex_in_bibtex() -> None:
    text = "".join(bibtex_writer.write([work(title=r"Erd\H{o}s on $H_0$ and 5% of _")]))
    assert r"title = {Erdős on $H_0$ and 5\% of \_}," in text


def test_ris_is_read_by_rispy() -> None:
    told = work(
        authors=(Author("Ludwig van Beethoven"), Author("王小明")),
        abstract="One\n\nTwo",
        kind="article",
    )
    entries = rispy.loads("".join(ris_writer.write([told, told])).replace("\r\n", "\n"))
    assert len(entries) == 2
    assert entries[0]["authors"] == ["van Beethoven, Ludwig", "王小明"]
    assert (entries[0]["title"], entries[0]["doi"], entries[0]["abstract"]) == (
        "A Title",
        "10.5555/abc_1",
        "One Two",
    )
    assert entries[0]["type_of_reference"] == "JOUR"


def test_csl_json_is_one_array_of_any_length() -> None:
    for count in (0, 1, 3):
        items = json.loads("".join(writers()["csl-json"]([work()] * count)))
        assert [item["DOI"] for item in items] == ["10.5555/abc_1"] * count


def test_an_exported_line_has_the_further_facts_last() -> None:
    told = resolve(
        [record(1, doi="10.5555/1", venue="Pebbles", published="2026-01-02", kind="article")]
    )[0].work
    line = work_document(told).json_object()
    assert [*line][9:] == ["withdrawn", "published", "updated", "kind", "venue", "url", "field"]
    assert line["versions"] == [{"version": 1, "date": "2026-01-05"}]


def test_writers_stream() -> None:
    def endless() -> object:
        while True:
            yield work()

    for form, writer in writers().items():
        pieces = writer(endless())  # type: ignore[arg-type]  # a generator of works
        assert "".join(next(pieces) for _ in range(3)), form
    assert {name for name, form in FORMATS.items() if form.media_type} == set(writers())
    assert [*writers()] == ["jsonl", "bibtex", "ris", "csl-json"]


def test_citation_keys_are_plain_ascii() -> None:
    assert (
        citation_key(work(authors=(Author("José Ångström"),), title="The Über-Pebble"))
        == "angstrom2026uber"
    )
    assert (
        citation_key(work(authors=(Author("王小明"),), title="卵石", published=""))
        == "doi-10-5555-abc-1"
    )
