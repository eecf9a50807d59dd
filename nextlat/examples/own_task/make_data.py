"""Writes problems.jsonl and demonstrations.jsonl: digits of a number added up from either end."""

from __future__ import annotations

import json
import random
from itertools import accumulate
from pathlib import Path

HERE = Path(__file__).resolve().parent


def solution(number: str, strategy: str) -> str:
    """Return a worked solution: the running sums, then the answer."""
    digits = [int(digit) for digit in (number if strategy == "left" else reversed(number))]
    sums = list(accumulate(digits))
    return f"{strategy}: {' '.join(map(str, sums))}\nAnswer: {sums[-1]}"


def problem(number: str) -> dict[str, object]:
    """Return a row; its type is short (3 digits) or long (5)."""
    total = sum(map(int, number))
    kind = "short" if len(number) == 3 else "long"
    return {
        "prompt": f"Add the digits of {number}.\n",
        "answer": str(total),
        "type": kind,
        "n_steps": len(number),
    }


def main() -> None:
    """Write both files; the same every time."""
    random.seed(0)
    short = random.sample(range(100, 1000), 96)
    long = random.sample(range(10_000, 100_000), 64)
    problems = [{**problem(str(number)), "split": "train"} for number in [*short[:32], *long[:32]]]
    problems += [
        {**problem(str(number)), "split": "held_out"} for number in [*short[32:64], *long[32:]]
    ]
    shown = [
        {
            "prompt": problem(str(number))["prompt"],
            "completion": solution(str(number), ("left", "right")[index % 2]),
        }
        for index, number in enumerate(short[64:])
    ]
    for name, rows in (("problems", problems), ("demonstrations", shown)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (HERE / f"{name}.jsonl").write_text(lines, "utf-8")


if __name__ == "__main__":
    main()
