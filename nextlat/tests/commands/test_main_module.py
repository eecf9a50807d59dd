"""`python -m nextlat` is the command `nextlat`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import nextlat


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nextlat", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_prints_the_version() -> None:
    completed = run("--version")
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout == f"nextlat, version {nextlat.__version__}\n"


def test_its_exit_status_is_that_of_the_command() -> None:
    completed = run("no-such-command")
    assert completed.returncode == 2
    assert "no-such-command" in completed.stderr


@pytest.mark.slow
def test_the_shell_completes_commands_as_the_guide_describes() -> None:
    """What click's completion script for bash asks the command while the user types."""
    variables = {
        "_NEXTLAT_COMPLETE": "bash_complete",
        "COMP_WORDS": "nextlat retr",
        "COMP_CWORD": "1",
    }
    completed = subprocess.run(
        [sys.executable, "-c", "from nextlat.cli import main; main()"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "plain,retrofit" in completed.stdout.splitlines(), completed.stderr
