# ruff: noqa: N802, N803, N806 -- names carry the shapes of the legend below
"""The ranking core: taste and candidates in, scores out. Pure numbers, no IO; the same input gives the same output.

Shape legend: N candidates, P profile works, D words, K latent dimensions.

Three rankings of the candidates are fused by reciprocal ranks (Cormack, Clarke and Buettcher 2009):

- two TF-IDF centroids of the profile, each as a ridge classifier sees it: w = (X^T X / strength + I)^-1 p, X the
  library, p the centroid of liked works less that of disliked ones. Directions along which many works lie say little
  about one reader and are discounted. X^T X is known through its leading singular values, so no system is solved per
  reader. A weak strength discounts sharply (good first ten), a strong one mildly (good first hundred).
- a weighted ridge in the latent space (LSA): target 1 for liked works, -1 for disliked, 0 for the library.

Measured against plain centroids and LinearSVC in benchmarks/hub/radar_citeulike.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from academichub.radar.text_model import Floats, Ints, Singles, TextModel, Vectors
from academichub.search.fusion import K

CONTRAST_STRENGTHS = (5.0, 50.0)
"""In works: a latent direction with this much energy counts half. Chosen on splits 10 and 11, reported on 0, 1, 2."""

FEW_LIKES = 20
"""With fewer liked works than this the strengths rise by (FEW_LIKES / P) ** FEW_EXPONENT: what one work shares with
many others may be all that is known of the reader. On splits 10 and 11 recall@100 rose from .205, .310,
.379 to .228, .337, .406 at 1, 3, 5 likes; on 0 plain rankers stay level with it up to 5 (learning curve)."""
FEW_EXPONENT = 1.5

PROFILE_SHARE = 1 / 20
"""Weight of the whole profile in the latent ridge, as a share of the library (the notes' protocol)."""

RIDGE_STRENGTH = 0.1
"""Lambda of the latent ridge in units of N / 256 (the notes' protocol)."""

DISLIKE_SHARE = 0.5
"""How much the centroid of disliked works counts against that of liked ones."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a reader likes and dislikes, as vectors.

    Attributes:
        liked: Liked and example works; may be empty.
        liked_weights: One positive weight a liked work; all 1 where None.
        disliked: Disliked works, or None.
    """

    liked: Vectors
    liked_weights: Floats | None = None
    disliked: Vectors | None = None

    @property
    def weights_P(self) -> Floats:
        """Weights of the liked works."""
        return np.ones(len(self.liked)) if self.liked_weights is None else self.liked_weights


def text_scores(model: TextModel, taste: Taste, candidates: Vectors) -> Floats:
    """Score candidates by their texts alone: in [0, 1], 1 = first in all three rankings; (N,).

    A taste without liked works gives zeros: there is nothing to rank by.
    """
    if len(taste.liked) == 0 or len(candidates) == 0:
        return np.zeros(len(candidates))
    centroid_D = taste_centroid(taste)
    common_KJ = common_part(model, centroid_D, len(taste.liked))
    latent_KJ = np.column_stack([common_KJ, latent_ridge(model, taste)]).astype(np.float32)
    latent_NJ = candidates.projected_NK @ latent_KJ
    own_N = np.asarray(candidates.tfidf_ND @ centroid_D)
    contrasts = [own_N - latent_NJ[:, column] for column in range(common_KJ.shape[1])]
    return fuse([*contrasts, np.asarray(latent_NJ[:, -1] / candidates.length_N, dtype=np.float64)])


def taste_centroid(taste: Taste) -> Floats:
    """Return the weighted mean of the liked works less DISLIKE_SHARE of the mean of the disliked ones; (D,)."""
    weights_P = taste.weights_P
    centroid_D = np.asarray(taste.liked.tfidf_ND.T @ (weights_P / weights_P.sum()))
    if taste.disliked is not None and len(taste.disliked):
        centroid_D = (
            centroid_D - DISLIKE_SHARE * np.asarray(taste.disliked.tfidf_ND.mean(axis=0)).ravel()
        )
    return centroid_D


def contrast_strengths(num_liked: int) -> tuple[float, ...]:
    """Return the strengths of the contrasts for a profile of some size."""
    rise = max(1.0, FEW_LIKES / num_liked) ** FEW_EXPONENT
    return tuple(strength * rise for strength in CONTRAST_STRENGTHS)


def common_part(model: TextModel, centroid_D: Floats, num_liked: int) -> Floats:
    """Return what the contrasted centroids leave out, in the latent space: a column a strength; (K, J).

    With X = U S V^T, (X^T X / strength + I)^-1 = I - V diag(s^2 / (s^2 + strength)) V^T, so that the contrasted
    centroid is the centroid less V times this part.
    """
    used = np.flatnonzero(centroid_D)
    centroid_K = centroid_D[used] @ model.basis_DK[used]
    strengths = contrast_strengths(num_liked)
    return np.column_stack(
        [centroid_K * model.energy_K / (model.energy_K + one) for one in strengths]
    )


def word_weights(model: TextModel, taste: Taste, words: Ints) -> Floats:
    """Return what each of some words adds to a candidate's place: the mean of the contrasted centroids there.

    Times the candidate's TF-IDF weight of a word, this is the word's part in its score: what explanations show.
    """
    if len(taste.liked) == 0:
        return np.zeros(len(words))
    centroid_D = taste_centroid(taste)
    common_K = common_part(model, centroid_D, len(taste.liked)).mean(axis=1)
    return np.asarray(centroid_D[words] - model.basis_DK[words] @ common_K)


def latent_ridge(model: TextModel, taste: Taste) -> Floats:
    """Return the weights of the ridge regression in the latent space; (K,).

    Least squares over the library (target 0, through its Gram matrix) and the profile (liked 1, disliked -1), where the
    liked works together weigh PROFILE_SHARE of the library, but each at least as much as a library work.
    """
    share = model.num_fitted * PROFILE_SHARE
    relative_P = taste.weights_P / taste.weights_P.mean()
    weights_P = relative_P * max(1.0, share / len(taste.liked))
    liked_PK = taste.liked.latent_NK
    target_K = weights_P @ liked_PK
    system_KK = model.gram_KK + (weights_P[:, None] * liked_PK).T @ liked_PK
    if taste.disliked is not None and len(taste.disliked):
        weight = DISLIKE_SHARE * max(1.0, share / len(taste.disliked))
        rows_K = taste.disliked.latent_NK
        target_K = target_K - weight * rows_K.sum(axis=0)
        system_KK = system_KK + weight * (rows_K.T @ rows_K)
    system_KK[np.diag_indices_from(system_KK)] += RIDGE_STRENGTH * max(1.0, model.num_fitted / 256)
    return np.asarray(
        cho_solve(cho_factor(system_KK, overwrite_a=True, check_finite=False), target_K)
    )


def fuse(rankings: list[Floats]) -> Floats:
    """Return the reciprocal-rank fusion of several scorings over its largest possible value: in (0, 1].

    It is search.fusion's sum for orders that all hold every candidate, on arrays because a page ranks thousands.
    """
    return np.asarray(np.mean([(K + 1) / (K + ranks(scores_N)) for scores_N in rankings], axis=0))


def ranks(scores_N: Floats) -> Ints:
    """Return each candidate's rank from 1, best score first; ties keep the candidates' order."""
    places = np.empty(len(scores_N), dtype=np.int64)
    places[best_first(scores_N)] = np.arange(1, len(scores_N) + 1)
    return places


def best_first(scores_N: Floats) -> Ints:
    """Return the candidates' numbers, best score first; ties keep the candidates' order."""
    return np.argsort(-scores_N, kind="stable").astype(np.int64)


def diverse_order(
    scores_N: Floats, latent_NK: Singles, size: int, *, relevance: float = 0.8
) -> list[int]:
    """Choose `size` candidates by maximal marginal relevance (Carbonell and Goldstein 1998), best first.

    Each step takes the candidate with the largest relevance * score - (1 - relevance) * similarity, similarity being
    the largest cosine (not below 0) to those taken before; a tie goes to the earlier candidate.

    Args:
        scores_N: Scores in [0, 1].
        latent_NK: Rows of length 1 (or of zeros).
        size: How many to choose; fewer if there are fewer.
        relevance: 1 = by score alone.
    """
    nearest_N = np.zeros(len(scores_N))
    open_N: NDArray[np.bool_] = np.ones(len(scores_N), dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(min(size, len(scores_N))):
        worth_N = np.where(open_N, relevance * scores_N - (1 - relevance) * nearest_N, -np.inf)
        best = int(np.argmax(worth_N))
        chosen.append(best)
        open_N[best] = False
        nearest_N = np.maximum(nearest_N, latent_NK @ latent_NK[best])
    return chosen
