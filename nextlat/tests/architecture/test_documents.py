"""The documents are true: tables come from result files, every command and study is in the guide."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nextlat.cli import COMMANDS
from nextlat.studies import STUDIES
from nextlat.tasks import TASKS

REPOSITORY = Path(__file__).resolve().parents[3]


def test_tables_are_what_the_result_files_say() -> None:
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "nextlat" / "engine_tables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_and_task_is_in_the_guide() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "engine.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"`nextlat {command}" in guide, command
    for task in TASKS:
        assert f"| `{task}` |" in guide, task


def test_every_committed_result_is_of_a_study_there_is() -> None:
    for path in (REPOSITORY / "benchmarks" / "nextlat" / "results").glob("*.json"):
        assert path.stem in STUDIES
