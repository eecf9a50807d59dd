"""What a study found: the dataclasses that `results.json` is written from and reports read.

    {"study": "path-star", "rows": [{"arm": "gpt", "seed": 0, "figures": {"accuracy": 0.5, ...},
        ...}], "summary": {"gpt": {"seeds": 1, "accuracy": {"mean": 0.5, "sd": null}, ...}}, ...}

A figure is a number, or a list with a number a position. Pure: no torch.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from nextlat.json_value import JsonObject, JsonValue, read_json

FigureValue: TypeAlias = float | list[float]
"""A number, or one a position."""

Figures = Mapping[str, FigureValue]
"""Name -> what was measured."""


@dataclass(frozen=True)
class Spread:
    """A figure over seeds.

    Attributes:
        mean: over seeds.
        sd: sample standard deviation; None for a single seed, or where a value is not finite.
    """

    mean: float
    sd: float | None


@dataclass(frozen=True)
class ArmSummary:
    """The figures of an arm over its seeds.

    Attributes:
        seeds: how many were run.
        numbers: figures that are a number.
        positions: figures that have a number a position.
    """

    seeds: int
    numbers: Mapping[str, Spread]
    positions: Mapping[str, tuple[Spread, ...]]


@dataclass(frozen=True)
class MeasuredRow:
    """What was measured on one trained arm with one seed.

    Attributes:
        arm: names it.
        seed: its seed.
        figures: the measurements.
        parameters: numbers the model has.
        cpu_minutes: processor time of the training.
        config: the run, paths by their last name.
        commit: the code's; None for an installed package, or where a file does not say.
        processor: the machine's.
        threads: of the measurement.
    """

    arm: str
    seed: int
    figures: Figures
    parameters: int
    cpu_minutes: float
    config: JsonObject
    commit: str | None
    processor: str
    threads: int


@dataclass(frozen=True, kw_only=True)
class ComparisonResults:
    """A study's result file.

    Attributes:
        study: its name.
        question: what it asks.
        scale: its size.
        command: repeats it.
        paper: what the paper reports.
        provenance: versions, hardware and commit.
        missing: arms and seeds not run yet.
        summary: arm -> figures over seeds; None where none was run.
        rows: by arm and seed.
    """

    study: str
    question: str
    scale: str
    command: str
    paper: JsonObject
    provenance: JsonObject
    missing: tuple[str, ...]
    summary: Mapping[str, ArmSummary | None]
    rows: tuple[MeasuredRow, ...]

    @property
    def arms(self) -> dict[str, ArmSummary]:
        """The arms that were run."""
        return {arm: summary for arm, summary in self.summary.items() if summary is not None}

    @property
    def processor(self) -> str:
        """The machine's processor."""
        return JsonValue(self.provenance, "provenance")["hardware"]["processor"].text()

    def version(self, package: str) -> str:
        """Return the version of a package the study was run with."""
        return JsonValue(self.provenance, "provenance")["versions"][package].text()


def summarise(figures: Sequence[Figures]) -> ArmSummary | None:
    """Return mean and spread of each figure over seeds, position by position; None of no seeds.

    Args:
        figures: of each seed, under the same names; only numbers and lists of them are taken.
    """
    if not figures:
        return None
    numbers: dict[str, Spread] = {}
    positions: dict[str, tuple[Spread, ...]] = {}
    for name, first in figures[0].items():
        values = [seed[name] for seed in figures]
        lists = [value for value in values if isinstance(value, list)]
        if isinstance(first, list):
            positions[name] = tuple(map(spread_of, zip(*lists, strict=True)))
        else:
            numbers[name] = spread_of([value for value in values if not isinstance(value, list)])
    return ArmSummary(len(figures), numbers, positions)


def spread_of(values: Sequence[float]) -> Spread:
    """Return mean and sample standard deviation.

    Example: 1, 2 and 3 have mean 2 and deviation 1.
    """
    several = len(values) > 1 and all(map(math.isfinite, values))
    return Spread(statistics.fmean(values), statistics.stdev(values) if several else None)


def comparison_document(results: ComparisonResults) -> dict[str, object]:
    """Return what `results.json` holds."""
    return {
        "study": results.study,
        "question": results.question,
        "scale": results.scale,
        "command": results.command,
        "paper": results.paper,
        "provenance": results.provenance,
        "missing": list(results.missing),
        "summary": {arm: _summary_document(summary) for arm, summary in results.summary.items()},
        "rows": [vars(row) for row in results.rows],
    }


def _summary_document(summary: ArmSummary | None) -> dict[str, object]:
    if summary is None:
        return {}
    return {
        "seeds": summary.seeds,
        **{name: vars(number) for name, number in summary.numbers.items()},
        **{
            name: {"mean": [each.mean for each in spreads], "sd": [each.sd for each in spreads]}
            for name, spreads in summary.positions.items()
        },
    }


def read_comparison(file: Path) -> ComparisonResults:
    """Return what a study's result file holds.

    Raises:
        DataError: it cannot be read or is not one.
    """
    document = read_json(file, f"run `nextlat reproduce STUDY --out {file.parent}` first")
    return ComparisonResults(
        study=document["study"].text(),
        question=document["question"].text(),
        scale=document["scale"].text(),
        command=document["command"].text(),
        paper=document["paper"].plain(),
        provenance=document["provenance"].plain(),
        missing=tuple(name.text() for name in document["missing"].items()),
        summary={arm: _summary(value) for arm, value in document["summary"].mapping().items()},
        rows=tuple(map(_row, document["rows"].items())),
    )


def _summary(document: JsonValue) -> ArmSummary | None:
    """Return an arm's summary; an empty object is an arm that was not run."""
    members = document.mapping()
    if not members:
        return None
    seeds = members.pop("seeds").whole()
    positions = {
        name: _spreads(figure)
        for name, figure in members.items()
        if isinstance(figure["mean"].value, list)
    }
    numbers = {
        name: Spread(figure["mean"].real(), _deviation(figure["sd"]))
        for name, figure in members.items()
        if name not in positions
    }
    return ArmSummary(seeds, numbers, positions)


def _spreads(figure: JsonValue) -> tuple[Spread, ...]:
    pairs = zip(figure["mean"].items(), figure["sd"].items(), strict=True)
    return tuple(Spread(mean.real(), _deviation(sd)) for mean, sd in pairs)


def _deviation(sd: JsonValue) -> float | None:
    return sd.number() if sd.present else None


def _row(document: JsonValue) -> MeasuredRow:
    commit = document.get("commit")
    return MeasuredRow(
        arm=document["arm"].text(),
        seed=document["seed"].whole(),
        figures=read_figures(document["figures"]),
        parameters=document["parameters"].whole(),
        cpu_minutes=document["cpu_minutes"].number(),
        config=document["config"].plain(),
        commit=commit.text() if commit.present else None,
        processor=document["processor"].text(),
        threads=document["threads"].whole(),
    )


def read_figures(document: JsonValue) -> dict[str, FigureValue]:
    """Return the figures of a row.

    Raises:
        DataError: one is neither a number nor a list of numbers.
    """
    return {
        name: [number.real() for number in figure.items()]
        if isinstance(figure.value, list)
        else figure.real()
        for name, figure in document.mapping().items()
    }
