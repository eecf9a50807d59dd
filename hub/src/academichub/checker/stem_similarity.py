"""Similarity of two stems by their letters. Pure, no IO."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=200_000)
def alike(a: str, b: str) -> float:
    """Return the similarity of two stems in [0, 1].

    1 if equal, else the Dice coefficient of their letter trigrams or the share of a common prefix,
    whichever is larger; below 4 letters only equality counts. Derived forms score 0.7 or more;
    words on `hyper` and `hypo` score 0 against each other.
    """
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if len(short) < 4 or not short.isalpha() or not long.isalpha():
        return 0.0
    if {a[:4], b[:4]} == {"hype", "hypo"}:
        return 0.0
    common = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        common += 1
    beginning = common / len(short) * (0.5 + 0.5 * common / len(long)) if common >= 4 else 0.0
    first, second = _trigrams(a), _trigrams(b)
    dice = 2 * len(first & second) / (len(first) + len(second))
    return max(beginning, dice)


@lru_cache(maxsize=65_536)
def _trigrams(word: str) -> frozenset[str]:
    """Return the trigrams of a word, with marks for its beginning and end."""
    padded = f"^{word}$"
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
