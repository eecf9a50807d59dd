"""The user's verifier as a reward function for TRL, with pass rates and routing as metrics.

TRL calls it with the keywords prompts, completions, completion_ids, every further column of the
dataset, and the functions log_metric and log_extra, and expects one float a completion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from nextlat.posttrain.problems import Problem
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Verifier

LogMetric = Callable[[str, float], None]

Completion: TypeAlias = str | list[dict[str, object]]
"""Text, or of a chat a list with the assistant's message."""


def completion_text(completion: Completion) -> str:
    """Return the model's words, which TRL gives as text or as a chat message."""
    if isinstance(completion, str):
        return completion
    return "".join(str(message.get("content") or "") for message in completion)


class Reward:
    """Scores completions by the verifier.

    Metrics of each batch: `pass_rate` and `pass_rate/<type>` (share correct), `verified_rate`
    (answer and steps right, where steps are judged), `group_pass_rate` (share of prompts with a
    correct completion), `route/<strategy>` and `route/<type>/<strategy>`.

    Args:
        verifier: the user's.
        strategies: the user's, or None.
        problems: those of training; the dataset's column `problem` is an index of them.
    """

    __name__ = "verifier"  # TRL logs rewards/verifier/mean

    def __init__(
        self, verifier: Verifier, strategies: Strategies | None, problems: Sequence[Problem]
    ) -> None:
        self.verifier, self.strategies, self.problems = verifier, strategies, problems
        self.types = sorted({problem.type for problem in problems})
        self._labels: set[str] = set()

    def __call__(
        self,
        completions: list[Completion],
        problem: list[int],
        log_metric: LogMetric,
        **_: object,
    ) -> list[float]:
        """Return a reward for each completion.

        Raises:
            VerifierError: the verifier or labeller failed; TRL lets it through and training stops.
        """
        problems = [self.problems[index] for index in problem]
        texts = list(map(completion_text, completions))
        scores = [self.verifier(*pair) for pair in zip(texts, problems, strict=True)]
        correct = [score.verdict.correct for score in scores]
        log_metric("pass_rate", sum(correct) / len(correct))
        verified = [score.verified for score in scores if score.verified is not None]
        if verified:
            log_metric("verified_rate", sum(verified) / len(verified))
        solved = {index for index, right in zip(problem, correct, strict=True) if right}
        log_metric("group_pass_rate", len(solved) / len(set(problem)))
        for kind in self.types if len(self.types) > 1 else ():
            of_kind = [
                right
                for right, attempted in zip(correct, problems, strict=True)
                if attempted.type == kind
            ]
            if of_kind:
                log_metric(f"pass_rate/{kind}", sum(of_kind) / len(of_kind))
        if self.strategies is not None:
            labels = [self.strategies(*pair) for pair in zip(texts, problems, strict=True)]
            self._log_routes(labels, problems, log_metric)
        return [score.reward for score in scores]

    def _log_routes(
        self, labels: list[str], problems: list[Problem], log_metric: LogMetric
    ) -> None:
        """Log the share of each strategy seen so far, also where it is 0 in this batch."""
        self._labels.update(labels)
        for label in sorted(self._labels):
            log_metric(f"route/{label}", labels.count(label) / len(labels))
        if len(self.types) == 1:
            return
        types = [problem.type for problem in problems]
        both = Counter(zip(types, labels, strict=True))
        for kind, count in Counter(types).items():
            for label in sorted(self._labels):
                log_metric(f"route/{kind}/{label}", both[kind, label] / count)
