"""A run's results as a short table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from nextlat.posttrain.results import Figures, Row, RunResults, StageSplit

HEADINGS = (
    "stage",
    "decoding",
    "type",
    "n",
    "accuracy",
    "95 %",
    "verified",
    "routing",
    "execution",
)


def table(results: RunResults) -> list[str]:
    """Return two lines for each stage and type over all steps, the splits, and the notes."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    for row in results.totals or ():
        lines.append(_cells(row, "sampled", row.sampled))
        if row.greedy is not None:
            lines.append(_cells(row, "greedy", row.greedy))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return [*aligned, *map(_sentence, results.splits), *(results.notes or ())]


def _sentence(split: StageSplit) -> str:
    """Return a split in words."""
    parts = split.parts
    measured = "" if split.execution_by == "forcing" else " (execution not measured)"
    return (
        f"{split.start} to {split.end}, {split.type}: {parts.change:+.3f} = "
        f"{parts.selection:+.3f} selection {parts.improvement:+.3f} improvement "
        f"{parts.residual:+.3f} residual{measured}"
    )


def _cells(row: Row, decoding: str, figures: Figures) -> tuple[str, ...]:
    interval, verified = figures.interval, figures.verified_accuracy
    return (
        row.stage,
        decoding,
        row.type,
        str(row.n),
        f"{figures.accuracy:.3f}",
        "-" if interval is None else f"{interval.low:.3f}-{interval.high:.3f}",
        "-" if verified is None else f"{verified:.3f}",
        _shares(figures.routing),
        _shares(figures.execution),
    )


def _shares(shares: Mapping[str, float]) -> str:
    return " ".join(f"{name} {share:.2f}" for name, share in shares.items()) or "-"
