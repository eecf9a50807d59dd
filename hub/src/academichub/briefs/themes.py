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
from sklearn.cluster import AgglomerativeClustering

from academichub.briefs.terms import Terms, weight, without_parts

WORKS_PER_THEME = 3.5
MAX_THEMES = 7
MAX_PER_THEME = 5
MAX_DIMENSIONS = 40
NAME_TERMS = 2


@dataclass(frozen=True, slots=True)
class Theme:
    """Places of the works of a theme, the most central first, and its terms as shown."""

    places: tuple[int, ...]
    terms: tuple[str, ...]


def term_vectors(works: Sequence[Terms]) -> NDArray[np.float64]:
    """Return one row of unit length a work: weighted terms, those of the title twice."""
    vocabulary = {term: place for place, term in enumerate(sorted({term for one in works for term in one.counts}))}
    rows = np.zeros((len(works), max(1, len(vocabulary))))
    for number, one in enumerate(works):
        for term, count in one.counts.items():
            rows[number, vocabulary[term]] = (1 + np.log(count)) * weight(term) * (2.0 if term in one.titled else 1.0)
    return _unit(rows)


def find_themes(works: Sequence[Terms]) -> list[Theme]:
    """Return the themes of works, largest first; works alone in a theme join the nearest one."""
    if len(works) < 4:
        return [_theme(list(range(len(works))), works, np.ones((len(works), 1)))] if works else []
    rows = term_vectors(works)
    if len(works) > 8:
        left, values, _ = np.linalg.svd(rows, full_matrices=False)
        kept = min(MAX_DIMENSIONS, len(works) - 1)
        rows = _unit(left[:, :kept] * values[:kept])
    count = int(np.clip(round(len(works) / WORKS_PER_THEME), 2, MAX_THEMES))
    model = AgglomerativeClustering(n_clusters=count, metric="cosine", linkage="average")
    labels = _balanced(rows, model.fit_predict(rows))
    groups = [[place for place in range(len(works)) if labels[place] == label] for label in sorted(set(labels))]
    groups.sort(key=lambda group: (-len(group), group[0]))
    return _distinct([_theme(group, works, rows) for group in groups if group])


def _balanced(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> list[int]:
    """Move works that stand alone, and the outermost ones of overfull themes, to the nearest theme with room."""
    found = [int(label) for label in labels]
    for _ in range(2 * len(found)):
        sizes = Counter(found)
        lone = [place for place, label in enumerate(found) if sizes[label] == 1]
        full = [label for label, size in sizes.items() if size > MAX_PER_THEME]
        if not lone and not full:
            break
        centres = {label: rows[[p for p, one in enumerate(found) if one == label]].mean(axis=0) for label in sizes}
        if full:
            members = [place for place, label in enumerate(found) if label == full[0]]
            place = min(members, key=lambda one: (float(rows[one] @ centres[full[0]]), one))
        else:
            place = lone[0]
        room = [label for label, size in sizes.items() if label != found[place] and size < MAX_PER_THEME]
        if not room:
            break
        found[place] = max(room, key=lambda label: (float(rows[place] @ centres[label]), -label))
    return found


def _theme(group: list[int], works: Sequence[Terms], rows: NDArray[np.float64]) -> Theme:
    centre = rows[group].mean(axis=0)
    ordered = sorted(group, key=lambda place: (-float(rows[place] @ centre), place))
    return Theme(tuple(ordered), tuple(_name_terms(ordered, works)))


def _name_terms(group: list[int], works: Sequence[Terms]) -> list[str]:
    """Return the terms that tell a group from the rest, as shown: shared by its works and rare outside."""
    inside = Counter(term for place in group for term in works[place].counts)
    outside = Counter(term for place, one in enumerate(works) if place not in group for term in one.counts)
    titled = Counter(term for place in group for term in works[place].titled)
    total = max(1, len(works) - len(group))

    def score(term: str) -> float:
        share = inside[term] / len(group)
        shared = 1.0 if inside[term] > 1 or len(group) == 1 else 0.45
        return share * shared * weight(term) * (1 + 0.6 * min(2, titled[term])) * (1 - outside[term] / total) ** 2

    ranked = sorted(inside, key=lambda term: (-score(term), term))
    chosen = without_parts([term for term in ranked if weight(term) > 2.0][:60], NAME_TERMS)
    return [_shown(term, group, works) for term in chosen]


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
