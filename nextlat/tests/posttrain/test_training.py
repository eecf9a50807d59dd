"""Training: a verifier's crash stops it, an interruption changes nothing, rewards are learnt,
metrics have TRL's names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from nextlat.errors import NonFiniteLossError, VerifierError
from nextlat.posttrain.grpo import train_grpo
from nextlat.posttrain.problems import Demonstration, Problem
from nextlat.posttrain.recipes import posttrain_config
from nextlat.posttrain.rewards import completion_text
from nextlat.posttrain.settings import GrpoSettings, LoraSettings, SftSettings
from nextlat.posttrain.sft import train_sft
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Verifier
from nextlat.training.metrics import read_lines

pytestmark = pytest.mark.slow

Own = Callable[..., str]
PROBLEMS = [Problem(str(at), f"ab{at}=", str(at), type=("even", "odd")[at % 2]) for at in range(4)]
SHOWN = [Demonstration(f"ab{at}=", f"{at}!") for at in range(6)]
LORA = LoraSettings(r=4, lora_alpha=8, lora_dropout=0.1)


def settings(**own: Any) -> GrpoSettings:
    return GrpoSettings(
        **{
            "loss_type": "dapo",
            "learning_rate": 1e-2,
            "per_device_train_batch_size": 4,
            "num_generations": 2,
            "max_completion_length": 4,
            "max_steps": 5,
            "save_steps": 1,
            "gradient_checkpointing": False,
            **own,
        }
    )


VERIFY = "def verify(completion, problem): return sum(map(ord, completion)) % 5 / 4\n"
LABEL = (
    "def label(completion, problem): return 'letters' if completion[:1].isalpha() else 'other'\n"
)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "model.safetensors")


def same(one: Path, other: Path) -> bool:
    return all(torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def told(folder: Path) -> list[dict[str, Any]]:
    """Metric lines without times."""
    return [
        {key: value for key, value in line.items() if key != "step_time"}
        for line in read_lines(folder / "metrics.jsonl")
    ]


def untold(folder: Path) -> list[dict[str, Any]]:
    """Likewise without the number of tokens seen, which TRL's SFTTrainer counts anew after an
    interruption."""
    return [
        {key: value for key, value in line.items() if key != "num_tokens"} for line in told(folder)
    ]


@pytest.mark.parametrize("case", ["plain", "lora", "accumulated", "two_iterations"])
def test_an_interrupted_run_ends_at_the_same_weights(
    case: str, model: str, own_module: Own, tmp_path: Path
) -> None:
    """The run is cut twice, within the first and within the third epoch: 4 problems, 2 a step."""
    own: dict[str, dict[str, Any]] = {
        "plain": {"beta": 0.1},
        "lora": {"beta": 0.1},
        "accumulated": {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2},
        "two_iterations": {"num_iterations": 2, "save_steps": 2, "max_steps": 10},
    }
    values = settings(**own[case])
    lora = LORA if case == "lora" else None
    verifier = Verifier(f"{own_module(VERIFY)}:verify", tmp_path)

    def go(folder: str, stop_at: int | None = None) -> bool:
        stop = None if stop_at is None else lambda step: step == stop_at
        return train_grpo(
            model, PROBLEMS, verifier, values, tmp_path / folder, lora=lora, seed=1, stop=stop
        )

    assert go("whole")
    scale = 2 if case == "two_iterations" else 1
    assert not go("cut", 1 * scale)
    assert not (tmp_path / "cut" / "model").exists()
    assert not go("cut", 3 * scale)
    assert go("cut")
    assert same(tmp_path / "whole", tmp_path / "cut")
    assert told(tmp_path / "whole") == told(tmp_path / "cut")
    assert any(line["grad_norm"] > 0 for line in told(tmp_path / "whole"))
    first = load_file(Path(model) / "model.safetensors")
    assert any(
        not torch.equal(first[name], value) for name, value in weights(tmp_path / "whole").items()
    )


@pytest.mark.parametrize("lora", [None, LORA], ids=["all weights", "lora"])
def test_interrupted_fine_tuning_ends_at_the_same_weights(
    lora: LoraSettings | None, model: str, tmp_path: Path
) -> None:
    values = SftSettings(
        learning_rate=1e-2,
        per_device_train_batch_size=2,
        max_steps=8,
        save_steps=1,
        gradient_checkpointing=False,
    )
    assert train_sft(model, SHOWN, values, tmp_path / "whole", lora=lora, seed=1)
    assert not train_sft(
        model, SHOWN, values, tmp_path / "cut", lora=lora, seed=1, stop=lambda step: step == 5
    )
    assert train_sft(model, SHOWN, values, tmp_path / "cut", lora=lora, seed=1)
    assert same(tmp_path / "whole", tmp_path / "cut")
    assert untold(tmp_path / "whole") == untold(tmp_path / "cut")
    losses = [line["loss"] for line in told(tmp_path / "whole")]
    assert losses[-1] < losses[0] - 0.1
    assert (tmp_path / "whole" / "adapter").is_dir() == (lora is not None)


def test_a_verifiers_crash_ends_training_and_repair_resumes_it(
    model: str, own_module: Own, tmp_path: Path
) -> None:
    """The third step's verifier fails: no step is made of it, the sample is told, and the repaired
    run goes on."""
    counted = "COUNT = [0]\n" + VERIFY.replace(
        "return", "\n    COUNT[0] += 1\n    if COUNT[0] > 8: raise ValueError('ninth')\n    return"
    )
    verifier = Verifier(f"{own_module(counted, 'crashes')}:verify", tmp_path)
    with pytest.raises(VerifierError, match="ninth"):
        train_grpo(model, PROBLEMS, verifier, settings(), tmp_path / "rl", seed=1)
    failure = json.loads((tmp_path / "verifier_failure.json").read_text())
    assert failure["prompt"] in {problem.prompt for problem in PROBLEMS}
    assert "ValueError: ninth" in failure["traceback"]
    assert [line["step"] for line in told(tmp_path / "rl")] == [1, 2]
    assert not (tmp_path / "rl" / "model").exists()
    repaired = Verifier(f"{own_module(VERIFY, 'repaired')}:verify", tmp_path)
    assert train_grpo(model, PROBLEMS, repaired, settings(), tmp_path / "rl", seed=1)
    assert train_grpo(model, PROBLEMS, repaired, settings(), tmp_path / "whole", seed=1)
    assert same(tmp_path / "rl", tmp_path / "whole")


def test_a_half_written_checkpoint_is_passed_over(
    model: str, own_module: Own, tmp_path: Path
) -> None:
    verifier = Verifier(f"{own_module(VERIFY)}:verify", tmp_path)
    assert train_grpo(model, PROBLEMS, verifier, settings(), tmp_path / "whole", seed=1)
    assert not train_grpo(
        model, PROBLEMS, verifier, settings(), tmp_path / "cut", seed=1, stop=lambda step: step == 3
    )
    (tmp_path / "cut" / "checkpoint-3" / "trainer_state.json").unlink()
    assert train_grpo(model, PROBLEMS, verifier, settings(), tmp_path / "cut", seed=1)
    assert same(tmp_path / "whole", tmp_path / "cut")


def test_metrics_have_trls_names_and_routes(model: str, own_module: Own, tmp_path: Path) -> None:
    verifier = Verifier(f"{own_module(VERIFY)}:verify", tmp_path)
    strategies = Strategies(f"{own_module(LABEL, 'labels')}:label", tmp_path)
    train_grpo(
        model,
        PROBLEMS,
        verifier,
        settings(beta=0.1, max_steps=2),
        tmp_path / "rl",
        strategies=strategies,
    )
    line = told(tmp_path / "rl")[-1]
    for name in (
        *(
            "loss",
            "grad_norm",
            "learning_rate",
            "reward",
            "reward_std",
            "rewards/verifier/mean",
            "frac_reward_zero_std",
        ),
        *(
            "completions/mean_length",
            "completions/clipped_ratio",
            "kl",
            "entropy",
            "clip_ratio/region_mean",
            "num_tokens",
        ),
        *(
            "pass_rate",
            "pass_rate/even",
            "pass_rate/odd",
            "group_pass_rate",
            "route/letters",
            "route/other",
        ),
    ):
        assert isinstance(line[name], float), name
    assert line["route/letters"] + line["route/other"] == pytest.approx(1)


def test_rewards_are_learnt(model: str, own_module: Own, tmp_path: Path) -> None:
    """A random model comes to begin with a vowel, which only the reward asks for."""
    own_module(
        "def verify(completion, problem): return completion[:1].lower() in set('aeiou')\n", "begins"
    )
    values = settings(
        per_device_train_batch_size=16,
        num_generations=8,
        max_completion_length=1,
        max_steps=25,
        learning_rate=2e-2,
    )
    assert train_grpo(model, PROBLEMS, Verifier("begins:verify", tmp_path), values, tmp_path / "rl")
    rates = [line["pass_rate"] for line in told(tmp_path / "rl")]
    assert rates[0] < 0.3
    assert sum(rates[-5:]) / 5 > 0.7
    assert [line["reward"] for line in told(tmp_path / "rl")] == pytest.approx(rates)


def test_the_papers_recipe_takes_steps(model: str, own_module: Own, tmp_path: Path) -> None:
    """LoRA 64/128/.05, groups of 8, 32 completions, KL weight .05: two steps of each stage with a
    tiny model."""
    given = {"model": model, "prompts": "p", "verifier": "v"}
    few = ["grpo.max_steps=2", "grpo.max_completion_length=4", "sft.max_steps=2"]
    config = posttrain_config("paper", given, few)
    assert train_sft(model, SHOWN * 3, config.sft, tmp_path / "sft", lora=config.lora)
    verifier = Verifier(f"{own_module(VERIFY)}:verify", tmp_path)
    assert train_grpo(
        str(tmp_path / "sft" / "model"),
        PROBLEMS,
        verifier,
        config.grpo,
        tmp_path / "rl",
        lora=config.lora,
    )
    adapter = json.loads((tmp_path / "rl" / "adapter" / "adapter_config.json").read_text())
    assert (adapter["r"], adapter["lora_alpha"], adapter["lora_dropout"]) == (64, 128, 0.05)
    assert {name.rpartition(".")[2] for name in adapter["target_modules"]} == {
        f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")
    }
    assert told(tmp_path / "rl")[0]["kl"] == pytest.approx(
        0, abs=1e-3
    )  # the reference is where training began


def test_losses_that_are_no_numbers_end_training(
    model: str, own_module: Own, tmp_path: Path
) -> None:
    few = {
        "per_device_train_batch_size": 2,
        "gradient_checkpointing": False,
        "max_grad_norm": 1e30,
        "save_steps": 1,
    }
    values = SftSettings(learning_rate=1e30, max_steps=6, **few)  # type: ignore[arg-type]
    with pytest.raises(NonFiniteLossError, match="lower the learning rate"):
        train_sft(model, SHOWN, values, tmp_path / "sft")
    assert not (tmp_path / "sft" / "model").exists()
    verifier = Verifier(f"{own_module(VERIFY)}:verify", tmp_path)
    with pytest.raises(NonFiniteLossError, match=r"learning[_ ]rate"):
        train_grpo(
            model, PROBLEMS, verifier, settings(learning_rate=1e30, max_steps=30), tmp_path / "rl"
        )


def test_chats_reach_the_verifier_as_text(chat_model: str, own_module: Own, tmp_path: Path) -> None:
    problems = [
        Problem(str(at), [{"role": "user", "content": f"ab{at}"}], str(at)) for at in range(4)
    ]
    code = (
        "def verify(completion, problem):\n    assert isinstance(completion, str)\n    return "
        "problem.text == 'ab1'\n"
    )
    verifier = Verifier(f"{own_module(code)}:verify", tmp_path)
    shown = [Demonstration(problem.prompt, "yes") for problem in problems]
    few = {"per_device_train_batch_size": 2, "max_steps": 1, "gradient_checkpointing": False}
    assert train_sft(chat_model, shown, SftSettings(**few), tmp_path / "sft")  # type: ignore[arg-type]
    assert train_grpo(chat_model, problems, verifier, settings(max_steps=2), tmp_path / "rl")
    assert sum(line["pass_rate"] for line in told(tmp_path / "rl")) == pytest.approx(0.5)
    assert completion_text([{"role": "assistant", "content": "yes"}]) == "yes"
