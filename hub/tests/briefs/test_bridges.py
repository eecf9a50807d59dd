"""Bridges: hand-made pairs that are one and pairs that are not, and the laws of any choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from academichub.briefs.bridges import Link, find_links
from academichub.briefs.evidence import Source
from academichub.briefs.terms import read_terms
from academichub.works.identifiers import Identifier
from academichub.works.work import Work

JOINED = "Persistent homology and Wasserstein barycenters"


def source(number: int, field: str, title: str, text: str) -> Source:
    work = Work(number, f"k{number}", (Identifier("local", str(number)),), title, abstract=text)
    return Source(work, "", field, title, text, read_terms(title, text))


def pair(first_field: str, second_field: str) -> list[Source]:
    """Return two works that share specific terms and differ otherwise."""
    return [
        source(1, first_field, f"{JOINED} of coral colonies",
               f"{JOINED} of symbionts. Bleaching corals, reef mortality, warm shallows."),
        source(2, second_field, f"{JOINED} in order books",
               f"{JOINED} of inventories. Market makers, volatility quotes, stock exchanges."),
    ]  # fmt: skip


def test_works_of_two_fields_that_share_specific_terms_are_joined() -> None:
    (link,) = find_links(pair("biology", "economics"), 3)
    assert (link.a, link.b) == (0, 1)
    assert {term.lower() for term in link.terms} == {
        "persistent homology",
        "wasserstein barycenters",
    }
    assert set(link.stems) == {"persist homolog", "wasserstein barycent"}


@pytest.mark.parametrize("fields", [("biology", "biology"), ("", "biology"), ("biology", "")])
def test_works_of_one_field_or_of_none_are_not(fields: tuple[str, str]) -> None:
    assert find_links(pair(*fields), 3) == []


def test_the_same_work_twice_is_not_a_bridge() -> None:
    title, text = f"{JOINED} of coral colonies", f"{JOINED} describe reefs."
    assert find_links([source(1, "a", title, text), source(2, "b", title, text)], 3) == []


def test_single_words_do_not_join_works() -> None:
    words = [
        source(1, "a", "Wasserstein", "Wasserstein. Barycenter. Coral."),
        source(2, "b", "Wasserstein", "Barycenter. Wasserstein. Ledger."),
    ]
    assert find_links(words, 3) == []


def test_a_term_of_many_works_joins_none() -> None:
    many = pair("biology", "economics") + [
        source(number, "", f"{JOINED} {number}", f"{JOINED}.") for number in range(3, 9)
    ]
    assert find_links(many, 3) == []


def assert_no_repeats(links: Sequence[Link], sources: Sequence[Source]) -> None:
    works = [position for link in links for position in (link.a, link.b)]
    fields = [frozenset((sources[link.a].field, sources[link.b].field)) for link in links]
    assert len(works) == len(set(works))
    assert len(fields) == len(set(fields))
    strengths = [link.strength for link in links]
    assert strengths == sorted(strengths, reverse=True)


def test_no_work_and_no_pair_of_fields_is_joined_twice() -> None:
    first, second = pair("biology", "economics")
    third = source(
        3,
        "physics",
        f"{JOINED} of discs",
        f"{JOINED} of dust. Protoplanetary gaps, stellar halos, infrared telescopes.",
    )
    fourth = source(
        4,
        "mathematics",
        f"{JOINED} of sieves",
        f"{JOINED} of primes. Bilinear sums, zeta zeros, Dirichlet characters.",
    )
    sources = [first, second, third, fourth]
    links = find_links(sources, 5)
    assert len(links) == 2
    assert_no_repeats(links, sources)
    assert find_links(sources, 1) == links[:1]


def test_meaning_changes_a_strength_by_a_quarter_at_most() -> None:
    sources = pair("biology", "economics")
    (plain_link,) = find_links(sources, 1)
    for similarity, factor in ((1.0, 1.25), (0.5, 1.0), (0.0, 0.75), (-1.0, 0.75)):
        vectors = np.array([[1.0, 0.0], [similarity, (1 - similarity**2) ** 0.5]])
        (link,) = find_links(sources, 1, vectors)
        assert link.strength == pytest.approx(factor * plain_link.strength)
        assert link.stems == plain_link.stems
