"""Causal language models and tokenizers to be trained, and the folder of a trained one.

Weights are loaded in float32; mixed precision is the trainer's. Code that a model's folder brings
is never run.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import nn
from transformers import (
    AutoConfig,
    BatchEncoding,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from nextlat.errors import ModelError, UsageError
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import Prompt
from nextlat.posttrain.settings import LoraSettings
from nextlat.trunk.pretrained import load_pretrained, load_tokenizer


def policy_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """Return a model's tokenizer, its pad token the end token where it has none, as TRL does.

    Raises:
        ModelError: it cannot be loaded, or has no end token.
    """
    tokenizer = load_tokenizer(name)
    if tokenizer is None:
        raise ModelError(_not_loaded("tokenizer", name))
    tokenizer.padding_side = "left"
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"the tokenizer of {name} has no end token, so no completion would ever end; "
            'set "eos_token" in its tokenizer_config.json'
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_config(name: str) -> PretrainedConfig:
    """Return a model's configuration.

    Raises:
        ModelError: it cannot be loaded.
    """
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(name)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(_not_loaded("configuration", name, error)) from error
    return config


def load_policy(name: str) -> PreTrainedModel:
    """Return the model to be trained: a causal language model in float32, not yet on a device.

    Raises:
        ModelError: it cannot be loaded.
    """
    if _names_absent_folder(name):
        raise ModelError(_not_loaded("model", name))
    try:
        model, _ = load_pretrained(name, dtype=torch.float32)
    except (KeyError, ImportError) as error:
        raise ModelError(_not_loaded("model", name, error)) from error
    return model


def context_length(config: PretrainedConfig) -> int | None:
    """Return the most positions a model has; None where its configuration does not say."""
    text = config.get_text_config()
    positions = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
    return int(positions) if positions else None


def prompt_ids(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> list[int]:
    """Return a prompt's tokens as TRL makes them: a chat by its template, text as it is."""
    if isinstance(prompt, str):
        return list(tokenizer(prompt)["input_ids"])
    encoded = tokenizer.apply_chat_template(
        prompt, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    assert isinstance(encoded, BatchEncoding)  # because return_dict=True
    return list(encoded["input_ids"])


def lora_config(settings: LoraSettings | None) -> object:
    """Return PEFT's configuration of the adapters, or None."""
    if settings is None:
        return None
    values = asdict(settings)
    modules = list(values.pop("target_modules"))
    peft = package("peft")
    return peft.LoraConfig(
        **values,
        target_modules="all-linear" if modules == ["all-linear"] else modules,
        task_type="CAUSAL_LM",
    )


def one_device() -> None:
    """Refuse what this lab does not do: several processes, or several GPUs seen by one process.

    Raises:
        UsageError: either.
    """
    processes = os.environ.get("WORLD_SIZE", "1")
    if processes not in ("", "1"):
        raise UsageError(
            f"WORLD_SIZE={processes}: post-training runs in one process; start it without torchrun"
        )
    if torch.cuda.device_count() > 1:
        raise UsageError(
            f"{torch.cuda.device_count()} GPUs are visible; post-training uses one: set "
            "CUDA_VISIBLE_DEVICES=0"
        )


def device() -> torch.device:
    """Return the GPU, or the processor where there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def release() -> None:
    """Free the memory of models that are no longer used.

    A trainer and its callbacks refer to one another, so only a collection frees them.
    """
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def bf16_by_default() -> bool:
    """Return whether a GPU with bfloat16 is there."""
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported()


@runtime_checkable
class AdaptedModel(Protocol):
    """A model with PEFT's adapters."""

    def save_pretrained(self, save_directory: Path) -> None:
        """Write the adapters."""

    def merge_and_unload(self) -> nn.Module:
        """Return the model with the adapters merged into its weights."""


def save_model(model: nn.Module, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write a trained model as an ordinary folder.

    Adapters are merged in, and also written by themselves to `adapter/`.

    The folder appears under its name only when it is whole.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if isinstance(model, AdaptedModel):
        model.save_pretrained(folder.with_name("adapter"))
        model = model.merge_and_unload()
    assert isinstance(model, PreTrainedModel)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _names_absent_folder(name: str) -> bool:
    """Return whether a name can only be a path and no folder is there; a hub id is "owner/name"."""
    return bool(re.match(r"[/\\~.]|[A-Za-z]:[/\\]", name)) and not Path(name).is_dir()


def _not_loaded(what: str, name: str, error: Exception | None = None) -> str:
    if _names_absent_folder(name):
        return f"there is no folder {name}; give one that save_pretrained wrote, or a hub id"
    reason = (str(error or "").strip().splitlines() or [""])[0]
    return (
        f"the {what} of {name!r} cannot be loaded{f': {reason}' if reason else ''}; give a folder "
        "that save_pretrained wrote, or a hub id such as Qwen/Qwen2.5-1.5B-Instruct with the hub "
        "reachable"
    )
