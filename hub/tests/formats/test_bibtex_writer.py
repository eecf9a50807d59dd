"""BibTeX that we write: other people's readers read it, and citation keys are plain and unique."""

from __future__ import annotations

import bibtexparser
from exported_works import exported_work

from academichub.formats import bibtex_writer
from academichub.formats.bibtex_writer import citation_key
from academichub.works.author import Author


def test_bibtex_is_read_by_bibtexparser_and_keys_are_unique() -> None:
    works = [
        exported_work(title="On {Pebbles} & 50% more"),
        exported_work(title="On Pebbles"),
        exported_work(authors=(), title="卵石", published=""),
    ]
    text = "".join(bibtex_writer.write([*works, exported_work(title="ON PEBBLES")]))
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
    text = "".join(bibtex_writer.write([exported_work(title=r"Erd\H{o}s on $H_0$ and 5% of _")]))
    assert r"title = {Erdős on $H_0$ and 5\% of \_}," in text


def test_citation_keys_are_plain_ascii() -> None:
    assert (
        citation_key(exported_work(authors=(Author("José Ångström"),), title="The Über-Pebble"))
        == "angstrom2026uber"
    )
    assert (
        citation_key(exported_work(authors=(Author("王小明"),), title="卵石", published=""))
        == "doi-10-5555-abc-1"
    )
