"""Recipes: a module a task, with `tiny()`, `desk()` and `paper()`; numbers name their source."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from nextlat.configuration import nearest, override
from nextlat.errors import UsageError
from nextlat.recipes import finite_field, group_words, hidden_markov, path_star, stories
from nextlat.tasks import TASKS
from nextlat.training.run_config import (
    LoopConfig,
    RunConfig,
    from_run_mapping,
    to_mapping,
    with_objective,
)

SCALES = ("tiny", "desk", "paper")

RECIPES: dict[str, dict[str, Callable[[], RunConfig]]] = {
    module.__name__.rpartition(".")[2]: {
        "tiny": module.tiny,
        "desk": module.desk,
        "paper": module.paper,
    }
    for module in (finite_field, group_words, hidden_markov, path_star, stories)
}
"""Task -> scale -> recipe. A task without a module here trains with defaults (`plain`)."""


def recipe(name: str, scale: str | None = None, overrides: Sequence[str] = ()) -> RunConfig:
    """Return a recipe's configuration with `key=value` words applied.

    Args:
        name: a task, or a task and a scale as in "group_words.tiny".
        scale: tiny, desk or paper; desk where None and the name has none.
        overrides: words such as "loop.seed=1", "steps=500", "objective.name=next_token".

    Raises:
        UsageError: an unknown recipe, scale or key, or a value of the wrong type.
    """
    task, scale = _task_and_scale(name, scale)
    config = RECIPES[task][scale]() if task in RECIPES else plain(task, scale)
    mapping = to_mapping(config)
    words = [_full(word, mapping) for word in overrides]
    for word in words:
        if word.startswith("objective.name="):
            mapping = with_objective(mapping, word.partition("=")[2])
    return from_run_mapping(override(mapping, words))


def plain(task: str, scale: str) -> RunConfig:
    """Return a run of a task without a recipe: its defaults, few steps where tiny."""
    steps = {"tiny": 20, "desk": 2_000, "paper": 100_000}[scale]
    return RunConfig(
        task, TASKS[task].Config(), loop=dataclasses.replace(LoopConfig(), steps=steps)
    )


def _task_and_scale(name: str, scale: str | None) -> tuple[str, str]:
    """Return what a recipe's name means; the scale is "desk" where neither says one."""
    task, _, own_scale = name.replace("-", "_").partition(".")
    if own_scale and scale and own_scale != scale:
        raise UsageError(f"{name} and --scale {scale} disagree; give one of them")
    scale = own_scale or scale or "desk"
    if scale not in SCALES:
        raise UsageError(f"scale {scale!r} is not one of {', '.join(SCALES)}")
    if task not in RECIPES and task not in TASKS:
        raise UsageError(f"unknown recipe {name!r}{nearest(task, {*RECIPES, *TASKS})}")
    return task, scale


def _full(word: str, mapping: Mapping[str, object]) -> str:
    """Return a `key=value` word with its key dotted in full; `steps=5` becomes `loop.steps=5`.

    Raises:
        UsageError: the short key is in several groups.
    """
    key, equals, _ = word.partition("=")
    if not equals or "." in key:
        return word
    groups = [
        group for group, fields in mapping.items() if isinstance(fields, dict) and key in fields
    ]
    if key == "name":
        raise UsageError("name= is ambiguous; write task.name= or objective.name=")
    if len(groups) > 1:
        raise UsageError(
            f"{key}= is ambiguous; write one of {', '.join(f'{group}.{key}=' for group in groups)}"
        )
    if not groups:
        keys = {
            field for fields in mapping.values() if isinstance(fields, dict) for field in fields
        }
        raise UsageError(f"unknown key {key!r}{nearest(key, keys)}")
    return f"{groups[0]}.{word}"
