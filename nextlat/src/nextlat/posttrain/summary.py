"""A run's results as a short table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def table(results: Mapping[str, Any]) -> list[str]:
    """Return lines: two for each stage and type over all numbers of steps, the splits, and the notes."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    for row in results["totals"]:
        lines += [_cells(row, "sampled", row), _cells(row, "greedy", row["greedy"])]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADINGS))]
    told = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    told += [
        f"{one['from']} to {one['to']}, {one['type']}: {one['change']:+.3f} = {one['selection']:+.3f} selection "
        f"{one['improvement']:+.3f} improvement {one['residual']:+.3f} residual"
        + ("" if one["execution_by"] == "forcing" else " (execution not measured)")
        for one in results["splits"]
    ]
    return [*told, *results["notes"]]


def _cells(row: Mapping[str, Any], decoding: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = figures["interval"]
    verified = figures["verified_accuracy"]
    return (
        row["stage"],
        decoding,
        row["type"],
        str(figures["n"]),
        f"{figures['accuracy']:.3f}",
        f"{low:.3f}-{high:.3f}",
        "-" if verified is None else f"{verified:.3f}",
        _shares(figures["routing"]),
        _shares(figures["execution"]),
    )


def _shares(shares: Mapping[str, float]) -> str:
    return " ".join(f"{name} {value:.2f}" for name, value in shares.items()) or "-"
