# ruff: noqa: N802, N803, N806, N815 -- names carry the shapes of the legend below
"""The text model of the radar: TF-IDF weights and a latent space (LSA), fitted once on many works.

Pure numbers: rows are works, columns are words. vocabulary.py maps words to columns, model_store.py
works to rows.

Shape legend: N works, D words, K latent dimensions.

TF-IDF: tf = 1 + ln(count), idf = ln((1 + n) / (1 + df)) + 1, rows of length 1 (Salton and Buckley
1988, as in scikit-learn). LSA: truncated singular value decomposition of the TF-IDF matrix
(Deerwester et al. 1990), computed by randomised range finding (Halko et al. 2011, sec. 4.4), rows
of length 1. Vectors have single precision: a page uses thousands of them, and the ranking needs no
more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from academichub.radar.scikit_learn import randomized_svd

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

LATENT_DIMENSIONS = 256
"""K, unless the library is smaller."""

POWER_ITERATIONS = 2


@dataclass(frozen=True, slots=True)
class Vectors:
    """Works as the ranking sees them.

    Attributes:
        tfidf_ND: Sparse rows of length 1; zeros for a work with no word of the vocabulary.
        projected_NK: The same rows projected to the latent space, at most of length 1.
        length_N: Lengths of the projected rows; 1 for a row of zeros.
    """

    tfidf_ND: sparse.csr_matrix
    projected_NK: Singles
    length_N: Singles

    @property
    def latent_NK(self) -> Singles:
        """Projected rows of length 1 (or of zeros)."""
        return self.projected_NK / self.length_N[:, None]

    def __len__(self) -> int:
        return int(self.tfidf_ND.shape[0])

    def rows(self, rows: Sequence[int] | Ints) -> Vectors:
        """Return some of the rows, in the order given."""
        index = np.asarray(rows, dtype=np.int64)
        return Vectors(self.tfidf_ND[index], self.projected_NK[index], self.length_N[index])


@dataclass(frozen=True, slots=True)
class TextModel:
    """A fitted model.

    Attributes:
        idf_D: Weight of each word.
        basis_DK: Right singular vectors, a column for each latent dimension.
        energy_K: Squared singular values: how many works lie along each latent dimension.
        gram_KK: Sum of z z^T over the latent rows z of the fitted works, which the ridge regression
            needs.
        num_fitted: Number of works the model was fitted on.
    """

    idf_D: Singles
    basis_DK: Singles
    energy_K: Floats
    gram_KK: Floats
    num_fitted: int

    def __post_init__(self) -> None:
        _use_one_thread()

    @property
    def num_words(self) -> int:
        """The number of words, D."""
        return len(self.idf_D)

    def vectors(self, counts_ND: sparse.csr_matrix) -> Vectors:
        """Return works as vectors.

        Args:
            counts_ND: Word counts, not negative, in D columns.

        Raises:
            ValueError: If the number of columns is not that of the model.
        """
        if counts_ND.shape[1] != self.num_words:
            raise ValueError(
                f"counts have {counts_ND.shape[1]} columns, "
                f"the model was fitted on {self.num_words}"
            )
        tfidf_ND = _weighted(counts_ND, self.idf_D)
        projected_NK = np.asarray(tfidf_ND @ self.basis_DK)
        return Vectors(tfidf_ND, projected_NK, _lengths(np.square(projected_NK).sum(axis=1)))


def fit_text_model(
    counts_ND: sparse.csr_matrix, *, dimensions: int = LATENT_DIMENSIONS, seed: int = 0
) -> TextModel:
    """Fit the weights and the latent space on word counts.

    The same counts and seed give the same model.

    Args:
        counts_ND: Word counts of the works to fit on; at least one work and one word.
        dimensions: Largest K; at most min(N, D) - 1 are used.
        seed: Seed of the randomised decomposition.

    Raises:
        ValueError: If there is no work or no word.
    """
    _use_one_thread()
    num_works, num_words = counts_ND.shape
    if num_works == 0 or num_words == 0:
        raise ValueError(f"cannot fit on {num_works} works of {num_words} words")
    frequency_D = np.bincount(counts_ND.indices[counts_ND.data > 0], minlength=num_words)
    idf_D = (np.log((1 + num_works) / (1 + frequency_D)) + 1).astype(np.float32)
    tfidf_ND = _weighted(counts_ND, idf_D)
    rank = max(1, min(dimensions, num_works - 1, num_words - 1))
    _, singular_K, basis_KD = randomized_svd(
        tfidf_ND, rank, power_iterations=POWER_ITERATIONS, seed=seed
    )
    basis_DK = np.ascontiguousarray(basis_KD.T)
    projected_NK = np.asarray(tfidf_ND @ basis_DK)
    latent_NK = projected_NK / _lengths(np.square(projected_NK).sum(axis=1))[:, None]
    gram_KK = (latent_NK.T @ latent_NK).astype(np.float64)
    return TextModel(idf_D, basis_DK, singular_K.astype(np.float64) ** 2, gram_KK, num_works)


def _weighted(counts_ND: sparse.csr_matrix, idf_D: Singles) -> sparse.csr_matrix:
    """Return TF-IDF rows of length 1."""
    weighted = sparse.csr_matrix(counts_ND, dtype=np.float32, copy=True)
    weighted.eliminate_zeros()
    weighted.data = (np.float32(1) + np.log(weighted.data)) * idf_D[weighted.indices]
    length_N = _lengths(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted.data /= np.repeat(length_N, np.diff(weighted.indptr))
    return weighted


def _lengths(squares_N: Singles) -> Singles:
    """Return lengths of rows from their sums of squares; 1 for a row of zeros."""
    length_N = np.sqrt(squares_N)
    return np.where(length_N > 0, length_N, np.float32(1)).astype(np.float32)


@cache
def _use_one_thread() -> None:
    """Let BLAS use a single thread from now on.

    With small matrices on a busy machine, more threads wait for each other (scoring 5,260 works
    took five times as long). The order of sums, hence the last digits, depends on their number too.
    """
    threadpool_limits(1, user_api="blas")
