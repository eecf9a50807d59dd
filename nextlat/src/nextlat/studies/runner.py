"""Runs the jobs of a study: an arm with a seed, or a stage of an arm, each once.

A study's folder holds a row for every job that is done, and one file with all of them:

    rows/<job>.json     what a job measured, written when it is done
    results.json        what the study makes of the rows

A job that is done is not run again; one that was interrupted resumes, as its own folder says. It
knows no model and no task.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

from nextlat.json_value import JsonObject, read_json
from nextlat.model.storage import write_json

Report = Callable[[str], None]
"""Receives a line on what is being done."""


class Job(Protocol):
    """A part of a study that is run by itself. It can be sent to another process."""

    @property
    def name(self) -> str:
        """Names the job's row file; no other job of the study has it."""

    def is_current(self, row: JsonObject) -> bool:
        """Return whether a row in the folder is what this job would measure."""

    def run(self) -> JsonObject:
        """Do the job, resuming where it was interrupted, and return its row."""


@dataclass(frozen=True)
class StudyFolder:
    """The folder of a study.

    Attributes:
        path: where it is.
    """

    path: Path

    def run(
        self, jobs: Sequence[Job], *, workers: int = 1, report: Report = lambda _: None
    ) -> None:
        """Run the jobs that are not done; a job may need those before it only where workers is 1.

        Args:
            jobs: in order.
            workers: jobs side by side, each in a process of its own with one thread.
            report: receives the name of each job before it runs, or once it is done where several
                run side by side.

        Raises:
            NextLatError: a job failed; jobs that are done stay done.
        """
        if workers == 1:
            for job in jobs:
                report(job.name)
                run_job(job, self.path)
            return
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = [(job, pool.submit(_run_in_worker, job, self.path)) for job in jobs]
            for job, future in futures:
                future.result()
                report(f"{job.name} done")

    def row(self, name: str) -> JsonObject | None:
        """Return the row of a job; None where it is not done."""
        file = row_file(self.path, name)
        return read_json(file, "remove it to run the job again").plain() if file.exists() else None

    def rows(self, names: Iterable[str]) -> dict[str, JsonObject]:
        """Return job -> row of those that are done, in the order of the names."""
        rows = {name: self.row(name) for name in names}
        return {name: row for name, row in rows.items() if row is not None}

    def write_results(self, document: JsonObject) -> None:
        """Write `results.json`."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self.path / "results.json", document)


def row_file(folder: Path, name: str) -> Path:
    """Return where a job's row is."""
    return folder / "rows" / f"{name}.json"


def run_job(job: Job, folder: Path) -> None:
    """Run a job in this process and write its row, unless it is there."""
    row = StudyFolder(folder).row(job.name)
    if row is not None and job.is_current(row):
        return
    measured = job.run()
    file = row_file(folder, job.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, measured)


def as_parsed(value: object) -> object:
    """Return a value as JSON gives it back: tuples become lists."""
    parsed: object = json.loads(json.dumps(value))
    return parsed


def _run_in_worker(job: Job, folder: Path) -> None:
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.disable_progress_bar()  # several processes would draw over one another
    run_job(job, folder)
