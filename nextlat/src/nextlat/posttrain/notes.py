"""What a reader of a user's results must know of how the figures were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nextlat.posttrain.results import Row

LABELLED = 0.9
"""Share of forced completions the labeller should recognise."""


def notes(
    rows: Sequence[Row], *, labelled: bool, forced: Sequence[str], duplicates: int
) -> Iterator[str]:
    """Yield the notes of a run.

    Args:
        rows: what was measured.
        labelled: whether completions were labelled with their strategy.
        forced: strategies that completions were made to begin with.
        duplicates: rows of the problems' file left out.
    """
    if not labelled:
        yield "No labeller was given: accuracy alone is told, and no change is split."
    elif not forced:
        yield (
            "The strategies module has no PREFIXES, so execution was not measured: only the "
            "accuracy among completions of each label is told, and splits by it count a change in "
            "which problems a strategy is chosen for as improvement."
        )
    else:
        yield "Execution is the accuracy where a strategy's first words are forced."
    if duplicates:
        yield f"{duplicates} rows equal to an earlier one were left out."
    yield from mislabelled(rows)


def mislabelled(rows: Sequence[Row]) -> list[str]:
    """Return a note for each strategy whose forced completions are often labelled otherwise."""
    least: dict[str, float] = {}
    for row in rows:
        for name, share in (row.sampled.forced_label or {}).items():
            least[name] = min(share, least.get(name, 1.0))
    return [
        f"Of completions forced to {name!r}, the labeller called as few as {share:.0%} so: prefix "
        "and labeller disagree, or the model leaves the strategy."
        for name, share in least.items()
        if share < LABELLED
    ]
