"""The group word problem: running products of a word (arXiv 2511.05963 section 4, A5).

A word is read as `BOS x_1 .. x_k END`. The label at x_{i+1} is not that input but the product x_1 *
.. * x_i, so the latent after x_i must hold the group element reached. END carries the last label.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, Task, generator, rows_of
from nextlat.tasks.stable_hash import Booleans, Integers, is_held_out

Permutation = tuple[int, ...]

SPLIT_FROM = 50_000
"""Fewest words of the training length for a held-out share to be kept from training; fewer are all
trained on."""

CHUNK = 512
"""Most words drawn, or given to a solver, at once."""

GENERATORS: dict[str, tuple[int, ...]] = {"A5": (1, 7, 23, 40), "S5": (1, 30, 53, 96), "S3": (1, 3)}
"""The small alphabets: element numbers that generate the whole group (pinned by a test); 1 and
-1 of a cyclic one."""


@dataclass(frozen=True)
class GroupWordsConfig:
    """Configuration of the group word problem.

    Attributes:
        group: "A5", "S5", "S3", or "Z" and an order from 2 to 1000 for a cyclic group.
        alphabet: "full" draws words from every element, "generators" from the few in `GENERATORS`.
        train_length: elements of a training word.
        test_length: elements of a held-out word; the longest a trunk must read.
    """

    group: str = "A5"
    alphabet: Literal["full", "generators"] = "full"
    train_length: int = 12
    test_length: int = 36

    def __post_init__(self) -> None:
        elements(self.group)
        for name in ("train_length", "test_length"):
            if not 1 <= getattr(self, name) <= 10_000:
                raise UsageError(
                    f"task.{name}={getattr(self, name)}: a word has 1 to 10000 elements; give one "
                    "of those"
                )
        if self.alphabet not in ("full", "generators"):
            raise UsageError(f"task.alphabet={self.alphabet!r}: give full or generators")


@lru_cache
def elements(group: str) -> tuple[Permutation, ...]:
    """Return a group's elements as permutations in lexicographic order, or as rotations.

    Raises:
        UsageError: there is no such group.
    """
    if group in ("A5", "S5", "S3"):
        permutations = itertools.permutations(range(int(group[1])))
        return tuple(each for each in permutations if group[0] == "S" or _is_even(each))
    order = int(group[1:]) if group[:1] == "Z" and group[1:].isdecimal() else 0
    if not 2 <= order <= 1000:
        raise UsageError(
            f"task.group={group!r}: give A5, S5, S3, or Z and an order from 2 to 1000 as in Z60"
        )
    return tuple(tuple((i + shift) % order for i in range(order)) for shift in range(order))


def _is_even(permutation: Permutation) -> bool:
    inversions = sum(a > b for a, b in itertools.combinations(permutation, 2))
    return inversions % 2 == 0


@lru_cache
def product_table(group: str) -> Integers:
    """Return `[n, n]`: the number of a * b, where (a * b)(i) = a(b(i))."""
    members = elements(group)
    if group[0] == "Z":
        shifts = np.arange(len(members))
        return np.asarray((shifts[:, None] + shifts[None, :]) % len(members), dtype=np.int64)
    number = {member: index for index, member in enumerate(members)}
    return np.array(
        [[number[tuple(a[i] for i in b)] for b in members] for a in members], dtype=np.int64
    )


def running_products(group: str, words: Integers) -> Integers:
    """Return `[N, k]` running products of words `[N, k]`, by table."""
    table = product_table(group)
    products = words.copy()
    for end in range(1, words.shape[1]):
        products[:, end] = table[products[:, end - 1], words[:, end]]
    return products


def oracle(group: str, word: Sequence[int]) -> list[int]:
    """Return the running products of a word by applying permutations to points."""
    members = elements(group)
    points = range(len(members[0]))
    products = []
    for end in range(1, len(word) + 1):
        images = []
        for point in points:
            for element in reversed(word[:end]):
                point = members[element][point]
            images.append(point)
        products.append(members.index(tuple(images)))
    return products


class GroupWords(Task):
    """Words over a group; see the module's first lines for the format."""

    name: ClassVar[str] = "group_words"
    Config: ClassVar[type] = GroupWordsConfig

    def __init__(self, config: GroupWordsConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.order = len(elements(config.group))
        self.bos, self.end = self.order, self.order + 1
        few = GENERATORS.get(config.group, tuple({1, self.order - 1}))
        self.alphabet: Integers = np.array(
            few if config.alphabet == "generators" else range(self.order), dtype=np.int64
        )

    @property
    def vocab_size(self) -> int:
        """An id an element, BOS and END."""
        return self.order + 2

    @property
    def max_length(self) -> int:
        """BOS, the longer of both lengths, END."""
        return max(self.config.train_length, self.config.test_length) + 2

    @property
    def splits(self) -> bool:
        """Whether there are enough words of the training length to hold some out."""
        return bool(len(self.alphabet) ** min(self.config.train_length, 20) >= SPLIT_FROM)

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return uniform words of the training length that are not held out."""
        random = generator(self.seed, "train", step)
        words = random.choice(self.alphabet, (batch_size, self.config.train_length))
        while (taken := self.is_held_out(words)).any():
            words[taken] = random.choice(
                self.alphabet, (int(taken.sum()), self.config.train_length)
            )
        return self.batch(words)

    def held_out(self, count: int) -> Problems:
        """Return words of the test length whose first `train_length` elements form a held-out word.

        Where the words of the training length are too few to hold some out, any word may come.
        A smaller count gives the first words of a larger one.
        """
        length = max(self.config.test_length, self.config.train_length)
        drawn: list[tuple[int, ...]] = []
        for part in itertools.count():
            words = generator(self.seed, "held out", part).choice(self.alphabet, (CHUNK, length))
            fitting = words[self.is_held_out(words)] if self.splits else words
            drawn += map(tuple, fitting[:, : self.config.test_length].tolist())
            if len(drawn) >= count:
                break
        return drawn[:count]

    def is_held_out(self, words: Integers) -> Booleans:
        """Return whether words `[N, k]` are held out: by a hash of `train_length` elements."""
        return is_held_out(words[:, : self.config.train_length]) & np.bool_(self.splits)

    def read(self, path: Path) -> Problems:
        """Read words from a CSV file with the columns seed, input, target; all of one length.

        Raises:
            DataError: a row is malformed, names no element, or its target is not the running
                product.
        """
        rows = rows_of(path, self._parse, header=True)
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise DataError(
                f"{path} mixes words of {min(lengths)} and {max(lengths)} elements; give one "
                "length a file"
            )
        return rows

    def _parse(self, line: str) -> tuple[int, ...]:
        fields = line.split(",")
        if len(fields) != 3:
            raise ValueError(f"{len(fields)} columns; a row has three: seed,input,target")
        word, target = (tuple(map(self._element, field.split())) for field in fields[1:])
        if not word or len(word) != len(target):
            raise ValueError(
                f"{len(word)} inputs and {len(target)} targets; give as many, and at least one"
            )
        longest = self.max_length - 2
        if len(word) > longest:
            raise ValueError(
                f"{len(word)} elements; the model reads {longest}: train with a larger "
                "task.test_length"
            )
        products = tuple(running_products(self.config.group, np.array([word]))[0].tolist())
        if products != target:
            raise ValueError(
                f"the target is not the running product {products}; number elements in "
                "lexicographic order, and let a * b apply b first"
            )
        return word

    def _element(self, text: str) -> int:
        if not text.isdecimal() or int(text) >= self.order:
            raise ValueError(
                f"{text!r} is no element of {self.config.group}, which has 0 to {self.order - 1}; "
                "set task.group to the file's group"
            )
        return int(text)

    def batch(self, words: ArrayLike) -> Batch:
        """Return words `[N, k]`, an array or rows, as a batch `[N, k + 2]`."""
        words = np.asarray(words, dtype=np.int64)
        edge = np.ones((len(words), 1), dtype=np.int64)
        ids = np.concatenate([self.bos * edge, words, self.end * edge], axis=1)
        labels = np.full_like(ids, IGNORED)
        labels[:, 2:] = running_products(self.config.group, words)
        return Batch(torch.from_numpy(ids), torch.from_numpy(labels))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return accuracy at each position of the words, at the training length and at the end."""
        words = np.asarray(problems, dtype=np.int64)
        parts = np.array_split(words, range(CHUNK, len(words), CHUNK))
        # Only the likeliest products are kept: all logits of a large group would not fit in memory
        # at once.
        likeliest = [
            solver.logits(self.batch(part).input_ids_BT)[:, 1:-1, : self.order].argmax(dim=-1)
            for part in parts
        ]
        return self._figures(torch.cat(likeliest), words)

    def accuracies(self, logits_BKV: Tensor, words: ArrayLike) -> Metrics:
        """Return accuracies of logits after each element.

        Args:
            logits_BKV: logits after x_1..x_k.
            words: the words, `[B, k]`.
        """
        return self._figures(
            logits_BKV[..., : self.order].argmax(dim=-1), np.asarray(words, dtype=np.int64)
        )

    def _figures(self, told_BK: Tensor, words: Integers) -> Metrics:
        right = (
            (told_BK == torch.from_numpy(running_products(self.config.group, words)))
            .double()
            .mean(dim=0)
        )
        at_training_length = min(self.config.train_length, len(right)) - 1
        return {
            "accuracy_at_training_length": float(right[at_training_length]),
            "accuracy_at_end": float(right[-1]),
            "accuracy_by_position": right.tolist(),
            "chance": 1 / self.order,
        }
