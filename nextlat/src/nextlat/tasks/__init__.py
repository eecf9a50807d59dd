"""Tasks: one file each, registered by one line here."""

from __future__ import annotations

from nextlat.tasks.finite_field import FiniteField
from nextlat.tasks.group_words import GroupWords
from nextlat.tasks.hidden_markov import HiddenMarkov
from nextlat.tasks.path_star import PathStar
from nextlat.tasks.protocol import Task
from nextlat.tasks.stories import Stories

__all__ = ["TASKS", "Task"]

TASKS: dict[str, type[Task]] = {
    "path_star": PathStar,
    "finite_field": FiniteField,
    "group_words": GroupWords,
    "hidden_markov": HiddenMarkov,
    "stories": Stories,
}
"""Name -> task."""
