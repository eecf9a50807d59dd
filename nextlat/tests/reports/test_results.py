"""A study's results: spread over seeds, and files that are written as they were read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nextlat.errors import DataError
from nextlat.reports.results import (
    Spread,
    comparison_document,
    read_comparison,
    spread_of,
    summarise,
)

COMMITTED = Path(__file__).resolve().parents[3] / "benchmarks" / "nextlat" / "results"
FILES = [file for file in COMMITTED.glob("*.json") if not file.name.startswith("posttrain-")]


def test_a_summary_is_mean_and_sample_deviation() -> None:
    # 1, 2, 6 have mean 3; squared distances 4, 1, 9 add up to 14, over 2 is 7.
    summary = summarise([{"a": value, "b": [value, 2 * value]} for value in (1.0, 2.0, 6.0)])
    assert summary is not None
    assert summary.seeds == 3
    assert summary.numbers == {"a": Spread(3.0, pytest.approx(math.sqrt(7)))}  # type: ignore[arg-type]
    assert [each.mean for each in summary.positions["b"]] == [3.0, 6.0]
    assert [each.sd for each in summary.positions["b"]] == pytest.approx([7**0.5, 2 * 7**0.5])


def test_one_seed_and_lost_losses_have_no_deviation() -> None:
    assert spread_of([2.5]) == Spread(2.5, None)
    lost = spread_of([1.0, math.inf])
    assert (lost.mean, lost.sd) == (math.inf, None)
    assert summarise([]) is None


@pytest.mark.parametrize("file", sorted(FILES), ids=lambda file: file.stem)
def test_committed_files_are_written_as_they_were_read(file: Path) -> None:
    assert comparison_document(read_comparison(file)) == json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ('{"study": "text"}', "has no 'question'; run `nextlat reproduce"),
        ("[1]", "must be an object"),
    ],
)
def test_what_is_not_a_result_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read_comparison(file)
