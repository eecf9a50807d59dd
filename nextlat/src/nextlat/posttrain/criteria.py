"""What a run of the finite-field study must show to agree with the paper: S1, S2, I1, I2, A1, C1.

The thresholds are ours, patterned on table 1 of arXiv 2606.13125, which states none. All are judged
on problems of 6 to 9 steps, averaged with their numbers of problems, at the training temperature
but for the execution in S1, which is greedy, so that less sampling noise cannot pass for
improvement.

It reads no file: rows of one run in, judged criteria out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from functools import partial

from nextlat.errors import DataError
from nextlat.posttrain.results import Criterion, Row, StageSplit
from nextlat.posttrain.rows import (
    HARD,
    Reading,
    accuracy,
    execution_of,
    routing_to,
    select,
    weighted_mean,
)

MATCHED = {"evaluation": "forward", "inversion": "backward"}
"""Type -> the strategy that fits it."""

SKEWED = {0.5: "FB", 0.75: "FB-75", 0.9: "FB-90"}
"""Share of evaluation problems in reinforcement learning -> the arm trained with it, for A1."""

SEEDED, UNSEEDED = "FB-seeded", "FB-unseeded"
"""Arms of C1: demonstrations with and without compositions of two parts; `rl_hard` is on three
to five parts."""

PARTS = range(3, 6)
"""Parts of the compositions C1 is judged on."""

RISE, STILL, MATCHES, HIGH, MOVES, NEAR = 0.25, 0.05, 0.9, 0.85, 0.10, 0.1
"""An accuracy or a share rises, stays, a route fits, an accuracy is high, an execution moves, two
shares agree."""

ERRORS = 2.0
"""Standard errors within which an accuracy is chance."""

ROUNDING = 1e-9

CONDITIONS = {
    "S1": "Selection without improvement: after RL on 2-5 steps, FB's share of the fitting "
    "strategy is up by at least 0.25 to at least 0.9 on both types, and its greedy forced backward "
    "execution on inversion moves by under 0.10.",
    "S2": "No invention: after either RL, F on inversion and B on evaluation answer right within 2 "
    "standard errors of chance.",
    "I1": "Improvement needs difficulty: B's accuracy on inversion is up by at least 0.25 after RL "
    "on 6-9 steps and by at most 0.05 after RL on 2-5 steps.",
    "I2": "Both together: after RL on 6-9 steps FB reaches at least 0.85 on both types and beats "
    "FB after RL on 2-5 steps by at least 0.25 over all.",
    "A1": "Amplification is routing: with 50, 75 and 90 % evaluation problems in RL, the share of "
    "forward responses on that mix is within 0.1 of the share of evaluation problems, while the "
    "share by type differs by at most 0.1.",
    "C1": "Composition needs seeds: RL on 3-5 parts raises accuracy on compositions by at least "
    "0.25 where the demonstrations held compositions of two parts, and by at most 0.05 where they "
    "did not.",
}
"""Criterion -> its condition in words."""


class _Measured:
    """Weighted means of rows; what is absent is NaN and remembered."""

    def __init__(self, rows: Sequence[Row], splits: Sequence[StageSplit], chance: float) -> None:
        self.rows, self.splits, self.chance = rows, splits, chance
        self.missing: dict[str, None] = {}

    def mean(
        self,
        arm: str,
        stage: str,
        types: Sequence[str],
        read: Reading,
        steps: Container[int | None] = HARD,
    ) -> float:
        """Return a reading's mean over rows of some types; all of the types must be there."""
        rows = select(self.rows, arm, stage, types, steps)
        complete = {row.type for row in rows} == set(types)
        mean = weighted_mean(rows, read) if complete else math.nan
        if math.isnan(mean):
            self.missing[f"{arm} {stage} {' and '.join(types)}"] = None
        return mean

    def problems(self, arm: str, stage: str, kind: str) -> int:
        """Return the number of hard problems of a type."""
        return sum(row.n for row in select(self.rows, arm, stage, (kind,), HARD))

    def parts(self, arm: str, end: str, kind: str) -> dict[str, float]:
        """Return selection and improvement from demonstrations to a stage, where it was split."""
        for split in self.splits:
            if (split.arm, split.start, split.end, split.type) == (arm, "sft", end, kind):
                return {
                    f"{kind} selection": split.parts.selection,
                    f"{kind} improvement": split.parts.improvement,
                }
        return {}


Clauses = tuple[list[bool], dict[str, float]]
"""Whether each clause holds, and the figures behind them."""


def criteria(
    rows: Sequence[Row], splits: Sequence[StageSplit], chance: float
) -> dict[str, Criterion]:
    """Judge each criterion.

    Args:
        rows: of one run.
        splits: of the run; their parts are shown with the figures a criterion rests on and decide
            nothing.
        chance: accuracy of a guess, 1/p.

    Returns:
        Name -> criterion; `met` is None where an arm or stage it needs is absent.

    Raises:
        DataError: the chance is not in (0, 1).
    """
    if not 0 < chance < 1:
        raise DataError(
            f"a chance of {chance} is not in (0, 1); give 1/p for a field of p elements"
        )
    judged = {}
    for name, judge in JUDGES.items():
        measured = _Measured(rows, splits, chance)
        clauses, figures = judge(measured)
        judged[name] = Criterion(
            met=None if measured.missing else all(clauses),
            condition=CONDITIONS[name],
            figures={key: None if math.isnan(value) else value for key, value in figures.items()},
            missing=tuple(measured.missing),
        )
    return judged


def _s1(measured: _Measured) -> Clauses:
    clauses: list[bool] = []
    figures: dict[str, float] = {}
    sft, easy = (partial(measured.mean, "FB", stage) for stage in ("sft", "rl_easy"))
    for kind, strategy in MATCHED.items():
        routing = routing_to(strategy)
        before, after = sft((kind,), routing), easy((kind,), routing)
        clauses += [_at_least(after - before, RISE), _at_least(after, MATCHES)]
        figures |= {
            f"{kind} routed {strategy}, sft": before,
            f"{kind} routed {strategy}, rl_easy": after,
        }
    greedy = execution_of("backward", greedy=True)
    before, after = sft(("inversion",), greedy), easy(("inversion",), greedy)
    clauses.append(abs(after - before) < MOVES - ROUNDING)
    figures |= {
        "greedy backward execution, sft": before,
        "greedy backward execution, rl_easy": after,
    }
    return clauses, figures | measured.parts("FB", "rl_easy", "inversion")


def _s2(measured: _Measured) -> Clauses:
    clauses, figures = [], {"chance": measured.chance}
    for arm, kind in (("F", "inversion"), ("B", "evaluation")):
        for stage in ("rl_easy", "rl_hard"):
            share = measured.mean(arm, stage, (kind,), accuracy)
            n = measured.problems(arm, stage, kind)
            error = math.sqrt(measured.chance * (1 - measured.chance) / n) if n else math.nan
            clauses.append(_at_most(abs(share - measured.chance), ERRORS * error))
            figures[f"{arm} {kind}, {stage}"] = share
            figures[f"{arm} {kind}, {stage}, standard errors from chance"] = (
                share - measured.chance
            ) / error
    return clauses, figures


def _i1(measured: _Measured) -> Clauses:
    sft, easy, hard = (
        measured.mean("B", stage, ("inversion",), accuracy)
        for stage in ("sft", "rl_easy", "rl_hard")
    )
    figures = {"B inversion, sft": sft, "B inversion, rl_easy": easy, "B inversion, rl_hard": hard}
    clauses = [_at_least(hard - sft, RISE), _at_most(easy - sft, STILL)]
    return clauses, figures | measured.parts("B", "rl_hard", "inversion")


def _i2(measured: _Measured) -> Clauses:
    kinds = tuple(MATCHED)
    each = {kind: measured.mean("FB", "rl_hard", (kind,), accuracy) for kind in kinds}
    easy, hard = (measured.mean("FB", stage, kinds, accuracy) for stage in ("rl_easy", "rl_hard"))
    figures = {f"FB {kind}, rl_hard": share for kind, share in each.items()}
    figures |= {"FB over all, rl_easy": easy, "FB over all, rl_hard": hard}
    clauses = [
        *(_at_least(share, HIGH) for share in each.values()),
        _at_least(hard - easy, RISE),
    ]
    return clauses, figures | measured.parts("FB", "rl_hard", "inversion")


def _a1(measured: _Measured) -> Clauses:
    clauses: list[bool] = []
    figures: dict[str, float] = {}
    routes: dict[str, list[float]] = {kind: [] for kind in MATCHED}
    for share, arm in SKEWED.items():
        evaluation, inversion = (
            measured.mean(arm, "rl_hard", (kind,), routing_to("forward"))
            for kind in ("evaluation", "inversion")
        )
        forward = share * evaluation + (1 - share) * inversion
        clauses.append(_at_most(abs(forward - share), NEAR))
        routes["evaluation"].append(evaluation)
        routes["inversion"].append(inversion)
        figures[f"forward share at {share:.0%} evaluation"] = forward
    for kind, shares in routes.items():
        apart = max(shares) - min(shares) if not any(map(math.isnan, shares)) else math.nan
        clauses.append(_at_most(apart, NEAR))
        figures[f"{kind} routed forward, largest difference"] = apart
    return clauses, figures


def _c1(measured: _Measured) -> Clauses:
    figures: dict[str, float] = {}
    rises: dict[str, float] = {}
    for arm in (SEEDED, UNSEEDED):
        before, after = (
            measured.mean(arm, stage, ("composition",), accuracy, steps=PARTS)
            for stage in ("sft", "rl_hard")
        )
        rises[arm] = after - before
        figures |= {f"{arm} compositions, sft": before, f"{arm} compositions, rl_hard": after}
    return [_at_least(rises[SEEDED], RISE), _at_most(rises[UNSEEDED], STILL)], figures


JUDGES: dict[str, Callable[[_Measured], Clauses]] = {
    "S1": _s1,
    "S2": _s2,
    "I1": _i1,
    "I2": _i2,
    "A1": _a1,
    "C1": _c1,
}


def _at_least(value: float, threshold: float) -> bool:
    """Return whether a value reaches a threshold, up to rounding; NaN does not."""
    return value >= threshold - ROUNDING


def _at_most(value: float, threshold: float) -> bool:
    """Return whether a value stays within a threshold, up to rounding; NaN does not."""
    return value <= threshold + ROUNDING
