"""Hidden Markov models: the belief over states is known exactly, so a trunk's latents can be held against it.

Sequences are `BOS o_1 .. o_T`. After o_t the belief is P(s_t | o_1..o_t), by forward filtering in float64.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from nextlat.batch import IGNORED, Batch
from nextlat.errors import UsageError
from nextlat.evaluation.belief import linear_recovery
from nextlat.tasks.protocol import Metrics, Problems, Solver, generator, rows_of

Floats = NDArray[np.float64]
Symbols = NDArray[np.int64]

HELD_OUT_SHARE = 8
"""One sequence in this many is held out, by its first eight symbols."""


@dataclass(frozen=True)
class HiddenMarkovConfig:
    """Configuration of a hidden Markov model.

    Attributes:
        process: "mess3" (Marzen and Crutchfield 2017: three states, three symbols, a fractal of beliefs) or "random"
            (rows drawn from Dirichlet distributions).
        num_states: hidden states of "random".
        num_symbols: symbols of "random".
        concentration: Dirichlet parameter of "random"; smaller is less noisy.
        mess3_x: probability of moving to each other state in "mess3".
        mess3_alpha: probability that "mess3" shows the state it is in.
        length: symbols of a sequence.
        process_seed: draws the matrices of "random", apart from the run's seed.
    """

    process: Literal["mess3", "random"] = "random"
    num_states: int = 8
    num_symbols: int = 8
    concentration: float = 0.3
    mess3_x: float = 0.15
    mess3_alpha: float = 0.6
    length: int = 32
    process_seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.num_states <= 1000 or not 2 <= self.num_symbols <= 10_000:
            raise UsageError(
                f"task.num_states={self.num_states}, num_symbols={self.num_symbols}: give 2 to 1000 states, 2 to 10000 symbols"
            )
        if not 0 < self.mess3_x < 0.5 or not 0 < self.mess3_alpha < 1:
            raise UsageError(f"task.mess3_x={self.mess3_x}, mess3_alpha={self.mess3_alpha}: give 0 < x < .5, 0 < alpha < 1")
        if self.concentration <= 0 or self.length < 9:
            raise UsageError(
                f"task.concentration={self.concentration}, length={self.length}: give a positive number, and 9 or more symbols"
            )


class HiddenMarkov:
    """A hidden Markov model whose symbols a trunk predicts."""

    name = "hidden_markov"
    Config = HiddenMarkovConfig

    def __init__(self, config: HiddenMarkovConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.transition_SS, self.emission_SO = matrices(config)
        self.initial_S = stationary(self.transition_SS)
        self.num_symbols = self.emission_SO.shape[1]
        self.bos = self.num_symbols

    @property
    def vocab_size(self) -> int:
        """An id a symbol, and BOS."""
        return self.num_symbols + 1

    @property
    def max_length(self) -> int:
        """BOS and the symbols."""
        return self.config.length + 1

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return sampled sequences that are not held out; BOS is no target."""
        return self.batch(self._sample(generator(self.seed, "train", step), batch_size, held_out=False))

    def held_out(self, count: int) -> Problems:
        """Return sampled sequences whose first eight symbols never open a training sequence."""
        return self._sample(generator(self.seed, "held out"), count, held_out=True)

    def _sample(self, random: np.random.Generator, count: int, *, held_out: bool) -> Symbols:
        kept: list[Symbols] = []
        while sum(map(len, kept)) < count:
            found = self.sample(random, count * (HELD_OUT_SHARE if held_out else 2))
            kept.append(found[is_held_out(found) == held_out])
        return np.concatenate(kept)[:count]

    def sample(self, random: np.random.Generator, count: int) -> Symbols:
        """Return sequences `[count, length]`."""
        emission, transition = self.emission_SO.cumsum(axis=1), self.transition_SS.cumsum(axis=1)
        draws = random.random((2, self.config.length, count))
        state = _pick(np.broadcast_to(self.initial_S.cumsum(), (count, len(self.initial_S))), random.random(count))
        symbols = np.empty((count, self.config.length), dtype=np.int64)
        for at in range(self.config.length):
            symbols[:, at] = _pick(emission[state], draws[0, at])
            state = _pick(transition[state], draws[1, at])
        return symbols

    def beliefs(self, symbols: Symbols) -> tuple[Floats, Floats]:
        """Return (beliefs `[N, T, S]` after each symbol, log-probability `[N, T]` of each symbol given those before)."""
        count, length = symbols.shape
        prior = np.broadcast_to(self.initial_S, (count, len(self.initial_S)))
        beliefs, logs = np.empty((count, length, len(self.initial_S))), np.empty((count, length))
        for at in range(length):
            joint = prior * self.emission_SO[:, symbols[:, at]].T
            total = joint.sum(axis=1, keepdims=True)
            beliefs[:, at], logs[:, at] = joint / total, np.log(total[:, 0])
            prior = beliefs[:, at] @ self.transition_SS
        return beliefs, logs

    def read(self, path: Path) -> Problems:
        """Read sequences of space-separated symbol numbers, one a line.

        Raises:
            DataError: a row is malformed or holds a number that is no symbol.
        """
        return np.array(rows_of(path, self._parse), dtype=np.int64)

    def _parse(self, line: str) -> list[int]:
        symbols = [int(word) for word in line.split()]
        if len(symbols) != self.config.length:
            raise ValueError(f"{len(symbols)} symbols; a sequence has task.length={self.config.length}")
        for symbol in symbols:
            if not 0 <= symbol < self.num_symbols:
                raise ValueError(f"{symbol} is no symbol; symbols are 0 to {self.num_symbols - 1}")
        return symbols

    def batch(self, symbols: Symbols) -> Batch:
        """Return sequences as a batch."""
        ids = np.concatenate([np.full((len(symbols), 1), self.bos, dtype=np.int64), symbols], axis=1)
        labels = ids.copy()
        labels[:, 0] = IGNORED
        return Batch(torch.from_numpy(ids), torch.from_numpy(labels))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return the next-token loss, its gap to the exact one, and how well a linear map recovers the belief."""
        symbols = np.asarray(problems)
        beliefs, logs = self.beliefs(symbols)
        ids = self.batch(symbols).input_ids_BT
        log_probs = torch.log_softmax(solver.logits(ids).double(), dim=-1)[:, :-1]
        loss = -float(log_probs.gather(-1, ids[:, 1:, None]).mean())
        latents = solver.hidden_states(ids)[:, 1:].double().numpy()
        r2 = linear_recovery(latents, beliefs)
        return {"loss": loss, "bayes_loss": -float(logs.mean()), "gap": loss + float(logs.mean()), "belief_r2": r2}


def matrices(config: HiddenMarkovConfig) -> tuple[Floats, Floats]:
    """Return (transition `[S, S]`, emission `[S, O]`); rows sum to 1."""
    if config.process == "mess3":
        x, alpha = config.mess3_x, config.mess3_alpha
        transition = np.full((3, 3), x) + np.eye(3) * (1 - 3 * x)
        emission = np.full((3, 3), (1 - alpha) / 2) + np.eye(3) * (alpha - (1 - alpha) / 2)
        return transition, emission
    random = generator(config.process_seed, "hidden markov")
    shape = config.num_states, config.num_symbols
    # A floor keeps every symbol possible from every state, so that no outside sequence has probability 0.
    transition = random.dirichlet(np.full(shape[0], config.concentration), size=shape[0]) + 1e-3
    emission = random.dirichlet(np.full(shape[1], config.concentration), size=shape[0]) + 1e-3
    return transition / transition.sum(axis=1, keepdims=True), emission / emission.sum(axis=1, keepdims=True)


def stationary(transition_SS: Floats) -> Floats:
    """Return the distribution that a transition leaves as it is."""
    size = len(transition_SS)
    system = np.concatenate([transition_SS.T - np.eye(size), np.ones((1, size))])
    solution = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]
    return np.asarray(solution, dtype=np.float64)


def oracle(task: HiddenMarkov, symbols: list[int]) -> tuple[Floats, float]:
    """Return (belief after the last symbol, log-probability of the whole) by summing over every hidden path."""
    size = len(task.initial_S)
    weights = np.zeros(size)
    for path in itertools.product(range(size), repeat=len(symbols)):
        weight = task.initial_S[path[0]] * task.emission_SO[path[0], symbols[0]]
        for before, state, symbol in zip(path, path[1:], symbols[1:], strict=False):
            weight *= task.transition_SS[before, state] * task.emission_SO[state, symbol]
        weights[path[-1]] += weight
    return weights / weights.sum(), math.log(weights.sum())


def is_held_out(symbols: Symbols) -> NDArray[np.bool_]:
    """Return whether each sequence is held out: by a hash of its first eight symbols, the same for every seed."""
    hashed = np.zeros(len(symbols), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in symbols[:, :8].T:
            hashed = (hashed ^ (column.astype(np.uint64) + np.uint64(1))) * np.uint64(1099511628211)
            hashed ^= hashed >> np.uint64(29)
    return np.asarray(hashed % np.uint64(HELD_OUT_SHARE) == 0)


def _pick(cumulative: Floats, draws: Floats) -> Symbols:
    """Return for each row the first index whose cumulative probability passes the draw."""
    return np.minimum((cumulative < draws[:, None]).sum(axis=1), cumulative.shape[1] - 1)
