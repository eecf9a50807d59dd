"""Themes: the laws of the grouping over any works, and hand-made works that fall into two groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.briefs.terms import Terms, read_terms
from academichub.briefs.themes import MAX_PER_THEME, MAX_THEMES, find_themes, term_vectors

GRAPHENE = [
    read_terms(f"Graphene superlattice conductance {n}", "Graphene superlattices conduct charge.")
    for n in range(3)
]
CORALS = [
    read_terms(f"Coral bleaching on reefs {n}", "Coral bleaching harms reef symbionts.")
    for n in range(3)
]


def test_vectors_have_unit_length_and_titles_count_twice() -> None:
    terms = Terms({"graphen": 1, "coral": 1}, {}, frozenset({"graphen"}))
    other = Terms({"coral": 1}, {}, frozenset())
    empty = Terms({}, {}, frozenset())
    rows = term_vectors([terms, other, empty])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 1, 0])
    untitled = term_vectors([Terms(terms.counts, {}, frozenset()), other])
    coral, graphene = 0, 1
    ratio = (rows[0, graphene] / rows[0, coral]) / (untitled[0, graphene] / untitled[0, coral])
    assert ratio == pytest.approx(2.0)


def test_two_subjects_are_two_themes_named_by_their_own_terms() -> None:
    works = [work for pair in zip(GRAPHENE, CORALS, strict=True) for work in pair]
    themes = find_themes(works, ["f"] * 6, 10)
    assert sorted(sorted(theme.places) for theme in themes) == [[0, 2, 4], [1, 3, 5]]
    names = {theme.places[0] % 2: " ".join(theme.terms).lower() for theme in themes}
    assert "graphene" in names[0]
    assert "coral" in names[1]


def test_no_works_have_no_theme_and_up_to_three_have_one() -> None:
    assert find_themes([], [], 10) == []
    for count in (1, 2, 3):
        (theme,) = find_themes(GRAPHENE[:count], ["f"] * count, 10)
        assert sorted(theme.places) == list(range(count))


SUBJECTS = (
    "graphene superlattice", "coral bleaching", "order book", "sieve exponent", "stellar disc", "liver fibrosis",
)  # fmt: skip
subjects = st.lists(st.sampled_from(SUBJECTS), min_size=4, max_size=24)


@settings(max_examples=15, deadline=None)
@given(subjects=subjects, limit=st.integers(4, 24))
def test_themes_share_no_work_and_stay_within_their_bounds(subjects: list[str], limit: int) -> None:
    works = [
        read_terms(f"{subject} study {n}", f"{subject}s.") for n, subject in enumerate(subjects)
    ]
    themes = find_themes(works, list(subjects), limit)
    places = [place for theme in themes for place in theme.places]
    assert len(places) == len(set(places)) <= limit
    assert len(themes) <= MAX_THEMES
    assert all(theme.places for theme in themes)
    if len(works) <= limit:
        assert sorted(places) == list(range(len(works))), "up to the limit every work is grouped"
    else:
        assert all(len(theme.places) < MAX_PER_THEME for theme in themes)
    assert themes == find_themes(works, list(subjects), limit)


def test_meaning_can_join_works_that_share_no_word() -> None:
    words = ("graphene", "coral", "sieve", "disc")
    works = [read_terms(f"{word} note", f"{word}.") for word in words]
    near = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    themes = find_themes(works, list(words), 10, near)
    assert sorted(sorted(theme.places) for theme in themes) == [[0, 2], [1, 3]]
