"""The strategies: adding from the left, or from the right."""

from __future__ import annotations

from nextlat.posttrain.problems import Problem

PREFIXES = {"left": lambda _problem: "left:", "right": lambda _problem: "right:"}
"""How a completion of each strategy begins; forcing it measures how well the strategy is done."""


def label(completion: str, _problem: Problem) -> str:
    """Return the strategy a completion shows."""
    return next((name for name in PREFIXES if completion.startswith(f"{name}:")), "other")
