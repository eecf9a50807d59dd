"""The two algorithms the hub takes from scikit-learn, imported on first use.

The import takes a second or more. Its modules import each other in circles, so two threads that
begin at once can see half of one. Therefore everything is imported here, under one lock, and nowhere
else.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_importing = threading.Lock()


def preload() -> None:
    """Import scikit-learn now, so that no reader waits for it; `serve` does so on a thread."""
    with _importing:
        import sklearn.cluster
        import sklearn.utils.extmath  # noqa: F401


def randomized_svd(
    matrix_ND: sparse.csr_matrix,  # noqa: N803
    rank: int,
    *,
    power_iterations: int,
    seed: int,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the leading singular vectors and values of a matrix.

    Returns:
        The left vectors (N, rank), the values (rank,) and the right vectors (rank, D).
    """
    with _importing:
        from sklearn.utils.extmath import randomized_svd as decompose

    left, values, right = decompose(matrix_ND, rank, n_iter=power_iterations, random_state=seed)
    return left, values, right


def cluster_by_cosine(rows: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the cluster number of each row: `count` clusters by average cosine distance."""
    with _importing:
        from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=count, metric="cosine", linkage="average")
    return np.asarray(model.fit_predict(rows), dtype=np.int64)
