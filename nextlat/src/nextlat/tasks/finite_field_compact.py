"""Finite-field chains as few tokens: one a symbol, one an operation with its operand.

Ids in, ids out.

    prompt        BOS EVAL A5 M2 SEP e3            (with drawn maps: BOS MAP e4 e0 .. EVAL A5 ..)
    response      A5 e8 M2 e5 ANS e5 EOS           forward on an evaluation
                  GUESS e5 M2 e8 A5 e3 ANS e5 EOS  backward on an evaluation
    composition   BOS COMP EVAL A5 INV M2 SEP e3   A5 e8 NEXT M2 e4 ANS e4 EOS

The known value comes last, so that the first step of a response looks like every other: a value,
then an operation.
"""

from __future__ import annotations

from collections.abc import Sequence

from nextlat.tasks.finite_field_chains import NATURAL, Chain, Direction, operation_name, tables
from nextlat.tasks.finite_field_traces import Trace, TracePart
from nextlat.tasks.protocol import Vocabulary

SPECIAL = (
    "BOS",
    "EVAL",
    "INV",
    "COMP",
    "MAP",
    "SEP",
    "GUESS",
    "NEXT",
    "ANS",
    "BLANK",
    "EOS",
    "PAD",
)
TYPE_TOKEN = {"evaluation": "EVAL", "inversion": "INV"}


class CompactRendering:
    """Tokens of a field of p elements: p symbols, 2p-3 operations, the special ones.

    Args:
        modulus: the prime p.
        shows_map: whether a prompt opens with the symbols of 0, 1, .. in order.
    """

    def __init__(self, modulus: int, *, shows_map: bool = False) -> None:
        self.modulus = modulus
        self.shows_map = shows_map
        self.num_operations = len(tables(modulus)[0])
        names = [f"e{symbol}" for symbol in range(modulus)]
        for operation in range(self.num_operations):
            name, operand = operation_name(modulus, operation)
            names.append(f"{name[0]}{operand}")
        base = len(names)
        self.special = {name: base + number for number, name in enumerate(SPECIAL)}
        self.vocabulary = Vocabulary(
            (*names, *SPECIAL), bos=self.special["BOS"], pad=self.special["PAD"]
        )

    def operation(self, operation: int) -> int:
        """Return the token of an operation."""
        return self.modulus + operation

    def prompt(self, chain: Chain) -> list[int]:
        """Return a problem's tokens, the known value last."""
        special = self.special
        ids = [special["BOS"]]
        if self.shows_map:
            ids += [special["MAP"], *chain.symbols]
        if chain.type == "composition":
            ids.append(special["COMP"])
        for part in chain.parts:
            ids += [special[TYPE_TOKEN[part.type]], *map(self.operation, part.operations)]
        return [*ids, special["SEP"], chain.symbols[chain.parts[0].known]]

    def response(self, chain: Chain, trace: Trace) -> list[int]:
        """Return a trace's tokens, EOS last."""
        special = self.special
        ids: list[int] = []
        for number, part in enumerate(trace.parts):
            if number:
                ids.append(special["NEXT"])
            if part.guess is not None:
                ids += [special["GUESS"], chain.symbols[part.guess]]
            for operation, value in part.steps:
                ids += [self.operation(operation), chain.symbols[value]]
        if trace.answer is not None:
            ids += [special["ANS"], chain.symbols[trace.answer]]
        return [*ids, special["EOS"]] if trace.is_complete else ids

    def read(self, chain: Chain, ids: Sequence[int]) -> Trace:
        """Return what a response says, as far as it follows the grammar."""
        return _Reader(self, chain, ids).trace()

    def forcing_prefix(self, chain: Chain, direction: Direction) -> list[int]:
        """Return the first token of a strategy: an operation, or GUESS where it does not fit."""
        part = chain.parts[0]
        if NATURAL[part.type] != direction:
            return [self.special["GUESS"]]
        return [self.operation(part.operations[0 if direction == "forward" else -1])]

    def max_response(self, chain: Chain) -> int:
        """Return the length of a problem's longest right response."""
        return 2 * chain.steps + 3 * len(chain.parts) + 2


class _Reader:
    """Reads `[GUESS s] (op s)+ (NEXT ..)* ANS s EOS`, as far as a response follows it."""

    def __init__(self, rendering: CompactRendering, chain: Chain, ids: Sequence[int]) -> None:
        self.ids = [*map(int, ids), -1, -1, -1]
        self.at = 0
        self.special = rendering.special
        self.modulus = rendering.modulus
        self.num_operations = rendering.num_operations
        self.element = {symbol: value for value, symbol in enumerate(chain.symbols)}

    def trace(self) -> Trace:
        parts = [self.part()]
        while self.takes("NEXT"):
            parts.append(self.part())
        answer, is_complete = None, False
        if self.takes("ANS") and (answer := self.value()) is not None:
            is_complete = self.takes("EOS") and self.at == len(self.ids) - 3
        return Trace(tuple(parts), answer if is_complete else None, is_complete)

    def part(self) -> TracePart:
        guess = self.value() if self.takes("GUESS") else None
        steps = []
        while 0 <= (operation := self.ids[self.at] - self.modulus) < self.num_operations:
            self.at += 1
            if (value := self.value()) is None:
                break
            steps.append((operation, value))
        return TracePart(guess, tuple(steps))

    def takes(self, name: str) -> bool:
        taken = self.ids[self.at] == self.special[name]
        self.at += taken
        return taken

    def value(self) -> int | None:
        element = self.element.get(self.ids[self.at])
        if element is not None:
            self.at += 1
        return element
