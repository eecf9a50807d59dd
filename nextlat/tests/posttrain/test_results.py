"""Result files: what is written is read back equal, committed files among them, and bad values are
refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextlat.errors import DataError
from nextlat.evaluation.intervals import Interval
from nextlat.json_value import JsonValue
from nextlat.posttrain.result_reader import ResultReader, read_results
from nextlat.posttrain.results import (
    ChosenAccuracy,
    Criterion,
    CurvePoint,
    Figures,
    Row,
    RunResults,
    StageSplit,
    results_document,
    row_document,
)
from nextlat.posttrain.splits import Split, SplitIntervals

COMMITTED = Path(__file__).resolve().parents[3] / "benchmarks" / "nextlat" / "results"

names = st.text(min_size=1, max_size=12)
share = st.floats(0, 1)
shares = st.dictionaries(names, share, max_size=3)
passes = st.dictionaries(st.integers(1, 64), share, max_size=3)
figures = st.builds(
    Figures,
    accuracy=share,
    verified_accuracy=st.none() | share,
    routing=shares,
    execution=shares,
    interval=st.none() | share.map(lambda low: Interval(low, 1.0)),
    samples=st.none() | st.integers(1, 64),
    reward=st.none() | share,
    pass_at_k=st.none() | passes,
    verified_pass_at_k=st.none() | passes,
    forced_label=st.none() | shares,
    conditional=st.none()
    | st.dictionaries(
        names,
        st.builds(ChosenAccuracy, st.none() | share, st.none() | st.integers(0, 9)),
        max_size=2,
    ),
)
rows = st.builds(
    Row,
    arm=names,
    stage=names,
    type=names,
    steps=st.none() | st.integers(0, 99),
    n=st.integers(1, 999),
    sampled=figures,
    greedy=st.none() | figures,
)


@given(rows)
def test_a_row_is_read_as_it_was_written(row: Row) -> None:
    text = json.dumps(row_document(row))
    assert ResultReader().row(JsonValue(json.loads(text), "row")) == row


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    parts = Split(0.5, 0.25, 0.125, 0.125)
    interval = Interval(-0.5, 0.75)
    results = RunResults(
        study="posttrain-run",
        scale="own",
        seed=3,
        rows=(Row("run", "rl", "all", None, 4, Figures(0.5), Figures(0.25)),),
        splits=(
            StageSplit("run", "base", "rl", "all", parts, of="accuracy", execution_by="forcing"),
        ),
        greedy_splits=(
            StageSplit(
                "run", "base", "rl", "all", parts, n=4, intervals=SplitIntervals(*[interval] * 4)
            ),
        ),
        curves=(CurvePoint("run", "rl", 1, {"reward": 0.5, "loss": None}),),
        criteria={"S1": Criterion(None, "a condition", {"a": None, "b": 0.5}, ("FB rl_easy",))},
        stages=("base", "rl"),
        totals=(),
        notes=("a note",),
        data={"train": 3},
        inputs={"prompts": "abc"},
        missing=(),
        chance=0.25,
        config={"a": {"b": [1, 2]}},
        provenance={"commit": None},
        command="nextlat posttrain run",
    )
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results_document(results)), "utf-8")
    assert read_results(file) == results


@pytest.mark.parametrize(
    "file", sorted(COMMITTED.glob("posttrain-*.json")), ids=lambda file: file.stem
)
def test_committed_files_are_written_as_they_were_read(file: Path) -> None:
    assert results_document(read_results(file)) == json.loads(file.read_text("utf-8"))


def test_what_was_not_measured_is_left_out_of_the_file() -> None:
    row = Row("F", "sft", "inversion", 7, 256, Figures(0.5, None, {"forward": 1.0}))
    assert row_document(row) == {
        "arm": "F",
        "stage": "sft",
        "type": "inversion",
        "steps": 7,
        "n": 256,
        "accuracy": 0.5,
        "verified_accuracy": None,
        "routing": {"forward": 1.0},
        "execution": {},
    }


def test_only_finite_numbers_of_a_curve_are_numbers() -> None:
    logged = {"reward": 1, "loss": None, "kl": float("nan"), "done": True, "words": "x", "lr": 0.5}
    assert CurvePoint("run", "rl", 1, logged).numbers == {"reward": 1.0, "lr": 0.5}


def test_names_that_are_shown_are_short_and_printable() -> None:
    document = {"arm": "a\x00b" + "x" * 100, "stage": " ", "type": 7, "n": 1, "accuracy": 1}
    shown = ResultReader(shown=True).row(JsonValue(document, "row"))
    assert (shown.arm, shown.stage, shown.type) == ("a b" + "x" * 77, "?", "7")
    assert ResultReader().row(JsonValue(document, "row")).arm == document["arm"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"accuracy": 1.5}, r"row: accuracy is '1.5'; it must be a share from 0 to 1"),
        ({"accuracy": True}, "a finite number"),
        ({"interval": [0.1]}, r"an interval \[low, high\]"),
        ({"pass_at_k": {"0": 0.5}}, "numbers of samples"),
        ({"n": 0}, "at least one problem"),
        ({"conditional": {"a": 0.5}}, "row: conditional: a is '0.5'; it must be an object"),
        ({"routing": ["a"]}, "an object"),
    ],
)
def test_a_value_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    document = {"arm": "F", "stage": "sft", "type": "x", "n": 1, "accuracy": 1.0, **change}
    with pytest.raises(DataError, match=message):
        ResultReader().row(JsonValue(document, "row"))


def test_an_absent_key_names_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text('{"study": "finite-field", "rows": [{"arm": "F"}]}', "utf-8")
    with pytest.raises(DataError, match=r"rows\[0\] has no 'stage'; write the file again with"):
        read_results(file)
