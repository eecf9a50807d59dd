"""A DOI that a line of a description ends with."""

from __future__ import annotations

import pytest

from academichub.sources.feeds.records import stated_doi


@pytest.mark.parametrize(
    ("line", "doi"),
    [
        ("DOI: 10.1234/ab.12", "10.1234/ab.12"),
        ("doi 10.1234/ab.12 ", "10.1234/ab.12"),
        ("doi10.1234/ab", "10.1234/ab"),
        ("Nature, 12 (2026); doi:https://dx.doi.org/10.1234/ab", "10.1234/ab"),
        ("A journal, DOI: https://doi.org/10.1234/ab;c", "10.1234/ab;c"),
        ("DOI: 10.1234/a,doi:10.1234/b", "10.1234/a,doi:10.1234/b"),
        ("DOI: 10.1234/a, doi:10.1234/b", "10.1234/b"),
        ("DOI: 10.1234/ab and more", ""),
        ("see the DOI: 10.1234/ab", ""),
        ("DOI: 10.123/ab", ""),
        ("DOI: 10.1234/", ""),
        ("DOI:", ""),
        ("", ""),
    ],
)
def test_a_stated_doi_is_the_end_of_its_line(line: str, doi: str) -> None:
    assert stated_doi(line) == doi
