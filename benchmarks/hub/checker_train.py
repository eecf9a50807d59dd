"""Train the checker's support model and write its coefficients into the package.

Positives: SciFact's training claims with an abstract that supports them; titles of arXiv papers
with their abstract alone (a rewording of it); sentences of arXiv abstracts with their work.
Negatives: the same with random other works, and for the claims the three nearest by BM25. A third
of the claims (by id) and half of the arXiv works are held back as the development set, on which the
operating point is chosen. Validation claims and the stream are never read here.

    .venv/bin/python benchmarks/hub/checker_train.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from checker_pairs import (
    Abstract,
    Nearest,
    cited_by_claim,
    others,
    pick_sentence,
    pool_abstracts,
    scifact_claims,
    scifact_corpus,
)
from result_file import DATA
from sklearn.linear_model import LogisticRegression

from academichub.checker.passage import Passage, read_passage
from academichub.checker.support_score import FEATURES, support_features
from academichub.checker.word_weights import fold

MODEL = Path(__file__).parents[2] / "hub/src/academichub/checker/support_model.json"
SEED = 0
FALSE_ALARMS = 0.02
"""Share of the development set's supported claims the support check alone may refuse."""

WEIGHTS = {
    "claim": 1.0,
    "random": 1.0,
    "near": 0.3,
    "title": 0.5,
    "not title": 0.5,
    "extract": 0.5,
    "not extract": 0.5,
}
"""Total weight of each kind of pair.

Random negatives are what the threshold is for; near ones teach it detail.
"""


class Pair(NamedTuple):
    """A training pair: its kind, whether it is supported, whether it is held back, its features."""

    kind: str
    supported: bool
    held_back: bool
    features: tuple[float, ...]


def claim_pairs(data: Path) -> Iterator[Pair]:
    """Yield the pairs of SciFact's training claims."""
    rng = random.Random(SEED)
    corpus, cited = scifact_corpus(data), cited_by_claim(data, "train")
    nearest = Nearest(corpus)
    claims = [one for one in scifact_claims(data, "train") if one.label == "SUPPORT"]
    documents = sorted({one.document for one in claims})
    for claim in claims:
        free = [key for key in documents if key not in cited[claim.key]]
        groups = (
            ("claim", [claim.document]),
            ("random", rng.sample(free, 4)),
            ("near", nearest.best(claim.text, cited[claim.key], 3)),
        )
        for kind, keys in groups:
            for key in keys:
                found = support_features(
                    fold(claim.text), [read_passage(corpus[key].title, corpus[key].text)]
                )
                if found:
                    yield Pair(kind, kind == "claim", int(claim.key) % 3 == 0, found)


def arxiv_pairs(data: Path) -> Iterator[Pair]:
    """Yield the pairs of arXiv titles and sentences."""
    rng = random.Random(SEED)
    works = pool_abstracts(data, 50)[:1500]
    for number, work in enumerate(works):
        strangers = others(works, work, 2, rng)
        sentence = pick_sentence(work, rng)
        for kind, text, titled in (("title", work.title, False), ("extract", sentence, True)):
            for one in (work, *strangers) if text else ():
                found = support_features(fold(text or ""), [_passage(one, titled)])
                if found:
                    yield Pair(
                        kind if one is work else f"not {kind}", one is work, number % 2 == 0, found
                    )


def _passage(work: Abstract, titled: bool) -> Passage:
    return read_passage(work.title if titled else "", work.text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    data: Path = parser.parse_args().data
    pairs = [*claim_pairs(data), *arxiv_pairs(data)]
    fitted = [one for one in pairs if not one.held_back]
    counts = {kind: sum(one.kind == kind for one in fitted) for kind in WEIGHTS}
    matrix = np.array([one.features for one in fitted])
    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    weights = np.array([WEIGHTS[one.kind] / counts[one.kind] for one in fitted])
    model = LogisticRegression(C=1.0, max_iter=5000)
    model.fit(
        (matrix - means) / scales, [one.supported for one in fitted], sample_weight=weights * 2000
    )
    held = {
        kind: model.decision_function(
            (np.array([p.features for p in pairs if p.held_back and p.kind == kind]) - means)
            / scales
        )
        for kind in WEIGHTS
    }
    cut = float(np.quantile(held["claim"], FALSE_ALARMS))
    report = {kind: round(float((scores < cut).mean()), 4) for kind, scores in held.items()}
    MODEL.write_text(
        json.dumps(
            {
                "about": "written by benchmarks/hub/checker_train.py; the bias puts the operating "
                "point at 0.5",
                "seed": SEED,
                "refused_on_development_set": report,
                "threshold": 0.5,
                "bias": round(float(model.intercept_[0]) - cut, 6),
                **{
                    part: {
                        name: round(float(value), 6)
                        for name, value in zip(FEATURES, values, strict=True)
                    }
                    for part, values in (
                        ("means", means),
                        ("scales", scales),
                        ("weights", model.coef_[0]),
                    )
                },
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    print(
        f"operating point {1 / (1 + math.exp(-cut)):.4f}; refused on the development set: {report}"
    )


if __name__ == "__main__":
    main()
