"""Figures of a study: a line an arm, a band where there are seeds, the same bytes each time."""

from __future__ import annotations

import re
from pathlib import Path

from nextlat.reports.figures import COLOURS, position_figure
from nextlat.reports.results import ArmSummary, ComparisonResults, Spread


def results() -> ComparisonResults:
    several = tuple(Spread(mean, 0.125) for mean in (0.25, 0.5))
    single = tuple(Spread(mean, None) for mean in (0.5, 0.75))
    summary = {
        "gpt": ArmSummary(1, {}, {"accuracy_by_position": single}),
        "absent": None,
        "nextlat": ArmSummary(3, {}, {"accuracy_by_position": several}),
    }
    return ComparisonResults(
        study="path-star",
        question="?",
        scale="tiny",
        command="",
        paper={},
        provenance={},
        missing=("absent-0",),
        summary=summary,
        rows=(),
    )


def test_an_arm_keeps_its_colour_and_seeds_have_a_band(tmp_path: Path) -> None:
    position_figure(results(), "accuracy_by_position", tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text("utf-8")
    for arm, colour in (("gpt", COLOURS[0]), ("nextlat", COLOURS[2])):
        assert arm in svg
        assert colour in svg
    assert COLOURS[1] not in svg  # of the arm that was not run
    assert "accuracy by position" in svg
    # matplotlib names the only filled area FillBetweenPolyCollection or PolyCollection.
    assert len(re.findall(r'id="\w*PolyCollection_\d+"', svg)) == 1


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        position_figure(results(), "accuracy_by_position", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
