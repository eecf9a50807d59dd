"""Figures of a report: what is drawn is the mean of the runs, and names stay names."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.container import BarContainer

from nextlat.posttrain.report.drawing import label, slug, themed
from nextlat.posttrain.report.figures import (
    SMOOTHED_FROM,
    curve_drawings,
    running,
    split_drawings,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import CurvePoint, Figures, Row, RunResults, StageSplit
from nextlat.posttrain.splits import Split


def study(*runs: RunResults) -> StudyResults:
    return StudyResults(runs, ())


def run(
    seed: int = 0, curves: tuple[CurvePoint, ...] = (), splits: tuple[StageSplit, ...] = ()
) -> RunResults:
    rows = (Row("run", "rl", "easy", None, 4, Figures(0.5, routing={"left": 1.0})),)
    return RunResults(
        study="posttrain-run", scale="own", seed=seed, rows=rows, curves=curves, splits=splits
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=150))
def test_running_means_stay_within_the_values_and_few_values_stay(values: list[float]) -> None:
    means = running(values)
    assert len(means) == len(values)
    assert min(values) - 1e-3 <= min(means) <= max(means) <= max(values) + 1e-3
    if len(values) < SMOOTHED_FROM:
        assert means == values


def test_a_running_mean_spans_a_twentieth() -> None:
    values = [float(number) for number in range(80)]
    means = running(values)  # two values on both sides
    assert means[40] == 40
    assert means[0] == statistics.fmean([0, 1, 2])


def test_a_curve_is_the_mean_over_seeds() -> None:
    runs = [
        run(seed, tuple(CurvePoint("run", "rl", step, {"reward": level}) for step in (1, 2)))
        for seed, level in enumerate((0.25, 0.75))
    ]
    [drawing] = curve_drawings(study(*runs))
    assert drawing.name == "curve-reward"
    assert drawing.words == "run, RL: 0.5 at step 1, 0.5 at step 2."
    [line] = drawing.figure.axes[0].get_lines()
    assert list(line.get_ydata()) == [0.5, 0.5]  # type: ignore[arg-type]


def test_only_routes_of_strategies_that_were_measured_are_drawn() -> None:
    logged = {"route/easy/left": 0.25, "route/easy/unheard": 0.5, "route/left": 0.75, "other": 1}
    drawings = list(curve_drawings(study(run(0, (CurvePoint("run", "rl", 1, logged),)))))
    assert [drawing.title for drawing in drawings] == ["Share of left on easy during training"]


def test_bars_of_a_change_add_up_to_it() -> None:
    split = StageSplit("run", "base", "rl", "easy", Split(0.25, 0.5, -0.375, 0.125))
    [drawing] = split_drawings(study(run(0, (), (split,))))
    axes = drawing.figure.axes[0]
    bars = [bar[0] for bar in axes.containers if isinstance(bar, BarContainer)]
    widths = [bar.get_width() for bar in bars]
    assert widths == pytest.approx([50, -37.5, 12.5])
    assert sum(widths) == pytest.approx(25)
    # Gains are stacked to the right of zero, losses to its left.
    assert [bar.get_x() for bar in bars] == pytest.approx([0, 0, 50])
    assert "selection +50.0, improvement -37.5, residual +12.5" in drawing.words


def test_names_are_cut_and_files_have_plain_names() -> None:
    assert label("x" * 40) == "x" * 27 + "…"
    assert label("_hidden") == " _hidden"  # a legend leaves out names that begin with _
    assert slug("route/a b|C") == "route-a-b-c"
    assert slug("../..") == "x"


def test_a_figure_in_a_page_has_ids_of_its_own_and_variable_colours() -> None:
    svg = (
        '<?xml version="1.0"?><!-- made by --><svg width="72.00pt" height="36.00pt">'
        '<g id="a"><path style="fill: #1c1e24" d="M 1.23456 2"/></g>'
        '<use xlink:href="#a" clip-path="url(#c)"/><text>fill: #1c1e24</text></svg>'
    )
    page = themed(svg, "p", "<title>", "words & more")
    assert page.startswith('<svg role="img" viewBox="0 0 72 36"')
    assert "<title>&lt;title&gt;</title><desc>words &amp; more</desc>" in page
    assert 'id="p-a"' in page
    assert 'href="#p-a"' in page
    assert "url(#p-c)" in page
    assert 'style="fill: var(--ink)" d="M 1.23 2"' in page
    assert "<text>fill: #1c1e24</text>" in page  # what a text says is not changed
    assert "<?xml" not in page
    assert "made by" not in page
