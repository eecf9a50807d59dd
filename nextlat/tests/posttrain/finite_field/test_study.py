"""The study at its smallest size: the whole chain by the command, its results' laws, resume and
refusals."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nextlat.cli import main
from nextlat.configuration import from_mapping
from nextlat.errors import CheckpointError, UsageError
from nextlat.posttrain.finite_field import assessment, study
from nextlat.posttrain.finite_field.arms import PARTS
from nextlat.posttrain.finite_field.assessment import (
    FieldAssessor,
    ValidationCell,
    validation_set,
)
from nextlat.posttrain.finite_field.recipes import (
    SCALES,
    AssessmentSettings,
    FieldStudy,
    desk,
    tiny,
)
from nextlat.tasks.finite_field import FiniteField
from nextlat.tasks.finite_field_chains import NATURAL, Chain
from nextlat.tasks.finite_field_traces import gold_trace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("field")
    threads = torch.get_num_threads()
    main(["posttrain", "finite-field", "--scale", "tiny", "--workers", "1", "--out", str(out)])
    torch.set_num_threads(threads)
    return out


@pytest.fixture
def results(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return told


def test_every_arm_stage_type_and_number_of_steps_is_there(results: dict[str, Any]) -> None:
    assert (results["study"], results["scale"], results["seed"]) == ("finite-field", "tiny", 0)
    assert results["chance"] == pytest.approx(1 / 5)
    seen = {(row["arm"], row["stage"], row["type"], row["steps"]) for row in results["rows"]}
    wanted = {
        (arm, stage, kind, steps)
        for arm in ("F", "B", "FB")
        for stage in ("sft", "rl_easy", "rl_hard")
        for kind in NATURAL
        for steps in range(2, 6)
    }
    assert seen == wanted
    assert results["missing"] == []
    assert set(results["criteria"]) == {"S1", "S2", "I1", "I2", "A1", "C1"}


def test_rows_are_shares_with_their_intervals(results: dict[str, Any]) -> None:
    for row in results["rows"]:
        assert row["n"] == 12
        assert row["interval"][0] <= row["accuracy"] <= row["interval"][1]
        for told in (row, row["greedy"]):
            assert sum(told["routing"].values()) == pytest.approx(1)
            assert told["verified_accuracy"] <= told["accuracy"]
            assert set(told["execution"]) == {"forward", "backward"}
        assert list(row["pass_at_k"]) == ["1", "2", "4"]
        assert all(row["verified_pass_at_k"][k] <= row["pass_at_k"][k] for k in row["pass_at_k"])
        assert row["pass_at_k"]["1"] <= row["pass_at_k"]["4"]


def test_parts_of_every_change_add_up(results: dict[str, Any]) -> None:
    assert len(results["splits"]) == 3 * 2 * 3
    for split in [*results["splits"], *results["greedy_splits"]]:
        assert (
            abs(split["change"] - split["selection"] - split["improvement"] - split["residual"])
            < 1e-9
        )


def test_curves_have_trls_names_and_every_step(results: dict[str, Any]) -> None:
    mine = [line for line in results["curves"] if (line["arm"], line["stage"]) == ("FB", "rl_hard")]
    assert [line["step"] for line in mine] == [1, 2, 3, 4, 5]
    assert {"reward", "reward_std", "frac_reward_zero_std", "completions/mean_length"} <= set(
        mine[0]
    )
    assert {"route/forward|evaluation", "route/backward|inversion"} & set(mine[0])


def test_the_report_lies_beside_the_results(folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    assert "FB" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_second_call_does_nothing_anew_and_another_seed_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "results.json").read_bytes()

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a stage was trained again")

    monkeypatch.setattr(study.StageJob, "_train", refuse)
    study.run_finite_field(tiny(), folder, scale="tiny", seed=0, workers=1)
    assert (folder / "results.json").read_bytes() == before
    with pytest.raises(CheckpointError, match="another seed"):
        study.run_finite_field(tiny(), folder, scale="tiny", seed=1, workers=1)
    with pytest.raises(UsageError, match="no part"):
        study.run_finite_field(tiny(), folder, scale="tiny", seed=0, parts=["whole"])


def test_no_result_holds_a_path(folder: Path) -> None:
    assert str(folder.parent) not in (folder / "results.json").read_text("utf-8")


@pytest.mark.parametrize("scale", SCALES)
def test_sizes_go_through_json_and_every_part_has_arms(scale: str) -> None:
    size = SCALES[scale]()
    assert from_mapping(FieldStudy, json.loads(json.dumps(asdict(size))), "study") == size
    for part in PARTS.values():
        for arm in part(size):
            known = {"foundation"}
            for stage in arm.stages:
                assert (stage.fit is None) != (stage.policy is None)
                assert stage.starts_from in known
                known.add(stage.name)


def test_the_validation_set_is_one_for_all_and_held_out() -> None:
    settings = AssessmentSettings(problems=20, min_steps=2, max_steps=3)
    size = desk()
    one = FiniteField(size.task((2, 5), strategies="forward"), 0)
    other = FiniteField(size.task((6, 9), strategies="mixture"), 9)
    cells = list(validation_set(one, settings, [2, 3]))
    assert cells == list(validation_set(other, settings, [2, 3]))
    assert [(cell.type, cell.steps) for cell in cells] == [
        ("evaluation", 2), ("evaluation", 3), ("inversion", 2), ("inversion", 3), ("composition", 2), ("composition", 3),
    ]  # fmt: skip
    assert all(one.sampler.is_held_out(chain) for cell in cells for chain in cell.chains)


class Scripted(FieldAssessor):
    """Answers by a rule instead of a model: forward where free, right in a share of cases."""

    def __init__(self, task: FiniteField, right: int) -> None:
        self.task, self.settings, self.temperature = (
            task,
            AssessmentSettings(samples=4, sampled_problems=10),
            1.0,
        )
        self.right = right

    def judged(self, chains: Any, temperature: float, prefixes: Any = None) -> Any:
        from nextlat.tasks.finite_field_traces import judge

        found = []
        for number, chain in enumerate(chains):
            direction = "forward"
            if prefixes is not None and prefixes[number] == self.task.rendering.forcing_prefix(
                chain, "backward"
            ):
                direction = "backward"
            ids = self.task.rendering.response(chain, gold_trace(chain, [direction]))
            if number % 4 >= self.right:
                ids[-2] = (ids[-2] + 1) % chain.modulus
            found.append(judge(chain, self.task.rendering.read(chain, ids)))
        return found


@pytest.mark.parametrize("right", [0, 1, 3, 4])
def test_measures_of_a_scripted_model(right: int) -> None:
    task = FiniteField(desk().task((2, 5)), 0)
    rng = np.random.default_rng(0)
    chains: list[Chain] = [
        task.sampler.draw(rng, ["inversion"], 4, held_out=True) for _ in range(40)
    ]
    row = Scripted(task, right).row("FB", "sft", ValidationCell("inversion", 4, chains))
    figures = row.sampled
    assert figures.accuracy == figures.verified_accuracy == right / 4
    assert figures.routing == {"forward": 1.0, "backward": 0.0, "other": 0.0}
    assert figures.execution == {"forward": right / 4, "backward": right / 4}
    assert figures.pass_at_k is not None
    assert figures.pass_at_k[1] == pytest.approx(right / 4)
    assert figures.pass_at_k[4] == float(right > 0)
    assert assessment.PARTS_STEPS == 2


def test_parts_that_share_a_stage_run_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, str]] = []

    def run(job: study.StageJob) -> dict[str, object]:
        ran.append((job.arm.name, job.stage.name))
        return {"rows": [], "curve": []}

    monkeypatch.setattr(study, "_train_foundation", lambda *_: None)
    monkeypatch.setattr(study.StageJob, "run", run)
    study.run_finite_field(
        tiny(), tmp_path, scale="tiny", seed=0, parts=["core", "controls"], workers=1
    )
    assert len(ran) == len(set(ran))
    assert ran.count(("FB", "sft")) == 1
    assert ("FB", "rejection_hard") in ran
