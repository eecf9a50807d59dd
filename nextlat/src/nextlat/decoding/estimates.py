"""Running estimates of a length policy: averages that forget, costs by length, calibration.

Plain numbers only; it knows no model, no drafter and no clock.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

OUTLIER = 4.0
"""A cost above this many times its estimate counts as this many times.

Other programs interrupt ours now and then, which says nothing about the cost.
"""

CONFIDENCE_EDGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Borders between the bins of confidence; finer at the top, where most drafts lie."""


class MovingAverage:
    """An exponential moving average that starts as a plain one, so that early values count evenly.

    Args:
        weight: share of a new value once warm, in (0, 1].
        value: what is believed before any value.
        count: how many values that belief is worth.
    """

    def __init__(self, weight: float, value: float = 0.0, count: int = 0) -> None:
        self.weight = weight
        self.value = value
        self.count = count

    def add(self, x: float) -> None:
        """Take in a value."""
        self.count += 1
        self.value += max(self.weight, 1 / self.count) * (x - self.value)

    def add_cost(self, seconds: float) -> None:
        """Take in a cost, cut at `OUTLIER` times the estimate."""
        self.add(min(seconds, OUTLIER * self.value) if self.count else seconds)


class CostByLength:
    """Seconds of a verification of k drafts: an average for 0, from 1 a line bent to each length.

    0 is apart because one token at a time is matrix times vector and several are matrix times
    matrix. While the lengths seen hardly differ, the line is drawn towards the cost of 0. The bends
    are there because processors compute rows in blocks: one row more can cost nothing, and the next
    as much as a whole block. They are kept as multiples of the line, so that lengths seldom tried
    follow when the machine's speed changes.

    Args:
        weight: of new values; see `MovingAverage`.
        measured: seconds of 0, 1, 2, ... drafts measured beforehand; they take the place of average
            and line, times how fast the machine is now against then. Behind their end they go on as
            they ended.
    """

    PULL = 0.005
    """Weight of the point at k = 0 in the line, against 1 of all lengths seen."""
    TRUST = 4
    """Verifications of a length after which its own cost counts as much as the line."""

    def __init__(self, weight: float, measured: Sequence[float] = ()) -> None:
        self._measured = measured
        self._pace = MovingAverage(weight, 1.0, self.TRUST)
        self._none = MovingAverage(weight)
        self._length, self._seconds = MovingAverage(weight), MovingAverage(weight)
        self._squares, self._products = MovingAverage(weight), MovingAverage(weight)
        self._weight = weight
        # One slow pass of a length seldom tried says little against what was measured.
        self._trust = round(1 / weight) if measured else self.TRUST
        self._bends: dict[int, MovingAverage] = {}

    def add(self, k: float, seconds: float) -> None:
        """Take in a verification of k drafts, or of k on average."""
        if self._measured:
            seconds = min(seconds, OUTLIER * self.at(k))
            self._pace.add(seconds / self._curve(k))
        elif k == 0:
            self._none.add_cost(seconds)
            return
        else:
            if self._length.count:
                seconds = min(seconds, OUTLIER * self.at(k))
            self._length.add(k)
            self._seconds.add(seconds)
            self._squares.add(k * k)
            self._products.add(k * seconds)
        if self._expected(k) > 0:
            bend = self._bends.setdefault(round(k), MovingAverage(self._weight, 1.0, self._trust))
            bend.add(seconds / self._expected(k))

    def at(self, k: float) -> float:
        """Return the estimate for k drafts; unseen lengths are flat, so that they get tried."""
        if not self._measured and (not self._length.count or (k == 0 and self._none.count)):
            return self._none.value
        bend = self._bends.get(round(k))
        return self._expected(k) * (bend.value if bend is not None else 1.0)

    def steps(self, limit: int) -> list[float]:
        """Return what each of the first `limit` drafts adds to a verification, at least 0."""
        costs = itertools.accumulate((self.at(k) for k in range(limit + 1)), max)
        return [after - before for before, after in pairwise(costs)]

    def _expected(self, k: float) -> float:
        """Return the estimate for k drafts without its bend."""
        if self._measured:
            return self._pace.value * self._curve(k)
        return self._seconds.value + self._slope() * (k - self._length.value)

    def _curve(self, k: float) -> float:
        """Return the measured seconds of k drafts, on a line between whole numbers of drafts."""
        last = len(self._measured) - 1
        below = min(int(k), max(0, last - 1))
        after = self._measured[min(below + 1, last)]
        return self._measured[below] + (k - below) * (after - self._measured[below])

    def _slope(self) -> float:
        """Return the line's slope, at least 0."""
        if not self._length.count:
            return 0.0
        length, seconds = self._length.value, self._seconds.value
        covariance, variance = (
            self._products.value - length * seconds,
            self._squares.value - length**2,
        )
        if self._none.count:
            covariance += self.PULL * length * (seconds - self._none.value)
            variance += self.PULL * length**2
        return max(0.0, covariance / variance) if variance > 0 else 0.0


class Calibration:
    """Maps a drafter's confidence to how often such drafts are accepted, in bins that forget.

    A bin starts at the confidence itself and moves to the share accepted.

    Args:
        weight: of new values; see `MovingAverage`.
    """

    def __init__(self, weight: float) -> None:
        borders = (0.0, *CONFIDENCE_EDGES, 1.0)
        self._bins = [MovingAverage(weight, (a + b) / 2, 2) for a, b in pairwise(borders)]

    def __call__(self, confidence: float) -> float:
        """Return the chance that a draft of this confidence is accepted if those before it are."""
        return self._bin(confidence).value

    def add(self, confidence: float, accepted: bool) -> None:
        """Take in the fate of a draft whose predecessors were all accepted."""
        self._bin(confidence).add(float(accepted))

    def _bin(self, confidence: float) -> MovingAverage:
        return self._bins[bisect_right(CONFIDENCE_EDGES, confidence)]


class AcceptanceByDepth:
    """Chance that the k-th draft is accepted if those before it are, its confidence unknown.

    Args:
        weight: of new values; see `MovingAverage`.
        start: what is believed of the first draft; each depth starts at what is believed of the one
            before it.
    """

    def __init__(self, weight: float, start: float) -> None:
        self.weight = weight
        self._depths = [MovingAverage(weight, start, 2)]

    def at(self, k: int) -> float:
        """Return the chance for the k-th draft, k from 1."""
        return self._depths[min(k, len(self._depths)) - 1].value

    def add(self, k: int, accepted: float) -> None:
        """Take in the fate of the k-th draft, or its chance where it was not verified."""
        while len(self._depths) < k:
            self._depths.append(MovingAverage(self.weight, self._depths[-1].value, 2))
        self._depths[k - 1].add(accepted)
