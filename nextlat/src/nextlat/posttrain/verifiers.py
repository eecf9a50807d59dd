"""Verifiers: the user's judgement of a completion; one that fails stops the run.

    def verify(completion: str, problem: Problem) -> bool | float | Verdict: ...

`completion` is the text the model wrote (of a chat, the assistant's message), without special
tokens; it may be empty or cut off at the length limit, which a verifier judges as it judges any
text. It returns

    bool        right or wrong
    float       a reward in [0, 1]; only 1.0 counts as correct in accuracies
    Verdict     right or wrong, whether the steps are right too (`verified_accuracy` counts both),
                and, where training shall see more than that, a reward

A verifier that raises, or returns anything else, stops the run: an error is not a wrong answer, and
a reward of 0 in its place would teach the model to reach the inputs that break the verifier.
"""

from __future__ import annotations

import json
import math
import re
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn, TypeGuard

from nextlat.errors import VerifierError
from nextlat.model.storage import write_json
from nextlat.posttrain.callables import load_callable
from nextlat.posttrain.problems import Problem

FAILURE_FILE = "verifier_failure.json"


@dataclass(frozen=True)
class Verdict:
    """What a verifier may say beyond right or wrong.

    Attributes:
        correct: whether the final answer is right.
        steps_correct: whether every step is; None where the verifier does not judge steps.
        reason: a few words for people.
        reward: in [0, 1], what training sees; None for 1 where right and 0 where wrong.
    """

    correct: bool
    steps_correct: bool | None = None
    reason: str = ""
    reward: float | None = None


@dataclass(frozen=True)
class Score:
    """A judged completion: the reward that training sees, and the verdict that accuracies count."""

    reward: float
    verdict: Verdict

    @property
    def verified(self) -> bool | None:
        """Whether answer and steps are right; None where steps are not judged."""
        if self.verdict.steps_correct is None:
            return None
        return self.verdict.correct and self.verdict.steps_correct


Function = Callable[[str, Problem], object]


class Guarded:
    """Calls a function of the user's on a completion; what goes wrong is saved and ends the run.

    Args:
        reference: its name, for messages.
        function: the function.
        folder: where the offending sample is saved.
    """

    def __init__(self, reference: str, function: Function, folder: Path) -> None:
        self.reference, self.function, self.folder = reference, function, folder

    def call(self, completion: str, problem: Problem) -> object:
        """Return what the function returns.

        Raises:
            VerifierError: it raised, also where it called `sys.exit`.
        """
        try:
            return self.function(completion, problem)
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            self.fail(
                f"raised {type(error).__name__}: {error}",
                completion,
                problem,
                traceback.format_exc(),
                error,
            )

    def fail(
        self,
        what: str,
        completion: str,
        problem: Problem,
        trace: str = "",
        cause: BaseException | None = None,
    ) -> NoReturn:
        """Save the sample and stop."""
        path = self._save(what, completion, problem, trace)
        raise VerifierError(
            f"{self.reference} {what}, on problem {problem.id}. The run stops, for an error is no "
            f"wrong answer; the sample is in {path}. Repair the function and run the same command "
            "again to go on"
        ) from cause

    def _save(self, what: str, completion: str, problem: Problem, trace: str) -> Path:
        """Write the sample that failed and return its file."""
        sample = {
            "function": self.reference,
            "what": what,
            "prompt": problem.prompt,
            "completion": completion,
            "problem": asdict(problem),
            "traceback": trace,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FAILURE_FILE
        # The user's columns may hold what JSON does not know; their repr is enough to read.
        write_json(path, json.loads(json.dumps(sample, default=repr)))
        return path


class Verifier:
    """The user's verifier with the rule above.

    Args:
        reference: `module:function` or `file.py:function`.
        folder: where an offending sample is saved.

    Raises:
        UsageError: the function cannot be loaded.
    """

    def __init__(self, reference: str, folder: Path) -> None:
        function, _ = load_callable(reference, "--verifier")
        self._guarded = Guarded(f"the verifier {reference}", function, folder)

    def __call__(self, completion: str, problem: Problem) -> Score:
        """Judge a completion.

        Raises:
            VerifierError: the function raised, or returned neither bool, float in [0, 1] nor
                Verdict.
        """
        judgement = self._guarded.call(completion, problem)
        score = as_score(judgement)
        if score is None:
            self._guarded.fail(
                f"returned {judgement!r} of type {type(judgement).__name__}; it must return True "
                "or False, a float in [0, 1], or nextlat.posttrain.verifiers.Verdict",
                completion,
                problem,
            )
        return score


def as_score(judgement: object) -> Score | None:
    """Return what a verifier returned as a score; None where it may not return that.

    Example: True is reward 1 and correct; 0.5 is reward 0.5 and not correct.
    """
    if isinstance(judgement, bool):
        return Score(float(judgement), Verdict(judgement))
    if isinstance(judgement, Verdict):
        fits = isinstance(judgement.correct, bool) and (
            judgement.steps_correct is None or isinstance(judgement.steps_correct, bool)
        )
        reward = judgement.correct if judgement.reward is None else judgement.reward
        return Score(float(reward), judgement) if fits and _is_share(reward) else None
    if _is_share(judgement):
        return Score(float(judgement), Verdict(judgement == 1))
    return None


def _is_share(value: object) -> TypeGuard[float]:
    """Return whether a value is a number in [0, 1]."""
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1


DELIMITERS = ("####", "answer:", "answer is", "ans ")
"""Where an answer begins, any case; the last one in the text counts."""


def exact_answer(completion: str, problem: Problem) -> bool:
    r"""Judge by the final answer alone: `--verifier nextlat.posttrain.verifiers:exact_answer`.

    The answer in the completion is the text after the last of `DELIMITERS` (or of the row's own
    column `answer_delimiter`), to the end of its line; without one, a last `\boxed{...}`; without
    that, the last line that is not empty. Both sides are compared after `normalised`: so " 1,024."
    is "1024", and "7.0" is "7".

    Raises:
        ValueError: the problem has no answer (which stops the run, as any verifier's error).

    Example: "4+8+2\nAnswer: 14." against the answer "14" is True.
    """
    if problem.answer is None:
        raise ValueError(
            f'problem {problem.id} has no "answer"; exact_answer needs one in every row'
        )
    return normalised(
        final_answer(completion, problem.extra.get("answer_delimiter"))
    ) == normalised(problem.answer)


def final_answer(completion: str, delimiter: object = None) -> str:
    """Return the part of a completion that states its answer; "" where nothing is stated."""
    marks = (delimiter,) if isinstance(delimiter, str) and delimiter else DELIMITERS
    lowered = completion.lower()
    ends = [start + len(mark) for mark in marks if (start := lowered.rfind(mark.lower())) >= 0]
    if ends and len(lowered) == len(completion):  # a few letters change length in lower case
        return next((line for line in completion[max(ends) :].splitlines() if line.strip()), "")
    boxed = re.findall(r"\\boxed\{([^{}]*)\}", completion)
    if boxed:
        return str(boxed[-1])
    return next((line for line in reversed(completion.splitlines()) if line.strip()), "")


def normalised(text: str) -> str:
    """Return a text in the form answers are compared in.

    Unicode compatibility form, lower case, single spaces, no quotes, dollars or full stop around
    it; a number without thousands commas and in its shortest decimal form.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" \"'`$*.")
    number = (
        plain.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain) else plain
    )
    if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", number):
        sign = "-" if number.startswith("-") else ""
        whole, _, part = number.lstrip("+-").partition(".")
        whole, part = whole.lstrip("0") or "0", part.rstrip("0")
        shortest = f"{whole}.{part}" if part else whole
        return shortest if shortest == "0" else sign + shortest
    return plain
