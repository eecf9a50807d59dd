"""How many tokens to draft in a cycle: a fixed number, or as many as are expected to pay.

It knows no model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from nextlat.decoding.estimates import AcceptanceByDepth, Calibration, CostByLength, MovingAverage
from nextlat.errors import UsageError

DraftLength = int | Literal["adaptive"]
"""Drafts a cycle: always so many, or as many as are expected to pay."""


class CycleLength(Protocol):
    """Decides draft by draft in a cycle of one row.

    `begin` is called, then `wants_more` and `keeps` in turn until one says no, then `end`.
    """

    def begin(self, limit: int) -> None:
        """Start a cycle that may draft at most `limit` tokens."""
        ...

    def wants_more(self) -> bool:
        """Return whether to draft one more."""
        ...

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Return whether the draft just made is to be verified.

        It always is where `may_drop` is false: the acceptance rule then allows no choice among
        drafts by their values.
        """
        ...

    def end(self, num_accepted: int) -> None:
        """Learn how many of the kept drafts verification accepted."""
        ...


class LengthPolicy(CycleLength, Protocol):
    """Decides cycle by cycle, for one row, or for several that share a pass of the trunk.

    Attributes:
        drafts: whether it ever asks for a draft; if not, no drafter is used.
    """

    @property
    def drafts(self) -> bool:
        """Whether it ever asks for a draft."""
        ...

    def together(self, num_rows: int) -> Sequence[CycleLength]:
        """Return what decides the next cycle of each of several rows; this policy learns from all.

        The rows begin and draft one after another, share one pass, and end one after another.
        """
        ...


class FixedLength:
    """Always the same number of drafts.

    Args:
        length: drafts a cycle; 0 decodes plainly.
    """

    def __init__(self, length: int) -> None:
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise UsageError(
                f"draft length {length!r}: it must be a whole number from 0; 0 decodes plainly"
            )
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

    def together(self, num_rows: int) -> Sequence[FixedLength]:
        """Return itself for every row: it keeps nothing once a row has its drafts."""
        return [self] * num_rows


class _Pace:
    """What cycles of so many rows together cost and yield per row, and their next experiment."""

    COST_WEIGHT = 0.05
    RATE_WEIGHT = 0.05

    def __init__(self, measured: Sequence[float] = ()) -> None:
        self.verify_cost = CostByLength(self.COST_WEIGHT, measured)
        self.tokens = MovingAverage(self.RATE_WEIGHT)
        self.seconds = MovingAverage(self.RATE_WEIGHT)
        self.cycles = 0
        self.idle = 0
        self.probe_length = 1
        self.last_length = 0

    @property
    def rate(self) -> float:
        """Tokens a second of the recent cycles, all rows together; 0 before the first."""
        return self.tokens.value / self.seconds.value if self.seconds.value > 0 else 0.0


class AdaptiveLength:
    """Drafts while one more is expected to pay, by what this run has cost and accepted so far.

    Why this rule. Cycles follow one another like renewals: cycle c yields N tokens and takes S
    seconds, and the long run gives E[N] / E[S] tokens a second (renewal-reward theorem). A policy
    that maximises this ratio is one that maximises E[N] - rate * E[S], `rate` being the best ratio
    itself (Dinkelbach 1967): a second is worth `rate` tokens. With k drafts, N = 1 + sum over j =
    1..k of [the first j drafts are all accepted], so the k-th draft is worth

        A_k = P(the first k drafts are all accepted)
            = product over j = 1..k of P(draft j is accepted | those before it are)

    tokens, and costs `rate` * (seconds of one draft step + seconds it adds to the verification). It
    pays where A_k is larger. Because one forward of 2 tokens may cost much more than of 1 while 3
    cost little more than 2, a draft is also made where a longer stretch ahead pays as a whole.

    Everything is learned while decoding: the seconds by an injected clock; P(accepted) of a draft
    made, from its confidence by calibration; P(accepted) of one not made yet, by its depth; `rate`
    as tokens over seconds of the cycles themselves, which makes the rule a fixed-point iteration to
    the best ratio. A draft that turns out unlikely is dropped unverified where the acceptance rule
    allows that.

    Length 0 is an answer like any other. While it is the answer nothing is learned, so a cycle now
    and then probes with one draft, as often as keeps the probes' extra time under 1/32 of all;
    after a probe that was accepted whole the next is twice as long and comes four times as early.
    While drafting, every 32nd cycle drafts one more than the last and drops nothing.

    Rows that share a pass share its seconds too: the B rows of a round yield the sum of their N and
    take S seconds once. The ratio to maximise is then that of the sums: a second is worth the
    tokens a second of the whole round, and a draft costs what it adds to the pass of all. Both
    follow from counting the round as one cycle of an average row, with the mean of tokens, the mean
    of lengths and 1/B of the seconds, in estimates of their own for each B; for one row that is the
    rule above. Were each row to time the shared pass as its own, a second would seem worth 1/B of
    its tokens, and drafts B times as cheap as they are.

    Keep one object over many generations of a model on a machine: it goes on with what it learned.

    Args:
        max_length: most drafts a cycle.
        clock: seconds, monotonic.
        measured: seconds of a pass that verifies 0, 1, 2, ... drafts of one row, where they were
            measured beforehand (verification_cost.py); nothing is then tried to learn them.
    """

    WARM_UP = (0, 4)
    """Lengths of the first cycles: the cost of none and of some."""
    EXPLORE_EVERY = 32
    PROBE_SHARE = 1 / 32
    COST_WEIGHT = 0.05
    ACCEPTANCE_WEIGHT = 0.03
    FIRST_BELIEF = 0.7

    def __init__(
        self,
        max_length: int = 16,
        clock: Callable[[], float] = time.perf_counter,
        measured: Sequence[float] = (),
    ) -> None:
        if isinstance(max_length, bool) or not isinstance(max_length, int) or max_length < 1:
            raise UsageError(
                f"max_length {max_length!r}: it must be a whole number from 1; FixedLength(0) "
                "never drafts"
            )
        self.max_length = max_length
        self.clock = clock
        self.draft_cost = MovingAverage(self.COST_WEIGHT)
        self.calibration = Calibration(self.ACCEPTANCE_WEIGHT)
        self.by_depth = AcceptanceByDepth(self.ACCEPTANCE_WEIGHT, self.FIRST_BELIEF)
        self._paces: dict[int, _Pace] = {}
        self._pace = _Pace()
        self.know_costs(measured)
        self._cycle: CycleLength = _Round(self, self._pace, 1).cycles[0]

    @property
    def drafts(self) -> bool:
        """True: it may come to draft at any time."""
        return True

    @property
    def rate(self) -> float:
        """Tokens a second of the recent cycles of as many rows as the last; 0 before the first."""
        return self._pace.rate

    def know_costs(self, measured: Sequence[float]) -> None:
        """Discard what was learned of single rows; start from measured costs of verification."""
        self._pace = self._paces[1] = _Pace(measured)

    def together(self, num_rows: int) -> Sequence[CycleLength]:
        """See `LengthPolicy.together`; it learns when every row that began has ended its cycle."""
        self._pace = self._paces.setdefault(num_rows, _Pace())
        return _Round(self, self._pace, num_rows).cycles

    def begin(self, limit: int) -> None:
        """Start the clock of a cycle, and decide whether it explores."""
        self._cycle = self.together(1)[0]
        self._cycle.begin(limit)

    def wants_more(self) -> bool:
        """Return whether one more draft, or a stretch of more, is expected to pay."""
        return self._cycle.wants_more()

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Return whether the draft made is worth its part of the verification."""
        return self._cycle.keeps(confidence, may_drop=may_drop)

    def end(self, num_accepted: int) -> None:
        """Take in the costs, and for each draft that was reached whether it was accepted."""
        self._cycle.end(num_accepted)


class _Round:
    """One cycle of each of several rows, with one pass of the trunk for all.

    Attributes:
        cycles: of the rows.
        forced: a length to try, whatever it is expected to gain.
        mark: when the last draft was there, or the round began.
    """

    def __init__(self, policy: AdaptiveLength, pace: _Pace, num_rows: int) -> None:
        self.policy = policy
        self.pace = pace
        self.cycles = [_Cycle(self) for _ in range(num_rows)]
        self.forced = self._forced()
        self.mark = self._started = 0.0
        self._running = 0
        self._lengths: list[int] = []
        self._accepted: list[int] = []

    def _forced(self) -> int | None:
        """Return the length to try, if this round is to try one."""
        pace, policy = self.pace, self.policy
        if pace.cycles < len(policy.WARM_UP):
            return policy.WARM_UP[pace.cycles]
        if pace.idle > self._patience():
            return pace.probe_length
        if pace.cycles % policy.EXPLORE_EVERY == 0 and pace.last_length:
            return pace.last_length + 1
        return None

    def _patience(self) -> float:
        """Return how many idle cycles pass before the next probe."""
        pace, length = self.pace, self.pace.probe_length
        extra = length * self.policy.draft_cost.value + sum(pace.verify_cost.steps(length))
        share = self.policy.PROBE_SHARE * (4 if length > 1 else 1)
        return min(64.0, extra * pace.rate / share)

    def begin(self) -> None:
        """Count a row; the first starts the clock."""
        self.mark = self.policy.clock()
        if not self._running:
            self._started = self.mark
        self._running += 1

    def end(self, length: int, num_accepted: int) -> None:
        """Note the end of a row's cycle; take in the costs with the last."""
        self._lengths.append(length)
        self._accepted.append(num_accepted)
        if len(self._lengths) == self._running:
            self._learn(self._running, self.policy.clock())

    def _learn(self, num_rows: int, now: float) -> None:
        """Take in what the round cost and gave, as one cycle of an average row."""
        pace, length, num_accepted = self.pace, sum(self._lengths), sum(self._accepted)
        pace.verify_cost.add(length / num_rows, (now - self.mark) / num_rows)
        pace.tokens.add(1 + num_accepted / num_rows)
        pace.seconds.add_cost((now - self._started) / num_rows)
        if length:
            stood = pace.idle > 0 and num_accepted == length
            pace.probe_length = min(2 * max(self._lengths), self.policy.max_length) if stood else 1
        pace.idle = 0 if length else pace.idle + 1
        pace.cycles += 1
        pace.last_length = math.ceil(length / num_rows)


class _Cycle:
    """One row's cycle within a round: see `AdaptiveLength` for the rule."""

    def __init__(self, of: _Round) -> None:
        self._round = of
        self._policy = of.policy
        self._confidences: list[float] = []
        self._dropped: float | None = None
        self._reach = 1.0
        self._limit = 0
        self._draft_price = 0.0
        self._verify_prices: list[float] = []

    def begin(self, limit: int) -> None:
        """Start the cycle and set its prices."""
        pace = self._round.pace
        self._limit = min(limit, self._policy.max_length)
        self._draft_price = pace.rate * self._policy.draft_cost.value
        self._verify_prices = [
            pace.rate * seconds for seconds in pace.verify_cost.steps(self._limit)
        ]
        self._round.begin()

    def wants_more(self) -> bool:
        """Return whether one more draft, or a stretch of more, is expected to pay."""
        self._round.mark = self._policy.clock()
        num_drafts = len(self._confidences)
        if num_drafts >= self._limit:
            return False
        if self._round.forced is not None:
            return num_drafts < self._round.forced
        return self._pays(num_drafts, self._reach, 0.0)

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        """Return whether the draft made is worth its part of the verification."""
        now = self._policy.clock()
        self._policy.draft_cost.add_cost(now - self._round.mark)
        self._round.mark = now
        num_drafts = len(self._confidences) + 1
        reach = self._reach * self._policy.calibration(confidence)
        is_free = may_drop and self._round.forced is None
        if is_free and not self._pays(
            num_drafts, reach, reach - self._verify_prices[num_drafts - 1]
        ):
            self._dropped = confidence
            return False
        self._confidences.append(confidence)
        self._reach = reach
        return True

    def end(self, num_accepted: int) -> None:
        """Take in, for each draft that was reached, whether it was accepted."""
        policy, length = self._policy, len(self._confidences)
        self._round.end(length, num_accepted)
        for k, confidence in enumerate(self._confidences[: num_accepted + 1], start=1):
            policy.calibration.add(confidence, k <= num_accepted)
            policy.by_depth.add(k, k <= num_accepted)
        if self._dropped is not None and num_accepted == length:
            policy.by_depth.add(length + 1, policy.calibration(self._dropped))

    def _pays(self, num_drafts: int, reach: float, gain: float) -> bool:
        """Return whether the gain in tokens, the price of time paid, is or becomes positive.

        Args:
            num_drafts: drafts the gain counts.
            reach: chance that these are all accepted.
            gain: the gain with no further draft.
        """
        k = num_drafts
        while gain <= 0 and k < self._limit and gain + reach * (self._limit - k) > 0:
            k += 1
            reach *= self._policy.by_depth.at(k)
            gain += reach - self._draft_price - self._verify_prices[k - 1]
        return gain > 0


def length_policy(
    draft_length: DraftLength | None, clock: Callable[[], float] = time.perf_counter
) -> LengthPolicy:
    """Return the policy a `draft_length` argument means.

    Args:
        draft_length: None and 0 decode plainly, a number drafts that many tokens a cycle,
            "adaptive" as many as pay.
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
            f"draft_length {draft_length!r}: it must be None, a whole number from 0, or "
            "'adaptive'; None and 0 decode plainly"
        )
    return FixedLength(draft_length)
