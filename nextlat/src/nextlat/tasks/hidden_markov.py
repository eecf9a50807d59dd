"""Hidden Markov models, whose belief over states is exact and can be compared with latents.

Sequences are `BOS o_1 .. o_T`. After o_t the belief is P(s_t | o_1..o_t), by forward filtering in
float64.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import UsageError
from nextlat.evaluation.belief import linear_recovery
from nextlat.tasks.protocol import Metrics, Problems, Solver, Task, generator, rows_of
from nextlat.tasks.stable_hash import Integers, is_held_out

Floats = NDArray[np.float64]

CHUNK = 512
"""Most sequences drawn, or given to a solver, at once."""
MOST_DRAWS = 500
"""Draws of a chunk after which a process is taken to have too few sequences to split."""


@dataclass(frozen=True)
class HiddenMarkovConfig:
    """Configuration of a hidden Markov model.

    Attributes:
        process: "mess3" (Marzen and Crutchfield 2017: three states, three symbols, a fractal of
            beliefs) or "random" (rows drawn from Dirichlet distributions).
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
        if self.process not in ("mess3", "random"):
            raise UsageError(f"task.process={self.process!r}: give mess3 or random")
        for name, low, high in (
            ("num_states", 2, 1000),
            ("num_symbols", 2, 10_000),
            ("length", 9, 100_000),
        ):
            if not low <= getattr(self, name) <= high:
                raise UsageError(
                    f"task.{name}={getattr(self, name)}: it must be {low} to {high}; give one of "
                    "those"
                )
        for name, top in (("mess3_x", 0.5), ("mess3_alpha", 1.0), ("concentration", math.inf)):
            if not 0 < getattr(self, name) < top:
                raise UsageError(
                    f"task.{name}={getattr(self, name)}: it must lie between 0 and {top}, both "
                    "excluded"
                )


@dataclass(frozen=True)
class Examined:
    """What was found of a model on N sequences of T symbols.

    Attributes:
        figures: as `HiddenMarkov.score` returns them.
        latents_NTD: the model's, after each symbol.
        beliefs_NTS: the exact ones, after each symbol.
    """

    figures: Metrics
    latents_NTD: Floats
    beliefs_NTS: Floats


class HiddenMarkov(Task):
    """A hidden Markov model, started in its stationary distribution; a trunk predicts its symbols.

    Symbols are ids 0 up to their number, which is BOS. A whole sequence is held out by its hash: a
    split by its first few symbols would teach the trunk which continuations never come, and raise
    its loss on the held-out ones.
    """

    name: ClassVar[str] = "hidden_markov"
    Config: ClassVar[type] = HiddenMarkovConfig

    def __init__(self, config: HiddenMarkovConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.transition_SS, self.emission_SO = matrices(config)
        self.initial_S = stationary(self.transition_SS)
        self.num_symbols = int(self.emission_SO.shape[1])
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
        """Return sampled sequences that are not held out; BOS is not a target."""
        return self.batch(self._of_side(batch_size, "train", step, held_out=False)[:batch_size])

    def held_out(self, count: int) -> Problems:
        """Return sequences no training batch holds; a smaller count gives the first of a larger."""
        return [
            tuple(row) for row in self._of_side(count, "held out", held_out=True)[:count].tolist()
        ]

    def _of_side(self, count: int, *stream: int | str, held_out: bool) -> Integers:
        """Return at least `count` sequences of one side of the split.

        Raises:
            UsageError: the process makes hardly any sequence of that side.
        """
        sequences: list[Integers] = []
        for part in range(MOST_DRAWS):
            drawn = self.sample(
                generator(self.seed, *stream, part), CHUNK if held_out else count + count // 4 + 8
            )
            sequences.append(drawn[is_held_out(drawn) == held_out])
            if sum(map(len, sequences)) >= count:
                return np.concatenate(sequences)
        raise UsageError(
            f"task.concentration={self.config.concentration}, length={self.config.length}: too few "
            "different sequences to split; give a larger one"
        )

    def sample(self, random: np.random.Generator, count: int) -> Integers:
        """Return sequences `[count, length]`."""
        emission, transition = self.emission_SO.cumsum(axis=1), self.transition_SS.cumsum(axis=1)
        draws = random.random((2, self.config.length, count))
        state = _pick(
            np.broadcast_to(self.initial_S.cumsum(), (count, len(self.initial_S))),
            random.random(count),
        )
        symbols = np.empty((count, self.config.length), dtype=np.int64)
        for step in range(self.config.length):
            symbols[:, step] = _pick(emission[state], draws[0, step])
            state = _pick(transition[state], draws[1, step])
        return symbols

    def beliefs(self, symbols: Integers) -> tuple[Floats, Floats]:
        """Return beliefs `[N, T, S]` after, and log-probabilities `[N, T]` of, each symbol."""
        count, length = symbols.shape
        prior = np.broadcast_to(self.initial_S, (count, len(self.initial_S)))
        beliefs, logs = np.empty((count, length, len(self.initial_S))), np.empty((count, length))
        for step in range(length):
            joint = prior * self.emission_SO[:, symbols[:, step]].T
            total = joint.sum(axis=1, keepdims=True)
            beliefs[:, step], logs[:, step] = joint / total, np.log(total[:, 0])
            prior = beliefs[:, step] @ self.transition_SS
        return beliefs, logs

    def next_symbols(self, beliefs: Floats) -> Floats:
        """Return the exact distribution `[..., O]` of the next symbol given beliefs `[..., S]`."""
        return np.asarray(beliefs @ self.transition_SS @ self.emission_SO)

    def read(self, path: Path) -> Problems:
        """Read sequences of space-separated symbol numbers, one a line.

        Raises:
            DataError: a row is malformed or holds a number that is not a symbol.
        """
        return rows_of(path, self._parse)

    def _parse(self, line: str) -> tuple[int, ...]:
        words = line.split()
        if len(words) != self.config.length:
            raise ValueError(
                f"{len(words)} symbols; set task.length to the file's, now {self.config.length}"
            )
        for word in words:
            if not word.isdecimal() or int(word) >= self.num_symbols:
                raise ValueError(
                    f"{word!r} is no symbol of 0 to {self.num_symbols - 1}; set task.num_symbols "
                    "to the file's"
                )
        return tuple(map(int, words))

    def batch(self, symbols: ArrayLike) -> Batch:
        """Return sequences `[N, T]`, an array or rows, as a batch `[N, T + 1]`."""
        symbols = np.asarray(symbols, dtype=np.int64)
        ids = np.concatenate(
            [np.full((len(symbols), 1), self.bos, dtype=np.int64), symbols], axis=1
        )
        labels = ids.copy()
        labels[:, 0] = IGNORED
        return Batch(torch.from_numpy(ids), torch.from_numpy(labels))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return the loss, its gap to the exact one, and how well a linear map recovers the belief.

        Losses are in nats a symbol, the first symbol included; BOS takes part in the trunk's
        distribution.
        """
        return self.examine(solver, problems).figures

    def examine(self, solver: Solver, problems: Problems) -> Examined:
        """Return what `score` does, with the latents and beliefs it rests on."""
        symbols = np.asarray(problems, dtype=np.int64)
        beliefs, logs = self.beliefs(symbols)
        ids = self.batch(symbols).input_ids_BT
        log_probabilities = [_log_probability(solver, part) for part in ids.split(CHUNK)]
        loss = -float(torch.cat(log_probabilities).mean())
        latents = solver.hidden_states(ids)[:, 1:].double().numpy()
        r2 = linear_recovery(latents, beliefs)
        bayes_loss = -float(logs.mean())
        figures: Metrics = {
            "loss": loss,
            "bayes_loss": bayes_loss,
            "gap": loss - bayes_loss,
            "belief_r2": r2,
        }
        return Examined(figures, latents, beliefs)


def _log_probability(solver: Solver, ids: Tensor) -> Tensor:
    """Return `[N, T]`: the logarithm of what the solver gave each symbol."""
    logs = torch.log_softmax(solver.logits(ids)[:, :-1].double(), dim=-1)
    return logs.gather(-1, ids[:, 1:, None])[..., 0]


def matrices(config: HiddenMarkovConfig) -> tuple[Floats, Floats]:
    """Return (transition `[S, S]`, emission `[S, O]`); rows sum to 1."""
    if config.process == "mess3":
        x, alpha = config.mess3_x, config.mess3_alpha
        transition = np.full((3, 3), x) + np.eye(3) * (1 - 3 * x)
        emission = np.full((3, 3), (1 - alpha) / 2) + np.eye(3) * (alpha - (1 - alpha) / 2)
        return transition, emission
    random = generator(config.process_seed, "hidden markov")
    shape = config.num_states, config.num_symbols
    # A floor keeps every symbol possible from every state, so that no outside sequence has
    # probability 0.
    transition = random.dirichlet(np.full(shape[0], config.concentration), size=shape[0]) + 1e-3
    emission = random.dirichlet(np.full(shape[1], config.concentration), size=shape[0]) + 1e-3
    return transition / transition.sum(axis=1, keepdims=True), emission / emission.sum(
        axis=1, keepdims=True
    )


def stationary(transition_SS: Floats) -> Floats:
    """Return the distribution that a transition leaves as it is."""
    size = len(transition_SS)
    system = np.concatenate([transition_SS.T - np.eye(size), np.ones((1, size))])
    solution = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0].clip(min=0)
    return np.asarray(solution / solution.sum(), dtype=np.float64)


def oracle(task: HiddenMarkov, symbols: list[int]) -> tuple[Floats, float]:
    """Return belief after the last symbol and log-probability, by summing over all hidden paths."""
    size = len(task.initial_S)
    weights = np.zeros(size)
    for path in itertools.product(range(size), repeat=len(symbols)):
        weight = task.initial_S[path[0]] * task.emission_SO[path[0], symbols[0]]
        for before, state, symbol in zip(path, path[1:], symbols[1:], strict=False):
            weight *= task.transition_SS[before, state] * task.emission_SO[state, symbol]
        weights[path[-1]] += weight
    return weights / weights.sum(), math.log(weights.sum())


def _pick(cumulative: Floats, draws: Floats) -> Integers:
    """Return for each row the first index whose cumulative probability passes the draw."""
    return np.asarray(
        np.minimum((cumulative <= draws[:, None]).sum(axis=1), cumulative.shape[1] - 1)
    )
