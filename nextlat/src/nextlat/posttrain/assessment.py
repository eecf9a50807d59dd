"""What a model does on held-out problems: accuracy, routing among strategies, and execution of each.

A row is one stage, one type and number of steps, sampled at training temperature, with the same figures under "greedy":

    n, samples          problems, and completions of each
    accuracy            share of completions with a correct answer
    verified_accuracy   of those whose steps are right too; None where the verifier judges no steps
    interval            95 %: Wilson's where greedy; by drawing problems anew where several samples were drawn of each
    pass_at_k           k -> chance that one of k samples is correct, unbiased; verified_pass_at_k likewise with steps
    routing             strategy -> share of completions
    execution           strategy -> accuracy where it is forced by its prefix; {} where nothing can be forced
    forced_label        strategy -> share of completions forced to it that the labeller calls by its name
    conditional         label -> accuracy among completions of that label, and their number

Execution is verified accuracy where steps are judged, accuracy otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nextlat.evaluation.pass_at_k import pass_at_powers
from nextlat.posttrain.analysis import bootstrap_mean, wilson
from nextlat.posttrain.problems import ALL, Problem
from nextlat.posttrain.sampling import Decoding, Request, Sampler
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Score, Verifier

ARM = "run"
OTHER = "other"


@dataclass(frozen=True)
class Sample:
    """One judged completion."""

    completion: str
    score: Score
    strategy: str | None = None


@dataclass(frozen=True)
class Judged:
    """A problem with its completions, free and forced.

    Attributes:
        problem: the problem.
        free: completions the model began itself.
        forced: strategy -> completions made to begin with it.
    """

    problem: Problem
    free: tuple[Sample, ...]
    forced: dict[str, tuple[Sample, ...]]


class Assessor:
    """Completes and judges held-out problems.

    Args:
        problems: the frozen validation set.
        verifier: the user's.
        strategies: the user's, or None.
        forced: strategies whose prefix every problem has.
        seed: of the sampling; equal for every stage.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        verifier: Verifier,
        strategies: Strategies | None,
        forced: Sequence[str],
        seed: int,
    ) -> None:
        self.problems, self.verifier, self.strategies = problems, verifier, strategies
        self.forced, self.seed = tuple(forced), seed

    def judge(self, sampler: Sampler, decoding: Decoding, samples: int) -> list[Judged]:
        """Return every problem with `samples` completions, free and for each forced strategy.

        Raises:
            VerifierError: the verifier or the labeller failed.
        """
        free = self._complete(sampler, decoding, samples, None)
        forced = {name: self._complete(sampler, decoding, samples, name) for name in self.forced}
        return [
            Judged(problem, free[at], {name: told[at] for name, told in forced.items()})
            for at, problem in enumerate(self.problems)
        ]

    def _complete(
        self, sampler: Sampler, decoding: Decoding, samples: int, strategy: str | None
    ) -> list[tuple[Sample, ...]]:
        """Return each problem's judged completions."""
        requests = []
        for problem in self.problems:
            prefix = (
                self.strategies.prefixes(problem)[strategy] if self.strategies and strategy else ""
            )
            requests += [Request(problem.prompt, prefix)] * samples
        texts = iter(sampler.complete(requests, decoding, self.seed))
        return [
            tuple(self._judge(next(texts), problem) for _ in range(samples))
            for problem in self.problems
        ]

    def _judge(self, text: str, problem: Problem) -> Sample:
        label = self.strategies(text, problem) if self.strategies is not None else None
        return Sample(text, self.verifier(text, problem), label)


def rows(sampled: Sequence[Judged], greedy: Sequence[Judged], stage: str) -> list[dict[str, Any]]:
    """Return a row for each type and number of steps.

    Args:
        sampled: completions at training temperature.
        greedy: those of the same problems without sampling.
        stage: after which training.
    """
    return [_row(stage, *key, *pair) for key, pair in _paired(sampled, greedy, _cell).items()]


def totals(sampled: Sequence[Judged], greedy: Sequence[Judged], stage: str) -> list[dict[str, Any]]:
    """Return rows over all numbers of steps: one for each type, and one of type "all" where there are several."""
    kinds = _paired(sampled, greedy, lambda one: (one.problem.type, None))
    told = [_row(stage, *key, *pair) for key, pair in kinds.items()]
    return told if len(told) == 1 else [*told, _row(stage, ALL, None, sampled, greedy)]


def _cell(one: Judged) -> tuple[str, int | None]:
    return one.problem.type, one.problem.steps


def _paired(
    sampled: Sequence[Judged],
    greedy: Sequence[Judged],
    key: Callable[[Judged], tuple[str, int | None]],
) -> dict[tuple[str, int | None], tuple[list[Judged], list[Judged]]]:
    """Return cell -> its problems, sampled and greedy, in the order of types and steps."""
    found: dict[tuple[str, int | None], tuple[list[Judged], list[Judged]]] = {}
    for side, judged in enumerate((sampled, greedy)):
        for one in judged:
            found.setdefault(key(one), ([], []))[side].append(one)
    return {
        name: found[name]
        for name in sorted(found, key=lambda cell: (cell[0], -1 if cell[1] is None else cell[1]))
    }


def _row(
    stage: str, kind: str, steps: int | None, sampled: Sequence[Judged], greedy: Sequence[Judged]
) -> dict[str, Any]:
    told = {"arm": ARM, "stage": stage, "type": kind, "steps": steps}
    return {**told, **figures(sampled), "greedy": figures(greedy)}


def figures(chosen: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of problems decoded one way."""
    outcomes = [[float(sample.score.verdict.correct) for sample in one.free] for one in chosen]
    count = len(outcomes[0])
    correct = sum(map(sum, outcomes))
    interval = wilson(correct, len(chosen)) if count == 1 else bootstrap_mean(outcomes)
    free = [sample for one in chosen for sample in one.free]
    labelled = free[0].strategy is not None
    return {
        "n": len(chosen),
        "samples": count,
        "accuracy": correct / len(free),
        "verified_accuracy": _verified(free),
        "interval": list(interval),
        "reward": sum(sample.score.reward for sample in free) / len(free),
        "pass_at_k": pass_at_powers(
            [[sample.score.verdict.correct for sample in one.free] for one in chosen]
        ),
        "verified_pass_at_k": {}
        if _verified(free) is None
        else pass_at_powers(
            [[bool(sample.score.verified) for sample in one.free] for one in chosen]
        ),
        "routing": _routing(free) if labelled else {},
        "execution": {
            name: merit([one for told in chosen for one in told.forced[name]])
            for name in chosen[0].forced
        },
        "forced_label": {name: _share(chosen, name) for name in chosen[0].forced},
        "conditional": _conditional(free) if labelled else {},
    }


def merit(samples: Sequence[Sample]) -> float:
    """Return verified accuracy where steps are judged, accuracy otherwise."""
    verified = _verified(samples)
    return (
        verified
        if verified is not None
        else sum(one.score.verdict.correct for one in samples) / len(samples)
    )


def _verified(samples: Sequence[Sample]) -> float | None:
    """Return the share with answer and steps right; None where any completion's steps were not judged."""
    judged = [one.score.verified for one in samples]
    return None if None in judged else sum(map(bool, judged)) / len(judged)


def _routing(samples: Sequence[Sample]) -> dict[str, float]:
    counts = Counter(str(one.strategy) for one in samples)
    return {name: counts[name] / len(samples) for name in sorted(counts)}


def _share(chosen: Sequence[Judged], name: str) -> float:
    labels = [sample.strategy for one in chosen for sample in one.forced[name]]
    return labels.count(name) / len(labels)


def _conditional(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    grouped: dict[str, list[Sample]] = {}
    for one in samples:
        grouped.setdefault(str(one.strategy), []).append(one)
    return {
        name: {"accuracy": merit(told), "n": len(told)} for name, told in sorted(grouped.items())
    }
