"""Seconds a GRPO step takes in TRL's loop and in the study's lean one, in turn.

    python benchmarks/nextlat/lean_against_trl.py

Writes results/timings/lean-against-trl.json. Model, prompts, group and length are the same.

Both roll out 32 prompts of 8 responses and take one update with a KL term. The reward is the parity
of a response's length, so that neither loop can skip its update. What each computes is compared by
nextlat/tests/posttrain/finite_field.
"""

from __future__ import annotations

import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from nextlat.model.storage import write_json
from nextlat.posttrain.finite_field.grpo import PolicyStage, Rollout
from nextlat.posttrain.finite_field.recipes import PolicySettings, desk
from nextlat.posttrain.grpo import grpo_config, grpo_dataset, trainer_class
from nextlat.posttrain.models import load_policy
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.settings import GrpoSettings
from nextlat.posttrain.stages import quiet
from nextlat.tasks.finite_field import FiniteField
from nextlat.tasks.protocol import generator
from nextlat.training.build import build_trunk
from nextlat.training.provenance import provenance

STEPS = 5
"""Steps timed of each loop, after one that is not."""

RESULT = Path(__file__).parent / "results" / "timings" / "lean-against-trl.json"


class _Timed(PolicyStage):
    def rewards(self, rollout: Rollout) -> torch.Tensor:
        rewards = [float(len(row) % 2) for row in rollout.responses]
        return torch.tensor(rewards).view(self.settings.prompts, self.settings.num_generations)


def lean_seconds(
    model: Path, task: FiniteField, settings: PolicySettings, folder: Path
) -> list[float]:
    """Return seconds of each step of the lean loop."""
    stage = _Timed(model, folder, task, settings, 0)
    stage.run()
    lines = [
        json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    return [line["step_time"] for line in lines[1:]]


def trl_seconds(
    model: Path, task: FiniteField, settings: PolicySettings, folder: Path
) -> list[float]:
    """Return seconds of each step of TRL's loop, on the same kind of prompts."""
    names = task.rendering.vocabulary.tokens
    words = Tokenizer(
        WordLevel({name: number for number, name in enumerate(names)}, unk_token="PAD")
    )
    words.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="PAD", eos_token="EOS")
    rng = generator(0, "benchmark")
    prompts = [
        " ".join(names[token] for token in task.rendering.prompt(task.chain(rng)))
        for _ in range(settings.prompts * (STEPS + 1))
    ]
    longest = 2 * task.config.max_steps + 7
    own = GrpoSettings(
        loss_type=settings.loss_type,
        learning_rate=settings.learning_rate,
        num_generations=settings.num_generations,
        per_device_train_batch_size=settings.prompts * settings.num_generations,
        max_completion_length=longest,
        beta=settings.beta,
        scale_rewards=settings.scale_rewards,
        gradient_checkpointing=False,
        max_steps=STEPS + 1,
    )
    ends: list[float] = []

    def reward(completion_ids: list[list[int]], **_: Any) -> list[float]:
        ends.append(time.perf_counter())
        return [float(len(row) % 2) for row in completion_ids]

    with quiet():
        trainer = trainer_class()(
            model=load_policy(str(model)),
            reward_funcs=reward,
            args=grpo_config(own, folder, 0),
            train_dataset=grpo_dataset(
                [Problem(str(number), prompt) for number, prompt in enumerate(prompts)]
            ),
            processing_class=tokenizer,
        )
        trainer.train()
    return [later - earlier for earlier, later in itertools.pairwise(ends)]


def main() -> None:
    """Time both and write the result file."""
    torch.set_num_threads(1)
    study = desk()
    settings = PolicySettings(
        steps=STEPS + 1,
        learning_rate=study.hard.learning_rate,
        loss_type="dr_grpo",
        beta=0.04,
        scale_rewards="none",
    )
    task = FiniteField(study.task(study.hard_steps), 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.manual_seed(0)
        build_trunk(study.trunk, task.vocab_size, task.max_length).save_pretrained(folder / "model")
        lean = lean_seconds(folder / "model", task, settings, folder / "lean")
        trl = trl_seconds(folder / "model", task, settings, folder / "trl")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    medians = statistics.median(lean), statistics.median(trl)
    write_json(
        RESULT,
        {
            "benchmark": "lean-against-trl",
            "command": "python benchmarks/nextlat/lean_against_trl.py",
            "lean_seconds": lean,
            "trl_seconds": trl,
            "ratio": medians[1] / medians[0],
            "provenance": provenance(),
        },
    )
    print(
        f"lean {medians[0]:.2f} s a step, TRL {medians[1]:.2f} s: {medians[1] / medians[0]:.1f} "
        "times"
    )


if __name__ == "__main__":
    main()
