"""The training loop: one process or many, resumable bit for bit.

It knows no task and no objective by name.

A run's folder:

    run.json            resolved configuration and provenance, written first; enough to repeat it
    metrics.jsonl       one line a log step
    checkpoints/        model, optimiser, step, random state
    model/              the trained model, an ordinary transformers folder with nextlat/ beside it
    evaluation.json     the task's figures on held-out problems
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedDataParallelKwargs, gather_object
from torch import Tensor, nn
from tqdm import tqdm

from nextlat.batch import Batch
from nextlat.configuration import changed_keys
from nextlat.errors import CheckpointError, NonFiniteLossError, UsageError
from nextlat.evaluation.solver import ModelSolver
from nextlat.model import storage
from nextlat.model.learner import Learner
from nextlat.tasks import Task
from nextlat.tasks.protocol import Metrics
from nextlat.training.build import build_learner, build_task
from nextlat.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    newest_checkpoint,
    random_state,
    restore_random_state,
    save_checkpoint,
)
from nextlat.training.metrics import MetricsFile
from nextlat.training.provenance import provenance
from nextlat.training.run_config import OptimizerConfig, RunConfig, from_run_mapping, to_mapping
from nextlat.training.schedule import learning_rate_factor, ramps

FREE = {
    "loop.threads",
    "loop.log_every",
    "loop.tensorboard",
    "loop.checkpoint_every",
    "loop.evaluate_every",
}
"""What a resumed run may change: how fast and how loud it is."""

Stop = Callable[[int], bool]
"""Called after each step with the number of steps done; True ends the run early, resumable."""


def train(
    config: RunConfig, out: Path, *, progress: bool = False, stop: Stop | None = None
) -> Metrics:
    """Train, resuming where the folder holds a checkpoint of the same configuration.

    Args:
        config: the run.
        out: its folder.
        progress: whether a progress bar is drawn on standard error.
        stop: ends the run early after a step; a checkpoint is written.

    Returns:
        The task's figures on held-out problems; empty where the run was stopped.

    Raises:
        CheckpointError: the folder holds another run, or a damaged checkpoint.
        NonFiniteLossError: a loss became infinite or not a number.
        UsageError: the batch does not split over the processes.
    """
    if config.loop.threads:
        torch.set_num_threads(config.loop.threads)
    return _Run(config, out, progress=progress).run(stop)


def read_run(out: Path) -> RunConfig:
    """Return the configuration a run's folder holds.

    Raises:
        CheckpointError: there is none, or it cannot be read.
    """
    try:
        run = json.loads((out / "run.json").read_text("utf-8"))
        return from_run_mapping(run["config"])
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{out} holds no run.json, so it is not a run; give a folder that `nextlat train` made"
        ) from error
    except (OSError, ValueError, KeyError, UsageError) as error:
        raise CheckpointError(f"{out / 'run.json'} cannot be used: {error}") from error


def load_run(out: Path) -> tuple[RunConfig, Task, Learner]:
    """Return a finished run's configuration, task and trained model."""
    config = read_run(out)
    return config, build_task(config), Learner.from_pretrained(out / "model")


class _Run:
    """One run of the loop in this process."""

    def __init__(self, config: RunConfig, out: Path, *, progress: bool) -> None:
        self.config, self.out, self.progress = config, out, progress
        self.accelerator = _accelerator(config)
        self.parts = self.accelerator.num_processes * config.loop.accumulation
        if config.loop.batch_size % self.parts:
            raise UsageError(
                f"loop.batch_size={config.loop.batch_size} does not split into {self.parts} parts "
                f"(processes times loop.accumulation); make it a multiple of {self.parts}"
            )
        self.task = build_task(config)
        self.learner = build_learner(config, self.task)
        self.optimizer = build_optimizer(self.learner, config.optimizer)
        self.step = 0
        self._open_folder()
        self._resume()
        if config.loop.compile:
            self.learner.trunk.base_model.compile()
        self.model, self.prepared = self.accelerator.prepare(self.learner, self.optimizer)
        if self.step:
            # The optimiser's state is loaded before it is wrapped; only the random state is left to
            # restore.
            restore_random_state(self._random[self.accelerator.process_index % len(self._random)])

    def _open_folder(self) -> None:
        """Write run.json, or check that the folder's is of this configuration."""
        mapping = to_mapping(self.config)
        if (self.out / "run.json").exists():
            old = to_mapping(read_run(self.out))
            changed = changed_keys(old, mapping, FREE)
            if changed:
                raise CheckpointError(
                    f"{self.out} holds a run of another configuration (different: "
                    f"{', '.join(changed)}); give a new folder, or repeat the old keys to resume it"
                )
        elif self.accelerator.is_main_process:
            self.out.mkdir(parents=True, exist_ok=True)
            storage.write_json(
                self.out / "run.json", {"config": mapping, "provenance": provenance()}
            )
        self.accelerator.wait_for_everyone()

    def _resume(self) -> None:
        """Load the newest checkpoint, if any."""
        path = newest_checkpoint(self.out / "checkpoints")
        if path is None:
            return
        saved = load_checkpoint(path)
        try:
            self.learner.load_state_dict(saved.model)
            self.optimizer.load_state_dict(saved.optimizer)
        except (RuntimeError, ValueError) as error:
            raise CheckpointError(f"{path} does not fit this run's model: {error}") from error
        self.step, self._random = saved.step, saved.random

    def run(self, stop: Stop | None) -> Metrics:
        """Train to the end or until stopped; save; evaluate."""
        loop = self.config.loop
        main = self.accelerator.is_main_process
        self.metrics = (
            MetricsFile(self.out, self.step, tensorboard=loop.tensorboard) if main else None
        )
        bar = tqdm(
            total=loop.steps, initial=self.step, disable=not (self.progress and main), unit="step"
        )
        began, first = time.perf_counter(), self.step
        self.learner.train()
        while self.step < loop.steps:
            losses, norm = self._optimise()
            self.step += 1
            bar.update()
            if self._due(loop.log_every) or self.step == loop.steps:
                rate = (self.step - first) / (time.perf_counter() - began)
                bar.set_postfix({"loss": f"{losses['next_token']:.4f}"})
                self._log_step(losses, norm, rate)
            if self._due(loop.evaluate_every) and self.step < loop.steps:
                self._log_held_out(self._evaluate())
            stopped = stop is not None and stop(self.step)
            if stopped or self._due(loop.checkpoint_every) or self.step == loop.steps:
                self._checkpoint()
            if stopped:
                break
        bar.close()
        return self._finish() if self.step >= loop.steps else {}

    def _due(self, every: int) -> bool:
        """Return whether what is done every so many steps is due now; 0 is never."""
        return every > 0 and self.step % every == 0

    def _log_step(self, losses: Mapping[str, float], norm: float, rate: float) -> None:
        # The step is counted already; the rate of learning is that of the step just taken.
        learning_rate = self._rate(self.step - 1)
        self._log(
            {**losses, "grad_norm": norm, "learning_rate": learning_rate, "steps_per_s": rate}
        )

    def _log_held_out(self, figures: Metrics) -> None:
        self._log({f"held_out/{name}": value for name, value in figures.items()})

    def _rate(self, step: int) -> float:
        factor = learning_rate_factor(self.config.schedule, step, self.config.loop.steps)
        return self.config.optimizer.learning_rate * factor

    def _optimise(self) -> tuple[dict[str, float], float]:
        """Take one optimiser step; return the batch's losses and the norm before clipping."""
        values = self._summed(self._backward())
        # Before the update, so that a broken loss leaves the model as it was.
        self._check_finite(values)
        clip = self.config.optimizer.grad_clip
        norm = self.accelerator.clip_grad_norm_(
            self.model.parameters(), math.inf if clip is None else clip
        )
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(self.step)
        self.prepared.step()
        self.prepared.zero_grad()
        return values, float(norm) if norm is not None else math.nan

    def _backward(self) -> dict[str, Tensor]:
        """Add up the gradients of this process's parts of the batch; return their losses' sums."""
        batch = self.task.training_batch(self.step, self.config.loop.batch_size)
        # Counts of the whole batch, not of a part: parts then weigh as their tokens do.
        counts = self.learner.objective.counts(batch)
        size = len(batch) // self.parts
        accumulation = self.config.loop.accumulation
        first = self.accelerator.process_index * accumulation
        sums: dict[str, Tensor] = {}
        for part in range(first, first + accumulation):
            last = part == first + accumulation - 1
            rows = batch.rows(slice(part * size, (part + 1) * size)).to(self.accelerator.device)
            with nullcontext() if last else self.accelerator.no_sync(self.model):
                losses = self.model(
                    *_arguments(rows), counts=counts, ramps=ramps(self.config.schedule, self.step)
                )
                # Parts add up to the batch's mean; processes' gradients are averaged, so their
                # number is multiplied in.
                self.accelerator.backward(losses.total * self.accelerator.num_processes)
            for name, value in losses.named().items():
                sums[name] = sums.get(name, torch.zeros_like(value)) + value.detach()
        return sums

    def _summed(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return losses added up over processes."""
        stacked = torch.stack([value.to(torch.float64) for value in sums.values()])
        summed: Tensor = self.accelerator.reduce(stacked, reduction="sum")
        return dict(zip(sums, summed.tolist(), strict=True))

    def _check_finite(self, losses: dict[str, float]) -> None:
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            raise NonFiniteLossError(
                f"step {self.step}: {bad[0]} is {losses[bad[0]]}; the model was not updated and "
                "the last checkpoint is untouched. Lower optimizer.learning_rate, clip gradients, "
                "or ramp the latent weights"
            )

    def _evaluate(self) -> Metrics:
        problems = self.task.held_out(self.config.loop.held_out)
        return self.task.score(ModelSolver(self.learner.view), problems)

    def _log(self, figures: Mapping[str, object]) -> None:
        if self.metrics is not None:
            self.metrics.write(self.step, figures)

    def _checkpoint(self) -> None:
        randoms = gather_object([random_state()])
        if self.accelerator.is_main_process:
            save_checkpoint(
                self.out / "checkpoints",
                Checkpoint(
                    self.step, self.learner.state_dict(), self.optimizer.state_dict(), randoms
                ),
            )
        self.accelerator.wait_for_everyone()

    def _finish(self) -> Metrics:
        """Save the model, evaluate, and write the figures."""
        figures: Metrics = {}
        if self.accelerator.is_main_process and self.metrics is not None:
            self.learner.save_pretrained(self.out / "model")
            self.task.save_tokenizer(self.out / "model")
            figures = self._evaluate()
            self._log_held_out(figures)
            storage.write_json(
                self.out / "evaluation.json",
                {"step": self.step, "problems": self.config.loop.held_out, **figures},
            )
            self.metrics.close()
        self.accelerator.wait_for_everyone()
        return figures


def _accelerator(config: RunConfig) -> Accelerator:
    """Return this process's accelerator, in the run's precision."""
    # Terms of weight 0 leave parameters without a gradient.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    # accelerate keeps one state a process; a second run in this process may ask for another
    # precision.
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=_processes_on_cpu(), mixed_precision=_precision(config), kwargs_handlers=[unused]
    )


def _precision(config: RunConfig) -> str:
    return "bf16" if config.loop.precision == "bf16" else "no"


def _processes_on_cpu() -> bool:
    """Return whether torchrun started this process without a GPU.

    Accelerate does not see that by itself.
    """
    return "LOCAL_RANK" in os.environ and not torch.cuda.is_available()


def _arguments(batch: Batch) -> tuple[Tensor | None, ...]:
    return batch.input_ids_BT, batch.labels_BT, batch.document_ids_BT, batch.attention_mask_BT


def build_optimizer(module: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """Return AdamW over a module's parameters, with weight decay on matrices alone."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = [
        {
            "params": [weight for weight in parameters if weight.ndim >= 2],
            "weight_decay": config.weight_decay,
        },
        {"params": [weight for weight in parameters if weight.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(config.beta1, config.beta2))
