"""The two algorithms of scikit-learn, against what NumPy and a look at every pair give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from academichub.radar.scikit_learn import cluster_by_cosine, preload, randomized_svd


def test_a_matrix_of_low_rank_is_given_back_by_its_leading_vectors() -> None:
    generator = np.random.default_rng(7)
    dense = generator.normal(size=(12, 3)) @ generator.normal(size=(3, 9))
    left, values, right = randomized_svd(sparse.csr_matrix(dense), 3, power_iterations=4, seed=0)
    np.testing.assert_allclose(values, np.linalg.svd(dense, compute_uv=False)[:3], rtol=1e-9)
    np.testing.assert_allclose(left * values @ right, dense, atol=1e-9)
    np.testing.assert_allclose(left.T @ left, np.eye(3), atol=1e-9)


def test_the_same_seed_gives_the_same_vectors() -> None:
    matrix = sparse.csr_matrix(np.random.default_rng(7).normal(size=(20, 15)))
    first, second = (randomized_svd(matrix, 2, power_iterations=2, seed=3) for _ in range(2))
    for once, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_clusters_are_by_direction_whatever_the_length(count: int) -> None:
    directions = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.9, 1.0]])
    rows = np.vstack([factor * directions for factor in (0.1, 1.0, 10.0)])
    labels = cluster_by_cosine(rows, count)
    expected = {1: [0, 0, 0], 2: [0, 1, 1], 3: [0, 1, 2]}[count] * 3
    pairs = [(a, b) for a in range(9) for b in range(9)]
    assert [labels[a] == labels[b] for a, b in pairs] == [
        expected[a] == expected[b] for a, b in pairs
    ]


def test_loading_it_early_twice_does_no_harm() -> None:
    preload()
    preload()
    assert list(cluster_by_cosine(np.eye(2), 2)) in ([0, 1], [1, 0])
