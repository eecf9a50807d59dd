"""Worked solutions of finite-field chains: gold traces, the verifier, the classifier.

Forward executes the operations first to last, backward undoes them last to first. Where the
strategy does not fit the type (forward on an inversion), nothing says how the paper's
demonstrations look; ours guess the unknown and run the chain from it. The demonstration's guess is
right, which the model cannot know, so such a trace is right one time in p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nextlat.tasks.finite_field_chains import DIRECTIONS, NATURAL, Chain, Direction, Part, tables

Strategy = Literal["forward", "backward", "other"]


@dataclass(frozen=True)
class TracePart:
    """The work on one part.

    Attributes:
        guess: the value supposed for the unknown, or None.
        steps: (operation, value after it was executed or undone), in the order written.
    """

    guess: int | None
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Trace:
    """What a response says.

    Attributes:
        parts: the work, part by part, as far as it could be read.
        answer: the final answer, or None where none could be read.
        is_complete: whether the whole response could be read, down to its end.
    """

    parts: tuple[TracePart, ...]
    answer: int | None
    is_complete: bool


@dataclass(frozen=True)
class Judgement:
    """The verifier's word on a response.

    Attributes:
        answer: whether the final answer is right, however it came about.
        steps: whether, besides, every step is the next one of a strategy and executed right.
        strategy: by the first operation executed: the chain's first is forward, its last backward.
        right_steps: steps before the first wrong one, all parts together.
    """

    answer: bool
    steps: bool
    strategy: Strategy
    right_steps: int


def gold_trace(chain: Chain, directions: Sequence[Direction]) -> Trace:
    """Return the right trace of a strategy a part."""
    parts = tuple(
        _gold_part(part, direction) for part, direction in zip(chain.parts, directions, strict=True)
    )
    return Trace(parts, chain.answer, True)


def _gold_part(part: Part, direction: Direction) -> TracePart:
    guess = None if NATURAL[part.type] == direction else part.asked
    if direction == "forward":
        return TracePart(guess, tuple(zip(part.operations, part.states[1:], strict=True)))
    return TracePart(
        guess, tuple(zip(reversed(part.operations), reversed(part.states[:-1]), strict=True))
    )


def natural_directions(chain: Chain) -> tuple[Direction, ...]:
    """Return the strategy that fits, part by part."""
    return tuple(NATURAL[part.type] for part in chain.parts)


def judge(chain: Chain, trace: Trace) -> Judgement:
    """Return what is right in a response and which strategy it took.

    A trace that guesses is right in every step only if the guess is confirmed, that is if its last
    value is the known one. A composition's strategy is "other" unless all its parts take the same
    one; its natural traces seldom do.
    """
    right = 0
    whole = trace.is_complete and len(trace.parts) == len(chain.parts)
    state = chain.parts[0].known
    for part, done in zip(chain.parts, trace.parts, strict=False):
        count, reached = _follow(chain.modulus, part, done, state)
        right += count
        if reached is None or count < len(part.operations):
            whole = False
            break
        state = reached
    answer = trace.answer is not None and trace.answer == chain.answer
    return Judgement(
        answer, whole and answer and state == trace.answer, strategy(chain, trace), right
    )


def strategy(chain: Chain, trace: Trace) -> Strategy:
    """Return the strategy of a response."""
    taken = {_direction(part, done) for part, done in zip(chain.parts, trace.parts, strict=False)}
    if len(taken) != 1 or len(trace.parts) < len(chain.parts):
        return "other"
    return taken.pop() or "other"


def _direction(part: Part, done: TracePart) -> Direction | None:
    if not done.steps:
        return None
    first = done.steps[0][0]
    if len(part.operations) == 1 and first == part.operations[0]:
        natural = NATURAL[part.type]  # one operation is both ends: a guess tells
        return natural if done.guess is None else DIRECTIONS[natural == "forward"]
    if first == part.operations[0]:
        return "forward"
    return "backward" if first == part.operations[-1] else None


def _follow(modulus: int, part: Part, done: TracePart, start: int) -> tuple[int, int | None]:
    """Return the number of right steps and the value reached; None where no strategy fits."""
    direction = _direction(part, done)
    if direction is None or (done.guess is None) != (NATURAL[part.type] == direction):
        return 0, None
    results, undone = tables(modulus)
    table = results if direction == "forward" else undone
    operations = part.operations if direction == "forward" else part.operations[::-1]
    value = start if done.guess is None else done.guess
    for number, (operation, stated) in enumerate(done.steps):
        if (
            number >= len(operations)
            or operation != operations[number]
            or int(table[operation, value]) != stated
        ):
            return number, None
        value = stated
    if len(done.steps) < len(operations):
        return len(done.steps), None
    if done.guess is None:
        return len(operations), value
    return len(operations), done.guess if value == start else None
