"""Themes: works grouped by what they are about, each group with a name of its own terms. Pure, no IO.

TF-IDF over the works' terms and words, reduced by a singular value decomposition where there are enough works, then
average-linkage clustering by cosine. The same works give the same themes in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academichub.briefs.terms import Terms, weight, without_parts
from academichub.radar.scikit_learn import cluster_by_cosine

WORKS_PER_THEME = 3.5
MAX_THEMES = 7
MAX_PER_THEME = 5
MAX_DIMENSIONS = 40
NAME_TERMS = 2
SECOND = 0.5
"""Share of the first term's score a second one needs to stand in the name."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Places of the works of a theme, the most central first, and its terms as shown."""

    places: tuple[int, ...]
    terms: tuple[str, ...]


def term_vectors(works: Sequence[Terms]) -> NDArray[np.float64]:
    """Return one row of unit length a work: weighted terms, those of the title twice."""
    vocabulary = {
        term: place
        for place, term in enumerate(sorted({term for one in works for term in one.counts}))
    }
    rows = np.zeros((len(works), max(1, len(vocabulary))))
    for number, one in enumerate(works):
        for term, count in one.counts.items():
            rows[number, vocabulary[term]] = (
                (1 + np.log(count)) * weight(term) * (2.0 if term in one.titled else 1.0)
            )
    return _unit(rows)


def find_themes(
    works: Sequence[Terms],
    fields: Sequence[str],
    limit: int,
    vectors: NDArray[np.float64] | None = None,
) -> list[Theme]:
    """Return themes over at most `limit` works, the most telling first; works come in the radar's order.

    Where there are embeddings (`vectors`: a row of unit length a work), likeness is that of words and of meaning, in
    equal parts; names are of words in any case.

    Few works are all grouped, those alone joining the nearest theme. Of many, the tightest groups are taken, those of
    fields not yet seen and of well ranked works first.
    """
    if not works:
        return []
    rows = term_vectors(works)
    if vectors is not None and len(vectors) == len(works):
        rows = np.hstack([rows, vectors]) / np.sqrt(2)
    if len(works) < 4:
        return [_theme(list(range(len(works))), works, rows)]
    if len(works) <= limit:
        count = int(np.clip(round(len(works) / WORKS_PER_THEME), 2, MAX_THEMES))
        labels = _balanced(rows, cluster_by_cosine(_reduced(rows), count))
        groups = [
            [place for place in range(len(works)) if labels[place] == label]
            for label in sorted(set(labels))
        ]
        groups.sort(key=lambda group: (-len(group), group[0]))
    else:
        groups = _tightest(works, rows, fields, limit)
    return _distinct([_theme(group, works, rows) for group in groups])


def _reduced(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows in the space of their leading singular vectors (latent semantic analysis)."""
    if len(rows) <= 8:
        return rows
    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    kept = min(MAX_DIMENSIONS, len(rows) - 1)
    return _unit(left[:, :kept] * values[:kept])


def _tightest(
    works: Sequence[Terms], rows: NDArray[np.float64], fields: Sequence[str], limit: int
) -> list[list[int]]:
    """Return the groups of many works that are tight and can be named by a shared term, not too large."""
    labels = cluster_by_cosine(rows, max(2, len(rows) // 3))
    likeness = rows @ rows.T
    groups = []
    for label in sorted(set(labels.tolist())):
        group = [place for place in range(len(rows)) if labels[place] == label]
        if len(group) > 1:
            close = sorted(group, key=lambda place: (-float(likeness[place, group].sum()), place))[
                : MAX_PER_THEME - 1
            ]
            groups.append(sorted(close))
    named = {group[0]: max(_name_scores(group, works).values(), default=0.0) for group in groups}
    seen: Counter[str] = Counter()
    chosen: list[list[int]] = []

    def worth(group: list[int]) -> float:
        inside = likeness[np.ix_(group, group)]
        tightness = float((inside.sum() - len(group)) / (len(group) * (len(group) - 1)))
        crowd = sum(0.75 ** seen[fields[place]] for place in group) / len(group)
        rank = sum(1 / (1 + place / (len(rows) / 3)) for place in group) / len(group)
        return float(tightness * named[group[0]] * len(group) ** 0.5 * (0.3 + crowd) * (0.5 + rank))

    while groups and len(chosen) < MAX_THEMES - 1:
        best = max(groups, key=lambda group: (worth(group), -group[0]))
        groups.remove(best)
        if sum(map(len, chosen)) + len(best) > limit:
            continue
        chosen.append(best)
        seen.update(fields[place] for place in best)
    return chosen


def _balanced(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> list[int]:
    """Move works that stand alone, and the outermost ones of overfull themes, to the nearest theme with room."""
    found = [int(label) for label in labels]
    for _ in range(2 * len(found)):
        sizes = Counter(found)
        lone = [place for place, label in enumerate(found) if sizes[label] == 1]
        full = [label for label, size in sizes.items() if size > MAX_PER_THEME]
        if not lone and not full:
            break
        centres = {
            label: rows[[p for p, one in enumerate(found) if one == label]].mean(axis=0)
            for label in sizes
        }
        if full:
            members = [place for place, label in enumerate(found) if label == full[0]]
            place = min(members, key=lambda one: (float(rows[one] @ centres[full[0]]), one))
        else:
            place = lone[0]
        room = [
            label for label, size in sizes.items() if label != found[place] and size < MAX_PER_THEME
        ]
        if not room:
            break
        found[place] = max(room, key=lambda label: (float(rows[place] @ centres[label]), -label))
    return found


def _theme(group: list[int], works: Sequence[Terms], rows: NDArray[np.float64]) -> Theme:
    centre = rows[group].mean(axis=0)
    ordered = sorted(group, key=lambda place: (-float(rows[place] @ centre), place))
    return Theme(tuple(ordered), tuple(_name_terms(ordered, works)))


def _name_scores(group: Sequence[int], works: Sequence[Terms]) -> dict[str, float]:
    """Return how well each term tells a group from the rest: shared by its works, in their titles, rare outside."""
    inside = Counter(term for place in group for term in works[place].counts)
    outside = Counter(
        term for place, one in enumerate(works) if place not in group for term in one.counts
    )
    titled = Counter(term for place in group for term in works[place].titled)
    total = max(1, len(works) - len(group))
    scores = {}
    for term, count in inside.items():
        shared = count / len(group) * (1.0 if count > 1 or len(group) == 1 else 0.45)
        phrase = 1.0 if " " in term else 0.6
        told = weight(term) * (1 + 0.6 * min(2, titled[term])) * (1 - outside[term] / total) ** 2
        scores[term] = shared * phrase * told
    return scores


def _name_terms(group: list[int], works: Sequence[Terms]) -> list[str]:
    """Return the terms that name a group, as shown; a second one only if it is nearly as telling as the first."""
    scores = _name_scores(group, works)
    ranked = sorted(
        (term for term in scores if weight(term) > 2.0), key=lambda term: (-scores[term], term)
    )[:60]
    chosen = without_parts(ranked, NAME_TERMS)
    kept = [term for term in chosen if scores[term] >= SECOND * scores[chosen[0]]]
    return [_shown(term, group, works) for term in kept]


def _shown(term: str, group: list[int], works: Sequence[Terms]) -> str:
    forms = Counter(works[place].surfaces[term] for place in group if term in works[place].surfaces)
    return max(forms.items(), key=lambda one: (one[1], one[0]))[0]


def _distinct(themes: list[Theme]) -> list[Theme]:
    """Drop from later themes a term an earlier one bears."""
    seen: set[str] = set()
    found: list[Theme] = []
    for theme in themes:
        terms = tuple(term for term in theme.terms if term not in seen) or theme.terms
        seen.update(terms)
        found.append(Theme(theme.places, terms))
    return found


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)
