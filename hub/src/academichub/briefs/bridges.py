"""Bridges: two works of different fields that share a method or a problem. Pure, no IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from academichub.briefs.evidence import Source
from academichub.briefs.terms import GENERIC, weight, without_parts
from academichub.checker.word_weights import idf

MAX_CANDIDATES = 200
MIN_WORD_WEIGHT = 4.2
MIN_PHRASE_WEIGHT = 3.6
MIN_STRENGTH = 9.0
MAX_SHARE = 0.12
"""A term in more than this share of the window's works does not join two of them."""

MIN_SHARED_LIMIT = 5
"""In a small window a term may be in this many works, whatever share of them that is."""

MAX_TERMS = 4
MAX_OVERLAP = 0.5
"""Two works that share more than this part of their terms are the same work twice, not a bridge."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two works and the terms that join them.

    A single word can mean different things in different fields (`bank`, `pitch`), so at least one
    of the terms is a phrase.

    Attributes:
        a: Position of the first work.
        b: Position of the second work.
        terms: The shared terms as written in the first work, phrases first.
        stems: The same terms, stemmed.
        strength: How specific the shared terms are, and how central to both works.
    """

    a: int
    b: int
    terms: tuple[str, ...]
    stems: tuple[str, ...]
    strength: float


def find_links(
    sources: Sequence[Source], limit: int, vectors: NDArray[np.float64] | None = None
) -> list[Link]:
    """Return the strongest links between works of different fields.

    No work is in two links, and no two links join the same pair of fields.

    Args:
        sources: The works, in the radar's order; the first MAX_CANDIDATES are looked at.
        limit: Largest number of links.
        vectors: An embedding of unit length for each work. Links are found by shared terms in any
            case; with embeddings, links between works of similar meaning come first.
    """
    pool = sources[:MAX_CANDIDATES]
    specific_terms = _specific_terms(pool)
    links = []
    for a, b in combinations(range(len(pool)), 2):
        if not pool[a].field or not pool[b].field or pool[a].field == pool[b].field:
            continue
        link = _link(pool, a, b, specific_terms[a] & specific_terms[b])
        if link is None:
            continue
        if vectors is not None:
            link = _scaled_by_meaning(link, float(vectors[a] @ vectors[b]))
        links.append(link)
    links.sort(key=lambda link: (-link.strength, link.a, link.b))
    return _without_repeats(links, pool, limit)


def _specific_terms(pool: Sequence[Source]) -> list[set[str]]:
    """Return, for each work, the terms that may link it: shared, but not by too many works."""
    works_with = Counter(term for source in pool for term in source.terms.counts)
    most = max(MIN_SHARED_LIMIT, round(MAX_SHARE * len(pool)))
    linking = {
        term for term, count in works_with.items() if 2 <= count <= most and _is_specific(term)
    }
    return [linking & source.terms.counts.keys() for source in pool]


def _without_repeats(links: Sequence[Link], pool: Sequence[Source], limit: int) -> list[Link]:
    """Return the first links that repeat neither a work nor a pair of fields."""
    taken: set[int] = set()
    pairs: set[frozenset[str]] = set()
    chosen = []
    for link in links:
        fields = frozenset({pool[link.a].field, pool[link.b].field})
        if {link.a, link.b} & taken or fields in pairs:
            continue
        chosen.append(link)
        taken |= {link.a, link.b}
        pairs.add(fields)
        if len(chosen) == limit:
            break
    return chosen


def _scaled_by_meaning(link: Link, similarity: float) -> Link:
    """Return a link with its strength changed by at most a quarter, for the works' similarity."""
    return replace(link, strength=link.strength * (0.75 + 0.5 * max(0.0, similarity)))


def _is_specific(term: str) -> bool:
    """Return whether a term is specific enough to join two works."""
    words = term.split()
    if any(word in GENERIC for word in words) and (
        len(words) == 1 or all(idf(w) < 4 for w in words if w not in GENERIC)
    ):
        return False
    return weight(term) >= (MIN_WORD_WEIGHT if len(words) == 1 else MIN_PHRASE_WEIGHT)


def _link(pool: Sequence[Source], a: int, b: int, shared: set[str]) -> Link | None:
    """Return the link of two works, or None if they share too little or too much."""
    if not shared:
        return None
    left, right = pool[a].terms, pool[b].terms
    left_terms, right_terms = set(left.counts), set(right.counts)
    if len(left_terms & right_terms) > MAX_OVERLAP * len(left_terms | right_terms):
        return None

    def worth(term: str) -> float:
        """Return how much a shared term adds to the link, by rarity, frequency and titles."""
        times = min(left.counts[term], right.counts[term], 3)
        titled = (term in left.titled) + (term in right.titled)
        return weight(term) * (1 + 0.25 * (times - 1)) * (1 + 0.35 * titled)

    ranked = sorted(shared, key=lambda term: (-worth(term), term))
    chosen = without_parts(ranked, MAX_TERMS)
    strength = sum(worth(term) / (1 + rank) for rank, term in enumerate(chosen))
    phrases = [term for term in chosen if " " in term]
    if strength < MIN_STRENGTH or not phrases or len(chosen) < 2:
        return None
    chosen.sort(key=lambda term: " " not in term)
    return Link(a, b, tuple(left.surfaces[term] for term in chosen), tuple(chosen), strength)
