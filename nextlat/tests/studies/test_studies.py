"""Studies at tiny size: rows, spread, resuming, the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nextlat.errors import CheckpointError, UsageError
from nextlat.reports.report import write_report
from nextlat.reports.results import read_comparison
from nextlat.reports.tables import positions, spread
from nextlat.studies import STUDIES
from nextlat.studies.study import collect, run_study
from nextlat.tasks.stories import made_up_stories
from nextlat.training.provenance import without_folders

SLOW_STUDIES = {"text", "training-speed"}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW_STUDIES)) for name in STUDIES],
)
def test_every_study_runs_whole_at_tiny_size(name: str, tmp_path: Path) -> None:
    results = run_study(STUDIES[name], "tiny", tmp_path)
    assert results.missing == ()
    assert {row.arm for row in results.rows} == {arm.name for arm in STUDIES[name].arms("tiny")}
    assert read_comparison(tmp_path / "results.json") == results
    page, *figures = write_report(tmp_path)
    text = page.read_text()
    assert results.question in text
    for figure in figures:
        assert figure.name in text
        assert figure.read_text().startswith("<?xml")
    before = [path.read_bytes() for path in figures]
    write_report(tmp_path)
    assert before == [path.read_bytes() for path in figures]


def test_a_done_arm_is_not_run_again_and_part_of_a_study_says_what_is_missing(
    tmp_path: Path,
) -> None:
    study = STUDIES["path-star"]
    results = run_study(study, "tiny", tmp_path, only="gpt")
    assert results.missing == ("nextlat-0",)
    assert results.summary["nextlat"] is None
    row = tmp_path / "rows" / "gpt-0.json"
    before = row.stat().st_mtime_ns
    assert run_study(study, "tiny", tmp_path).missing == ()
    assert row.stat().st_mtime_ns == before
    with pytest.raises(UsageError, match="no arm of path-star holds 'mtp'"):
        run_study(study, "tiny", tmp_path, only="mtp")


@pytest.mark.slow
def test_two_workers_give_the_rows_of_one(tmp_path: Path) -> None:
    study = STUDIES["path-star"]
    one, two = (
        run_study(study, "tiny", tmp_path / "one"),
        run_study(study, "tiny", tmp_path / "two", workers=2),
    )
    assert [row.figures for row in one.rows] == [row.figures for row in two.rows]


def test_tables_round_and_pick_positions() -> None:
    assert spread(0.83721, 0.0123) == "0.837 ± 0.012"
    assert spread(123.46, None) == "123.5"
    assert positions(5) == [0, 1, 2, 3, 4]
    assert positions(24)[0] == 0
    assert positions(24)[-1] == 23
    assert len(positions(24)) == 12


def test_a_row_keeps_its_commit_and_no_result_names_a_folder(tmp_path: Path) -> None:
    corpus = tmp_path / "private" / "books.txt"
    corpus.parent.mkdir()
    corpus.write_text("\n".join(made_up_stories(200)), "utf-8")
    words = [f'task.corpus=["{corpus}"]', "loop.steps=2", "optimizer.learning_rate=3e-4"]
    results = run_study(STUDIES["text"], "tiny", tmp_path / "out", only="gpt", overrides=words)
    assert "private" not in (tmp_path / "out" / "results.json").read_text("utf-8")
    assert "private" not in write_report(tmp_path / "out")[0].read_text("utf-8")
    assert (
        "'task.corpus=[\"books.txt\"]' loop.steps=2 optimizer.learning_rate=3e-4 --scale tiny"
        in results.command
    )
    row = results.rows[0]
    assert json.dumps(row.config["task"]).count("books.txt") == 1
    assert row.commit == results.provenance["commit"]
    assert (row.processor, row.threads) == (results.processor, torch.get_num_threads())
    before = (tmp_path / "out" / "rows" / "gpt-0.json").stat().st_mtime_ns
    run_study(STUDIES["text"], "tiny", tmp_path / "out", only="gpt", overrides=words)
    assert (tmp_path / "out" / "rows" / "gpt-0.json").stat().st_mtime_ns == before


def test_rows_of_different_commits_keep_their_own(tmp_path: Path) -> None:
    study = STUDIES["path-star"]
    run_study(study, "tiny", tmp_path)
    for number, file in enumerate(sorted((tmp_path / "rows").iterdir())):
        row = json.loads(file.read_text("utf-8"))
        row["provenance"]["commit"] = f"commit-{number}"
        file.write_text(json.dumps(row), "utf-8")
    assert [row.commit for row in collect(study, "tiny", tmp_path).rows] == [
        "commit-0",
        "commit-1",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("/home/me/books.jsonl.gz", "books.jsonl.gz"),
        ("~/models/small/", "small"),
        ("../data/a.csv", "a.csv"),
        ("C:\\texts\\a.txt", "a.txt"),
        ("data/a.txt", "a.txt"),
        ("owner/model-1.5b", "owner/model-1.5b"),
        ("llama", "llama"),
        ({"a": ("/x/y.txt", None, 3)}, {"a": ["y.txt", None, 3]}),
    ],
)
def test_paths_are_told_by_their_last_name(value: object, told: object) -> None:
    assert without_folders(value) == told


def test_a_folder_of_another_configuration_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    study = STUDIES["path-star"]
    run_study(study, "tiny", tmp_path, only="gpt")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(
        CheckpointError,
        match=r"gpt-0 holds a run of another configuration \(different: loop\.steps\)",
    ):
        run_study(study, "tiny", tmp_path, only="gpt", overrides=["loop.steps=21"])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_words_that_would_make_arms_alike_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"objective\.name=next_token: a study's arms name their own"
    ):
        run_study(STUDIES["path-star"], "tiny", tmp_path, overrides=["objective.name=next_token"])
