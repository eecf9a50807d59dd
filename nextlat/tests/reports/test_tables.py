"""Tables of a study: rounding, which positions are shown, and arms that lack a figure."""

from __future__ import annotations

from nextlat.reports.figures import position_names
from nextlat.reports.results import ArmSummary, ComparisonResults, Spread
from nextlat.reports.tables import position_tables, positions, scalar_table, spread, table, words


def results(**summary: ArmSummary | None) -> ComparisonResults:
    return ComparisonResults(
        study="text",
        question="?",
        scale="tiny",
        command="nextlat reproduce text",
        paper={},
        provenance={},
        missing=(),
        summary=summary,
        rows=(),
    )


def test_digits_fit_the_size_of_the_number() -> None:
    assert spread(0.83721, 0.0123) == "0.837 ± 0.012"
    assert spread(-9.9996, None) == "-10.000"
    assert spread(123.46, None) == "123.5"
    assert spread(2_345.6, 12.3) == "2346 ± 12"


def test_few_positions_are_all_shown_and_of_many_the_ends() -> None:
    assert positions(5) == [0, 1, 2, 3, 4]
    assert positions(12) == list(range(12))
    shown = positions(24)
    assert (shown[0], shown[-1], len(shown)) == (0, 23, 12)


def test_a_table_is_markdown() -> None:
    assert list(table(("a", "b"), [(1, "x")])) == ["| a | b |", "|---|---|", "| 1 | x |"]
    assert words("held_out_loss") == "held out loss"


def test_an_arm_that_lacks_a_figure_has_an_empty_cell() -> None:
    study = results(
        gpt=ArmSummary(1, {"loss": Spread(1.5, None)}, {"by_position": (Spread(0.5, None),)}),
        nextlat=ArmSummary(3, {"belief_r2": Spread(0.25, 0.125)}, {}),
        gru=None,
    )
    assert list(scalar_table(study)) == [
        "| arm | seeds | loss | belief r2 |",
        "|---|---|---|---|",
        "| gpt | 1 | 1.500 |  |",
        "| nextlat | 3 |  | 0.250 ± 0.125 |",
    ]
    assert list(position_tables(study)) == [
        "",
        "**by position**",
        "",
        "| arm | 1 |",
        "|---|---|",
        "| gpt | 0.500 |",
    ]
    assert position_names(study) == []  # a single position is not drawn


def test_rows_of_different_lengths_are_filled() -> None:
    short, long = (tuple(Spread(0.5, None) for _ in range(count)) for count in (1, 2))
    study = results(a=ArmSummary(1, {}, {"x": long}), b=ArmSummary(1, {}, {"x": short}))
    assert list(position_tables(study))[-2:] == ["| a | 0.500 | 0.500 |", "| b | 0.500 |  |"]
    assert position_names(study) == ["x"]
