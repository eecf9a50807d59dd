"""Writers: what any of them writes, our reader of its format reads back; works are streamed."""

from __future__ import annotations

import pytest
from exported_works import exported_work
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.formats import FORMATS, guess_format, writers
from academichub.formats.bibtex_latex import without_macros
from academichub.formats.protocol import one_line
from academichub.library.merge import resolve
from academichub.text.markup import plain_text
from academichub.works.author import Author
from academichub.works.identifiers import Identifier, canonical_key
from academichub.works.work import Work

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
    told = exported_work(
        key=canonical_key(identifiers),
        identifiers=tuple(identifiers),
        title=title,
        authors=tuple(Author(name) for name in names),
        abstract=abstract,
    )
    assert read_back(form, [told]) == [(title, names, dict(told.public_identifiers))]


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
def test_other_facts_survive(form: str) -> None:
    told = exported_work(
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
    told = exported_work(key=own.key, identifiers=(own,))
    record = FORMATS[form].parse("".join(writers()[form]([told])).encode()).records[0]
    assert record.identifiers == (own,)


def test_writers_stream() -> None:
    def endless() -> object:
        while True:
            yield exported_work()

    for form, writer in writers().items():
        pieces = writer(endless())  # type: ignore[arg-type]  # a generator of works
        assert "".join(next(pieces) for _ in range(3)), form
    assert {name for name, form in FORMATS.items() if form.media_type} == set(writers())
    assert [*writers()] == ["jsonl", "bibtex", "ris", "csl-json"]
