"""The documents are true: tables come from result files, every command and study is in the
guide."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nextlat.cli import COMMANDS
from nextlat.studies import STUDIES
from nextlat.tasks import TASKS

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("script", ["engine_tables", "posttrain_tables"])
def test_tables_are_what_the_result_files_say(script: str) -> None:
    command = [
        sys.executable,
        str(REPOSITORY / "benchmarks" / "nextlat" / f"{script}.py"),
        "--check",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_measured_memory_and_commits_come_into_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location(
        "engine_tables", REPOSITORY / "benchmarks" / "nextlat" / "engine_tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    results = json.loads((tables.RESULTS / "training-speed.json").read_text("utf-8"))
    for arm in results["summary"].values():
        arm |= {name: {"mean": 1.25, "sd": None} for name in ("peak_memory_mb", "relative_memory")}
    results["rows"][0]["commit"] = "0123456789ab"
    (tmp_path / "training-speed.json").write_text(json.dumps(results), "utf-8")
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    page, papers = "\n".join(tables.page_lines()), "\n".join(tables.papers_rows())
    assert "| peak memory mb |" in page
    assert "commit 0123456789ab" in page
    assert "| peak memory of training over plain | nextlat-d1 | 1.250 |" in papers


def test_every_command_and_task_is_in_the_guide() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "engine.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"`nextlat {command}" in guide, command
    for task in TASKS:
        assert f"| `{task}` |" in guide, task


def test_every_committed_result_is_of_a_study_there_is() -> None:
    for path in (REPOSITORY / "benchmarks" / "nextlat" / "results").glob("*.json"):
        assert path.stem in STUDIES or path.stem.startswith("posttrain-")
