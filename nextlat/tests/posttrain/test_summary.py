"""The table for the terminal: aligned columns, both decodings, splits in words, notes last."""

from __future__ import annotations

from nextlat.evaluation.intervals import Interval
from nextlat.posttrain.results import Figures, Row, RunResults, StageSplit
from nextlat.posttrain.splits import Split
from nextlat.posttrain.summary import HEADINGS, table


def test_a_run_is_two_lines_a_stage_and_a_sentence_a_split() -> None:
    sampled = Figures(0.5, 0.25, {"left": 0.75, "right": 0.25}, {"left": 0.5}, Interval(0.25, 0.75))
    row = Row("run", "rl", "all", None, 4, sampled, Figures(1.0))
    forced, conditional = (
        StageSplit("run", "base", "rl", "all", Split(0.5, 0.25, 0.125, 0.125), execution_by=by)
        for by in ("forcing", "conditional")
    )
    results = RunResults(
        study="posttrain-run",
        scale="own",
        seed=0,
        rows=(row,),
        totals=(row,),
        splits=(forced, conditional),
        notes=("A note.",),
    )
    head, first, second, *rest = table(results)
    assert head.split("  ")[0] == "stage"
    assert first.split() == [
        *("rl", "sampled", "all", "4", "0.500", "0.250-0.750", "0.250"),
        *("left", "0.75", "right", "0.25", "left", "0.50"),
    ]
    assert second.split() == ["rl", "greedy", "all", "4", "1.000", "-", "-", "-", "-"]
    # Every column begins where its heading does.
    for heading in HEADINGS[1:7]:
        start = head.index(f"  {heading}") + 2
        assert first[start - 1] == " " != first[start]
    words = "base to rl, all: +0.500 = +0.250 selection +0.125 improvement +0.125 residual"
    assert rest == [words, f"{words} (execution not measured)", "A note."]


def test_without_totals_there_are_headings_alone() -> None:
    rows = (Row("run", "rl", "all", None, 4, Figures(0.5)),)
    results = RunResults(study="posttrain-run", scale="own", seed=0, rows=rows)
    assert len(table(results)) == 1
