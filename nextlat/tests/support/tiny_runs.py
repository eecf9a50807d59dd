"""Small runs of every task, quick enough for tests."""

from __future__ import annotations

from nextlat.recipes import recipe
from nextlat.training.run_config import RunConfig


def tiny_run(task: str = "group_words", *words: str) -> RunConfig:
    """Return a task's tiny recipe with `key=value` words applied, one thread."""
    return recipe(task, "tiny", ("loop.threads=1", *words))
