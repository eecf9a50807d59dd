"""How well the cited works support a sentence: a calibrated score in [0, 1] from the words alone.

Pure; the only IO is to read the packaged coefficients once. The features say how much of the sentence's meaning-bearing
words (weighted by rarity) the works have: anywhere, within one to three neighbouring sentences, in the title, as near
pairs, in order (ROUGE-L), and how much is left over. A logistic regression over them gives the score;
benchmarks/hub/checker_train.py trained it and wrote `support_model.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from academichub.checker.entity_check import read_names, stands_for
from academichub.checker.passage import Passage, content_stems, near_pairs
from academichub.checker.stem_similarity import alike
from academichub.checker.synonym_table import SYNONYMS
from academichub.checker.word_weights import idf, stem

FEATURES = (
    "recall", "window_recall", "title_recall", "rare_recall", "pair_recall", "order", "left_over", "worst_left",
    "matched_mass", "length", "verbatim", "square_recall",
)  # fmt: skip
"""Names of the features, in the order of the coefficients."""

_SYNONYM_CREDIT = 0.7
_LIKENESS_FLOOR = 0.62


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Coefficients of the logistic regression, and the score from which a sentence counts as supported."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float


@cache
def support_model() -> SupportModel:
    """Return the packaged model."""
    packed = json.loads(
        resources.files("academichub.checker").joinpath("support_model.json").read_text("utf-8")
    )
    columns = [
        tuple(float(packed[part][name]) for name in FEATURES)
        for part in ("means", "scales", "weights")
    ]
    return SupportModel(
        columns[0], columns[1], columns[2], float(packed["bias"]), float(packed["threshold"])
    )


def support_score(sentence: str, works: Sequence[Passage]) -> float:
    """Return the support of a folded sentence by works taken together, in [0, 1]; 0 without words or works."""
    features = support_features(sentence, works)
    if features is None:
        return 0.0
    model = support_model()
    columns = zip(features, model.means, model.scales, model.weights, strict=True)
    total = model.bias + sum(
        (value - mean) / scale * weight for value, mean, scale, weight in columns
    )
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def support_features(sentence: str, works: Sequence[Passage]) -> tuple[float, ...] | None:
    """Return the features (`FEATURES`) of a folded sentence against works; None where nothing can be compared."""
    ordered = content_stems(sentence)
    words = tuple(dict.fromkeys(ordered))
    if not words or not works:
        return None
    weights = {word: idf(word) for word in words}
    total = sum(weights.values())
    credit = match_credit(words, _acronyms(sentence), works)
    matched = sum(weights[word] * credit[word] for word in words)
    rare = sorted(words, key=lambda word: -weights[word])[: max(1, len(words) // 3)]
    window_recall, order = _best_window(ordered, words, weights, works)
    pairs = near_pairs(ordered)
    pair_weight = {pair: weights[pair[0]] + weights[pair[1]] for pair in pairs}
    pair_total = sum(pair_weight.values())
    held = sum(
        weight for pair, weight in pair_weight.items() if any(pair in work.pairs for work in works)
    )
    recall = matched / total
    return (
        recall,
        window_recall,
        sum(weights[word] for word in words if any(word in work.title for work in works)) / total,
        sum(weights[word] * credit[word] for word in rare) / sum(weights[word] for word in rare),
        held / pair_total if pair_total else recall,
        order,
        math.log1p(total - matched),
        max(weights[word] * (1 - credit[word]) for word in words) / 12,
        math.log1p(matched),
        math.log(len(words)),
        1.0 if order > 0.97 else 0.0,
        recall * recall,
    )


def word_share(sentence: str, works: Sequence[Passage]) -> float:
    """Return the weighted share of a folded sentence's words that works, together, have, in [0, 1]."""
    words = tuple(dict.fromkeys(content_stems(sentence)))
    if not words or not works:
        return 0.0
    credit = match_credit(words, _acronyms(sentence), works)
    return sum(idf(word) * credit[word] for word in words) / sum(idf(word) for word in words)


def plain_share(sentence: str, work: Passage) -> float:
    """Return `word_share` by exact words alone: quick, and never above it."""
    words = set(content_stems(sentence))
    total = sum(idf(word) for word in words)
    return sum(idf(word) for word in words & work.stems) / total if total else 0.0


def closeness(sentence: str, works: Sequence[Passage]) -> float:
    """Return ROUGE-L's weighted recall of a folded sentence by its best window: 1 for an extract."""
    features = support_features(sentence, works)
    return features[FEATURES.index("order")] if features else 0.0


def _acronyms(sentence: str) -> list[str]:
    return [name.text for name in read_names(sentence) if name.is_coded]


def match_credit(
    words: Sequence[str], acronyms: Sequence[str], works: Sequence[Passage]
) -> dict[str, float]:
    """Return for each stem how well some work has it.

    1 itself or spelled out by an acronym, less for a synonym or a derived form, 0 not at all. `acronyms` are those of
    the sentence, as written.
    """
    stems = frozenset().union(*(work.stems for work in works))
    spelled = _spelled_out(words, acronyms, works)
    credit: dict[str, float] = {}
    for word in words:
        if word in stems or word in spelled:
            credit[word] = 1.0
        elif SYNONYMS.get(word, frozenset()) & stems:
            credit[word] = _SYNONYM_CREDIT
        else:
            near = max(
                (alike(word, other) for other in stems if _is_worth_comparing(word, other)),
                default=0.0,
            )
            credit[word] = near * 0.9 if near >= _LIKENESS_FLOOR else 0.0
    return credit


def _is_worth_comparing(a: str, b: str) -> bool:
    return a[:3] == b[:3] or (len(a) > 4 and len(b) > 4 and (a in b or b in a))


def _spelled_out(
    words: Sequence[str], acronyms: Sequence[str], works: Sequence[Passage]
) -> set[str]:
    """Return the stems acronyms account for.

    Runs of words whose initials are an acronym of a work (`large language models`: `LLM`), and the sentence's own
    acronyms that a work spells out.
    """
    found: set[str] = set()
    initials = "".join(word[0] for word in words)
    for work in works:
        for coded in work.names.coded:
            letters = coded.removesuffix("s")
            at = initials.find(letters) if 2 <= len(letters) <= 6 and letters.isalpha() else -1
            if at >= 0 and (len(letters) > 2 or letters + "s" in work.names.coded):
                found.update(words[at : at + len(letters)])
    found.update(
        stem(word) for word in acronyms if any(stands_for(word, work.names.runs) for work in works)
    )
    return found


def _best_window(
    ordered: tuple[str, ...],
    words: Sequence[str],
    weights: dict[str, float],
    works: Sequence[Passage],
) -> tuple[float, float]:
    """Return the largest weighted recall by up to three neighbouring sentences, and ROUGE-L's by the best two."""
    total = sum(weights[word] for word in words)
    scored: list[tuple[float, tuple[str, ...]]] = []
    for work in works:
        for window in work.windows:
            inside = set(window)
            held = sum(
                weights[word]
                * (
                    1.0
                    if word in inside
                    else _SYNONYM_CREDIT
                    if SYNONYMS.get(word, frozenset()) & inside
                    else 0.0
                )
                for word in words
            )
            scored.append((held / total, window))
    scored.sort(key=lambda one: (-one[0], len(one[1])))
    order = max(_common_in_order(ordered, window, weights) for _, window in scored[:2])
    return scored[0][0], order


def _common_in_order(
    ordered: tuple[str, ...], window: tuple[str, ...], weights: dict[str, float]
) -> float:
    """Return the weighted longest common subsequence as a share of the sentence (ROUGE-L recall)."""
    row = [0.0] * (len(window) + 1)
    for word in ordered:
        weight, diagonal = weights[word], 0.0
        for j, other in enumerate(window, 1):
            above = row[j]
            row[j] = diagonal + weight if word == other else max(above, row[j - 1])
            diagonal = above
    total = sum(weights[word] for word in ordered)
    return row[-1] / total
