"""Hidden Markov models: exact filtering against a sum over paths, sampling against the exact law,
split, scorer."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nextlat.batch import IGNORED
from nextlat.errors import DataError, UsageError
from nextlat.tasks.hidden_markov import (
    HiddenMarkov,
    HiddenMarkovConfig,
    matrices,
    oracle,
    stationary,
)
from nextlat.tasks.protocol import generator
from nextlat.tasks.stable_hash import is_held_out

PROCESSES = [
    {"process": "mess3"},
    {"num_states": 2, "num_symbols": 5},
    {"num_states": 4, "num_symbols": 3, "concentration": 1.5, "process_seed": 3},
]


def build(seed: int = 0, **values: object) -> HiddenMarkov:
    return HiddenMarkov(HiddenMarkovConfig(**values), seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", PROCESSES)
def test_filtering_equals_the_sum_over_every_path(values: dict[str, object]) -> None:
    task = build(**values)
    symbols = task.sample(np.random.default_rng(0), 6)[:, :5]
    beliefs, logs = task.beliefs(symbols)
    for row, belief, log in zip(symbols.tolist(), beliefs, logs, strict=True):
        for end in range(1, 6):
            expected, total = oracle(task, row[:end])
            assert np.allclose(belief[end - 1], expected, rtol=1e-12, atol=1e-15)
            assert log[:end].sum() == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("values", PROCESSES)
def test_the_next_symbol_is_what_paths_make_it(values: dict[str, object]) -> None:
    task = build(**values)
    row = task.sample(np.random.default_rng(1), 1)[0, :4].tolist()
    told = task.next_symbols(task.beliefs(np.array([row]))[0])[0, -1]
    _, before = oracle(task, row)
    expected = [
        np.exp(oracle(task, [*row, symbol])[1] - before) for symbol in range(task.num_symbols)
    ]
    assert np.allclose(told, expected, rtol=1e-12)
    assert told.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("values", PROCESSES)
def test_matrices_are_stochastic_and_the_start_is_stationary(values: dict[str, object]) -> None:
    transition, emission = matrices(HiddenMarkovConfig(**values))  # type: ignore[arg-type]
    start = stationary(transition)
    assert np.allclose(transition.sum(axis=1), 1)
    assert np.allclose(emission.sum(axis=1), 1)
    assert min(transition.min(), emission.min(), start.min()) > 0
    assert np.allclose(start @ transition, start, atol=1e-14)
    assert start.sum() == pytest.approx(1.0, abs=1e-14)
    assert np.allclose(start, np.linalg.matrix_power(transition, 4000)[0], atol=1e-9)


def test_mess3_by_hand() -> None:
    # x = .1, alpha = .7: a state is kept with .8 and shown with .7; by symmetry every state starts
    # with 1/3.
    task = build(process="mess3", mess3_x=0.1, mess3_alpha=0.7)
    belief, logs = task.beliefs(np.array([[0, 1]]))
    assert np.allclose(belief[0, 0], [0.7, 0.15, 0.15])
    moved = np.array([0.8 * 0.7 + 0.1 * 0.3, 0.1 * 0.7 + 0.8 * 0.15 + 0.1 * 0.15, 0.205])
    seen = moved * [0.15, 0.7, 0.15]
    assert np.allclose(belief[0, 1], seen / seen.sum())
    assert np.exp(logs[0]) == pytest.approx([1 / 3, seen.sum()])


def test_samples_follow_the_exact_law() -> None:
    task = build(num_states=3, num_symbols=2, concentration=0.7, process_seed=1)
    count = 40_000
    seen = Counter(map(tuple, task.sample(np.random.default_rng(2), count)[:, :4].tolist()))
    chi_square = 0.0
    for number in range(16):
        word = [number >> place & 1 for place in range(4)]
        expected = count * np.exp(oracle(task, word)[1])
        chi_square += (seen[tuple(word)] - expected) ** 2 / expected
    assert chi_square < 37.7  # 15 degrees of freedom, one in a thousand


def test_batches_are_functions_of_seed_and_step_and_bos_is_no_target() -> None:
    task, again, other = build(), build(), build(seed=1)
    batch = task.training_batch(5, 32)
    assert batch.labels_BT is not None
    assert batch.input_ids_BT.shape == (32, 33) == (32, task.max_length)
    assert set(batch.input_ids_BT[:, 0].tolist()) == {8} == {task.vocab_size - 1}
    assert set(batch.labels_BT[:, 0].tolist()) == {IGNORED}
    assert torch.equal(batch.labels_BT[:, 1:], batch.input_ids_BT[:, 1:])
    assert int(batch.input_ids_BT[:, 1:].max()) < 8
    assert torch.equal(batch.input_ids_BT, again.training_batch(5, 32).input_ids_BT)
    assert not torch.equal(batch.input_ids_BT, task.training_batch(6, 32).input_ids_BT)
    assert not torch.equal(batch.input_ids_BT, other.training_batch(5, 32).input_ids_BT)
    assert task.held_out(3) == task.held_out(300)[:3] != other.held_out(3)
    assert np.array_equal(task.transition_SS, other.transition_SS)
    assert not np.array_equal(task.transition_SS, build(process_seed=1).transition_SS)


def test_data_of_a_seed_is_pinned() -> None:
    task = build()
    assert task.training_batch(0, 256).input_ids_BT[0, :12].tolist() == [
        8,
        1,
        6,
        2,
        5,
        7,
        3,
        7,
        3,
        7,
        5,
        5,
    ]
    assert task.held_out(2)[1][:8] == (6, 6, 5, 1, 7, 1, 0, 5)


def test_train_and_held_out_are_disjoint() -> None:
    task = build(process="mess3", length=9)
    trained = np.concatenate(
        [task.training_batch(step, 512).input_ids_BT[:, 1:].numpy() for step in range(20)]
    )
    held = np.array(task.held_out(2000))
    assert not is_held_out(trained).any()
    assert is_held_out(held).all()
    assert held.shape == (2000, 9)
    assert not {tuple(row) for row in trained.tolist()} & {tuple(row) for row in held.tolist()}


def test_the_split_leaves_the_law_of_short_prefixes_as_it_is() -> None:
    task = build(process="mess3", length=16)
    symbols = np.array(task.held_out(4000))
    _, logs = task.beliefs(symbols)
    free = task.beliefs(task.sample(generator(0, "free"), 4000))[1]
    spread = (logs.mean(axis=1).std() + free.mean(axis=1).std()) / 4000**0.5
    assert abs(logs.mean() - free.mean()) < 4 * spread


def test_a_process_with_hardly_a_second_sequence_is_refused() -> None:
    task = build(num_states=2, num_symbols=2, length=9)
    task.transition_SS = task.emission_SO = np.array([[1.0, 0.0], [0.0, 1.0]])
    task.initial_S = np.array([1.0, 0.0])
    held = bool(is_held_out(np.zeros((1, 9), dtype=np.int64))[0])
    with pytest.raises(UsageError, match="too few different sequences to split"):
        task.training_batch(0, 4) if held else task.held_out(4)


class ExactSolver:
    """Gives the exact distributions, and beliefs through a linear map as latents."""

    def __init__(self, task: HiddenMarkov, mixed: bool = True) -> None:
        self.task = task
        self.map = (
            np.random.default_rng(0).normal(size=(len(task.initial_S), 12)) if mixed else None
        )

    def logits(self, input_ids_BT: Tensor) -> Tensor:
        """Logarithms of the exact distribution of the next symbol; BOS never comes."""
        start = np.broadcast_to(
            self.task.initial_S @ self.task.emission_SO,
            (len(input_ids_BT), 1, self.task.num_symbols),
        )
        rest = self.task.next_symbols(self.task.beliefs(input_ids_BT[:, 1:].numpy())[0])
        logs = torch.from_numpy(np.log(np.concatenate([start, rest], axis=1)))
        return torch.cat([logs, torch.full((*logs.shape[:2], 1), -torch.inf)], dim=-1)

    def hidden_states(self, input_ids_BT: Tensor) -> Tensor:
        """A linear map of the beliefs, or noise."""
        shape = (*input_ids_BT.shape, 12)
        if self.map is None:
            return torch.randn(shape, generator=torch.Generator().manual_seed(0))
        latents = np.zeros(shape)
        latents[:, 1:] = self.task.beliefs(input_ids_BT[:, 1:].numpy())[0] @ self.map + 3
        return torch.from_numpy(latents).float()


@pytest.mark.parametrize("values", PROCESSES)
def test_the_exact_solver_has_no_gap_and_full_recovery(values: dict[str, object]) -> None:
    task = build(length=12, **values)
    figures = task.score(ExactSolver(task), task.held_out(700))  # type: ignore[arg-type]
    assert figures["gap"] == pytest.approx(0, abs=1e-9)
    assert figures["loss"] == pytest.approx(figures["bayes_loss"])
    assert figures["belief_r2"] == pytest.approx(1, abs=1e-6)


def test_a_solver_that_knows_nothing_has_the_uniform_loss_and_recovers_nothing(
    rule_solver: type,
) -> None:
    task = build(length=12)
    problems = task.held_out(1000)
    noise = task.score(ExactSolver(task, mixed=False), problems)  # type: ignore[arg-type]
    assert abs(float(noise["belief_r2"])) < 0.01  # type: ignore[arg-type]
    uniform = rule_solver(task.vocab_size, torch.zeros_like)
    uniform.logits = lambda ids: torch.zeros(*ids.shape, task.vocab_size)
    assert task.score(uniform, problems)["loss"] == pytest.approx(np.log(9))


def test_the_loss_of_the_process_is_its_entropy_rate() -> None:
    # With one symbol a state the chain is plain Markov, whose entropy rate has a closed form.
    task = build(num_states=3, num_symbols=3, length=400)
    task.emission_SO = np.eye(3)
    rate = -(task.initial_S[:, None] * task.transition_SS * np.log(task.transition_SS)).sum()
    logs = task.beliefs(task.sample(np.random.default_rng(3), 400))[1]
    assert -logs[:, 1:].mean() == pytest.approx(rate, abs=4 * logs[:, 1:].std() / 400)


def test_outside_sequences_are_read_and_refused(tmp_path: Path) -> None:
    task, path = build(length=9, num_symbols=4), tmp_path / "symbols.txt"
    path.write_text("0 1 2 3 0 1 2 3 0\n\n3 3 3 3 3 3 3 3 3\n")
    assert task.read(path) == [(0, 1, 2, 3, 0, 1, 2, 3, 0), (3,) * 9]
    for row, said in (
        ("0 1 2", "3 symbols; set task.length to the file's, now 9"),
        ("0 1 2 3 0 1 2 3 4", "'4' is no symbol of 0 to 3; set task.num_symbols to the file's"),
        ("0 1 2 3 0 1 2 3 x", "'x' is no symbol of 0 to 3"),
    ):
        path.write_text(f"0 1 2 3 0 1 2 3 0\n{row}\n")
        with pytest.raises(DataError, match=re.escape(f"{path}, line 2: {said}")):
            task.read(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"process": "even"}, "task.process='even': give mess3 or random"),
        ({"num_states": 1}, "task.num_states=1: it must be 2 to 1000"),
        ({"num_symbols": 10_001}, "task.num_symbols=10001: it must be 2 to 10000"),
        ({"length": 8}, "task.length=8: it must be 9 to 100000"),
        ({"mess3_x": 0.5}, "task.mess3_x=0.5: it must lie between 0 and 0.5, both excluded"),
        ({"mess3_alpha": 0.0}, "task.mess3_alpha=0.0: it must lie between 0 and 1.0"),
        ({"concentration": -1.0}, "task.concentration=-1.0: it must lie between 0 and inf"),
    ],
)
def test_bad_configurations_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        build(**values)
