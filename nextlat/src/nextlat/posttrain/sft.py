"""Supervised fine-tuning on the user's demonstrations, through TRL's SFTTrainer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nextlat.posttrain.models import load_policy, lora_config, policy_tokenizer
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import Demonstration
from nextlat.posttrain.settings import LoraSettings, SftSettings
from nextlat.posttrain.stages import Stop, quiet, train_stage, trainer_arguments


def sft_config(settings: SftSettings, folder: Path, seed: int) -> object:
    """Return TRL's SFTConfig of the settings."""
    return package("trl").SFTConfig(**trainer_arguments(settings, folder, seed, own=()))


def sft_dataset(demonstrations: Sequence[Demonstration]) -> object:
    """Return TRL's columns of prompts and completions; a chat's is the assistant's message."""
    rows = [
        {
            "prompt": shown.prompt,
            "completion": shown.completion
            if isinstance(shown.prompt, str)
            else [{"role": "assistant", "content": shown.completion}],
        }
        for shown in demonstrations
    ]
    datasets = package("datasets")
    datasets.disable_progress_bars()
    return datasets.Dataset.from_list(rows)


def train_sft(
    model: str,
    demonstrations: Sequence[Demonstration],
    settings: SftSettings,
    folder: Path,
    *,
    lora: LoraSettings | None = None,
    seed: int = 0,
    stop: Stop | None = None,
    progress: bool = False,
) -> bool:
    """Fine-tune a model on demonstrations, resuming where the folder holds a checkpoint.

    Args:
        model: hub id or folder.
        demonstrations: at least one.
        settings: the trainer's.
        folder: the stage's; the model is written to `folder/model`.
        lora: adapters, merged at the end; all weights where None.
        seed: of data order and dropout.
        stop: ends the stage early.
        progress: whether a bar is drawn on standard error.

    Returns:
        Whether it is done; False where `stop` ended it.

    Raises:
        MissingPackageError: TRL, PEFT or datasets is not installed.
        ModelError: the model cannot be loaded.
        NonFiniteLossError: a loss became infinite or not a number.
    """
    trl = package("trl")
    tokenizer = policy_tokenizer(model)
    with quiet():
        trainer = trl.SFTTrainer(
            model=load_policy(model),
            args=sft_config(settings, folder, seed),
            train_dataset=sft_dataset(demonstrations),
            processing_class=tokenizer,
            peft_config=lora_config(lora),
        )
        return train_stage(trainer, folder, tokenizer, stop, progress=progress)
