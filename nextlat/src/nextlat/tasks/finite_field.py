"""The finite-field task of "Select and Improve" (arXiv 2606.13125).

Problems are chains of Add and Multiply, with worked solutions.

A training row is a prompt and a worked solution in the compact rendering; token terms see the
solution only. Rows are of three kinds: traces of problems in a strategy, facts (problems of one
step), and lists (a prompt's operations copied in order or in reverse, no value computed). Facts and
lists stand for what the paper's pretrained model brings along.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import UsageError
from nextlat.tasks.finite_field_chains import (
    DIRECTIONS,
    NATURAL,
    Chain,
    ChainSampler,
    Direction,
    Part,
    Type,
    apply,
    fixed_symbols,
    tables,
)
from nextlat.tasks.finite_field_compact import CompactRendering
from nextlat.tasks.finite_field_traces import gold_trace, judge, natural_directions
from nextlat.tasks.protocol import Metrics, Problems, Solver, Task, generator, rows_of

Strategies = Literal["forward", "backward", "mixture"]


@dataclass(frozen=True)
class FiniteFieldConfig:
    """Configuration of the finite-field task.

    Attributes:
        modulus: the prime p.
        strategies: the demonstrations' strategy: "forward", "backward", or a fair coin a row
            ("mixture").
        min_steps: fewest operations of a problem.
        max_steps: most operations of a problem.
        inversion_share: share of inversion among problems.
        composition_share: share of compositions, each part in the strategy that fits it.
        composition_parts: most parts of a composition, of `min_steps` operations each.
        min_parts: fewest parts of a composition.
        facts_share: share of rows that are facts.
        inverse_facts_share: share of inversion among facts.
        lists_share: share of rows that are lists.
        usual_list: most operations of a usual list.
        max_list: most operations of a long list.
        reversed_lists_share: share of lists copied in reverse.
        long_lists_share: share of long lists among lists: longer than usual ones.
        draws_maps: whether each problem draws its own map from elements to symbols and shows it.
    """

    modulus: int = 11
    strategies: Strategies = "mixture"
    min_steps: int = 2
    max_steps: int = 5
    inversion_share: float = 0.5
    composition_share: float = 0.0
    composition_parts: int = 2
    min_parts: int = 2
    facts_share: float = 0.0
    inverse_facts_share: float = 0.5
    lists_share: float = 0.0
    usual_list: int = 5
    max_list: int = 9
    reversed_lists_share: float = 0.5
    long_lists_share: float = 0.0
    draws_maps: bool = False

    def __post_init__(self) -> None:
        number = len(tables(self.modulus)[0])  # of operations, each used once a problem
        self._check_steps(number)
        self._check_shares()
        self._check_parts(number)
        if self.lists_share and not 1 <= self.usual_list < self.max_list <= number:
            raise UsageError(
                f"task.usual_list={self.usual_list}, task.max_list={self.max_list}: give 1 <= "
                f"usual_list < max_list <= {number}"
            )

    def _check_steps(self, number: int) -> None:
        if not 1 <= self.min_steps <= self.max_steps <= number:
            raise UsageError(
                f"task.min_steps={self.min_steps}, task.max_steps={self.max_steps}: each of the "
                f"{number} operations is used once a problem; give 1 <= min_steps <= max_steps <= "
                f"{number}"
            )
        if self.strategies not in ("forward", "backward", "mixture"):
            raise UsageError(
                f"task.strategies={self.strategies!r}: give forward, backward or mixture"
            )

    def _check_shares(self) -> None:
        for name in (
            "inversion_share",
            "composition_share",
            "facts_share",
            "inverse_facts_share",
            "lists_share",
            "long_lists_share",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"task.{name}={getattr(self, name)}: a share is from 0 to 1")
        if self.composition_share + self.facts_share + self.lists_share > 1:
            raise UsageError(
                "task.composition_share, facts_share and lists_share together exceed 1; lower one"
            )

    def _check_parts(self, number: int) -> None:
        if not 2 <= self.min_parts <= self.composition_parts:
            raise UsageError(
                f"task.min_parts={self.min_parts}, "
                f"task.composition_parts={self.composition_parts}: give 2 <= min_parts <= "
                "composition_parts"
            )
        if self.composition_share and self.composition_parts * self.min_steps > number:
            raise UsageError(
                f"task.composition_parts={self.composition_parts} of {self.min_steps} steps: a "
                f"problem uses each of the {number} operations once; ask for fewer parts or steps"
            )


class FiniteField(Task):
    """Chains of operations in a prime field."""

    name: ClassVar[str] = "finite_field"
    Config: ClassVar[type] = FiniteFieldConfig
    config: FiniteFieldConfig

    def __init__(self, config: FiniteFieldConfig, seed: int) -> None:
        self.config = config
        self.seed = seed
        self.rendering = CompactRendering(config.modulus, shows_map=config.draws_maps)
        self.sampler = ChainSampler(config.modulus, fixed_map=not config.draws_maps)

    @property
    def vocab_size(self) -> int:
        """Symbols, operations and special tokens."""
        return len(self.rendering.vocabulary)

    @property
    def max_length(self) -> int:
        """Room for the longest chain there is: problems outgrow the training rows by design."""
        longest = self.rendering.num_operations
        return 2 * self.config.modulus + 4 * longest + 16

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return rows of prompt and solution, padded at the end; labels mask the prompt."""
        rng = generator(self.seed, "train", step)
        return padded([self._row(rng) for _ in range(batch_size)], self.rendering.special["PAD"])

    def batch(self, problems: Problems) -> Batch:
        """Return problems with the right trace of the strategy that fits each."""
        rows = [
            (
                self.rendering.prompt(chain),
                self.rendering.response(chain, gold_trace(chain, natural_directions(chain))),
            )
            for chain in problems
        ]
        return padded(rows, self.rendering.special["PAD"])

    def held_out(self, count: int) -> Problems:
        """Return problems that no training row holds: steps and types in turn."""
        rng = generator(0, "held out")  # one validation set for every run
        config = self.config
        steps = range(max(2, config.min_steps), max(2, config.max_steps) + 1)
        kinds: tuple[Type, ...] = ("evaluation", "inversion")
        cells = [(kind, number) for number in steps for kind in kinds]
        return [
            self.sampler.draw(
                rng, [cells[index % len(cells)][0]], cells[index % len(cells)][1], held_out=True
            )
            for index in range(count)
        ]

    def read(self, path: Path) -> Problems:
        """Read JSON lines, a problem each.

        Such as `{"type": "inversion", "known": 3, "operations": [["Add", 5], ["Multiply", 2]]}`.

        Raises:
            DataError: a row is malformed; see `rows_of`.
        """
        return rows_of(path, lambda line: self._parse(json.loads(line)))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return greedy accuracy, verified accuracy and share of the fitting strategy, by type."""
        outcomes: dict[str, list[tuple[bool, bool, bool]]] = {}
        for kind, group in _by_prompt_length(problems).items():
            ids = torch.tensor([self.rendering.prompt(chain) for chain in group])
            out = solver.complete(ids, max(map(self.rendering.max_response, group)))
            for chain, row in zip(group, out.tolist(), strict=True):
                judgement = judge(
                    chain, self.rendering.read(chain, until(row, self.rendering.special["EOS"]))
                )
                fits = judgement.strategy == NATURAL.get(chain.type, "other")
                outcome = (judgement.answer, judgement.steps, fits)
                outcomes.setdefault(kind[0], []).append(outcome)
        metrics: Metrics = {}
        for kind_name, rows in sorted(outcomes.items()):
            for name, values in zip(
                ("accuracy", "verified", "routed"), zip(*rows, strict=True), strict=True
            ):
                metrics[f"{kind_name}_{name}"] = float(np.mean(values))
        return metrics

    def chain(self, rng: np.random.Generator, *, held_out: bool | None = False) -> Chain:
        """Draw a problem of the configured types and steps."""
        config = self.config
        if config.composition_share and rng.random() < config.composition_share:
            parts = int(rng.integers(config.min_parts, config.composition_parts + 1))
            kinds = [self._type(rng) for _ in range(parts)]
            return self.sampler.draw(rng, kinds, config.min_steps, held_out=held_out)
        steps = int(rng.integers(config.min_steps, config.max_steps + 1))
        return self.sampler.draw(rng, [self._type(rng)], steps, held_out=held_out)

    def directions(self, rng: np.random.Generator, chain: Chain) -> Sequence[Direction]:
        """Draw the strategy of a demonstration."""
        if chain.type == "composition":
            return natural_directions(chain)
        if self.config.strategies == "mixture":
            return [DIRECTIONS[int(rng.integers(2))]]
        return [self.config.strategies]

    def _type(self, rng: np.random.Generator) -> Type:
        return "inversion" if rng.random() < self.config.inversion_share else "evaluation"

    def _row(self, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        drawn = rng.random()
        if drawn < self.config.facts_share:
            kind: Type = (
                "inversion" if rng.random() < self.config.inverse_facts_share else "evaluation"
            )
            chain = self.sampler.draw(rng, [kind], 1, held_out=None)
            directions: Sequence[Direction] = natural_directions(chain)
        elif drawn < self.config.facts_share + self.config.lists_share:
            return self._list(rng)
        else:
            chain = self.chain(rng)
            directions = self.directions(rng, chain)
        return self.rendering.prompt(chain), self.rendering.response(
            chain, gold_trace(chain, directions)
        )

    def _list(self, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Copy a prompt's operations in order or in reverse; BLANK stands where a value would."""
        special = self.rendering.special
        is_reversed = rng.random() < self.config.reversed_lists_share
        is_long = rng.random() < self.config.long_lists_share
        shortest, longest = (
            (self.config.usual_list + 1, self.config.max_list)
            if is_long
            else (1, self.config.usual_list)
        )
        number = int(rng.integers(shortest, longest + 1))
        listed = [
            self.rendering.operation(int(operation))
            for operation in rng.permutation(self.rendering.num_operations)[:number]
        ]
        prompt = [
            special["BOS"],
            special["BLANK"],
            *listed,
            special["SEP"],
            int(rng.integers(self.config.modulus)),
        ]
        ordered = listed[::-1] if is_reversed else listed
        response = [token for operation in ordered for token in (operation, special["BLANK"])]
        return prompt, [*response, special["EOS"]]

    def _parse(self, row: object) -> Chain:
        if not isinstance(row, dict) or row.get("type") not in ("evaluation", "inversion"):
            raise ValueError('a row is an object with "type": "evaluation" or "inversion"')
        modulus = self.config.modulus
        start, named = row.get("known"), row.get("operations")
        if not isinstance(start, int) or not 0 <= start < modulus:
            raise ValueError(f'"known" is {start!r}; give an element from 0 to {modulus - 1}')
        if not isinstance(named, list) or not 1 <= len(named) <= self.rendering.num_operations:
            raise ValueError(
                f'"operations" must be a list of 1 to {self.rendering.num_operations} pairs '
                '["Add", 5]'
            )
        operations = [_operation(modulus, operation) for operation in named]
        if len(set(operations)) < len(operations):
            raise ValueError(
                '"operations" repeats one; each is used once a problem, so that a step names it'
            )
        forward = row["type"] == "evaluation"
        states = _states(modulus, start, operations, forward=forward)
        part = Part(row["type"], tuple(operations), states)
        return Chain(modulus, (part,), fixed_symbols(modulus))


def _states(
    modulus: int, start: int, operations: Sequence[int], *, forward: bool
) -> tuple[int, ...]:
    """Return the states before the first operation to after the last, in the order they apply.

    Args:
        modulus: of the field.
        start: the state that is known: the first one, or the last where `forward` is False.
        operations: in the order they apply.
        forward: whether the operations are applied, not undone.
    """
    if forward:
        states = [start]
        for operation in operations:
            states.append(apply(modulus, operation, states[-1]))
        return tuple(states)
    undone = tables(modulus)[1]
    states = [start]
    for operation in reversed(operations):
        states.append(int(undone[operation, states[-1]]))
    return tuple(reversed(states))


def _operation(modulus: int, named: object) -> int:
    match named:
        case ["Add", int(operand)] if 1 <= operand < modulus:
            return operand - 1
        case ["Multiply", int(operand)] if 2 <= operand < modulus:
            return modulus + operand - 3
    raise ValueError(
        f'operation {named!r}: give ["Add", 1..{modulus - 1}] or ["Multiply", 2..{modulus - 1}]'
    )


def _by_prompt_length(problems: Sequence[Chain]) -> dict[tuple[str, int], list[Chain]]:
    groups: dict[tuple[str, int], list[Chain]] = {}
    for chain in problems:
        groups.setdefault((chain.type, chain.steps * 100 + len(chain.parts)), []).append(chain)
    return groups


def until(ids: Sequence[int], end: int) -> list[int]:
    """Return ids up to the first `end`, that one included."""
    rows = list(ids)
    return rows[: rows.index(end) + 1] if end in rows else rows


def padded(rows: Sequence[tuple[list[int], list[int]]], pad: int) -> Batch:
    """Return prompts with responses as a batch; labels mask prompts and padding."""
    length = max(len(prompt) + len(response) for prompt, response in rows)
    ids = np.full((len(rows), length), pad, dtype=np.int64)
    labels = np.full_like(ids, IGNORED)
    for number, (prompt, response) in enumerate(rows):
        end = len(prompt) + len(response)
        ids[number, :end] = [*prompt, *response]
        labels[number, len(prompt) : end] = response
    input_ids: Tensor = torch.from_numpy(ids)
    return Batch(input_ids, torch.from_numpy(labels), attention_mask_BT=(input_ids != pad).long())
