"""The group word problem: after each element of a word, the running product (arXiv 2511.05963 section 4, A5).

A word is read as `BOS x_1 .. x_k END`. The label at x_{i+1} is not that input but the product x_1 * .. * x_i, so the
latent after x_i must hold the group element reached. END carries the last label.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, generator, rows_of

Permutation = tuple[int, ...]
Elements = NDArray[np.int64]

SPLIT_FROM = 50_000
"""Fewest words of the training length for a held-out share to be kept from training; fewer are all trained on."""

HELD_OUT_SHARE = 8
"""One word in this many is held out."""

GENERATORS: dict[str, tuple[int, ...]] = {"A5": (1, 7, 23, 40), "S5": (1, 30, 53, 96), "S3": (1, 3)}
"""The small alphabets: element numbers that generate the whole group (pinned by a test)."""


@dataclass(frozen=True)
class GroupWordsConfig:
    """Configuration of the group word problem.

    Attributes:
        group: "A5", "S5", "S3", or "Z" and an order from 2 to 1000 for a cyclic group.
        alphabet: "full" draws words from every element, "generators" from a few that generate the group.
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
                raise UsageError(f"task.{name}={getattr(self, name)}: a word has 1 to 10000 elements")


@lru_cache
def elements(group: str) -> tuple[Permutation, ...]:
    """Return a group's elements as permutations, in lexicographic order; a cyclic group's as rotations.

    Raises:
        UsageError: there is no such group.
    """
    if group in ("A5", "S5", "S3"):
        found = itertools.permutations(range(int(group[1])))
        return tuple(one for one in found if group[0] == "S" or _is_even(one))
    order = int(group[1:]) if group[:1] == "Z" and group[1:].isdecimal() else 0
    if not 2 <= order <= 1000:
        raise UsageError(f"task.group={group!r}: give A5, S5, S3, or Z and an order from 2 to 1000 as in Z60")
    return tuple(tuple((i + shift) % order for i in range(order)) for shift in range(order))


def _is_even(permutation: Permutation) -> bool:
    inversions = sum(a > b for a, b in itertools.combinations(permutation, 2))
    return inversions % 2 == 0


@lru_cache
def product_table(group: str) -> Elements:
    """Return `[n, n]`: the number of a * b, where (a * b)(i) = a(b(i))."""
    members = elements(group)
    if group[0] == "Z":
        at = np.arange(len(members))
        return np.asarray((at[:, None] + at[None, :]) % len(members), dtype=np.int64)
    number = {one: index for index, one in enumerate(members)}
    return np.array([[number[tuple(a[i] for i in b)] for b in members] for a in members], dtype=np.int64)


def running_products(group: str, words: Elements) -> Elements:
    """Return `[N, k]` running products of words `[N, k]`, by table."""
    table = product_table(group)
    products = words.copy()
    for at in range(1, words.shape[1]):
        products[:, at] = table[products[:, at - 1], words[:, at]]
    return products


def oracle(group: str, word: Sequence[int]) -> list[int]:
    """Return the running products of one word, by applying permutations to points; no table is used."""
    members = elements(group)
    points = range(len(members[0]))
    found = []
    for end in range(1, len(word) + 1):
        images = []
        for point in points:
            for element in reversed(word[:end]):
                point = members[element][point]
            images.append(point)
        found.append(members.index(tuple(images)))
    return found


class GroupWords:
    """Words over a group; see the module's first lines for the format."""

    name = "group_words"
    Config = GroupWordsConfig

    def __init__(self, config: GroupWordsConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.order = len(elements(config.group))
        self.bos, self.end = self.order, self.order + 1
        if config.alphabet == "full":
            self.alphabet = np.arange(self.order)
        else:
            self.alphabet = np.array(GENERATORS.get(config.group, (1, self.order - 1)))

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
        return len(self.alphabet) ** min(self.config.train_length, 20) >= SPLIT_FROM

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return uniform words of the training length that are not held out."""
        random = generator(self.seed, "train", step)
        words = self.alphabet[random.integers(len(self.alphabet), size=(batch_size, self.config.train_length))]
        while self.splits and (taken := is_held_out(words)).any():
            words[taken] = self.alphabet[
                random.integers(len(self.alphabet), size=(int(taken.sum()), self.config.train_length))
            ]
        return self.batch(words)

    def held_out(self, count: int) -> Problems:
        """Return words of the test length whose first `train_length` elements form a held-out word.

        Where the words of the training length are too few to hold some out, any word may come.
        """
        random = generator(self.seed, "held out")
        length = max(self.config.test_length, self.config.train_length)
        kept: list[Elements] = []
        while sum(map(len, kept)) < count:
            words = self.alphabet[random.integers(len(self.alphabet), size=(count * HELD_OUT_SHARE, length))]
            kept.append(words[is_held_out(words[:, : self.config.train_length])] if self.splits else words)
        return np.concatenate(kept)[:count, : self.config.test_length]

    def read(self, path: Path) -> Problems:
        """Read words from a CSV file with the columns seed, input, target; all of one length.

        Raises:
            DataError: a row is malformed, names no element, or its target is not the running product.
        """
        rows = rows_of(path, self._parse, header=True)
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise DataError(f"{path} mixes words of {min(lengths)} and {max(lengths)} elements; give one length a file")
        return np.array(rows, dtype=np.int64)

    def _parse(self, line: str) -> list[int]:
        fields = line.split(",")
        if len(fields) != 3:
            raise ValueError(f"{len(fields)} columns; a row has three: seed,input,target")
        word, target = ([int(one) for one in field.split()] for field in fields[1:])
        if not word or len(word) != len(target):
            raise ValueError(f"{len(word)} inputs and {len(target)} targets; give as many, and at least one")
        for element in word:
            if not 0 <= element < self.order:
                raise ValueError(f"{element} is no element of {self.config.group}; elements are 0 to {self.order - 1}")
        if running_products(self.config.group, np.array([word]))[0].tolist() != target:
            raise ValueError("the target is not the running product of the input; elements are numbered in lexicographic order")
        if len(word) + 2 > self.max_length:
            raise ValueError(f"{len(word)} elements; the model reads {self.max_length - 2}: train with a larger test_length")
        return word

    def batch(self, words: Elements) -> Batch:
        """Return words `[N, k]` as a batch `[N, k + 2]`."""
        edge = np.ones((len(words), 1), dtype=np.int64)
        ids = np.concatenate([self.bos * edge, words, self.end * edge], axis=1)
        labels = np.full_like(ids, IGNORED)
        labels[:, 2:] = running_products(self.config.group, words)
        return Batch(torch.from_numpy(ids), torch.from_numpy(labels))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return accuracy at each position of the words, at the training length and at the end."""
        words = np.asarray(problems)
        logits = solver.logits(self.batch(words).input_ids_BT)[:, 1:-1]
        return self.accuracies(logits, words)

    def accuracies(self, logits_BKV: Tensor, words: Any) -> Metrics:
        """Return accuracies of logits after each element.

        Args:
            logits_BKV: logits after x_1..x_k.
            words: the words, `[B, k]`.
        """
        wanted = torch.from_numpy(running_products(self.config.group, np.asarray(words)))
        right = (logits_BKV[..., : self.order].argmax(dim=-1) == wanted).double().mean(dim=0)
        at_training_length = min(self.config.train_length, len(right)) - 1
        return {
            "accuracy_at_training_length": float(right[at_training_length]),
            "accuracy_at_end": float(right[-1]),
            "accuracy_by_position": right.tolist(),
            "chance": 1 / self.order,
        }


def is_held_out(words: Elements) -> NDArray[np.bool_]:
    """Return, for words `[N, k]`, whether each is held out: by a hash of its elements, the same for every seed."""
    hashed = np.full(len(words), 1469598103934665603, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in words.T:
            hashed = (hashed ^ column.astype(np.uint64)) * np.uint64(1099511628211)
            hashed ^= hashed >> np.uint64(29)
    return np.asarray(hashed % np.uint64(HELD_OUT_SHARE) == 0)
