"""Result files of seeds: found, ordered by seed, joined where they belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nextlat.errors import DataError
from nextlat.posttrain.report.seeds import EXPECTED, read_study, result_files, together
from nextlat.posttrain.results import Figures, Row, RunResults, results_document


def run(seed: int, *, scale: str = "tiny", missing: tuple[str, ...] | None = ()) -> RunResults:
    rows = (Row("F", "sft", "x", 6, 4, Figures(0.5)),)
    return RunResults(study="finite-field", scale=scale, seed=seed, rows=rows, missing=missing)


def write(folder: Path, results: RunResults) -> None:
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(results_document(results)), "utf-8")


def test_seeds_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for seed in (10, 2, 1):
        write(tmp_path / f"seed-{seed}", run(seed))
    assert [file.parent.name for file in result_files(tmp_path)] == ["seed-1", "seed-2", "seed-10"]
    assert [one.seed for one in read_study(tmp_path).runs] == [1, 2, 10]


def test_a_folders_own_file_comes_before_seeds(tmp_path: Path) -> None:
    write(tmp_path / "study", run(0))
    write(tmp_path / "study" / "seed-1", run(1))
    assert [one.seed for one in read_study(tmp_path / "study").runs] == [0]


def test_a_seed_without_results_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "seed-0", run(0))
    (tmp_path / "seed-1").mkdir()
    assert read_study(tmp_path).missing == ("seed-1",)


def test_what_is_missing_names_the_seed_where_there_are_several() -> None:
    runs = [run(1, missing=("FB-rl_easy",)), run(0)]
    assert together(runs).missing == ("FB-rl_easy (seed 1)",)
    assert together(runs[:1]).missing == ("FB-rl_easy",)


def test_a_run_that_says_nothing_lacks_the_core_arms_it_did_not_measure() -> None:
    missing = together([run(0, missing=None)]).missing
    assert missing == tuple(
        f"{arm}-{stage}" for arm, stage in EXPECTED if (arm, stage) != ("F", "sft")
    )


def test_runs_that_differ_do_not_belong_together() -> None:
    with pytest.raises(DataError, match="scale tiny, desk do not belong together"):
        together([run(0), run(1, scale="desk")])
    with pytest.raises(DataError, match=r"seeds \[0, 0\] repeat one"):
        together([run(0), run(0)])


def test_notes_and_names_come_once(tmp_path: Path) -> None:
    study = together([run(0), run(1)])
    assert study.names(lambda row: row.arm) == ["F"]
    assert study.notes == []
    assert len(study.rows) == 2
    assert study.first.seed == 0
    assert study.finite_field
