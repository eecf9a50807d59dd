"""What both trainers share: arguments, the metrics file, resuming, saving the model.

A stage's folder:

    metrics.jsonl       one line a logged step, in TRL's names
    checkpoint-<step>/  transformers' checkpoints: model or adapter, optimiser, schedule, random
                        states
    model/              what came out, an ordinary folder; its being there means the stage is done
    adapter/            the adapters by themselves, with LoRA
"""

from __future__ import annotations

import dataclasses
import math
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import torch
from torch import nn
from tqdm import tqdm
from transformers import (
    PreTrainedTokenizerBase,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from transformers.utils.logging import (
    disable_progress_bar,
    enable_progress_bar,
    is_progress_bar_enabled,
)

from nextlat.errors import ModelError, NonFiniteLossError, UsageError
from nextlat.posttrain.models import bf16_by_default, save_model
from nextlat.posttrain.settings import TrainerSettings
from nextlat.training.metrics import MetricsFile

Stop = Callable[[int], bool]
"""Called after each step with the number of steps done; True ends the stage early, resumable."""

MODEL_FOLDER = "model"


class Accelerator(Protocol):
    """What a stage needs of a trainer's accelerator."""

    def unwrap_model(self, model: nn.Module) -> nn.Module:
        """Return the model without what accelerate put around it."""


class Trainer(Protocol):
    """What a stage needs of TRL's trainers, which are untyped."""

    model: nn.Module
    accelerator: Accelerator
    state: TrainerState

    def remove_callback(self, callback: type[TrainerCallback]) -> None:
        """Leave a callback out."""

    def add_callback(self, callback: TrainerCallback) -> None:
        """Call a callback."""

    def train(self, resume_from_checkpoint: str | None = None) -> object:
        """Train to the end."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' bars and one warning that users can do nothing about from standard error.

    TRL 1.16 still names `gradient_checkpointing`, which transformers 5.24 renames; remove the
    filter when TRL does not.
    """
    shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message=".*gradient_checkpointing.*", category=FutureWarning
            )
            yield
    finally:
        if shown:
            enable_progress_bar()


def trainer_arguments(
    settings: TrainerSettings, folder: Path, seed: int, own: Iterable[str]
) -> dict[str, object]:
    """Return keyword arguments of TRL's configuration.

    Args:
        settings: fields are passed by their own names, for they are TRL's.
        folder: the stage's folder.
        seed: of sampling, data order and dropout.
        own: fields that are ours alone, left out.

    Raises:
        UsageError: bf16 is asked for and the device cannot.
    """
    left_out = set(own)
    values = {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(settings)
        if field.name not in left_out
    }
    bf16 = bf16_by_default() if settings.bf16 is None else settings.bf16
    if bf16 and torch.cuda.is_available() and not torch.cuda.is_bf16_supported():
        raise UsageError("bf16=true, and this GPU has no bfloat16; set bf16=false")
    values |= {
        "bf16": bf16,
        "output_dir": str(folder),
        "seed": seed,
        "data_seed": seed,
        "use_cpu": not torch.cuda.is_available(),
        "report_to": "none",
        "save_strategy": "steps",
        "disable_tqdm": True,
        "logging_nan_inf_filter": False,  # a loss that is not a number must be seen
        "dataloader_pin_memory": torch.cuda.is_available(),
    }
    return values


def train_stage(
    trainer: Trainer,
    folder: Path,
    tokenizer: PreTrainedTokenizerBase,
    stop: Stop | None,
    *,
    progress: bool = False,
) -> bool:
    """Train to the end, from the newest whole checkpoint if any; then save the model.

    Args:
        trainer: TRL's, ready to train.
        folder: the stage's.
        tokenizer: saved with the model.
        stop: ends the stage early.
        progress: whether a bar is drawn on standard error.

    Returns:
        Whether the stage is done; False where `stop` ended it.

    Raises:
        NonFiniteLossError: a loss became infinite or not a number; the newest checkpoint is from
            before.
        ModelError: the GPU's memory is too small.
    """
    checkpoint = newest_trainer_state(folder)
    metrics = MetricsFile(folder, checkpoint_step(checkpoint) if checkpoint else 0)
    watch = Watch(metrics, stop, progress=progress)
    for noisy in (PrinterCallback, ProgressCallback):  # both write to standard output
        trainer.remove_callback(noisy)
    trainer.add_callback(watch)
    with failures_with_remedies():
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if watch.stopped:
        return False
    save_model(trainer.accelerator.unwrap_model(trainer.model), tokenizer, folder / MODEL_FOLDER)
    return True


@contextmanager
def failures_with_remedies() -> Iterator[None]:
    """Raise what training may meet as errors that name a remedy."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise ModelError(
            "the GPU's memory is too small; lower per_device_train_batch_size and raise "
            "gradient_accumulation_steps by the same factor, set gradient_checkpointing=true, or "
            "train adapters (lora.r=16)"
        ) from error
    except RuntimeError as error:
        if "probability tensor contains" not in str(error):
            raise
        raise NonFiniteLossError(
            "the model's probabilities are not numbers any longer; lower grpo.learning_rate or "
            "raise grpo.beta, and start in a new folder"
        ) from error


def newest_trainer_state(folder: Path) -> Path | None:
    """Return the newest whole checkpoint of transformers' trainer.

    Its state file is the last that the trainer writes.
    """
    complete = [
        path for path in folder.glob("checkpoint-*") if (path / "trainer_state.json").is_file()
    ]
    return max(complete, key=checkpoint_step, default=None)


def checkpoint_step(path: Path) -> int:
    """Return a checkpoint's step."""
    named = re.fullmatch(r"checkpoint-(\d+)", path.name)
    return int(named[1]) if named else -1


class Watch(TrainerCallback):
    """Writes metric lines, and ends the stage early or at a loss that is not a number."""

    def __init__(self, metrics: MetricsFile, stop: Stop | None, *, progress: bool) -> None:
        self.metrics, self.stop, self.stopped = metrics, stop, False
        self.progress = progress

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Begin the bar."""
        self.bar = tqdm(
            total=state.max_steps, initial=state.global_step, disable=not self.progress, unit="step"
        )

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """End the bar."""
        self.bar.close()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, object] | None = None,
        **kwargs: object,
    ) -> None:
        """Append a line; the summary at the end of training is not a step."""
        figures = {key: value for key, value in (logs or {}).items() if key != "step"}
        if "train_runtime" in figures:
            return
        for name in ("loss", "grad_norm"):
            logged = figures.get(name)
            if isinstance(logged, float) and not math.isfinite(logged):
                raise NonFiniteLossError(
                    f"step {state.global_step}: {name} is {logged}; lower the learning rate. The "
                    "newest checkpoint is from before it"
                )
        self.bar.set_postfix(
            {
                name: f"{logged:.3f}"
                for name in ("loss", "reward")
                if isinstance(logged := figures.get(name), float)
            }
        )
        self.metrics.write(int(state.global_step), figures)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """End early where `stop` says so, with a checkpoint."""
        self.bar.update()
        if (
            self.stop is not None
            and self.stop(int(state.global_step))
            and state.global_step < state.max_steps
        ):
            self.stopped = True
            control.should_save = control.should_training_stop = True
