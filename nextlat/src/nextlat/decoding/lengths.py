"""How many tokens to draft in a cycle: a fixed number, or as many as are expected to pay. It knows no model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Protocol

from nextlat.decoding.estimates import AcceptanceByDepth, Calibration, CostByLength, MovingAverage
from nextlat.errors import UsageError


class LengthPolicy(Protocol):
    """Decides draft by draft.

    In each cycle `begin` is called, then `wants_more` and `keeps` in turn until one says no, then `end`.

    Attributes:
        drafts: whether it ever asks for a draft; where not, no drafter is used.
    """

    @property
    def drafts(self) -> bool:
        """Whether it ever asks for a draft."""
        ...

    def begin(self, limit: int) -> None:
        """Start a cycle that may draft at most `limit` tokens."""
        ...

    def wants_more(self) -> bool:
        """Return whether to draft one more."""
        ...

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Return whether the draft just made is worth verifying; it always is where it may not be dropped."""
        ...

    def end(self, num_accepted: int) -> None:
        """Learn how many of the kept drafts verification accepted."""
        ...


class FixedLength:
    """Always the same number of drafts.

    Args:
        length: drafts a cycle; 0 decodes plainly.
    """

    def __init__(self, length: int) -> None:
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise UsageError(f"draft length {length!r}: it must be a whole number from 0; 0 decodes plainly")
        self.length = length
        self._wanted = 0

    @property
    def drafts(self) -> bool:
        """Whether the length is not 0."""
        return self.length > 0

    def begin(self, limit: int) -> None:
        """Start counting."""
        self._wanted = min(self.length, limit)

    def wants_more(self) -> bool:
        """Return whether the number is not reached."""
        self._wanted -= 1
        return self._wanted >= 0

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Keep every draft."""
        return True

    def end(self, num_accepted: int) -> None:
        """Learn nothing."""


class AdaptiveLength:
    """Drafts while one more is expected to pay, by what this run has cost and accepted so far.

    Why this rule. Cycles follow one another like renewals: cycle c yields N tokens and takes S seconds, and the long
    run gives E[N] / E[S] tokens a second (renewal-reward theorem). A policy that maximises this ratio is one that
    maximises E[N] - rate * E[S], `rate` being the best ratio itself (Dinkelbach 1967): a second is worth `rate` tokens.
    With k drafts, N = 1 + sum over j = 1..k of [the first j drafts all stand], so the k-th draft is worth

        A_k = P(the first k drafts all stand) = product over j = 1..k of P(draft j stands | those before stand)

    tokens, and costs `rate` * (seconds of one draft step + seconds it adds to the verification). It pays where A_k is
    larger. Because one forward of 2 tokens may cost much more than of 1 while 3 cost little more than 2, a draft is
    also made where a longer stretch ahead pays as a whole.

    Everything is learned while decoding: the seconds by an injected clock; P(stands) of a draft made, from its
    confidence by calibration; P(stands) of one not made yet, by its depth; `rate` as tokens over seconds of the cycles
    themselves, which makes the rule a fixed-point iteration to the best ratio. A draft that turns out unlikely is
    dropped unverified where the acceptance rule allows that.

    Length 0 is an answer like any other. While it is the answer nothing is learned, so a cycle now and then probes with
    one draft, as often as keeps the probes' extra time under 1/32 of all; after a probe that stood whole the next is
    twice as long and comes four times as early. While drafting, every 32nd cycle drafts one more than the last and
    drops nothing.

    Keep one object over many generations of a model on a machine: it goes on with what it learned.

    Args:
        max_length: most drafts a cycle.
        clock: seconds, monotonic.
    """

    WARM_UP = (0, 4)
    """Lengths of the first cycles: the cost of none and of some."""
    EXPLORE_EVERY = 32
    PROBE_SHARE = 1 / 32
    COST_WEIGHT = 0.05
    ACCEPTANCE_WEIGHT = 0.03
    RATE_WEIGHT = 0.05
    FIRST_BELIEF = 0.7

    def __init__(self, max_length: int = 16, clock: Callable[[], float] = time.perf_counter) -> None:
        if isinstance(max_length, bool) or not isinstance(max_length, int) or max_length < 1:
            raise UsageError(
                f"max_length {max_length!r}: it must be a whole number from 1; FixedLength(0) never drafts"
            )
        self.max_length = max_length
        self.clock = clock
        self._draft_cost = MovingAverage(self.COST_WEIGHT)
        self._verify_cost = CostByLength(self.COST_WEIGHT)
        self._tokens = MovingAverage(self.RATE_WEIGHT)
        self._seconds = MovingAverage(self.RATE_WEIGHT)
        self._calibration = Calibration(self.ACCEPTANCE_WEIGHT)
        self._by_depth = AcceptanceByDepth(self.ACCEPTANCE_WEIGHT, self.FIRST_BELIEF)
        self._cycles = 0
        self._idle = 0
        self._probe_length = 1
        self._last_length = 0
        self._forced: int | None = None  # a length to try, whatever it is expected to gain
        self._start_cycle(0)

    @property
    def drafts(self) -> bool:
        """True: it may come to draft at any time."""
        return True

    @property
    def rate(self) -> float:
        """Tokens a second of the recent cycles; 0 before the first."""
        return self._tokens.value / self._seconds.value if self._seconds.value > 0 else 0.0

    def begin(self, limit: int) -> None:
        """Start the clock of a cycle, and decide whether it explores."""
        self._start_cycle(min(limit, self.max_length))
        if self._cycles < len(self.WARM_UP):
            self._forced = self.WARM_UP[self._cycles]
        elif self._idle > self._patience():
            self._forced = self._probe_length
        elif self._cycles % self.EXPLORE_EVERY == 0 and self._last_length:
            self._forced = self._last_length + 1

    def _start_cycle(self, limit: int) -> None:
        """Forget the cycle before and set the prices of this one."""
        self._limit = limit
        self._forced = None
        self._confidences: list[float] = []
        self._dropped: float | None = None
        self._reach = 1.0
        self._draft_price = self.rate * self._draft_cost.value
        self._verify_prices = [self.rate * seconds for seconds in self._verify_cost.steps(limit)]
        self._started = self._mark = self.clock()

    def wants_more(self) -> bool:
        """Return whether one more draft, or a stretch of more, is expected to pay."""
        self._mark = self.clock()
        made = len(self._confidences)
        if made >= self._limit:
            return False
        if self._forced is not None:
            return made < self._forced
        return self._pays(made, self._reach, 0.0)

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Return whether the draft made is worth its part of the verification."""
        now = self.clock()
        self._draft_cost.add_cost(now - self._mark)
        self._mark = now
        made = len(self._confidences) + 1
        reach = self._reach * self._calibration(confidence)
        if may_drop and self._forced is None and not self._pays(made, reach, reach - self._verify_prices[made - 1]):
            self._dropped = confidence
            return False
        self._confidences.append(confidence)
        self._reach = reach
        return True

    def end(self, num_accepted: int) -> None:
        """Take in the costs and the fate of each draft that was reached."""
        now = self.clock()
        length = len(self._confidences)
        self._verify_cost.add(length, now - self._mark)
        self._tokens.add(1 + num_accepted)
        self._seconds.add_cost(now - self._started)
        for k, confidence in enumerate(self._confidences[: num_accepted + 1], start=1):
            self._calibration.add(confidence, k <= num_accepted)
            self._by_depth.add(k, k <= num_accepted)
        if self._dropped is not None and num_accepted == length:
            self._by_depth.add(length + 1, self._calibration(self._dropped))
        if length:
            stood = self._idle > 0 and num_accepted == length
            self._probe_length = min(2 * length, self.max_length) if stood else 1
        self._idle = 0 if length else self._idle + 1
        self._cycles += 1
        self._last_length = length

    def _patience(self) -> float:
        """Return how many idle cycles pass before the next probe."""
        length = self._probe_length
        extra = length * self._draft_cost.value + sum(self._verify_cost.steps(length))
        share = self.PROBE_SHARE * (4 if length > 1 else 1)
        return min(64.0, extra * self.rate / share)

    def _pays(self, made: int, reach: float, gain: float) -> bool:
        """Return whether a gain so far, in tokens with the price of time paid, is positive or becomes so ahead.

        Args:
            made: drafts the gain counts.
            reach: chance that these all stand.
            gain: the gain with no further draft.
        """
        k = made
        while gain <= 0 and k < self._limit and gain + reach * (self._limit - k) > 0:
            k += 1
            reach *= self._by_depth.at(k)
            gain += reach - self._draft_price - self._verify_prices[k - 1]
        return gain > 0


def length_policy(
    draft_length: int | Literal["adaptive"] | None, clock: Callable[[], float] = time.perf_counter
) -> LengthPolicy:
    """Return the policy a `draft_length` argument means.

    Args:
        draft_length: None and 0 decode plainly, a number drafts that many tokens a cycle, "adaptive" as many as pay.
        clock: seconds, monotonic, for "adaptive".

    Raises:
        UsageError: something else.
    """
    if draft_length is None:
        return FixedLength(0)
    if draft_length == "adaptive":
        return AdaptiveLength(clock=clock)
    if isinstance(draft_length, bool) or not isinstance(draft_length, int) or draft_length < 0:
        raise UsageError(
            f"draft_length {draft_length!r}: it must be None, a whole number from 0, or 'adaptive'; "
            "None and 0 decode plainly"
        )
    return FixedLength(draft_length)
