"""pass@k: the chance that at least one of k samples is right.

Chen et al. 2021, arXiv 2107.03374, section 2.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from nextlat.errors import DataError


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Return the unbiased estimate from n samples of one problem: 1 - C(n - correct, k) / C(n, k).

    It is the share of the subsets of k samples that hold a right one.

    Args:
        n: samples drawn.
        correct: how many of them are right, 0 to n.
        k: samples allowed, 1 to n.

    Raises:
        DataError: a value is out of its range.

    Example: 2 right of 4 give 0.5 at k = 1 and 5/6 at k = 2.
    """
    if not 0 <= correct <= n:
        raise DataError(f"{correct} right samples of {n} cannot be; give 0 <= correct <= n")
    if not 1 <= k <= n:
        raise DataError(
            f"pass@{k} needs at least {k} samples of a problem, there are {n}; draw more or lower k"
        )
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def mean_pass_at_k(counts: Iterable[tuple[int, int]], k: int) -> float:
    """Return the mean of `pass_at_k` over problems.

    Args:
        counts: for each problem the samples drawn and how many are right.
        k: samples allowed.

    Raises:
        DataError: there is no problem, or a value is out of its range.
    """
    values = [pass_at_k(n, correct, k) for n, correct in counts]
    if not values:
        raise DataError("pass@k of no problems is undefined; give at least one")
    return math.fsum(values) / len(values)


def powers(count: int) -> list[int]:
    """Return 1, 2, 4, ... up to a count."""
    return [1 << exponent for exponent in range(count.bit_length())]


def pass_at_powers(outcomes: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Return mean pass@k for k = 1, 2, 4, ... up to the samples of a problem.

    Args:
        outcomes: for each problem whether each sample is right; equally many samples each.

    Returns:
        k as text, as in the rows of a result file -> mean pass@k.
    """
    counts = [(len(samples), sum(samples)) for samples in outcomes]
    return {str(k): mean_pass_at_k(counts, k) for k in powers(len(outcomes[0]))}


def guessing_pass_at_k(chance: float, k: int) -> float:
    """Return pass@k of independent guesses, 1 - (1 - chance)^k: what guessing alone reaches.

    Raises:
        DataError: the chance is no probability or k is below 1.

    Example: one answer in eleven gives 0.782 at k = 16.
    """
    if not 0 <= chance <= 1 or k < 1:
        raise DataError(
            f"pass@{k} of guesses that are right with chance {chance} is undefined; give 0..1 and "
            "k >= 1"
        )
    return 1.0 - (1.0 - chance) ** k
