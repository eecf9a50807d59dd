"""Metric lines: appended, cut where a resumed run goes on, read up to a line that was cut off."""

from __future__ import annotations

from pathlib import Path

from nextlat.training.metrics import MetricsFile, read_lines


def test_a_resumed_run_cuts_what_it_will_do_again(tmp_path: Path) -> None:
    first = MetricsFile(tmp_path, 0)
    for step in (1, 2, 3):
        first.write(step, {"loss": 1 / step})
    resumed = MetricsFile(tmp_path, 2)
    resumed.write(3, {"loss": 0.25})
    assert read_lines(tmp_path / "metrics.jsonl") == [
        {"step": 1, "loss": 1.0},
        {"step": 2, "loss": 0.5},
        {"step": 3, "loss": 0.25},
    ]
    assert not list(tmp_path.glob("*.partial"))


def test_a_new_run_begins_with_an_empty_file(tmp_path: Path) -> None:
    MetricsFile(tmp_path, 0).write(1, {"loss": 1.0})
    MetricsFile(tmp_path, 0)
    assert read_lines(tmp_path / "metrics.jsonl") == []


def test_a_line_that_a_kill_cut_off_ends_the_reading(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_text('{"step": 1}\n{"step": 2, "lo\n{"step": 3}\n', "utf-8")
    assert read_lines(file) == [{"step": 1}]
    assert read_lines(tmp_path / "absent.jsonl") == []
