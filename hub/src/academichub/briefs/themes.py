"""Themes: works grouped by what they are about, each group named by its own terms. Pure, no IO.

TF-IDF over the works' terms and words, reduced by a singular value decomposition where there are
enough works, then average-linkage clustering by cosine. The same works give the same themes in the
same order.
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
SECOND_TERM_SHARE = 0.5
"""A theme's name has a second term if its score is at least this share of the first one's."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of works on one subject.

    Attributes:
        places: Positions of its works in the list they were found in, the most central first.
        terms: The terms that name it, as shown.
    """

    places: tuple[int, ...]
    terms: tuple[str, ...]


def term_vectors(works: Sequence[Terms]) -> NDArray[np.float64]:
    """Return a row of unit length for each work: weighted terms, those of the title doubled."""
    vocabulary = {
        term: column
        for column, term in enumerate(sorted({term for work in works for term in work.counts}))
    }
    rows = np.zeros((len(works), max(1, len(vocabulary))))
    for row, work in enumerate(works):
        for term, count in work.counts.items():
            rows[row, vocabulary[term]] = (
                (1 + np.log(count)) * weight(term) * (2.0 if term in work.titled else 1.0)
            )
    return _unit(rows)


def find_themes(
    works: Sequence[Terms],
    fields: Sequence[str],
    limit: int,
    vectors: NDArray[np.float64] | None = None,
) -> list[Theme]:
    """Return themes that cover at most `limit` works, the strongest theme first.

    Up to `limit` works are all grouped; a work that is alone joins the nearest theme. Of more
    works the tightest groups are taken, with a preference for fields not yet covered and for works
    ranked high.

    Args:
        works: Terms of the works, in the radar's order.
        fields: Field id of each work.
        limit: Largest number of works in all themes together.
        vectors: An embedding of unit length for each work. With it, similarity is that of words
            and of meaning in equal parts; names are made of words in any case.
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
            [position for position in range(len(works)) if labels[position] == label]
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
    dimensions = min(MAX_DIMENSIONS, len(rows) - 1)
    return _unit(left[:, :dimensions] * values[:dimensions])


def _tightest(
    works: Sequence[Terms], rows: NDArray[np.float64], fields: Sequence[str], limit: int
) -> list[list[int]]:
    """Return small, tight groups out of many works, each of which a shared term can name."""
    similarity = rows @ rows.T
    groups = _close_groups(rows, similarity)
    name_score = {
        group[0]: max(_name_scores(group, works).values(), default=0.0) for group in groups
    }
    seen: Counter[str] = Counter()
    chosen: list[list[int]] = []

    def worth(group: list[int]) -> float:
        """Return how much a group adds to those chosen so far: `seen` changes with each choice."""
        inside = similarity[np.ix_(group, group)]
        tightness = float((inside.sum() - len(group)) / (len(group) * (len(group) - 1)))
        crowd = sum(0.75 ** seen[fields[position]] for position in group) / len(group)
        rank = sum(1 / (1 + position / (len(rows) / 3)) for position in group) / len(group)
        return float(
            tightness * name_score[group[0]] * len(group) ** 0.5 * (0.3 + crowd) * (0.5 + rank)
        )

    while groups and len(chosen) < MAX_THEMES - 1:
        best = max(groups, key=lambda group: (worth(group), -group[0]))
        groups.remove(best)
        if sum(map(len, chosen)) + len(best) > limit:
            continue
        chosen.append(best)
        seen.update(fields[position] for position in best)
    return chosen


def _close_groups(rows: NDArray[np.float64], similarity: NDArray[np.float64]) -> list[list[int]]:
    """Return many small groups of works; alone, a work is not a group."""
    labels = cluster_by_cosine(rows, max(2, len(rows) // 3))
    groups = []
    for label in sorted(set(labels.tolist())):
        group = [position for position in range(len(rows)) if labels[position] == label]
        if len(group) > 1:
            # Only the works closest to the rest of a large group stay in it.
            close = sorted(
                group, key=lambda position: (-float(similarity[position, group].sum()), position)
            )[: MAX_PER_THEME - 1]
            groups.append(sorted(close))
    return groups


def _balanced(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> list[int]:
    """Move lone works, and the outermost of overfull themes, to the nearest theme with room."""
    new_labels = [int(label) for label in labels]
    # Each step moves one work. A move can leave another work alone, so the steps are bounded.
    for _ in range(2 * len(new_labels)):
        sizes = Counter(new_labels)
        lone = [position for position, label in enumerate(new_labels) if sizes[label] == 1]
        full = [label for label, size in sizes.items() if size > MAX_PER_THEME]
        if not lone and not full:
            break
        current = np.asarray(new_labels)
        centres = {label: rows[current == label].mean(axis=0) for label in sizes}
        if full:
            members = [position for position, label in enumerate(new_labels) if label == full[0]]
            moved = min(
                members, key=lambda position: (float(rows[position] @ centres[full[0]]), position)
            )
        else:
            moved = lone[0]
        room = [
            label
            for label, size in sizes.items()
            if label != new_labels[moved] and size < MAX_PER_THEME
        ]
        if not room:
            break
        new_labels[moved] = max(
            room, key=lambda label: (float(rows[moved] @ centres[label]), -label)
        )
    return new_labels


def _theme(group: list[int], works: Sequence[Terms], rows: NDArray[np.float64]) -> Theme:
    """Return a group as a theme, its works ordered by similarity to their mean."""
    centre = rows[group].mean(axis=0)
    ordered = sorted(group, key=lambda position: (-float(rows[position] @ centre), position))
    return Theme(tuple(ordered), tuple(_name_terms(ordered, works)))


def _name_scores(group: Sequence[int], works: Sequence[Terms]) -> dict[str, float]:
    """Return how well each term sets a group apart.

    A term scores high if it is shared by the group's works, occurs in their titles, and is rare
    outside the group.
    """
    inside = Counter(term for position in group for term in works[position].counts)
    outside = Counter(
        term for position, work in enumerate(works) if position not in group for term in work.counts
    )
    titled = Counter(term for position in group for term in works[position].titled)
    total = max(1, len(works) - len(group))
    scores = {}
    for term, count in inside.items():
        shared = count / len(group) * (1.0 if count > 1 or len(group) == 1 else 0.45)
        phrase = 1.0 if " " in term else 0.6
        distinctness = (
            weight(term) * (1 + 0.6 * min(2, titled[term])) * (1 - outside[term] / total) ** 2
        )
        scores[term] = shared * phrase * distinctness
    return scores


def _name_terms(group: list[int], works: Sequence[Terms]) -> list[str]:
    """Return the terms that name a group, as shown: the best one, and a second of similar score."""
    scores = _name_scores(group, works)
    ranked = sorted(
        (term for term in scores if weight(term) > 2.0), key=lambda term: (-scores[term], term)
    )[:60]
    chosen = without_parts(ranked, NAME_TERMS)
    name_terms = [term for term in chosen if scores[term] >= SECOND_TERM_SHARE * scores[chosen[0]]]
    return [_shown(term, group, works) for term in name_terms]


def _shown(term: str, group: list[int], works: Sequence[Terms]) -> str:
    """Return a term as the group's works write it most often."""
    forms = Counter(
        works[position].surfaces[term] for position in group if term in works[position].surfaces
    )
    return max(forms.items(), key=lambda form_count: (form_count[1], form_count[0]))[0]


def _distinct(themes: list[Theme]) -> list[Theme]:
    """Drop a term from later themes if an earlier theme has it in its name."""
    seen: set[str] = set()
    distinct_themes: list[Theme] = []
    for theme in themes:
        terms = tuple(term for term in theme.terms if term not in seen) or theme.terms
        seen.update(terms)
        distinct_themes.append(Theme(theme.places, terms))
    return distinct_themes


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)
