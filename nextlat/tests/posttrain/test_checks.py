"""What would go wrong in the middle of training is refused before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_language_model import save_tiny_model

from nextlat.errors import DataError, MissingPackageError, ModelError, UsageError
from nextlat.posttrain import models
from nextlat.posttrain.checks import check_prefixes, check_run
from nextlat.posttrain.models import load_config, load_policy, policy_tokenizer, prompt_ids
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import Demonstration, Problem
from nextlat.posttrain.recipes import posttrain_config

CHAT = [{"role": "user", "content": "2+2?"}]
PROBLEM = Problem("p", "ab=", "1")


def check(
    model: str,
    problems: list[Problem],
    *words: str,
    shown: tuple[Demonstration, ...] = (),
    count: int = 9,
) -> None:
    config = posttrain_config("tiny", {"model": model, "prompts": "p", "verifier": "v"}, words)
    check_run(config, problems, count, shown, policy_tokenizer(model), load_config(model))


def test_a_good_run_passes(model: str) -> None:
    check(model, [PROBLEM], shown=(Demonstration("a", "b"),))


@pytest.mark.parametrize(
    ("problem", "words", "kind", "told"),
    [
        (
            Problem("p", "x" * 9),
            ["grpo.max_prompt_length=8"],
            DataError,
            "9 tokens, more than grpo.max_prompt_length=8",
        ),
        (Problem("p", "x" * 256), [], DataError, "256 tokens, and the model's context is 256"),
        (Problem("p", "x" * 250), [], UsageError, "set grpo.max_completion_length=6 or less"),
        (
            PROBLEM,
            ["grpo.max_completion_length=300"],
            UsageError,
            "more than the model's context of 256",
        ),
        (Problem("p", CHAT), [], ModelError, "no chat template"),
    ],
)
def test_lengths_and_templates(
    problem: Problem, words: list[str], kind: type[Exception], told: str, model: str
) -> None:
    with pytest.raises(kind) as error:
        check(model, [PROBLEM, problem] if problem.prompt != CHAT else [problem], *words)
    assert told in str(error.value)


def test_a_prompt_of_no_tokens(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nextlat.posttrain.checks.prompt_ids", lambda *_: [])
    with pytest.raises(DataError, match="has no tokens for this tokenizer"):
        check(model, [PROBLEM])


def test_mixed_chats_and_text(chat_model: str) -> None:
    with pytest.raises(DataError, match="1 of 2 prompts are chat messages"):
        check(chat_model, [PROBLEM, Problem("q", CHAT)])
    check(chat_model, [Problem("q", CHAT)])
    tokenizer = policy_tokenizer(chat_model)
    assert tokenizer.decode(prompt_ids(tokenizer, CHAT)) == "<u>2+2?<a>"


def test_too_few_problems_for_a_step(model: str) -> None:
    with pytest.raises(UsageError, match="takes 2 problems, and training has 1"):
        check(model, [PROBLEM], count=1)


def test_demonstrations_are_not_cut(model: str) -> None:
    with pytest.raises(
        DataError, match=r"demonstration 2 has about 302 tokens, more than sft.max_length=256"
    ):
        check(model, [PROBLEM], shown=(Demonstration("a", "b"), Demonstration("a", "b" * 300)))
    with pytest.raises(UsageError, match="context is 256"):
        check(model, [PROBLEM], "sft.max_length=512", shown=(Demonstration("a", "b" * 300),))


def test_held_out_problems_are_not_demonstrated(model: str) -> None:
    held_out = Problem("h", "ab=", "1", split="held_out")
    with pytest.raises(
        DataError, match=r"1 held-out problems are among the demonstrations, such as h"
    ):
        check(model, [PROBLEM, held_out], shown=(Demonstration("ab=", "1"),))
    check(model, [PROBLEM], shown=(Demonstration("ab=", "1"),))


def test_tokenizers_without_end_or_pad(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no end token"):
        policy_tokenizer(str(save_tiny_model(tmp_path / "endless", eos=False)))
    tokenizer = policy_tokenizer(str(save_tiny_model(tmp_path / "padless", pad=False)))
    assert tokenizer.pad_token_id == tokenizer.eos_token_id  # as TRL does


@pytest.mark.parametrize("load", [policy_tokenizer, load_config, load_policy])
def test_models_that_cannot_be_loaded(load: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in (str(tmp_path / "empty"), "nobody/no-such-model"):
        with pytest.raises(ModelError, match="cannot be loaded"):
            load(name)
    with pytest.raises(ModelError, match="there is no folder"):
        load(str(tmp_path / "absent"))


def test_prefixes_leave_room_and_are_of_the_same_strategies(model: str) -> None:
    class Told:
        def __init__(self, *told: dict[str, str]) -> None:
            self.told = iter(told)

        def prefixes(self, _problem: Problem) -> dict[str, str]:
            return next(self.told)

    grpo = posttrain_config("tiny", {"model": model, "prompts": "p", "verifier": "v"}).grpo
    tokenizer = policy_tokenizer(model)
    two = [PROBLEM, PROBLEM]
    assert check_prefixes(Told({"a": "x"}, {"a": "y"}), two, tokenizer, grpo) == ("a",)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="give each problem the same strategies"):
        check_prefixes(Told({"a": "x"}, {"b": "y"}), two, tokenizer, grpo)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="prefix of strategy 'a' has 8 tokens"):
        check_prefixes(Told({"a": "x" * 8}), [PROBLEM], tokenizer, grpo)  # type: ignore[arg-type]


def test_an_absent_package_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, *_: Any) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("nextlat.posttrain.packages.importlib.import_module", absent)
    with pytest.raises(MissingPackageError, match=r"pip install 'nextlat\[posttrain\]'"):
        package("trl")


def test_several_gpus_or_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    models.one_device()
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="without torchrun"):
        models.one_device()
    monkeypatch.delenv("WORLD_SIZE")
    monkeypatch.setattr(models.torch.cuda, "device_count", lambda: 2)
    with pytest.raises(UsageError, match="CUDA_VISIBLE_DEVICES=0"):
        models.one_device()
