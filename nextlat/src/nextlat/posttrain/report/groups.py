"""How rows of a study are grouped in tables and figures: by type, strategy, arm and size."""

from __future__ import annotations

from collections.abc import Sequence

from nextlat.posttrain.report.seeds import StudyResults

TYPES = ("inversion", "evaluation", "composition")
"""The order of the paper's table; other types follow."""

COMPOSITION = "composition"
GROUPS = (
    ("2-5 steps, as demonstrated", range(6)),
    ("6-9 steps", range(6, 10)),
    ("10 steps and more", range(10, 1000)),
)
"""Groups of sizes the finite-field study is reported by."""

MAIN = "6-9 steps"


def types_of(results: StudyResults) -> list[str]:
    """Return the types of problems, the paper's first."""
    types = results.names(lambda row: row.type)
    return [
        *(kind for kind in TYPES if kind in types),
        *(kind for kind in types if kind not in TYPES),
    ]


def strategies_of(results: StudyResults) -> list[str]:
    """Return the strategies, `other` last."""
    figures = [row.sampled for row in results.rows]
    names = dict.fromkeys(
        name for sampled in figures for name in (*sampled.routing, *sampled.execution)
    )
    return sorted(names, key=lambda name: name == "other")  # a stable sort keeps the order


def pairs_of(results: StudyResults) -> list[tuple[str, str]]:
    """Return arms and stages that were measured, an arm's stages together."""
    pairs = dict.fromkeys((row.arm, row.stage) for row in results.rows)
    arms = list(dict.fromkeys(arm for arm, _ in pairs))
    return [pair for arm in arms for pair in pairs if pair[0] == arm]


def groups_of(results: StudyResults) -> list[tuple[str, list[int | None]]]:
    """Return names and sizes of groups: the study's, main one first, or all of a user's task."""
    sizes = sorted({row.steps for row in results.rows if row.steps is not None})
    if not results.finite_field:
        return [("all problems", [None, *sizes])]
    plain = {row.steps for row in results.rows if row.type != COMPOSITION}
    groups: list[tuple[str, list[int | None]]] = []
    for name, bounds in GROUPS:
        inside: list[int | None] = [size for size in sizes if size in bounds and size in plain]
        if inside:
            groups.append((name, inside))
    return sorted(groups, key=lambda group: group[0] != MAIN)


def sizes_of(
    results: StudyResults, kind: str, inside: Sequence[int | None]
) -> Sequence[int | None]:
    """Return the sizes that count for a type: for compositions, all numbers of parts."""
    if kind != COMPOSITION or not results.finite_field:
        return inside
    return [row.steps for row in results.rows if row.type == COMPOSITION]
