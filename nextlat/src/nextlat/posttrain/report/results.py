"""Result files of post-training as typed records: `DIR/results.json`, or `DIR/seed-0/results.json` and its siblings.

Everything in a file is checked here and nowhere else: what comes out has the right types, shares in [0, 1], and names
without control characters. Names stay untrusted text, to be escaped where they are written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nextlat.errors import DataError
from nextlat.posttrain.report.records import (
    FINITE_FIELD,
    PARTS,
    STUDIES,
    Decoded,
    Point,
    Results,
    Row,
    Run,
    Shares,
    SplitRow,
    Verdict,
)

EXPECTED = tuple(
    (arm, stage) for arm in ("F", "B", "FB") for stage in ("sft", "rl_easy", "rl_hard")
)
"""Arms and stages the finite-field study has at every scale."""

SEED_FOLDERS = "seed-*"
LONGEST_NAME = 80

T = TypeVar("T")


def result_files(folder: Path) -> list[Path]:
    """Return the result files of a folder: its own, or those of its seeds."""
    if (folder / "results.json").exists():
        return [folder / "results.json"]
    return sorted(
        (
            path / "results.json"
            for path in folder.glob(SEED_FOLDERS)
            if (path / "results.json").exists()
        ),
        key=lambda path: (len(path.parent.name), path.parent.name),
    )


def read_posttrain(folder: Path) -> Results:
    """Return the runs of a folder.

    Raises:
        DataError: there is no result file, one cannot be read or is not one of post-training, or seeds do not belong
            together.
    """
    files = result_files(folder)
    if not files:
        raise DataError(
            f"{folder} has neither results.json nor seed-0/results.json; "
            f"run `nextlat posttrain finite-field --out {folder}` first"
        )
    lost = [
        path.name
        for path in sorted(folder.glob(SEED_FOLDERS))
        if not (path / "results.json").exists()
    ]
    return together([read_run(file) for file in files], lost if len(files) > 1 or lost else [])


def together(runs: list[Run], lost: list[str]) -> Results:
    """Return runs of different seeds as one study.

    Args:
        runs: one or more.
        lost: folders of seeds that hold no result file.

    Raises:
        DataError: studies, scales or chances differ, or a seed is there twice.
    """
    for what in ("study", "scale", "chance"):
        found = list(dict.fromkeys(getattr(run, what) for run in runs))
        if len(found) > 1:
            raise DataError(
                f"seeds of {what} {', '.join(map(str, found))} do not belong together; give each a folder of its own"
            )
    seeds = [run.seed for run in runs]
    if len(set(seeds)) < len(seeds):
        raise DataError(
            f"seeds {seeds} repeat one; several runs of one seed are no spread over seeds"
        )
    runs = sorted(runs, key=lambda run: run.seed)
    return Results(tuple(runs), (*lost, *_missing(runs)))


def read_run(file: Path) -> Run:
    """Return what one result file holds.

    Raises:
        DataError: it cannot be read or is not one of post-training.
    """
    try:
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read: {error}; run `nextlat posttrain finite-field --out {file.parent}` first"
        ) from error
    return _Reader(str(file)).run(told)


def _missing(runs: list[Run]) -> Iterator[str]:
    """Yield what runs say is missing or, where one says nothing of it, the core arms without a row."""
    for run in runs:
        suffix = f" (seed {run.seed})" if len(runs) > 1 else ""
        have = {(row.arm, row.stage) for row in run.rows}
        lacking = [f"{arm}-{stage}" for arm, stage in EXPECTED if (arm, stage) not in have]
        for name in (
            run.missing if run.missing is not None else lacking if run.study == FINITE_FIELD else ()
        ):
            yield name + suffix


@dataclass(frozen=True)
class _Reader:
    """Checks values; `where` names the place in errors."""

    where: str

    def at(self, key: object) -> _Reader:
        return _Reader(f"{self.where}[{key}]" if isinstance(key, int) else f"{self.where}: {key}")

    def stop(self, value: object, rule: str) -> DataError:
        return DataError(f"{self.where} is {str(value)[:60]!r}; it must be {rule}")

    def mapping(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.stop(value, "an object")
        return value

    def each(
        self, told: Mapping[str, Any], key: str, read: Callable[[_Reader, Any], T]
    ) -> tuple[T, ...]:
        """Return a list of a mapping, read one by one; empty where absent."""
        values = told.get(key, [])
        if not isinstance(values, list):
            raise self.at(key).stop(values, "a list")
        return tuple(read(self.at(key).at(number), value) for number, value in enumerate(values))

    def text(self, value: Any) -> str:
        return self.sentence(value)[:LONGEST_NAME].strip() or "?"

    def sentence(self, value: Any) -> str:
        if not isinstance(value, str | int | float):
            raise self.stop(value, "a name")
        return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", " ", str(value))

    def number(self, value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise self.stop(value, "a finite number")
        return float(value)

    def share(self, value: Any) -> float:
        if not 0 <= self.number(value) <= 1:
            raise self.stop(value, "a share from 0 to 1")
        return float(value)

    def whole(self, value: Any) -> int:
        if self.number(value) != int(value) or value < 0:
            raise self.stop(value, "a whole number, 0 or more")
        return int(value)

    def shares(self, told: Any) -> Shares:
        return {
            self.text(name): self.at(name).share(value)
            for name, value in self.mapping(told or {}).items()
        }

    def conditional(self, told: Any) -> Shares:
        """Return the accuracies of {"strategy": {"accuracy": .., "n": ..}}."""
        each = {name: self.at(name).mapping(one) for name, one in self.mapping(told or {}).items()}
        return self.shares(
            {name: one["accuracy"] for name, one in each.items() if one.get("accuracy") is not None}
        )

    def ends(self, value: Any) -> tuple[float, float] | None:
        if value is None:
            return None
        if (
            not isinstance(value, list)
            or len(value) != 2
            or self.number(value[0]) > self.number(value[1])
        ):
            raise self.stop(value, "an interval [low, high]")
        return float(value[0]), float(value[1])

    def run(self, value: Any) -> Run:
        told = self.mapping(value)
        if told.get("study") not in STUDIES:
            raise self.at("study").stop(told.get("study"), f"one of {', '.join(STUDIES)}")
        if not told.get("rows"):
            raise self.at("rows").stop(
                told.get("rows"), "a list of at least one row; has the run ended?"
            )
        chance = told.get("chance")
        return Run(
            told["study"],
            self.at("scale").text(told.get("scale", "own")),
            self.at("seed").whole(told.get("seed", 0)),
            None if chance is None else self.at("chance").share(chance),
            self.at("command").text(told["command"]) if told.get("command") else "",
            self.each(told, "rows", _Reader.row),
            self.each(told, "splits", _Reader.split),
            self.each(told, "greedy_splits", _Reader.split),
            tuple(
                self.at(f"criteria: {name}").verdict(name, one)
                for name, one in self.at("criteria").mapping(told.get("criteria") or {}).items()
            ),
            self.each(told, "curves", _Reader.point),
            self.at("provenance").mapping(told.get("provenance") or {}),
            self.at("config").mapping(told.get("config") or {}),
            self.each(told, "notes", _Reader.sentence),
            self.each(told, "missing", _Reader.text) if "missing" in told else None,
        )

    def needed(self, told: Mapping[str, Any], *keys: str) -> None:
        for key in keys:
            if key not in told:
                raise DataError(
                    f"{self.where} has no {key!r}; write the file anew with `nextlat posttrain`"
                )

    def row(self, value: Any) -> Row:
        told = self.mapping(value)
        self.needed(told, "arm", "stage", "type", "n", "accuracy")
        arm, stage, kind = (self.at(key).text(told[key]) for key in ("arm", "stage", "type"))
        n = self.at("n").whole(told["n"])
        if n == 0:
            raise self.at("n").stop(n, "at least one problem")
        return Row(
            arm,
            stage,
            kind,
            None if told.get("steps") is None else self.at("steps").whole(told["steps"]),
            n,
            self.decoded(told),
            self.at("greedy").decoded(self.mapping(told["greedy"])) if told.get("greedy") else None,
            self.at("pass_at_k").passes(told.get("pass_at_k")),
            self.at("verified_pass_at_k").passes(told.get("verified_pass_at_k")),
        )

    def decoded(self, told: Mapping[str, Any]) -> Decoded:
        self.needed(told, "accuracy")
        verified = told.get("verified_accuracy")
        return Decoded(
            self.at("accuracy").share(told["accuracy"]),
            self.at("interval").ends(told.get("interval")),
            None if verified is None else self.at("verified_accuracy").share(verified),
            self.at("routing").shares(told.get("routing")),
            self.at("execution").shares(told.get("execution")),
            self.at("conditional").conditional(told.get("conditional")),
        )

    def passes(self, told: Any) -> dict[int, float]:
        found = {}
        for key, value in self.mapping(told or {}).items():
            if not re.fullmatch(r"[1-9][0-9]{0,5}", str(key)):
                raise self.stop(key, "numbers of samples as keys")
            found[int(key)] = self.at(key).share(value)
        return dict(sorted(found.items()))

    def split(self, value: Any) -> SplitRow:
        told = self.mapping(value)
        self.needed(told, "arm", "from", "to", "type", *PARTS)
        arm, start, end, kind = (
            self.at(key).text(told[key]) for key in ("arm", "from", "to", "type")
        )
        parts = {part: self.at(part).number(told[part]) for part in PARTS}
        if (
            abs(parts["change"] - parts["selection"] - parts["improvement"] - parts["residual"])
            > 1e-6
        ):
            raise self.stop(parts, "parts that add up to the change")
        found = {
            part: self.at("interval").ends(self.mapping(told.get("interval") or {}).get(part))
            for part in PARTS
        }
        return SplitRow(
            arm,
            start,
            end,
            kind,
            parts,
            {part: ends for part, ends in found.items() if ends is not None},
            self.at("of").text(told.get("of", "accuracy")),
        )

    def verdict(self, name: str, value: Any) -> Verdict:
        told = self.mapping(value)
        met = told.get("met")
        if met is not None and not isinstance(met, bool):
            raise self.at("met").stop(met, "true, false or null")
        figures = {
            self.text(key): self.at(key).number(figure) if figure is not None else None
            for key, figure in self.mapping(told.get("figures") or {}).items()
            if figure is None or isinstance(figure, int | float)
        }
        condition = self.sentence(told.get("condition", ""))
        return Verdict(
            self.text(name), met, condition, figures, self.each(told, "missing", _Reader.text)
        )

    def point(self, value: Any) -> Point:
        told = self.mapping(value)
        self.needed(told, "arm", "stage", "step")
        return Point(
            self.at("arm").text(told["arm"]),
            self.at("stage").text(told["stage"]),
            self.at("step").number(told["step"]),
            {
                str(key): float(number)
                for key, number in told.items()
                if key not in ("arm", "stage", "step") and _plottable(number)
            },
        )


def _plottable(value: object) -> bool:
    """Return whether a logged value is a finite number; others are logged too (a lost step is null) and not drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
