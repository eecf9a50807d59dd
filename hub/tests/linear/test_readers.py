"""Readers of foreign text take linear time: twice the text takes at most 2.2 times the steps, whatever it repeats.

Steps are calls that the interpreter's profiler sees, of Python's functions and of the built-in ones. What regular
expressions do inside one call is counted in test_patterns.py.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from foreign_readers import READERS, Reader, answer
from hostile_pieces import PIECES

from academichub.checker.number_check import MAX_NUMBERS, Numbered, missing_numbers
from academichub.checker.passage import read_numbered
from academichub.text import latex

pytestmark = pytest.mark.slow

LENGTHS = (400, 1600, 4800)
"""Lengths of texts: each is compared with its double. A reader may look a bounded distance ahead."""

GROWTH = 2.2
SLACK = 60
"""Calls that do not depend on the length."""

NUM_PIECES = 160
_WORST = (
    r"\frac{", r"\textcolor{", r"\sqrt[", r"\begin{x}", r"\(", "{", "$", "10^{-", "<b>", "<!--", "<![CDATA[", "&lt;", "(", '"',
    "and ", ", ", "1,", "1e", "亿", "e\u0301", "\u202e", "\u200d", " ", ".", "-", ". ", "@article{", "TY  - JOUR\n", '{"a":',
    "(a OR ",
)  # fmt: skip


def count_calls(function: Callable[[], object]) -> int:
    """Return how many calls a function makes, itself included."""
    calls = 0

    def see(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def _is_linear(reader: Reader, piece: str, lengths: tuple[int, ...] = LENGTHS) -> bool:
    for length in lengths:
        n = max(1, length // len(piece))
        once, twice = (
            count_calls(lambda times=times: answer(reader, piece * times)) for times in (n, 2 * n)
        )
        if twice <= GROWTH * once + SLACK:
            return True
    return False


def _pieces(name: str) -> list[str]:
    others = [piece for piece in PIECES if piece not in _WORST]
    return [*_WORST, *random.Random(name).sample(others, NUM_PIECES - len(_WORST))]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", READERS)
def test_a_reader_is_linear(name: str) -> None:
    latex.readable_latex.cache_clear()
    answer(READERS[name], "warm up: tables and models are loaded once")
    too_slow = [piece for piece in _pieces(name) if not _is_linear(READERS[name], piece)]
    assert not too_slow


@pytest.mark.parametrize("name", READERS)
def test_a_reader_answers_every_piece(name: str) -> None:
    for piece in PIECES:
        answer(READERS[name], piece * 3)


def test_the_pieces_are_many_and_all_are_tried() -> None:
    tried = {piece for name in READERS for piece in _pieces(name)}
    assert len(PIECES) >= 400 and tried >= set(PIECES)
    assert all(len(set(_pieces(name))) >= 150 for name in READERS)


def test_comparing_distinct_numbers_is_linear_in_both_texts() -> None:
    """No two numbers and no two surroundings are the same, so that nothing is compared once for all."""

    def compared(count: int) -> int:
        def numbered(start: int) -> Numbered:
            words = (
                f"word{'x' * (number % 7)}{number} {number}"
                for number in range(start, start + count)
            )
            return read_numbered(" ".join(words))

        sentence, work = numbered(1), numbered(10 * count)
        return count_calls(lambda: missing_numbers(sentence, [work]))

    once, twice = compared(4 * MAX_NUMBERS), compared(8 * MAX_NUMBERS)
    assert twice <= GROWTH * once + SLACK


def test_the_law_finds_readers_that_are_not_linear() -> None:
    def quadratic(text: str) -> object:
        return [text.count("b", n) for _ in text for n in range(len(text))]

    def doubling(text: str) -> object:
        return (doubling(text[1:]), doubling(text[1:])) if text else None

    assert not _is_linear(quadratic, "a", (40, 80))
    assert not _is_linear(
        lambda text: doubling(text[:12]) if len(text) < 50 else doubling(text[:15]), "a", (40,)
    )
