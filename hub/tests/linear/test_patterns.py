"""Regular expressions take linear time: each is run by a matcher that counts, over hostile texts of one and two lengths."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

import pytest
from counting_matcher import CountingPattern, TooManyStepsError
from hostile_pieces import LETTERS, NUMBERS, PIECES, PUNCTUATION, SPACES
from package_patterns import patterns

pytestmark = pytest.mark.slow

PATTERNS = patterns()

SHORT = tuple(one for one in PIECES if len(one) <= 2) + NUMBERS
"""Pieces for patterns: what repeats in them is short."""

NUM_PIECES = 40
"""Pieces for a pattern that are tried by default; those made from the pattern are always tried."""

LENGTHS = (48, 256, 1500)
"""Lengths of texts: each is compared with its double. A pattern may look a bounded distance ahead, and is linear in
texts that are longer than that."""

GROWTH = 2.2
SLACK = 64
"""Steps that do not depend on the length."""


@pytest.fixture(autouse=True)
def deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    yield
    sys.setrecursionlimit(before)


def _sample(nodes: Any) -> str:
    """Return a text that a part of a pattern matches, roughly."""
    parts = []
    for kind, value in nodes:
        if kind is op.LITERAL:
            parts.append(chr(value))
        elif kind is op.IN:
            parts.append(_member(value))
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            parts.append(_sample(value[2]) * max(1, min(value[0], 20)))
        elif kind is op.BRANCH:
            parts.append(_sample(value[1][0]))
        elif kind is op.SUBPATTERN:
            parts.append(_sample(value[3]))
        elif kind is op.ATOMIC_GROUP:
            parts.append(_sample(value))
        elif kind in (op.ANY, op.NOT_LITERAL):
            parts.append("a")
    return "".join(parts)


def _member(members: Any) -> str:
    if members[0][0] is op.NEGATE:
        return "a"
    kind, value = members[0]
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(value[0])
    return {op.CATEGORY_DIGIT: "1", op.CATEGORY_SPACE: " "}.get(value, "a")


def _attacks(nodes: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield (beginning, what is repeated after it) for each repetition within a pattern."""
    for kind, value in nodes:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield before, _sample(value[2])
            yield "", before + _sample(value[2])
            yield from _attacks(value[2], before)
        elif kind is op.BRANCH:
            for alternative in value[1]:
                yield from _attacks(alternative, before)
        elif kind is op.SUBPATTERN:
            yield from _attacks(value[3], before)
        elif kind is op.ATOMIC_GROUP:
            yield from _attacks(value, before)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _attacks(value[1], before)
        before += _sample([(kind, value)])


def _is_linear(pattern: CountingPattern, beginning: str, piece: str, end: str, way: str) -> bool:
    for length in LENGTHS:
        n = max(1, length // len(piece))
        try:
            once, twice = (
                pattern.count(beginning + piece * times + end, way) for times in (n, 2 * n)
            )
        except TooManyStepsError:
            return False
        if twice <= GROWTH * once + SLACK:
            return True
    return False


def _too_slow(name: str, pieces: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Return (way, beginning, piece, end) of each text on which a pattern is not linear."""
    compiled, ways = PATTERNS[name]
    pattern = CountingPattern(compiled, limit=1_500_000)
    attacks = dict.fromkeys([*(("", piece) for piece in pieces), *_attacks(pattern.tree)])
    return [
        (way, beginning, piece, end)
        for beginning, piece in attacks
        if piece and pattern.can_repeat(piece)
        for way in ways
        for end in ("", "\x01")
        if not _is_linear(pattern, beginning, piece, end, way)
    ]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name: str) -> None:
    assert not _too_slow(name, random.Random(name).sample(SHORT, NUM_PIECES))


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear_in_every_short_piece(name: str) -> None:
    assert not _too_slow(name, SHORT)


def test_the_pieces_are_many() -> None:
    assert len(set(SHORT)) >= 150


@pytest.mark.parametrize(
    "source",
    [r"\s+$", r"(a+)+b", r"(?:a|a)*b", r"a*a*b", r"(\w+\s?)*;", r"\[.*?\]", r"x?\s*-?\s*y"],
)
def test_the_law_finds_patterns_that_are_not_linear(source: str) -> None:
    pattern = CountingPattern(re.compile(source), limit=300_000)
    attacks = [("", " "), ("", "a"), ("", "["), ("", "a "), *_attacks(pattern.tree)]
    assert not all(
        _is_linear(pattern, beginning, piece, "\x01", "search") for beginning, piece in attacks
    )


def test_the_counting_matcher_finds_what_re_finds() -> None:
    alphabet = [
        one
        for one in (*LETTERS, *NUMBERS, *PUNCTUATION, *SPACES, "<b>", "\\frac{", "$x$")
        if one.isprintable()
    ]
    chance = random.Random(7)
    for name, (compiled, _) in PATTERNS.items():
        if not isinstance(compiled.pattern, str):
            continue
        counting = CountingPattern(compiled)
        for _ in range(12):
            text = (
                "".join(chance.choices(alphabet, k=8))
                + _sample(counting.tree)
                + chance.choice(alphabet)
            )
            match = compiled.search(text)
            assert counting.span(text) == (match.span() if match else None), (name, text)
