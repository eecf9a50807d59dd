"""The radar's ranking against simple and strong baselines on CiteULike-t, same splits, same run.

    python benchmarks/hub/radar_citeulike.py --data FOLDER [--seeds 0 1 2] [--n-users 400]
        [--out FILE]

FOLDER holds `mult.dat.gz` and `users.dat.gz` (github.com/js05212/citeulike-t). The protocol is that
of academichub/radar/evaluation.py. LinearSVC is the recommender of arxiv-sanity-lite: C = .01,
balanced, all other seen items negative, on TF-IDF whose IDF may look at all items (the product's
may not). Writes benchmarks/hub/results/radar_citeulike.json; docs tables are made from it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from result_file import DATA
from scipy import sparse
from sklearn.svm import LinearSVC

from academichub.radar.evaluation import (
    Ranker,
    Scores,
    Split,
    draw_split,
    evaluate,
    paired_bootstrap,
    product_ranker,
    read_bags,
    read_profiles,
)
from academichub.radar.ranking import (
    CONTRAST_STRENGTHS,
    FEW_EXPONENT,
    FEW_LIKES,
    PROFILE_SHARE,
    RIDGE_STRENGTH,
    Taste,
    fuse,
    latent_ridge,
)
from academichub.radar.text_model import LATENT_DIMENSIONS, Floats, Ints, fit_text_model

LIKES = (1, 3, 5, 10, 20)
OUT = Path(__file__).parent / "results" / "radar_citeulike.json"


def centroid_ranker(counts: sparse.csr_matrix, split: Split) -> Ranker:
    """Mean TF-IDF similarity to the profile."""
    vectors = fit_text_model(counts, dimensions=1).vectors(counts)
    candidates = vectors.tfidf_ND[np.flatnonzero(split.hidden)]
    return lambda profile: np.asarray(
        candidates @ np.asarray(vectors.tfidf_ND[profile].mean(axis=0)).ravel()
    )


def plain_fusion_ranker(counts: sparse.csr_matrix, split: Split) -> Ranker:
    """Reciprocal-rank fusion of plain centroid and LSA ridge, from which the product's grew."""
    model = fit_text_model(sparse.csr_matrix(counts[~split.hidden]))
    vectors = model.vectors(counts)
    candidates = vectors.rows(np.flatnonzero(split.hidden))

    def rank(profile: Ints) -> Floats:
        liked = vectors.rows(profile)
        centroid = np.asarray(liked.tfidf_ND.mean(axis=0)).ravel()
        ridge = latent_ridge(model, Taste(liked))
        return fuse([np.asarray(candidates.tfidf_ND @ centroid), candidates.latent_NK @ ridge])

    return rank


def svm_ranker(counts: sparse.csr_matrix, split: Split) -> Ranker:
    """LinearSVC per user, as in arxiv-sanity-lite."""
    tfidf = fit_text_model(counts, dimensions=1).vectors(counts).tfidf_ND
    seen = np.flatnonzero(~split.hidden)
    train, candidates = tfidf[seen], tfidf[np.flatnonzero(split.hidden)]

    def rank(profile: Ints) -> Floats:
        machine = LinearSVC(C=0.01, class_weight="balanced", random_state=0)
        machine.fit(train, np.isin(seen, profile))
        return np.asarray(machine.decision_function(candidates))

    return rank


RANKERS: dict[str, Callable[[sparse.csr_matrix, Split], Ranker]] = {
    "product": product_ranker,
    "plain RRF(TF-IDF centroid, LSA ridge)": plain_fusion_ranker,
    "TF-IDF centroid": centroid_ranker,
    "LinearSVC": svm_ranker,
}


@dataclass(frozen=True)
class Row:
    """One ranker on one split."""

    name: str
    scores: Scores

    def figures(self) -> dict[str, Any]:
        """Means, half-widths (1.96 standard errors over users) and times."""
        users = len(self.scores.ndcg10)
        return {
            "ranker": self.name,
            **{
                name: {
                    "mean": round(float(row.mean()), 4),
                    "half_width": round(1.96 * float(row.std(ddof=1)) / users**0.5, 4),
                }
                for name, row in (
                    ("ndcg10", self.scores.ndcg10),
                    ("recall100", self.scores.recall100),
                )
            },
            "fit_s": round(self.scores.fit_s, 2),
            "ms_per_user": round(1000 * self.scores.rank_s / users, 2),
            "cpu_ms_per_user": round(1000 * self.scores.rank_cpu_s / users, 2),
        }


def against(one: Scores, other: Scores) -> dict[str, Any]:
    """Return the paired differences one - other with 95% intervals, and the ratios of times."""
    result: dict[str, Any] = {}
    for name, a, b in (
        ("ndcg10", one.ndcg10, other.ndcg10),
        ("recall100", one.recall100, other.recall100),
    ):
        difference = paired_bootstrap(a, b)
        result[name] = {key: round(getattr(difference, key), 4) for key in ("mean", "low", "high")}
    result["times_faster_a_user"] = round(other.rank_s / one.rank_s, 1)
    result["times_faster_a_user_cpu"] = round(other.rank_cpu_s / one.rank_cpu_s, 1)
    return result


def run_split(
    counts: sparse.csr_matrix, users: list[Ints], num_users: int, seed: int
) -> dict[str, Any]:
    """Run every ranker on one split."""
    split = draw_split(counts.shape[0], users, num_users, seed)
    rows = []
    for name, make in RANKERS.items():
        rows.append(Row(name, evaluate(users, split, partial(make, counts, split))))
        print(f"seed {seed}: {rows[-1].figures()}", file=sys.stderr, flush=True)
    product = rows[0].scores
    return {
        "seed": seed,
        "users": len(split.users),
        "candidates": int(split.hidden.sum()),
        "rankers": [row.figures() for row in rows],
        "product_minus": {row.name: against(product, row.scores) for row in rows[1:]},
    }


def learning_curve(
    counts: sparse.csr_matrix, users: list[Ints], num_users: int, seed: int
) -> list[dict[str, Any]]:
    """Run the quick rankers on a few of each user's seen items, drawn with the user's own seed."""
    split = draw_split(counts.shape[0], users, num_users, seed)
    rankers = {name: make(counts, split) for name, make in RANKERS.items() if name != "LinearSVC"}
    rows = []
    for likes in LIKES:
        for name, rank in rankers.items():

            def from_few(profile: Ints, rank: Ranker = rank, likes: int = likes) -> Floats:
                return rank(np.random.default_rng(int(profile.sum())).permutation(profile)[:likes])

            scores = evaluate(users, split, lambda few=from_few: few)  # type: ignore[misc]
            rows.append({"likes": likes, **Row(name, scores).figures()})
    return [{key: value for key, value in row.items() if key != "fit_s"} for row in rows]


def main() -> None:
    """Run all splits and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA / "retrieval" / "citeulike_t")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--n-users", type=int, default=400)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    counts = read_bags(options.data / "mult.dat.gz")
    users = read_profiles(options.data / "users.dat.gz", counts.shape[0])
    result = {
        "benchmark": "radar_citeulike",
        "config": {
            "contrast_strengths": CONTRAST_STRENGTHS,
            "few_likes": FEW_LIKES,
            "few_exponent": FEW_EXPONENT,
            "latent_dimensions": LATENT_DIMENSIONS,
            "profile_share": PROFILE_SHARE,
            "ridge_strength": RIDGE_STRENGTH,
            "svm": "LinearSVC(C=0.01, class_weight='balanced'), all other seen items negative",
            "parameters_chosen_on_seeds": [10, 11],
        },
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
        "splits": [run_split(counts, users, options.n_users, seed) for seed in options.seeds],
        "learning_curve": {
            "seed": options.seeds[0],
            "rows": learning_curve(counts, users, options.n_users, options.seeds[0]),
        },
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
