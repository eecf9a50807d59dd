"""How well the cited works support a sentence: a calibrated score in [0, 1] from the words alone.

Pure; the only IO is to read the packaged coefficients once. The features measure how much of the
sentence's content words (weighted by rarity) the works have: anywhere, within one to three
neighbouring sentences, in the title, as near pairs, in order (ROUGE-L), and how much is left over.
A logistic regression over them gives the score; benchmarks/hub/checker_train.py trained it and
wrote `support_model.json`.
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
    "recall", "window_recall", "title_recall", "rare_recall", "pair_recall", "order", "left_over",
    "worst_left", "matched_mass", "length", "verbatim", "square_recall",
)  # fmt: skip
"""Names of the features, in the order of the coefficients."""

_SYNONYM_CREDIT = 0.7
_MIN_SIMILARITY = 0.62


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Coefficients of the logistic regression, in the order of `FEATURES`.

    Attributes:
        means: Mean of each feature in the training data.
        scales: Standard deviation of each feature in the training data.
        weights: Coefficient of each standardised feature.
        bias: The intercept.
        threshold: The score from which a sentence counts as supported.
    """

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
    """Return the support of a folded sentence by all works together, in [0, 1].

    It is 0 if the sentence has no content words or there are no works.
    """
    features = support_features(sentence, works)
    if features is None:
        return 0.0
    model = support_model()
    columns = zip(features, model.means, model.scales, model.weights, strict=True)
    total = model.bias + sum(
        (value - mean) / scale * weight for value, mean, scale, weight in columns
    )
    # The logit is clipped, so that exp cannot overflow.
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def support_features(sentence: str, works: Sequence[Passage]) -> tuple[float, ...] | None:
    """Return the features (`FEATURES`) of a folded sentence against works.

    None if the sentence has no content words or there are no works.
    """
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
    paired_weight = sum(
        weight for pair, weight in pair_weight.items() if any(pair in work.pairs for work in works)
    )
    recall = matched / total
    return (
        recall,
        window_recall,
        sum(weights[word] for word in words if any(word in work.title for work in works)) / total,
        sum(weights[word] * credit[word] for word in rare) / sum(weights[word] for word in rare),
        paired_weight / pair_total if pair_total else recall,
        order,
        math.log1p(total - matched),
        max(weights[word] * (1 - credit[word]) for word in words) / 12,
        math.log1p(matched),
        math.log(len(words)),
        1.0 if order > 0.97 else 0.0,
        recall * recall,
    )


def word_share(sentence: str, works: Sequence[Passage]) -> float:
    """Return the weighted share of a folded sentence's words that the works have, in [0, 1]."""
    words = tuple(dict.fromkeys(content_stems(sentence)))
    if not words or not works:
        return 0.0
    credit = match_credit(words, _acronyms(sentence), works)
    return sum(idf(word) * credit[word] for word in words) / sum(idf(word) for word in words)


def plain_share(sentence: str, work: Passage) -> float:
    """Return `word_share` by exact words alone: a fast lower bound."""
    words = set(content_stems(sentence))
    total = sum(idf(word) for word in words)
    return sum(idf(word) for word in words & work.stems) / total if total else 0.0


def closeness(sentence: str, works: Sequence[Passage]) -> float:
    """Return the weighted ROUGE-L recall of a folded sentence: 1 for an extract."""
    features = support_features(sentence, works)
    return features[FEATURES.index("order")] if features else 0.0


def _acronyms(sentence: str) -> list[str]:
    """Return the names of a sentence that are recognised by their shape."""
    return [name.text for name in read_names(sentence) if name.is_coded]


def match_credit(
    words: Sequence[str], acronyms: Sequence[str], works: Sequence[Passage]
) -> dict[str, float]:
    """Return for each stem how well the works cover it.

    1 for the stem itself or an acronym that accounts for it, less for a synonym or a derived form,
    0 for nothing similar.

    Args:
        words: Stems of the sentence.
        acronyms: Acronyms of the sentence, as written.
        works: The works.
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
            credit[word] = near * 0.9 if near >= _MIN_SIMILARITY else 0.0
    return credit


def _is_worth_comparing(a: str, b: str) -> bool:
    """Return whether two stems can be similar at all: a fast test before a slow one."""
    return a[:3] == b[:3] or (len(a) > 4 and len(b) > 4 and (a in b or b in a))


def _spelled_out(
    words: Sequence[str], acronyms: Sequence[str], works: Sequence[Passage]
) -> set[str]:
    """Return the stems that acronyms account for.

    These are runs of words whose initials are an acronym of a work (`large language models`:
    `LLM`), and the sentence's own acronyms that a work spells out.
    """
    spelled_stems: set[str] = set()
    initials = "".join(word[0] for word in words)
    for work in works:
        for coded in work.names.coded:
            letters = coded.removesuffix("s")
            start = initials.find(letters) if 2 <= len(letters) <= 6 and letters.isalpha() else -1
            if start >= 0 and (len(letters) > 2 or letters + "s" in work.names.coded):
                spelled_stems.update(words[start : start + len(letters)])
    spelled_stems.update(
        stem(word) for word in acronyms if any(stands_for(word, work.names.runs) for work in works)
    )
    return spelled_stems


def _best_window(
    ordered: tuple[str, ...],
    words: Sequence[str],
    weights: dict[str, float],
    works: Sequence[Passage],
) -> tuple[float, float]:
    """Return the best weighted recall by a window, and the best ROUGE-L recall.

    ROUGE-L is computed for the two windows of the highest recall only, because it is slow.
    """
    total = sum(weights[word] for word in words)
    scored: list[tuple[float, tuple[str, ...]]] = []
    for work in works:
        for window in work.windows:
            inside = set(window)
            matched_weight = sum(weights[word] * _window_credit(word, inside) for word in words)
            scored.append((matched_weight / total, window))
    scored.sort(key=lambda scored_window: (-scored_window[0], len(scored_window[1])))
    order = max(_common_in_order(ordered, window, weights) for _, window in scored[:2])
    return scored[0][0], order


def _window_credit(word: str, window: set[str]) -> float:
    """Return the credit of a stem against one window, where derived forms do not count."""
    if word in window:
        return 1.0
    return _SYNONYM_CREDIT if SYNONYMS.get(word, frozenset()) & window else 0.0


def _common_in_order(
    ordered: tuple[str, ...], window: tuple[str, ...], weights: dict[str, float]
) -> float:
    """Return the weighted longest common subsequence as a share of the sentence."""
    # Row by row of the table of prefixes: `diagonal` is the cell above and to the left.
    row = [0.0] * (len(window) + 1)
    for word in ordered:
        weight, diagonal = weights[word], 0.0
        for j, other in enumerate(window, 1):
            above = row[j]
            row[j] = diagonal + weight if word == other else max(above, row[j - 1])
            diagonal = above
    total = sum(weights[word] for word in ordered)
    return row[-1] / total
