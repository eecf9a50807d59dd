"""The loop: resumes bit for bit, splits change nothing, and it stops with an error that says what
to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_runs import tiny_run

from nextlat.errors import CheckpointError, NonFiniteLossError, UsageError
from nextlat.model.learner import Learner
from nextlat.tasks import TASKS
from nextlat.tasks.group_words import GroupWords
from nextlat.training.checkpoint import load_checkpoint, newest_checkpoint
from nextlat.training.loop import load_run, read_run, train
from nextlat.training.metrics import read_lines

STEPS = ("steps=8", "log_every=2", "checkpoint_every=3", "batch_size=12", "held_out=16")


def state(out: Path) -> dict[str, torch.Tensor]:
    return Learner.from_pretrained(out / "model").state_dict()


def without_time(line: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in line.items() if key != "steps_per_s"}


@pytest.mark.parametrize("objective", ["next_token", "next_latent", "multi_token"])
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(objective: str, tmp_path: Path) -> None:
    config = tiny_run("group_words", f"objective.name={objective}", *STEPS)
    whole = train(config, tmp_path / "whole")
    assert train(config, tmp_path / "parts", stop=lambda step: step == 5) == {}
    assert not (tmp_path / "parts" / "model").exists()
    assert train(config, tmp_path / "parts", stop=lambda step: step == 7) == {}
    assert train(config, tmp_path / "parts") == whole
    left, right = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)
    lines = [read_lines(tmp_path / name / "metrics.jsonl") for name in ("whole", "parts")]
    assert [without_time(line) for line in lines[0]] == [without_time(line) for line in lines[1]]
    left_state = load_checkpoint(newest_checkpoint(tmp_path / "whole" / "checkpoints"))  # type: ignore[arg-type]
    right_state = load_checkpoint(newest_checkpoint(tmp_path / "parts" / "checkpoints"))  # type: ignore[arg-type]
    for one, other in zip(
        left_state.optimizer["state"].values(), right_state.optimizer["state"].values(), strict=True
    ):
        assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.slow
def test_a_kill_between_checkpoints_loses_only_the_steps_since(tmp_path: Path) -> None:
    config = tiny_run("group_words", *STEPS)
    train(config, tmp_path / "whole")
    script = (
        "import sys, os; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from tiny_runs import tiny_run; from nextlat.training.loop import train\n"
        "train(tiny_run('group_words', *sys.argv[3:]), Path(sys.argv[1]),"
        " stop=lambda step: os._exit(9) if step == 5 else False)"
    )
    support = str(Path(__file__).parents[1] / "support")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "killed"), support, *STEPS], check=False
    )
    assert done.returncode == 9
    assert newest_checkpoint(tmp_path / "killed" / "checkpoints").name == "step-00000003.pt"  # type: ignore[union-attr]
    train(config, tmp_path / "killed")
    left, right = state(tmp_path / "whole"), state(tmp_path / "killed")
    assert all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("objective", ["next_latent", "multi_token"])
def test_accumulation_changes_nothing_but_rounding(objective: str, tmp_path: Path) -> None:
    words = (f"objective.name={objective}", *STEPS)
    train(tiny_run("group_words", *words), tmp_path / "one")
    train(tiny_run("group_words", *words, "accumulation=3"), tmp_path / "three")
    close(tmp_path / "one", tmp_path / "three")


def close(left: Path, right: Path) -> None:
    """Losses and gradient norms of two runs agree to rounding."""
    for one, other in zip(
        *(read_lines(path / "metrics.jsonl") for path in (left, right)), strict=True
    ):
        for name, value in one.items():
            if name.startswith(("held_out", "steps_per_s")):
                continue
            assert other[name] == pytest.approx(value, rel=2e-4, abs=1e-6), (one["step"], name)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["next_latent", "multi_token"])
def test_two_processes_equal_one(objective: str, tmp_path: Path) -> None:
    words = (f"objective.name={objective}", *STEPS)
    train(tiny_run("group_words", *words), tmp_path / "one")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0", "--standalone",
        "-m", "nextlat.cli", "train", "group_words.tiny", "loop.threads=1", *words, "--out", str(tmp_path / "two"), "--quiet",
    ]  # fmt: skip
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    close(tmp_path / "one", tmp_path / "two")


def test_the_folder_alone_repeats_the_run(tmp_path: Path) -> None:
    train(tiny_run("group_words", *STEPS, "seed=3"), tmp_path / "first")
    told = json.loads((tmp_path / "first" / "run.json").read_text())
    assert {"config", "provenance"} <= told.keys()
    assert told["provenance"]["versions"]["torch"]
    train(read_run(tmp_path / "first"), tmp_path / "again")
    left, right = state(tmp_path / "first"), state(tmp_path / "again")
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_bf16_trains_and_keeps_float32_weights(tmp_path: Path) -> None:
    train(tiny_run("group_words", *STEPS, "precision=bf16"), tmp_path)
    assert {tensor.dtype for tensor in state(tmp_path).values()} == {torch.float32}


def test_tensorboard_is_written_where_asked(tmp_path: Path) -> None:
    train(tiny_run("group_words", *STEPS, "tensorboard=true"), tmp_path)
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_another_configuration_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    train(tiny_run("group_words", *STEPS), tmp_path)
    with pytest.raises(CheckpointError, match=r"different: optimizer\.learning_rate"):
        train(tiny_run("group_words", *STEPS, "learning_rate=0.5"), tmp_path)


def test_a_checkpoint_of_another_version_or_damaged_is_refused(tmp_path: Path) -> None:
    config = tiny_run("group_words", *STEPS)
    train(config, tmp_path, stop=lambda step: step == 3)
    path = newest_checkpoint(tmp_path / "checkpoints")
    assert path is not None
    told = torch.load(path, weights_only=True)
    torch.save({**told, "format_version": 99}, path)
    with pytest.raises(CheckpointError, match="format version 99, this library reads 1"):
        train(config, tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="cannot be read"):
        train(config, tmp_path)


def test_a_non_finite_loss_stops_the_run_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    config = tiny_run("group_words", *STEPS, "learning_rate=1e30", "grad_clip=null")
    with pytest.raises(NonFiniteLossError, match=r"Lower optimizer\.learning_rate"):
        train(config, tmp_path)


def test_a_batch_that_does_not_split_is_refused() -> None:
    with pytest.raises(UsageError, match=r"not a multiple of loop\.accumulation=5"):
        tiny_run("group_words", *STEPS, "accumulation=5")


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no run\.json"):
        load_run(tmp_path)


def test_a_task_brings_its_own_tokenizer_to_the_saved_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spelt(GroupWords):
        def save_tokenizer(self, folder: Path) -> None:
            (folder / "spelling.txt").write_text(str(self.order), "utf-8")

    train(tiny_run("group_words", "steps=1", "held_out=4"), tmp_path / "none")
    monkeypatch.setitem(TASKS, "group_words", Spelt)
    train(tiny_run("group_words", "steps=1", "held_out=4"), tmp_path / "own")
    files = [
        {path.name for path in (tmp_path / name / "model").iterdir()} for name in ("none", "own")
    ]
    assert files[1] - files[0] == {"spelling.txt"}
    assert not [name for name in files[0] if "token" in name]
