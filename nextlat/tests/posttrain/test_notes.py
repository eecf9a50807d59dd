"""Notes of a run: what was measured, what was left out, and labels that disagree with prefixes."""

from __future__ import annotations

from nextlat.posttrain.notes import mislabelled, notes
from nextlat.posttrain.results import Figures, Row


def row(**labels: float) -> Row:
    return Row("run", "rl", "all", None, 4, Figures(0.5, forced_label=labels))


def test_one_note_says_how_execution_was_measured() -> None:
    unlabelled, *_ = notes([row()], labelled=False, forced=(), duplicates=0)
    assert unlabelled.startswith("No labeller was given")
    unforced, *_ = notes([row()], labelled=True, forced=(), duplicates=0)
    assert unforced.startswith("The strategies module has no PREFIXES")
    assert list(notes([row(left=1.0)], labelled=True, forced=("left",), duplicates=2)) == [
        "Execution is the accuracy where a strategy's first words are forced.",
        "2 rows equal to an earlier one were left out.",
    ]


def test_the_least_share_of_any_row_is_noted_where_it_is_low() -> None:
    [note] = mislabelled([row(left=0.95, right=0.5), row(left=0.9, right=0.75)])
    assert "forced to 'right', the labeller called as few as 50% so" in note
    assert mislabelled([Row("run", "rl", "all", None, 4, Figures(0.5))]) == []
