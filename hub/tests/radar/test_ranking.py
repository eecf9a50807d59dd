"""The ranking core against naive formulas, worked cases and the laws of fusion and diversity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from academichub.radar import ranking
from academichub.radar.ranking import (
    DISLIKE_SHARE,
    JOIN_K,
    NEAREST,
    RankedList,
    Taste,
    common_part,
    contrast_strengths,
    diverse_order,
    fuse,
    latent_ridge,
    mean_of_largest,
    nearest_scores,
    ranks,
    text_scores,
    word_weights,
)
from academichub.radar.text_model import Vectors, fit_text_model
from academichub.search.fusion import K, fused_scores


def corpus(works: int = 50, words: int = 20) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.random.default_rng(1).poisson(0.5, (works, words)))


VECTORS = fit_text_model(corpus()).vectors(corpus())


def test_contrasted_centroid_is_the_ridge_of_the_whole_library() -> None:
    counts = corpus()
    model = fit_text_model(counts, dimensions=19)  # min(N, D) - 1: all but the weakest direction
    library = model.vectors(counts).tfidf_ND.toarray().astype(float)
    liked = library[[4, 9]].mean(axis=0)
    weakest = np.linalg.svd(library, compute_uv=False)[-1] ** 2
    for column, strength in enumerate(ranking.CONTRAST_STRENGTHS):
        exact = np.linalg.inv(library.T @ library / strength + np.eye(20)) @ liked
        ours = liked - model.basis_DK @ common_part(model, liked, 20)[:, column]
        assert ours == pytest.approx(exact, abs=float(weakest / (weakest + strength)) + 1e-4)
        assert not np.allclose(ours, liked, atol=0.02)


def test_word_weights_are_those_of_the_mean_contrast() -> None:
    model = fit_text_model(corpus(), dimensions=8)
    vectors = model.vectors(corpus())
    taste = Taste(vectors.rows([4, 9, 11]))
    words = np.array([3, 0, 17])
    centroid = vectors.tfidf_ND.toarray()[[4, 9, 11]].mean(axis=0)
    exact = [
        centroid
        - model.basis_DK
        @ (model.energy_K / (model.energy_K + strength) * (model.basis_DK.T @ centroid))
        for strength in contrast_strengths(3)
    ]
    assert word_weights(model, taste, words) == pytest.approx(
        np.mean(exact, axis=0)[words], abs=1e-5
    )


def test_few_likes_are_contrasted_less() -> None:
    assert contrast_strengths(20) == contrast_strengths(500) == ranking.CONTRAST_STRENGTHS
    assert contrast_strengths(5) == pytest.approx([8 * one for one in ranking.CONTRAST_STRENGTHS])


def test_latent_ridge_is_weighted_least_squares() -> None:
    counts = corpus()
    model = fit_text_model(counts, dimensions=6)
    vectors = model.vectors(counts)
    taste = Taste(vectors.rows([1, 2, 3]), np.array([1.0, 2.0, 1.0]), vectors.rows([7]))
    rows = np.vstack(
        [vectors.latent_NK, vectors.latent_NK[[1, 2, 3]], vectors.latent_NK[[7]]]
    ).astype(float)
    target = np.array([0.0] * 50 + [1.0] * 3 + [-1.0])
    weights = np.array(
        [1.0] * 50 + [0.75, 1.5, 0.75] + [0.5 * 2.5]
    )  # the library's 50 / 20 = 2.5 for one disliked work
    system = rows.T @ (weights[:, None] * rows) + ranking.RIDGE_STRENGTH * np.eye(6)
    assert latent_ridge(model, taste) == pytest.approx(
        np.linalg.solve(system, rows.T @ (weights * target)), rel=1e-3, abs=1e-5
    )


@given(st.lists(st.lists(st.integers(-5, 5), min_size=7, max_size=7), min_size=1, max_size=4))
def test_fusion_is_the_shared_sum_of_reciprocal_ranks(rows: list[list[int]]) -> None:
    rankings = [np.array(row, dtype=float) for row in rows]
    orders = [np.argsort(-row, kind="stable").tolist() for row in rankings]
    shared = fused_scores(orders)
    fused = fuse(rankings)
    assert fused == pytest.approx([shared[n] * (K + 1) / len(rows) for n in range(7)])
    assert fused.max() <= 1


def test_ranks_by_hand() -> None:
    assert ranks(np.array([0.1, 0.9, 0.5, 0.9])).tolist() == [4, 1, 3, 2]
    assert fuse([np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])]) == pytest.approx(
        [(1 + 61 / 63) / 2, 61 / 62, (61 / 63 + 1) / 2]
    )


def test_liked_words_rise_and_disliked_words_fall() -> None:
    # words: 0, 1 sailing; 2, 3 baking; 4 everywhere
    rows = [[2, 1, 0, 0, 1], [1, 2, 0, 0, 1], [0, 0, 2, 1, 1], [0, 0, 1, 2, 1], [0, 0, 0, 0, 3]] * 4
    counts = sparse.csr_matrix(np.array(rows))
    model = fit_text_model(counts)
    vectors = model.vectors(counts)
    candidates = vectors.rows([2, 1, 4])
    plain = text_scores(model, Taste(vectors.rows([0])), candidates)
    assert plain.argmax() == 1
    assert plain[1] == pytest.approx(1.0)
    turned = text_scores(
        model, Taste(vectors.rows([0]), disliked=vectors.rows([3])), vectors.rows([2, 4])
    )
    assert turned[1] > turned[0]


def test_no_taste_or_no_candidates_scores_nothing() -> None:
    model = fit_text_model(corpus())
    vectors = model.vectors(corpus())
    assert text_scores(model, Taste(vectors.rows([])), vectors).tolist() == [0.0] * 50
    assert text_scores(model, Taste(vectors.rows([1])), vectors.rows([])).shape == (0,)


def test_a_heavier_like_counts_more() -> None:
    model = fit_text_model(corpus())
    vectors = model.vectors(corpus())
    both = vectors.rows([3, 8])
    for favourite in (0, 1):
        weights = np.array([1.0, 1.0])
        weights[favourite] = 5.0
        scores = text_scores(model, Taste(both, weights), both)
        assert scores.argmax() == favourite


def test_diversity_by_hand() -> None:
    scores = np.array([0.9, 0.85, 0.6])
    same, other = [1.0, 0.0], [0.0, 1.0]
    latent = np.array([same, same, other], dtype=np.float32)
    # second step: .8 * .85 - .2 * 1 = .48 = .8 * .6 - 0: the tie goes to the earlier; at relevance .7 diversity wins
    assert diverse_order(scores, latent, 3, relevance=0.8) == [0, 1, 2]
    assert diverse_order(scores, latent, 3, relevance=0.7) == [0, 2, 1]
    assert diverse_order(scores, latent, 2, relevance=1.0) == [0, 1]


@given(st.lists(st.floats(0, 1), max_size=12), st.integers(0, 15), st.integers(0, 3))
def test_diversity_chooses_each_once_and_the_best_first(
    values: list[float], size: int, seed: int
) -> None:
    latent = np.random.default_rng(seed).normal(size=(len(values), 3)).astype(np.float32)
    latent /= np.maximum(np.linalg.norm(latent, axis=1, keepdims=True), 1e-6)
    chosen = diverse_order(np.array(values), latent, size)
    assert len(chosen) == min(size, len(values)) == len(set(chosen))
    if chosen:
        assert values[chosen[0]] == max(values)


def test_vectors_rows_keep_their_order() -> None:
    vectors = fit_text_model(corpus()).vectors(corpus())
    some: Vectors = vectors.rows([5, 2])
    assert np.array_equal(some.tfidf_ND.toarray()[1], vectors.tfidf_ND.toarray()[2])
    assert np.array_equal(some.latent_NK[0], vectors.latent_NK[5])


def test_parts_of_a_list_by_hand() -> None:
    ranked = RankedList(np.array([0.1, 0.0, 0.8, 0.2]), weight=2.0, full=0.4)
    # .8 is more than full; .2 is half of it, .1 a quarter.
    assert ranked.parts() == pytest.approx(
        [2 * 0.25 * 21 / 23, 0.0, 2 * 1.0 * 21 / 21, 2 * 0.5 * 21 / 22]
    )
    assert JOIN_K == 20
    assert RankedList(np.array([]), 1.0, 0.2).parts().shape == (0,)


SCORES = st.lists(st.floats(0, 2), min_size=1, max_size=30).map(np.array)
WEIGHTS = st.floats(0.1, 3)
FULL = st.floats(0.05, 1)


@given(SCORES, WEIGHTS, FULL)
def test_a_list_adds_from_nothing_to_its_weight_and_more_to_the_better(
    scores: np.ndarray, weight: float, full: float
) -> None:
    parts = RankedList(scores, weight, full).parts()
    assert ((parts >= 0) & (parts <= weight * (1 + 1e-12))).all()
    assert (parts[scores == 0] == 0).all()
    assert (np.diff(parts[np.argsort(-scores, kind="stable")]) <= 0).all()


@given(SCORES, WEIGHTS, FULL)
def test_half_the_evidence_adds_half_and_full_evidence_only_counts_the_ranks(
    scores: np.ndarray, weight: float, full: float
) -> None:
    below = scores / max(1.0, scores.max()) * full
    parts = RankedList(below, weight, full).parts()
    assert RankedList(below / 2, weight, full).parts() == pytest.approx(parts / 2)
    above = scores + full
    expected = weight * (JOIN_K + 1) / (JOIN_K + ranks(above))
    assert RankedList(above, weight, full).parts() == pytest.approx(expected)


@given(st.lists(st.lists(st.floats(-1, 1), min_size=5, max_size=5), min_size=1, max_size=6))
def test_the_mean_of_the_largest_is_that_of_a_sorted_row(rows: list[list[float]]) -> None:
    for count in (1, 3, 5, 9):
        expected = [np.mean(sorted(row, reverse=True)[:count]) for row in rows]
        assert mean_of_largest(np.array(rows), count) == pytest.approx(expected)


def naive_nearest(
    vectors: Vectors, liked: list[int], weights: list[float], disliked: list[int]
) -> list[float]:
    """Return the nearest scores of all rows by their definition, pair by pair."""
    rows = vectors.tfidf_ND.toarray().astype(float)
    scores = []
    for row in rows:
        cosines = [weight * float(row @ rows[n]) for n, weight in zip(liked, weights, strict=True)]
        nearest = sorted(cosines, reverse=True)[:NEAREST]
        score = sum(nearest) / len(nearest)
        if disliked:
            score -= DISLIKE_SHARE * max(float(row @ rows[n]) for n in disliked)
        scores.append(min(1.0, max(0.0, score)))
    return scores


@given(
    st.lists(st.tuples(st.integers(0, 49), st.floats(0.25, 5)), min_size=1, max_size=7),
    st.lists(st.integers(0, 49), max_size=3),
)
def test_nearest_scores_are_those_of_a_naive_loop(
    liked: list[tuple[int, float]], disliked: list[int]
) -> None:
    rows, weights = [row for row, _ in liked], [weight for _, weight in liked]
    taste = Taste(
        VECTORS.rows(rows), np.array(weights), VECTORS.rows(disliked) if disliked else None
    )
    expected = naive_nearest(VECTORS, rows, weights, disliked)
    assert nearest_scores(taste, VECTORS) == pytest.approx(expected, abs=1e-6)


def test_unlike_interests_stay_apart() -> None:
    # Three works of each of two interests; the candidates are of one each, and between them.
    rows = [[1, 0, 0]] * 3 + [[0, 1, 0]] * 3 + [[1, 0, 0], [0, 1, 0], [1, 1, 4]]
    counts = sparse.csr_matrix(np.array(rows))
    vectors = fit_text_model(counts).vectors(counts)
    scores = nearest_scores(Taste(vectors.rows(range(6))), vectors.rows([6, 7, 8]))
    assert scores[:2] == pytest.approx([1.0, 1.0])
    assert scores[2] < 0.5


def test_nothing_is_near_without_liked_works_or_candidates() -> None:
    none = VECTORS.rows([])
    assert nearest_scores(Taste(none, disliked=VECTORS.rows([1])), VECTORS).tolist() == [0.0] * 50
    assert nearest_scores(Taste(VECTORS.rows([1])), none).shape == (0,)
