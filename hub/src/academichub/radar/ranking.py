# ruff: noqa: N802, N803, N806, N815 -- names carry the shapes of the legend below
"""The core of the ranking: taste and candidates in, scores out. Pure numbers, no IO.

Shape legend: N candidates, P profile works, D words, K latent dimensions.

`nearest_scores` compares candidates with the few nearest works of the profile, so that unlike
interests stay apart; `text_scores` with the profile as a whole. The former knows more about a
reader with few works, the latter about one with many; `RankedList` says what each list adds.

`text_scores` fuses three rankings by reciprocal ranks (Cormack, Clarke and Buettcher 2009):

- two TF-IDF centroids of the profile, each weighted like a ridge classifier: w = (X^T X / strength
  + I)^-1 p, where X is the library and p the centroid of liked works less that of disliked ones.
  Directions that many works share tell little about one reader and are discounted. X^T X is
  approximated by its leading singular values, so no system is solved for each reader. A small
  strength discounts sharply (better first ten), a large one mildly (better first hundred).
- a weighted ridge regression in the latent space (LSA): target 1 for liked works, -1 for disliked
  ones, 0 for the library.

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
"""In works: a latent direction with this much energy counts half.

Chosen on splits 10 and 11; results are reported on splits 0, 1 and 2.
"""

FEW_LIKES = 20
"""With fewer liked works than this, strengths are multiplied by (FEW_LIKES / P) ** FEW_EXPONENT.

What a work shares with many others may then be all that is known about the reader. On splits 10 and
11 this raised recall@100 from .205, .310, .379 to .228, .337, .406 at 1, 3, 5 likes; on split 0
plain rankers are level with it up to 5 likes (learning curve).
"""

FEW_EXPONENT = 1.5

PROFILE_SHARE = 1 / 20
"""Weight of the whole profile in the latent ridge, as a share of the weight of the library."""

RIDGE_STRENGTH = 0.1
"""Lambda of the latent ridge, in units of N / 256."""

NEAREST = 3
"""Works of the profile that a candidate is compared with: its nearest."""

JOIN_K = 20
"""K of the reciprocal ranks when lists of a day are joined, which has hundreds of works and not the
thousands for which 60 is usual."""

DISLIKE_SHARE = 0.5
"""Weight of the centroid of disliked works, where that of liked ones has weight 1."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a reader likes and dislikes, as vectors.

    Attributes:
        liked: Liked and example works; may be empty.
        liked_weights: A positive weight for each liked work; None means 1 for all.
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

    All scores are 0 if the taste has no liked works.
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


@dataclass(frozen=True, slots=True)
class RankedList:
    """Scores of the candidates by one kind of evidence.

    Attributes:
        scores_N: At least 0; 0 where there is no evidence for a candidate.
        weight: Of the list among those it is joined with.
        full: Score from which the evidence is full; less evidence lifts proportionally less, so
            that the first of a list in which nothing is near is not lifted like a match.
    """

    scores_N: Floats
    weight: float
    full: float

    def parts(self) -> Floats:
        """Return what the list adds to each candidate, in [0, weight]."""
        share_N = np.clip(self.scores_N / self.full, 0.0, 1.0)
        return np.asarray(
            self.weight * share_N * (JOIN_K + 1) / (JOIN_K + ranks(self.scores_N)),
            dtype=np.float64,
        )


def nearest_scores(taste: Taste, candidates: Vectors) -> Floats:
    """Return the mean cosine of each candidate to its NEAREST liked works, in [0, 1]; (N,).

    A liked work's cosine is multiplied by its weight. The cosine to the nearest disliked work,
    times DISLIKE_SHARE, is taken off.
    """
    if len(taste.liked) == 0 or len(candidates) == 0:
        return np.zeros(len(candidates))
    likeness_NP = _cosines(candidates, taste.liked) * taste.weights_P
    scores_N = mean_of_largest(likeness_NP, NEAREST)
    if taste.disliked is not None and len(taste.disliked):
        scores_N = scores_N - DISLIKE_SHARE * _cosines(candidates, taste.disliked).max(axis=1)
    return np.asarray(np.clip(scores_N, 0.0, 1.0))


def mean_of_largest(table_NP: Floats, count: int) -> Floats:
    """Return the mean of the `count` largest values of each row, or of all where it has fewer."""
    count = min(count, table_NP.shape[1])
    return np.asarray(np.partition(table_NP, -count, axis=1)[:, -count:].mean(axis=1))


def _cosines(candidates: Vectors, works: Vectors) -> Floats:
    return np.asarray((candidates.tfidf_ND @ works.tfidf_ND.T).todense(), dtype=np.float64)


def taste_centroid(taste: Taste) -> Floats:
    """Return the mean of liked works less DISLIKE_SHARE times that of disliked ones; (D,)."""
    weights_P = taste.weights_P
    centroid_D = np.asarray(taste.liked.tfidf_ND.T @ (weights_P / weights_P.sum()))
    if taste.disliked is not None and len(taste.disliked):
        centroid_D = (
            centroid_D - DISLIKE_SHARE * np.asarray(taste.disliked.tfidf_ND.mean(axis=0)).ravel()
        )
    return centroid_D


def contrast_strengths(num_liked: int) -> tuple[float, ...]:
    """Return the strengths of the contrasts for a profile of `num_liked` works."""
    rise = max(1.0, FEW_LIKES / num_liked) ** FEW_EXPONENT
    return tuple(strength * rise for strength in CONTRAST_STRENGTHS)


def common_part(model: TextModel, centroid_D: Floats, num_liked: int) -> Floats:
    """Return the common part of a centroid in the latent space, a column for each strength; (K, J).

    With X = U S V^T, (X^T X / strength + I)^-1 = I - V diag(s^2 / (s^2 + strength)) V^T. The
    contrasted centroid is therefore the centroid less V times this part.
    """
    # A profile has few of the D words; the others do not change the product.
    used = np.flatnonzero(centroid_D)
    centroid_K = centroid_D[used] @ model.basis_DK[used]
    strengths = contrast_strengths(num_liked)
    return np.column_stack(
        [centroid_K * model.energy_K / (model.energy_K + strength) for strength in strengths]
    )


def word_weights(model: TextModel, taste: Taste, words: Ints) -> Floats:
    """Return the weights of some words: the mean of the contrasted centroids at their columns.

    Multiplied by a candidate's TF-IDF weight of a word, this is the word's part in the candidate's
    score, which explanations show.
    """
    if len(taste.liked) == 0:
        return np.zeros(len(words))
    centroid_D = taste_centroid(taste)
    common_K = common_part(model, centroid_D, len(taste.liked)).mean(axis=1)
    return np.asarray(centroid_D[words] - model.basis_DK[words] @ common_K)


def latent_ridge(model: TextModel, taste: Taste) -> Floats:
    """Return the weights of the ridge regression in the latent space; (K,).

    It is a least-squares fit over the library (target 0, through its Gram matrix) and the profile
    (liked 1, disliked -1). The liked works together weigh PROFILE_SHARE of the library, but each at
    least as much as a work of the library.
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
    """Return the reciprocal-rank fusion of several scorings, divided by its largest possible value.

    The result is in (0, 1]. It equals the sum of search.fusion for orders that all contain every
    candidate, and works on arrays because a page ranks thousands.
    """
    return np.asarray(np.mean([(K + 1) / (K + ranks(scores_N)) for scores_N in rankings], axis=0))


def ranks(scores_N: Floats) -> Ints:
    """Return each candidate's rank from 1, best score first; ties stay in the candidates' order."""
    rank_N = np.empty(len(scores_N), dtype=np.int64)
    rank_N[best_first(scores_N)] = np.arange(1, len(scores_N) + 1)
    return rank_N


def best_first(scores_N: Floats) -> Ints:
    """Return the candidates' indexes, best score first; ties stay in the candidates' order."""
    return np.argsort(-scores_N, kind="stable").astype(np.int64)


def diverse_order(
    scores_N: Floats, latent_NK: Singles, size: int, *, relevance: float = 0.8
) -> list[int]:
    """Choose candidates by maximal marginal relevance (Carbonell and Goldstein 1998), best first.

    Each step takes the candidate with the largest relevance * score - (1 - relevance) * similarity,
    where similarity is the largest cosine (at least 0) to those taken before. Ties go to the
    earlier candidate.

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
