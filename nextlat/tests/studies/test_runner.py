"""The runner of studies: each job once, rows in files, others in processes of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from nextlat.errors import DataError, NonFiniteLossError
from nextlat.json_value import JsonObject
from nextlat.studies.runner import StudyFolder, as_parsed


@dataclass(frozen=True)
class Doubling:
    """A job that doubles a number and leaves a trace of each run."""

    number: int
    trace: Path

    @property
    def name(self) -> str:
        return f"double-{self.number}"

    def is_current(self, row: JsonObject) -> bool:
        return row["number"] == self.number

    def run(self) -> JsonObject:
        with self.trace.open("a") as file:
            file.write(f"{self.number}\n")
        if self.number < 0:
            raise NonFiniteLossError("a number below 0 cannot be doubled here; give one above")
        return {"number": self.number, "doubled": (2 * self.number,)}


def test_a_job_that_is_done_is_not_run_again(tmp_path: Path) -> None:
    folder, trace = StudyFolder(tmp_path / "study"), tmp_path / "trace"
    jobs = [Doubling(number, trace) for number in (1, 2)]
    names: list[str] = []
    folder.run(jobs, report=names.append)
    folder.run([*jobs, Doubling(3, trace)])
    assert trace.read_text() == "1\n2\n3\n"
    assert names == ["double-1", "double-2"]
    assert folder.row("double-2") == {"number": 2, "doubled": [4]}
    assert folder.row("double-9") is None


def test_a_row_of_another_job_is_replaced(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "double-1.json").write_text('{"number": 7}')
    folder.run([Doubling(1, tmp_path / "trace")])
    assert folder.row("double-1") == {"number": 1, "doubled": [2]}


def test_a_failure_leaves_what_is_done(tmp_path: Path) -> None:
    folder, trace = StudyFolder(tmp_path), tmp_path / "trace"
    with pytest.raises(NonFiniteLossError):
        folder.run([Doubling(number, trace) for number in (1, -1, 2)])
    assert set(folder.rows(["double-2", "double--1", "double-1"])) == {"double-1"}


def test_rows_come_in_the_order_of_the_names(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.run([Doubling(number, tmp_path / "trace") for number in (1, 2, 3)])
    assert list(folder.rows(["double-3", "double-0", "double-1"])) == ["double-3", "double-1"]


def test_a_damaged_row_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "double-1.json").write_text("{")
    with pytest.raises(DataError, match=r"cannot be read.*; remove it to run the job again"):
        StudyFolder(tmp_path).run([Doubling(1, tmp_path / "trace")])


def test_results_are_one_file(tmp_path: Path) -> None:
    StudyFolder(tmp_path / "new").write_results({"rows": (1, 2)})
    assert json.loads((tmp_path / "new" / "results.json").read_text()) == {"rows": [1, 2]}
    assert as_parsed({"a": (1, (2,))}) == {"a": [1, [2]]}
