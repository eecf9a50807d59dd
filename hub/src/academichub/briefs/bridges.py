"""Bridges: two works of different fields that share a method or a problem, and the terms they share. Pure, no IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
"""A term that more than this share of the window's works have says nothing of two of them."""

FEW = 5
"""A term that no more works than this have is telling in the smallest window too."""

MAX_TERMS = 4
SAME = 0.5
"""Two works that share more of all their terms than this are one work twice, not a bridge."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two works, by place, and the terms that join them, phrases first, as written in the first work.

    One word alone means different things in different fields (`bank`, `pitch`), so a phrase must be among them.
    """

    a: int
    b: int
    terms: tuple[str, ...]
    stems: tuple[str, ...]
    strength: float


def find_links(
    sources: Sequence[Source], limit: int, vectors: NDArray[np.float64] | None = None
) -> list[Link]:
    """Return the strongest links between works of different fields; no work is in two of them.

    What joins two works are terms in any case; of links, those between works of like meaning (`vectors`: an embedding
    of unit length a work) come first.
    """
    pool = sources[:MAX_CANDIDATES]
    spread = Counter(term for one in pool for term in one.terms.counts)
    most = max(FEW, round(MAX_SHARE * len(pool)))
    telling = [
        {term for term in one.terms.counts if 2 <= spread[term] <= most and _is_specific(term)}
        for one in pool
    ]
    links = []
    for a in range(len(pool)):
        for b in range(a + 1, len(pool)):
            if pool[a].field and pool[b].field and pool[a].field != pool[b].field:
                link = _link(pool, a, b, telling[a] & telling[b])
                if link is not None:
                    links.append(
                        link if vectors is None else _weighed(link, float(vectors[a] @ vectors[b]))
                    )
    links.sort(key=lambda one: (-one.strength, one.a, one.b))
    taken: set[int] = set()
    pairs: set[frozenset[str]] = set()
    found = []
    for link in links:
        fields = frozenset({pool[link.a].field, pool[link.b].field})
        if {link.a, link.b} & taken or fields in pairs:
            continue
        found.append(link)
        taken |= {link.a, link.b}
        pairs.add(fields)
        if len(found) == limit:
            break
    return found


def _weighed(link: Link, likeness: float) -> Link:
    return replace(link, strength=link.strength * (0.75 + 0.5 * max(0.0, likeness)))


def _is_specific(term: str) -> bool:
    words = term.split()
    if any(word in GENERIC for word in words) and (
        len(words) == 1 or all(idf(w) < 4 for w in words if w not in GENERIC)
    ):
        return False
    return weight(term) >= (MIN_WORD_WEIGHT if len(words) == 1 else MIN_PHRASE_WEIGHT)


def _link(pool: Sequence[Source], a: int, b: int, shared: set[str]) -> Link | None:
    """Return the link of two works, None if what they share is too little or too much."""
    if not shared:
        return None
    left, right = pool[a].terms, pool[b].terms
    ours, theirs = set(left.counts), set(right.counts)
    if len(ours & theirs) > SAME * len(ours | theirs):
        return None

    def value(term: str) -> float:
        times = min(left.counts[term], right.counts[term], 3)
        titled = (term in left.titled) + (term in right.titled)
        return weight(term) * (1 + 0.25 * (times - 1)) * (1 + 0.35 * titled)

    ranked = sorted(shared, key=lambda term: (-value(term), term))
    chosen = without_parts(ranked, MAX_TERMS)
    strength = sum(value(term) / (1 + place) for place, term in enumerate(chosen))
    phrases = [term for term in chosen if " " in term]
    if strength < MIN_STRENGTH or not phrases or len(chosen) < 2:
        return None
    chosen.sort(key=lambda term: " " not in term)
    return Link(a, b, tuple(left.surfaces[term] for term in chosen), tuple(chosen), strength)
