"""Names, DOIs and labels as citation formats give them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.formats.writer_conventions import LABELS, inverted_name, is_group, own_doi
from academichub.works.identifiers import PUBLIC_SCHEMES

PLAIN_WORDS = st.text(st.characters(codec="latin-1", categories=["Lu", "Ll"]), min_size=1)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Lovelace", ["Lovelace", "Ada"]),
        ("Ludwig van Beethoven", ["van Beethoven", "Ludwig"]),
        ("Maria de la Cruz", ["de la Cruz", "Maria"]),
        ("van Gogh", ["Gogh", "van"]),
        ("Martin Luther King, Jr.", ["King", "Martin Luther", "Jr."]),
        ("Plato", ["Plato"]),
        ("Plato, Sr.", ["Plato", "", "Sr."]),
        ("李明", ["李明"]),
        ("李 明", ["李 明"]),
        ("  Ada \n Lovelace ", ["Lovelace", "Ada"]),
        ("", []),
        (" , ", []),
    ],
)
def test_hand_worked_names(name: str, parts: list[str]) -> None:
    assert inverted_name(name) == parts


@settings(max_examples=25)
@given(st.lists(PLAIN_WORDS, min_size=2, max_size=5))
def test_inverting_loses_no_word_and_keeps_their_order(words: list[str]) -> None:
    family, given_names = inverted_name(" ".join(words))
    assert f"{given_names} {family}".split() == words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ATLAS Collaboration", True),
        ("the invented TEAM", True),
        ("Committee on Data", True),
        ("Ada Teamer", False),
        ("Grouper Fish", False),
        ("Ada Lovelace", False),
    ],
)
def test_a_group_is_known_by_a_whole_word(name: str, expected: bool) -> None:
    assert is_group(name) is expected


@pytest.mark.parametrize(
    ("doi", "expected"),
    [
        ("10.1103/x.1", "10.1103/x.1"),
        ("10.48550/arxiv.2606.00001", ""),
        ("10.48550/arXiv.2606.00001", ""),
        ("10.48550/other.1", "10.48550/other.1"),
    ],
)
def test_the_doi_arxiv_derives_from_its_id_is_not_the_works_own(doi: str, expected: str) -> None:
    assert own_doi({"doi": doi, "arxiv": "2606.00001"}) == expected
    assert own_doi({"arxiv": "2606.00001"}) == ""


def test_every_scheme_that_readers_see_has_a_label_of_its_own() -> None:
    assert set(LABELS) == set(PUBLIC_SCHEMES) - {"doi"}, "a DOI has a field of its own"
    assert len({label.casefold() for label in LABELS.values()}) == len(LABELS)
    assert all(label.casefold() == scheme for scheme, label in LABELS.items())
