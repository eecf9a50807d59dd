"""Chains of Add and Multiply in a prime field: problems, a seeded generator, an oracle.

The task of "Select and Improve" (arXiv 2606.13125): a start value runs through a chain of
operations. An evaluation problem shows the start and asks the end, an inversion problem shows the
end and asks the start, a composition passes the result of one such part on to the next. It knows no
tokens and no model.

An operation is a number: 0 .. p-2 adds 1 .. p-1; p-1 .. 2p-4 multiplies by 2 .. p-1. Adding 0 and
multiplying by 1 would be steps that do nothing, multiplying by 0 cannot be undone; none of them is
drawn (the paper does not say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from nextlat.errors import UsageError
from nextlat.tasks.stable_hash import Integers, is_one_held_out

Type = Literal["evaluation", "inversion", "composition"]
Direction = Literal["forward", "backward"]

DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
NATURAL: dict[str, Direction] = {"evaluation": "forward", "inversion": "backward"}
"""Type -> the strategy that needs no guess."""

MAX_MODULUS = 97


@dataclass(frozen=True)
class Part:
    """One chain.

    Attributes:
        type: "evaluation" or "inversion".
        operations: the chain, first to last.
        states: the values passed through, one more than operations; the first is the start, the
            last the end.
    """

    type: Type
    operations: tuple[int, ...]
    states: tuple[int, ...]

    @property
    def known(self) -> int:
        """The value the problem shows."""
        return self.states[0] if self.type == "evaluation" else self.states[-1]

    @property
    def asked(self) -> int:
        """The value the problem asks."""
        return self.states[-1] if self.type == "evaluation" else self.states[0]


@dataclass(frozen=True)
class Chain:
    """A problem: one part, or several where each part's asked value is the next one's known value.

    Attributes:
        modulus: the prime p.
        parts: its parts.
        symbols: symbols[v] is the number of the symbol that stands for the field element v.
    """

    modulus: int
    parts: tuple[Part, ...]
    symbols: tuple[int, ...]

    @property
    def type(self) -> Type:
        """Type of the problem."""
        return self.parts[0].type if len(self.parts) == 1 else "composition"

    @property
    def steps(self) -> int:
        """Number of operations, all parts together."""
        return sum(len(part.operations) for part in self.parts)

    @property
    def answer(self) -> int:
        """The field element that answers the problem."""
        return self.parts[-1].asked


@lru_cache
def tables(modulus: int) -> tuple[Integers, Integers]:
    """Return `[2p-3, p]` results of each operation on each element, and of undoing it.

    Raises:
        UsageError: the modulus is not a prime from 3 to 97.
    """
    if not 3 <= modulus <= MAX_MODULUS or any(
        modulus % divisor == 0 for divisor in range(2, modulus)
    ):
        raise UsageError(
            f"task.modulus={modulus}: a field needs a prime; give one from 3 to {MAX_MODULUS}, as "
            "in 11"
        )
    elements = np.arange(modulus)
    added = [(elements + addend) % modulus for addend in range(1, modulus)]
    multiplied = [(elements * factor) % modulus for factor in range(2, modulus)]
    results = np.array(added + multiplied, dtype=np.int64)
    return results, np.argsort(results, axis=1)


def apply(modulus: int, operation: int, element: int) -> int:
    """Return what an operation makes of an element, by arithmetic: the oracle's step."""
    if operation < modulus - 1:
        return (element + operation + 1) % modulus
    return element * (operation - modulus + 3) % modulus


def operation_name(modulus: int, operation: int) -> tuple[str, int]:
    """Return ("Add", a) or ("Multiply", m)."""
    return (
        ("Add", operation + 1) if operation < modulus - 1 else ("Multiply", operation - modulus + 3)
    )


def oracle(chain: Chain) -> int:
    """Return the answer by arithmetic; for inversions each start is tried."""
    value = chain.parts[0].known
    for part in chain.parts:
        value = _part_answer(chain.modulus, part.type, part.operations, value)
    return value


def _part_answer(modulus: int, kind: Type, operations: Sequence[int], given: int) -> int:
    """Return what a part asks for: the end of a given start, or the start of a given end."""

    def end(start: int) -> int:
        for operation in operations:
            start = apply(modulus, operation, start)
        return start

    if kind == "evaluation":
        return end(given)
    return next(start for start in range(modulus) if end(start) == given)


def fixed_symbols(modulus: int) -> tuple[int, ...]:
    """Return the map from elements to symbols that problems share unless maps are drawn."""
    return tuple(np.random.default_rng(modulus).permutation(modulus).tolist())


class ChainSampler:
    """Draws problems, each a function of the generator; held-out ones never for training.

    Args:
        modulus: the prime p.
        fixed_map: whether all problems share one map of symbols.
    """

    def __init__(self, modulus: int, *, fixed_map: bool = True) -> None:
        self.modulus = modulus
        self.fixed_map = fixed_map
        self._apply, self._undo = tables(modulus)
        self._symbols = fixed_symbols(modulus)

    def draw(
        self, rng: np.random.Generator, types: Sequence[Type], steps: int, *, held_out: bool | None
    ) -> Chain:
        """Return one problem.

        Args:
            rng: source of randomness.
            types: type of each part; operations are drawn without replacement over all parts, so
                that each is found in the prompt by itself.
            steps: operations a part.
            held_out: True for a problem of the held-out side, False for one of the training side,
                None for any.

        Raises:
            UsageError: there are fewer operations than the problem needs.
        """
        number = len(types) * steps
        if steps < 1 or number > len(self._apply):
            raise UsageError(
                f"{len(types)} parts of {steps} steps: the field of {self.modulus} has "
                f"{len(self._apply)} operations, each used once a problem; ask for fewer steps or "
                "a larger prime"
            )
        while True:
            operations = rng.permutation(len(self._apply))[:number]
            chain = self._chain(
                types, steps, operations, int(rng.integers(self.modulus)), self._map(rng)
            )
            if held_out is None or steps == 1 or self.is_held_out(chain) == held_out:
                return chain

    def is_held_out(self, chain: Chain) -> bool:
        """Whether training never sees a problem: by a hash of all it shows but the symbols' map."""
        row = [len(chain.parts), chain.parts[0].known]
        for part in chain.parts:
            row += [part.type == "inversion", *part.operations]
        return is_one_held_out(row)

    def _map(self, rng: np.random.Generator) -> tuple[int, ...]:
        return self._symbols if self.fixed_map else tuple(rng.permutation(self.modulus).tolist())

    def _chain(
        self,
        types: Sequence[Type],
        steps: int,
        operations: Integers,
        given: int,
        symbols: tuple[int, ...],
    ) -> Chain:
        parts = []
        for number, kind in enumerate(types):
            own = tuple(operations[number * steps : (number + 1) * steps].tolist())
            states = [given]
            for operation in own if kind == "evaluation" else reversed(own):
                table = self._apply if kind == "evaluation" else self._undo
                states.append(int(table[operation, states[-1]]))
            given = states[-1]  # the next part goes on from its answer
            parts.append(
                Part(kind, own, tuple(states if kind == "evaluation" else reversed(states)))
            )
        return Chain(self.modulus, tuple(parts), symbols)
