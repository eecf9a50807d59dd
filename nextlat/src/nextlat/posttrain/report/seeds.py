"""The runs of one study: `DIR/results.json`, or `DIR/seed-0/results.json` and its siblings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nextlat.errors import DataError
from nextlat.posttrain.result_reader import read_results
from nextlat.posttrain.results import FINITE_FIELD, Row, RunResults

EXPECTED = tuple(
    (arm, stage) for arm in ("F", "B", "FB") for stage in ("sft", "rl_easy", "rl_hard")
)
"""Arms and stages the finite-field study has at every scale."""

SEED_FOLDERS = "seed-*"


@dataclass(frozen=True)
class StudyResults:
    """The runs of one study: one, or one a seed.

    Attributes:
        runs: by seed.
        missing: arms and stages, and seeds, that were not run yet.
    """

    runs: tuple[RunResults, ...]
    missing: tuple[str, ...]

    @property
    def first(self) -> RunResults:
        """The run with the lowest seed; study, scale and chance are the same in all."""
        return self.runs[0]

    @property
    def finite_field(self) -> bool:
        """Whether this is the finite-field study, not a user's own task."""
        return self.first.study == FINITE_FIELD

    @property
    def rows(self) -> list[Row]:
        """The rows of all runs."""
        return [row for run in self.runs for row in run.rows]

    @property
    def notes(self) -> list[str]:
        """What the result files say to their readers, each once."""
        return list(dict.fromkeys(note for run in self.runs for note in run.notes or ()))

    def names(self, name_of: Callable[[Row], str]) -> list[str]:
        """Return the different values of a field of rows, in order."""
        return list(dict.fromkeys(map(name_of, self.rows)))


def result_files(folder: Path) -> list[Path]:
    """Return the result files of a folder: its own, or those of its seeds."""
    if (folder / "results.json").exists():
        return [folder / "results.json"]
    files = [path / "results.json" for path in folder.glob(SEED_FOLDERS)]
    return sorted(
        (file for file in files if file.exists()),
        key=lambda file: (len(file.parent.name), file.parent.name),  # seed-2 before seed-10
    )


def read_study(folder: Path) -> StudyResults:
    """Return the runs of a folder, their names fit to be shown.

    Raises:
        DataError: there is no result file, one cannot be read or is not one of post-training, or
            seeds do not belong together.
    """
    files = result_files(folder)
    if not files:
        raise DataError(
            f"{folder} has neither results.json nor seed-0/results.json; "
            f"run `nextlat posttrain finite-field --out {folder}` first"
        )
    absent = [
        path.name
        for path in sorted(folder.glob(SEED_FOLDERS))
        if not (path / "results.json").exists()
    ]
    runs = [read_results(file, shown=True) for file in files]
    # A folder with its own result file says nothing of seeds, unless one of theirs is absent.
    return together(runs, absent if len(files) > 1 or absent else [])


def together(runs: Sequence[RunResults], absent: Sequence[str] = ()) -> StudyResults:
    """Return runs of different seeds as one study.

    Args:
        runs: one or more.
        absent: folders of seeds that hold no result file.

    Raises:
        DataError: studies, scales or chances differ, or a seed is there twice.
    """
    _check_seeds(runs)
    ordered = sorted(runs, key=lambda run: run.seed)
    return StudyResults(tuple(ordered), (*absent, *_missing(ordered)))


def _check_seeds(runs: Sequence[RunResults]) -> None:
    """Refuse runs of different studies, and two runs of one seed."""
    for name in ("study", "scale", "chance"):
        values = list(dict.fromkeys(getattr(run, name) for run in runs))
        if len(values) > 1:
            raise DataError(
                f"seeds of {name} {', '.join(map(str, values))} do not belong together; "
                "give each a folder of its own"
            )
    seeds = [run.seed for run in runs]
    if len(set(seeds)) < len(seeds):
        raise DataError(
            f"seeds {seeds} repeat one; several runs of one seed are not a spread over seeds"
        )


def _missing(runs: Sequence[RunResults]) -> Iterator[str]:
    """Yield what runs say is missing; for a run that says nothing, the core arms without a row."""
    for run in runs:
        names = run.missing
        if names is None:
            measured = {(row.arm, row.stage) for row in run.rows}
            names = tuple(
                f"{arm}-{stage}"
                for arm, stage in EXPECTED
                if run.study == FINITE_FIELD and (arm, stage) not in measured
            )
        for name in names:
            yield f"{name} (seed {run.seed})" if len(runs) > 1 else name
