"""The verifier: is the answer right, and is every running sum?"""

from __future__ import annotations

import re
from itertools import accumulate

from nextlat.posttrain.problems import Problem
from nextlat.posttrain.verifiers import Verdict


def verify(completion: str, problem: Problem) -> Verdict:
    """Judge a completion such as "left: 4 12 14", then "Answer: 14"."""
    answer = re.search(r"Answer: (\d+)\s*$", completion)
    if answer is None:
        return Verdict(correct=False, steps_correct=False, reason="no answer")
    correct = answer[1] == problem.answer
    trace = re.match(r"(left|right): ([\d ]+)\n", completion)
    number = re.search(r"\d+", problem.text)
    if trace is None or number is None:
        return Verdict(correct, steps_correct=False, reason="no trace")
    digits = [int(digit) for digit in (number[0] if trace[1] == "left" else reversed(number[0]))]
    sums = list(map(str, accumulate(digits)))
    return Verdict(correct, steps_correct=trace[2].split() == sums)
