"""What is committed stays small: results hold what tables and figures read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
LARGEST_JSON = 200_000
"""Bytes; `benchmarks/nextlat/commit_posttrain.py` writes the short form of long results."""


def committed_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("this is not a git checkout, so what is committed is not known")
    return [REPOSITORY / name for name in listing.stdout.split("\0") if name]


def test_no_committed_json_is_over_200_kb() -> None:
    documents = [
        path for path in committed_files() if path.suffix in {".json", ".jsonl"} and path.exists()
    ]
    assert len(documents) > 20
    sizes = {str(path.relative_to(REPOSITORY)): path.stat().st_size for path in documents}
    assert {name: size for name, size in sizes.items() if size > LARGEST_JSON} == {}
