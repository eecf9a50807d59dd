"""What every task is: a vocabulary, seeded batches, held-out problems, an oracle, a scorer.

It knows no objective.

A task is built from its frozen `Config` and a seed. Everything it makes is a function of (config,
seed, index), so that a run resumes at any step without state of its own, and two processes make the
same data.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from torch import Tensor

from nextlat.batch import Batch
from nextlat.errors import DataError

Row = TypeVar("Row")

Problems = Sequence[Any]
"""Held-out problems of a task, of its own row type."""

Metrics = dict[str, float | list[float]]
"""Named figures; a list holds one figure a position. Shares are in [0, 1]."""


class Solver(Protocol):
    """What a task may ask of a model to score it."""

    def logits(self, input_ids_BT: Tensor) -> Tensor:
        """Return next-token logits `[B, T, V]` under teacher forcing, without gradient."""

    def hidden_states(self, input_ids_BT: Tensor) -> Tensor:
        """Return the latents `[B, T, D]`, without gradient."""

    def complete(self, input_ids_BT: Tensor, num_tokens: int) -> Tensor:
        """Return the greedy continuation `[B, num_tokens]` of equally long prompts."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a synthetic task.

    Attributes:
        tokens: the text of each id.
        bos: id that opens every sequence, or None.
        pad: id that fills short rows, or None.
    """

    tokens: tuple[str, ...]
    bos: int | None = None
    pad: int | None = None

    def __len__(self) -> int:
        return len(self.tokens)


class Task(Protocol):
    """A task; `docs/guide/engine.md` shows how to add one.

    A task inherits from it for what has a default.
    """

    name: ClassVar[str]
    Config: ClassVar[type]
    config: Any
    seed: int

    def __init__(self, config: Any, seed: int) -> None:
        """Build the task from its configuration and a seed."""

    @property
    def vocab_size(self) -> int:
        """Number of token ids the trunk must know."""

    @property
    def max_length(self) -> int:
        """Longest sequence any batch or problem of the task holds, in tokens."""

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return the batch of a step, a function of (config, seed, step, batch_size) alone."""

    def held_out(self, count: int) -> Problems:
        """Return problems no training batch holds, the same for a seed."""

    def read(self, path: Path) -> Problems:
        """Read problems from an outside file.

        Raises:
            DataError: a row is malformed or does not fit; the message names file, line, value, rule
                and remedy.
        """

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return the model's figures on problems."""

    def save_tokenizer(self, folder: Path) -> None:
        """Write a tokenizer's files to a model's folder; a task without text writes none."""
        del folder  # a body, so that this is a default and nothing to fill in


def generator(seed: int, *path: int | str) -> np.random.Generator:
    """Return a random generator for one stream of a task.

    It is independent of every other stream and equal on every machine.

    Args:
        seed: the run's seed.
        path: names and indices of the stream, as in `generator(seed, "train", step)`.
    """
    words = [
        word if isinstance(word, int) else int.from_bytes(word.encode(), "big") for word in path
    ]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def rows_of(
    path: Path, parse: Callable[[str], Row], *, limit: int = 1_000_000, header: bool = False
) -> list[Row]:
    """Read a text file (also .gz) line by line; a line that fails is named in the error.

    Raises:
        DataError: the file is absent, empty, has more than `limit` rows, or `parse` refused a row.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    rows: list[Row] = []
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if (header and number == 1) or not line.strip():
                    continue
                if len(rows) >= limit:
                    raise DataError(f"{path} has more than {limit} rows; give a smaller file")
                try:
                    rows.append(parse(line.rstrip("\r\n")))
                except (ValueError, KeyError, IndexError) as error:
                    raise DataError(
                        f"{path}, line {number}: {error}; row {line.strip()[:80]!r}"
                    ) from error
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise DataError(f"{path} holds no rows; each line must be one problem")
    return rows
