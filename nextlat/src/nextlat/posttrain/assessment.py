"""What a model does on held-out problems: accuracy, routing among strategies, execution of each.

Completions are judged by the user's verifier and labelled by the user's labeller; the figures of a
`Row` are counts of them. Execution is verified accuracy where steps are judged, accuracy otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nextlat.evaluation.intervals import bootstrap_mean, wilson
from nextlat.evaluation.pass_at_k import pass_at_powers
from nextlat.posttrain.problems import ALL, Problem
from nextlat.posttrain.results import ChosenAccuracy, Figures, Row
from nextlat.posttrain.sampling import Decoding, Request, Sampler
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Score, Verifier

ARM = "run"
"""The one arm of a user's own task."""

CellName = tuple[str, int | None]
"""A type of problem and its number of steps."""


@dataclass(frozen=True)
class Sample:
    """One judged completion.

    Attributes:
        completion: the text.
        score: the verifier's.
        strategy: the labeller's label; None where there is no labeller.
    """

    completion: str
    score: Score
    strategy: str | None = None


@dataclass(frozen=True)
class JudgedProblem:
    """A problem with its completions, free and forced.

    Attributes:
        problem: the problem.
        free: completions the model began itself.
        forced: strategy -> completions made to begin with its first words.
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

    def judge(self, sampler: Sampler, decoding: Decoding, samples: int) -> list[JudgedProblem]:
        """Return every problem with `samples` completions, free and for each forced strategy.

        Raises:
            VerifierError: the verifier or the labeller failed.
        """
        free = self._complete(sampler, decoding, samples, None)
        forced = {name: self._complete(sampler, decoding, samples, name) for name in self.forced}
        return [
            JudgedProblem(
                problem, free[number], {name: each[number] for name, each in forced.items()}
            )
            for number, problem in enumerate(self.problems)
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


def rows_by_steps(
    sampled: Sequence[JudgedProblem], greedy: Sequence[JudgedProblem], stage: str
) -> list[Row]:
    """Return a row for each type and number of steps.

    Args:
        sampled: completions at training temperature.
        greedy: those of the same problems without sampling.
        stage: after which training.
    """
    pairs = _paired(sampled, greedy, lambda judged: (judged.problem.type, judged.problem.steps))
    return [_row(stage, name, *pair) for name, pair in pairs.items()]


def rows_by_type(
    sampled: Sequence[JudgedProblem], greedy: Sequence[JudgedProblem], stage: str
) -> list[Row]:
    """Return rows over all numbers of steps: each type, and type "all" where there are several."""
    pairs = _paired(sampled, greedy, lambda judged: (judged.problem.type, None))
    rows = [_row(stage, name, *pair) for name, pair in pairs.items()]
    return rows if len(rows) == 1 else [*rows, _row(stage, (ALL, None), sampled, greedy)]


def _paired(
    sampled: Sequence[JudgedProblem],
    greedy: Sequence[JudgedProblem],
    cell_of: Callable[[JudgedProblem], CellName],
) -> dict[CellName, tuple[list[JudgedProblem], list[JudgedProblem]]]:
    """Return cell -> its problems, sampled and greedy, in the order of types and steps."""
    cells: dict[CellName, tuple[list[JudgedProblem], list[JudgedProblem]]] = {}
    for side, problems in enumerate((sampled, greedy)):
        for judged in problems:
            cells.setdefault(cell_of(judged), ([], []))[side].append(judged)
    return {
        name: cells[name]
        for name in sorted(cells, key=lambda cell: (cell[0], -1 if cell[1] is None else cell[1]))
    }


def _row(
    stage: str,
    cell: CellName,
    sampled: Sequence[JudgedProblem],
    greedy: Sequence[JudgedProblem],
) -> Row:
    kind, steps = cell
    return Row(ARM, stage, kind, steps, len(sampled), figures(sampled), figures(greedy))


def figures(problems: Sequence[JudgedProblem]) -> Figures:
    """Return the figures of problems decoded one way.

    The interval is Wilson's for one completion a problem; for several, problems are drawn with
    replacement.
    """
    correct = [[sample.score.verdict.correct for sample in judged.free] for judged in problems]
    samples = len(correct[0])
    free = [sample for judged in problems for sample in judged.free]
    right = sum(map(sum, correct))
    verified = _verified_accuracy(free)
    labelled = free[0].strategy is not None
    forced = {
        name: [sample for judged in problems for sample in judged.forced[name]]
        for name in problems[0].forced
    }
    return Figures(
        accuracy=right / len(free),
        verified_accuracy=verified,
        routing=_routing(free) if labelled else {},
        execution={name: merit(completions) for name, completions in forced.items()},
        interval=wilson(float(right), len(problems))
        if samples == 1
        else bootstrap_mean([list(map(float, outcomes)) for outcomes in correct]),
        samples=samples,
        reward=sum(sample.score.reward for sample in free) / len(free),
        pass_at_k=_pass_at_k(correct),
        verified_pass_at_k={} if verified is None else _pass_at_k(_verified(problems)),
        forced_label={
            name: [sample.strategy for sample in completions].count(name) / len(completions)
            for name, completions in forced.items()
        },
        conditional=_conditional(free) if labelled else {},
    )


def merit(samples: Sequence[Sample]) -> float:
    """Return verified accuracy where steps are judged, accuracy otherwise."""
    verified = _verified_accuracy(samples)
    if verified is not None:
        return verified
    return sum(sample.score.verdict.correct for sample in samples) / len(samples)


def _verified_accuracy(samples: Sequence[Sample]) -> float | None:
    """Return the share with answer and steps right.

    None where any completion's steps were not judged.
    """
    verified = [sample.score.verified for sample in samples]
    return None if None in verified else sum(map(bool, verified)) / len(verified)


def _verified(problems: Sequence[JudgedProblem]) -> list[list[bool]]:
    return [[bool(sample.score.verified) for sample in judged.free] for judged in problems]


def _pass_at_k(outcomes: Sequence[Sequence[bool]]) -> dict[int, float]:
    return {int(k): share for k, share in pass_at_powers(outcomes).items()}


def _routing(samples: Sequence[Sample]) -> dict[str, float]:
    counts = Counter(str(sample.strategy) for sample in samples)
    return {name: counts[name] / len(samples) for name in sorted(counts)}


def _conditional(samples: Sequence[Sample]) -> dict[str, ChosenAccuracy]:
    by_label: dict[str, list[Sample]] = {}
    for sample in samples:
        by_label.setdefault(str(sample.strategy), []).append(sample)
    return {
        label: ChosenAccuracy(merit(chosen), len(chosen))
        for label, chosen in sorted(by_label.items())
    }
