"""The committed tables are written from result files, with notes by hand, and checked against
them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from posttrain_simulation import simulated_results

SCRIPT = Path(__file__).resolve().parents[4] / "benchmarks" / "nextlat" / "posttrain_tables.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, reading and writing in a folder of its own."""
    spec = importlib.util.spec_from_file_location("posttrain_tables_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(module, "DOCS", tmp_path / "docs")
    (tmp_path / "results").mkdir()
    (tmp_path / "docs" / "results").mkdir(parents=True)
    (tmp_path / "docs" / "papers.md").write_text(
        f"before\n{module.START}\nold\n{module.END}\nafter\n", "utf-8"
    )
    return module


def run(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    script.main()


def test_without_results_nothing_is_written(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(script, monkeypatch)
    run(script, monkeypatch, "--check")
    assert not (tmp_path / "docs" / "results" / "posttraining.md").exists()
    assert "old" in (tmp_path / "docs" / "papers.md").read_text("utf-8")


def test_seeds_are_told_together_and_checked(
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for seed in range(2):
        results = simulated_results(seed, n=16, steps=4, sizes=(5, 6))
        results["curves"] = [point for point in results["curves"] if point["arm"] == "FB"]
        (tmp_path / "results" / f"posttrain-field-{seed}.json").write_text(
            json.dumps(results), "utf-8"
        )
    (tmp_path / "results" / "group-words.json").write_text("{}", "utf-8")
    notes = tmp_path / "docs" / "results" / "notes-posttraining.md"
    notes.write_text("# Notes\n\n## Weak\nNothing was trained.\n", "utf-8")
    with pytest.raises(SystemExit):
        run(script, monkeypatch, "--check")
    assert "posttraining.md" in capsys.readouterr().out
    run(script, monkeypatch)
    run(script, monkeypatch, "--check")
    page = (tmp_path / "docs" / "results" / "posttraining.md").read_text("utf-8")
    assert "\n## Weak\nNothing was trained.\n" in page
    assert "# Notes" not in page
    assert "## field" in page
    assert "2 seeds (0, 1)" in page
    for link in page.split("](figures/")[1:]:
        name = link.split(")")[0]
        assert (tmp_path / "docs" / "results" / "figures" / name).exists()
        assert "routing-0-f" not in name
    papers = (tmp_path / "docs" / "papers.md").read_text("utf-8")
    assert papers.startswith(f"before\n{script.START}\nfield: ")
    assert papers.endswith(f"{script.END}\nafter\n")
    assert "| FB | RL on 6-9 |" in papers
    assert "| 95.7 |" in papers
    notes.write_text("# Notes\n\nOther words.\n", "utf-8")
    with pytest.raises(SystemExit):
        run(script, monkeypatch, "--check")


def test_marks_must_be_there(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results" / "posttrain-field.json").write_text(
        json.dumps(simulated_results(n=4, steps=2, sizes=(5, 6))), "utf-8"
    )
    (tmp_path / "docs" / "papers.md").write_text("no marks", "utf-8")
    with pytest.raises(SystemExit, match="lacks"):
        run(script, monkeypatch)
