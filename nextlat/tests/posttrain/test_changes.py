"""Changes between stages, split from rows: hand-worked parts, and what cannot be split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from posttrain_rows import CHANCE, study_rows

from nextlat.errors import DataError
from nextlat.posttrain.changes import study_splits, task_splits
from nextlat.posttrain.results import PARTS, ChosenAccuracy, Figures, Row


def test_the_splits_of_a_study() -> None:
    splits = study_splits(study_rows())
    assert len(splits) == 3 * 2 * 3
    by_name = {(split.arm, split.end, split.type): split for split in splits}
    hard = by_name["FB", "rl_hard", "inversion"]
    assert hard.parts.selection == pytest.approx(0.38 * ((0.39 + 0.95) / 2 - CHANCE))
    assert hard.parts.improvement == pytest.approx((0.6 + 0.98) / 2 * 0.56)
    assert hard.n == 4 * 256
    for split in splits:
        parts = split.parts
        rest = parts.change - parts.selection - parts.improvement - parts.residual
        assert abs(rest) < 1e-12
        for part in PARTS:
            low, high = getattr(split.intervals, part)
            assert low - 1e-12 <= getattr(parts, part) <= high + 1e-12
    mean = sum(
        by_name["FB", "rl_hard", kind].parts.selection for kind in ("evaluation", "inversion")
    )
    assert by_name["FB", "rl_hard", "all"].parts.selection == pytest.approx(mean / 2)
    assert by_name["F", "rl_hard", "inversion"].parts.selection == 0


def test_by_default_sampled_answers_of_six_to_nine_steps_are_split() -> None:
    expected = study_splits(study_rows())
    assert study_splits(study_rows(steps=range(5, 11))) == expected
    other = Figures(0.5, 0.5, {"forward": 1.0}, {"forward": 0.5, "backward": 0.5})
    assert study_splits([replace(row, greedy=other) for row in study_rows()]) == expected


def test_stages_measured_on_other_problems_are_not_split() -> None:
    rows = [replace(row, n=128) if row.stage == "rl_hard" else row for row in study_rows()]
    with pytest.raises(DataError, match="different problems"):
        study_splits(rows)
    assert study_splits(study_rows(), pairs=[("base", "sft")]) == []


def test_greedy_figures_are_split_alike_and_must_be_there() -> None:
    greedy = study_splits(study_rows(), greedy=True, accuracy="verified_accuracy", steps=None)
    sampled = study_splits(study_rows())  # the same figures in these rows
    assert [split.parts for split in greedy] == [split.parts for split in sampled]
    with pytest.raises(DataError, match="has no greedy accuracy"):
        study_splits([replace(row, greedy=None) for row in study_rows()], greedy=True)


def task_row(
    stage: str,
    kind: str,
    n: int,
    routing: Mapping[str, float],
    execution: Mapping[str, float],
    accuracy: float,
    *,
    forced: bool = True,
) -> Row:
    """A row whose strategies reach `execution` where forced, or else where chosen."""
    conditional = {name: ChosenAccuracy(share, 1) for name, share in execution.items()}
    figures = Figures(
        accuracy, accuracy, routing, execution if forced else {}, conditional=conditional
    )
    return Row("run", stage, kind, None, n, figures, figures)


def test_a_task_is_split_by_forced_execution() -> None:
    skill = {"forward": 0.1, "backward": 0.4}
    routing = {"forward": 0.4, "backward": 0.5, "odd": 0.1}
    before = task_row("sft", "inv", 10, routing, skill, 0.25)
    after = task_row("rl", "inv", 10, {"backward": 1.0}, {**skill, "backward": 0.9}, 0.9)
    [split] = task_splits([before, after], ["sft", "rl"])
    # backward: chosen .5 more often at a mean execution of .65; forward: .4 less often at .1.
    assert split.parts.selection == pytest.approx(0.5 * 0.65 - 0.4 * 0.1)
    assert split.parts.improvement == pytest.approx(0.75 * 0.5)
    assert split.parts.change == pytest.approx(0.65)
    assert split.parts.residual == pytest.approx(0.65 - 0.285 - 0.375)
    assert (split.execution_by, split.of) == ("forcing", "verified_accuracy")
    assert task_splits([before, after], ["sft", "rl"], greedy=True) == [split]


def test_without_forcing_conditional_accuracy_stands_in_and_is_named() -> None:
    before = task_row("base", "all", 4, {"forward": 1.0}, {"forward": 0.25}, 0.25, forced=False)
    after = task_row(
        "rl",
        "all",
        4,
        {"backward": 0.5, "forward": 0.5},
        {"backward": 1.0, "forward": 0.25},
        0.625,
        forced=False,
    )
    [split] = task_splits([before, after], ["base", "rl"])
    assert split.execution_by == "conditional"
    # A strategy that appears counts as selection.
    assert split.parts.selection == pytest.approx(0.375)
    assert split.parts.improvement == pytest.approx(0)
    assert split.parts.residual == pytest.approx(0)


def test_all_types_are_weighted_by_their_problems() -> None:
    accuracies = {("x", "base"): 0.0, ("x", "sft"): 0.5, ("x", "rl"): 1.0}
    accuracies |= {("y", "base"): 0.0, ("y", "sft"): 0.5, ("y", "rl"): 0.6}
    rows = [
        task_row(stage, kind, {"x": 1, "y": 3}[kind], {"a": 1.0}, {"a": accuracy}, accuracy)
        for (kind, stage), accuracy in accuracies.items()
    ]
    splits = {
        (split.type, split.start, split.end): split
        for split in task_splits(rows, ["base", "sft", "rl"])
    }
    assert set(splits) == {
        (kind, *pair)
        for kind in ("x", "y", "all")
        for pair in (("base", "sft"), ("sft", "rl"), ("base", "rl"))
    }
    assert splits["all", "sft", "rl"].parts.change == pytest.approx(0.25 * 0.5 + 0.75 * 0.1)


def test_completions_without_labels_are_not_split() -> None:
    rows = [Row("run", stage, "all", None, 4, Figures(0.5), Figures(0.5)) for stage in ("a", "b")]
    assert task_splits(rows, ["a", "b"]) == []


def test_steps_that_were_not_judged_leave_the_accuracy_of_answers() -> None:
    rows = [
        Row("run", stage, "all", None, 4, Figures(share, None, {"a": 1.0}, {"a": share}))
        for stage, share in (("base", 0.25), ("rl", 0.75))
    ]
    [split] = task_splits(rows, ["base", "rl"])
    assert split.of == "accuracy"
    assert split.parts.improvement == pytest.approx(0.5)
