"""Finite-field chains as English text, for pretrained models. Text in, text out.

Elements are abstract symbols e0, e1, .. that the prompt maps to 0, 1, ..; operands are symbols too.
A response names each step by its number in the chain, so that the strategy shows in the first step
executed. The paper's wording is unknown; this one is ours.
"""

from __future__ import annotations

import re

from nextlat.tasks.finite_field_chains import NATURAL, Chain, Direction, Part, operation_name
from nextlat.tasks.finite_field_traces import Trace, TracePart

_GUESS = re.compile(r"Suppose e(\d{1,3})\.")
_STEP = re.compile(
    r"Step (\d{1,3}): (?:(?P<name>Add|Multiply) e(?P<operand>\d{1,3})"
    r"|undo (?P<undone>Add|Multiply) e(?P<other>\d{1,3}))"
    r" on e(?P<before>\d{1,3}) gives e(?P<after>\d{1,3})\."
)
_ANSWER = re.compile(r"Answer: e(\d{1,3})\.?")
_PART = re.compile(r"Part (\d{1,2}):")


class VerboseRendering:
    """Text of a field of p elements.

    Args:
        modulus: the prime p.
    """

    def __init__(self, modulus: int) -> None:
        self.modulus = modulus

    def prompt(self, chain: Chain) -> str:
        """Return a problem's text."""
        mapped = ", ".join(f"e{symbol} is {value}" for value, symbol in enumerate(chain.symbols))
        lines = [f"Work with whole numbers modulo {self.modulus}. Symbols: {mapped}."]
        steps = 0
        for number, part in enumerate(chain.parts, start=1):
            if len(chain.parts) > 1:
                lines.append(f"Part {number}:")
            lines.append(self._statement(chain, part, steps, is_first=number == 1))
            steps += len(part.operations)
        lines.append("Show each step, then give the answer as one symbol, as in 'Answer: e0.'.")
        return "\n".join(lines)

    def response(self, chain: Chain, trace: Trace) -> str:
        """Return a trace's text."""
        pieces: list[str] = []
        offset = 0
        start = chain.parts[0].known
        for number, (part, done) in enumerate(zip(chain.parts, trace.parts, strict=True), start=1):
            if len(chain.parts) > 1:
                pieces.append(f"Part {number}:")
            pieces += self._work(chain, part, done, start, offset)
            offset += len(part.operations)
            start = part.asked
        if trace.answer is not None:
            pieces.append(f"Answer: e{chain.symbols[trace.answer]}.")
        return " ".join(pieces)

    def read(self, chain: Chain, text: str) -> Trace:
        """Return what a response says; words between the marked sentences are ignored."""
        element = {symbol: value for value, symbol in enumerate(chain.symbols)}
        answers = [element.get(int(symbol)) for symbol in _ANSWER.findall(text)]
        answer = answers[-1] if answers else None
        pieces = _PART.split(text)[2::2] if len(chain.parts) > 1 else [text]
        parts: list[TracePart] = []
        offset = 0
        for part, piece in zip(chain.parts, pieces, strict=False):
            parts.append(self._read_part(chain, part, piece, offset, element))
            offset += len(part.operations)
        return Trace(tuple(parts) or (TracePart(None, ()),), answer, answer is not None)

    def forcing_prefix(self, chain: Chain, direction: Direction) -> str:
        """Return the words that open a response of a strategy."""
        part = chain.parts[0]
        head = "Part 1: " if len(chain.parts) > 1 else ""
        if NATURAL[part.type] != direction:
            return f"{head}Suppose e"
        number = 1 if direction == "forward" else len(part.operations)
        return f"{head}Step {number}:"

    def _statement(self, chain: Chain, part: Part, offset: int, *, is_first: bool) -> str:
        start = f"e{chain.symbols[part.known]}" if is_first else "the answer of the part before"
        steps = " ".join(
            f"Step {offset + number}: {self._operation(chain, operation)}."
            for number, operation in enumerate(part.operations, start=1)
        )
        if part.type == "evaluation":
            return f"The start is {start}. {steps} What is the end?"
        return f"The end is {start}. {steps} What was the start?"

    def _operation(self, chain: Chain, operation: int) -> str:
        name, operand = operation_name(self.modulus, operation)
        return f"{name} e{chain.symbols[operand]}"

    def _work(
        self, chain: Chain, part: Part, done: TracePart, start: int, offset: int
    ) -> list[str]:
        pieces = [] if done.guess is None else [f"Suppose e{chain.symbols[done.guess]}."]
        value = start if done.guess is None else done.guess
        is_forward = done.steps[0][0] == part.operations[0] and (
            len(part.operations) > 1 or (part.type == "evaluation") == (done.guess is None)
        )
        for operation, after in done.steps:
            number = offset + part.operations.index(operation) + 1
            verb = "" if is_forward else "undo "
            pieces.append(
                f"Step {number}: {verb}{self._operation(chain, operation)} on "
                f"e{chain.symbols[value]} gives e{chain.symbols[after]}."
            )
            value = after
        return pieces

    def _read_part(
        self, chain: Chain, part: Part, text: str, offset: int, element: dict[int, int]
    ) -> TracePart:
        guessed = _GUESS.search(text)
        guess = element.get(int(guessed[1])) if guessed else None
        value = part.known if guess is None else guess
        steps = []
        for step in _STEP.finditer(text):
            number = int(step[1]) - offset - 1
            before, after = element.get(int(step["before"])), element.get(int(step["after"]))
            named = f"{step['name'] or step['undone']} e{step['operand'] or step['other']}"
            if not 0 <= number < len(part.operations) or after is None:
                break
            operation = part.operations[number]
            # A step that names another operation, or starts from another value than the one
            # reached, is kept as an operation no chain has: the verifier refuses it.
            is_sound = self._operation(chain, operation) == named and before == value
            steps.append((operation if is_sound else -1, after))
            value = after
        return TracePart(guess, tuple(steps))
