"""The guide's task and objective are whole: written to a file and registered as it says, every
command takes them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.cli import main
from nextlat.errors import DataError
from nextlat.model.learner import Learner
from nextlat.objectives import OBJECTIVES
from nextlat.tasks import TASKS
from nextlat.training.loop import read_run, train
from nextlat.training.metrics import read_lines
from nextlat.trunk.trunk import Trunk

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "engine.md"


def written(heading: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Write the code under a heading of the guide to a file, and import that."""
    section = GUIDE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    name = f"guide_{heading.rpartition(' ')[2]}"
    file = folder / f"{name}.py"
    file.write_text(section.split("```python\n")[1].split("```")[0], "utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_the_guides_task_trains_and_evaluates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(TASKS, "parity", written("A new task", tmp_path, monkeypatch).Parity)
    main(
        [
            "train",
            "parity.tiny",
            "loop.threads=1",
            "held_out=32",
            "--out",
            str(tmp_path / "run"),
            "--quiet",
        ]
    )
    capsys.readouterr()
    main(["evaluate", str(tmp_path / "run"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["task"], told["problems"]) == ("parity", 32)
    assert 0 <= told["accuracy"] <= 1
    task = TASKS["parity"](TASKS["parity"].Config(), 0)
    held = {tuple(word) for word in task.held_out(100)}
    batch = task.training_batch(3, 200)
    assert len(batch) == 200
    assert not held & {tuple(row[1:-1]) for row in batch.input_ids_BT.tolist()}
    assert torch.equal(batch.input_ids_BT[:, -1], batch.input_ids_BT[:, 1:-1].sum(dim=1) % 2)
    (tmp_path / "bad.txt").write_text("0 1 2\n", "utf-8")
    with pytest.raises(DataError, match="give 12 bits"):
        task.read(tmp_path / "bad.txt")


def test_the_guides_objective_trains_resumes_and_splits_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = written("A new objective", tmp_path, monkeypatch).Narrow
    monkeypatch.setitem(OBJECTIVES, "narrow", kind)
    words = ("group_words.tiny", "objective.name=narrow", "objective.weight=1e-3", "loop.threads=1", "steps=4",
             "log_every=1", "batch_size=12", "held_out=8")  # fmt: skip
    main(["train", *words, "--out", str(tmp_path / "one"), "--quiet"])
    main(["train", *words, "loop.accumulation=3", "--out", str(tmp_path / "three"), "--quiet"])
    one, three = (read_lines(tmp_path / name / "metrics.jsonl") for name in ("one", "three"))
    assert [line["size"] for line in one[:4]] == pytest.approx(
        [line["size"] for line in three[:4]], rel=1e-4
    )
    loaded = Learner.from_pretrained(tmp_path / "one" / "model")
    assert loaded.objective.config.weight == 1e-3
    config = read_run(tmp_path / "one")
    train(config, tmp_path / "parts", stop=lambda step: step == 2)
    train(config, tmp_path / "parts")
    again = Learner.from_pretrained(tmp_path / "parts" / "model").state_dict()
    assert all(torch.equal(value, again[name]) for name, value in loaded.state_dict().items())
    trunk = tiny_trunk()
    ids = torch.randint(23, (2, 7), generator=torch.Generator().manual_seed(0))
    losses = Learner(trunk, kind.build(Trunk(trunk), kind.Config(weight=0.5)))(ids)
    logits = trunk(input_ids=ids).logits[:, :-1]
    torch.testing.assert_close(losses.size, logits.logsumexp(-1).square().mean())
    torch.testing.assert_close(losses.total, losses.next_token + 0.5 * losses.size)
