"""Whether the numbers of a sentence are those of the cited works. Pure, no IO.

A number passes if a cited work has one of equal value and no other unit; a hedged one (`over 90%`)
may round the work's. Numbers are equal within 1e-9; units are compared, never converted. A number
that occurs elsewhere in the work but stands in the sentence where the work has another one (same
words on both sides) fails: this is how a changed digit appears when the new value happens to occur
in the same abstract.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from academichub.checker.quantities import Quantity
from academichub.checker.word_weights import STOP, Token, idf
from academichub.messages import Message

_EQUIVALENT_UNITS = frozenset({frozenset({"x", ""}), frozenset({"°", "°C"})})
_REACH = 4
_WORKS = re.compile(
    r"\s*(?:of these |of the |recent )?(?:works|studies|papers|articles|preprints|groups|teams|研究|论文|工作|文章)"
)
_STOPS = re.compile(r"[.!?;。；]\s")
_DISPLACED_AT = 0.55
_DISPLACED_GAP = 0.3

MAX_NUMBERS = 100
"""Numbers of a sentence that are compared; each is compared with every number of the works."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A folded text with its words and its numbers."""

    text: str
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class _Stated:
    """What is compared of a number of a cited work; numbers alike in all of it are compared once.

    Attributes:
        value: Its value.
        unit: Its unit in normal form.
        digits: Its significant digits.
        is_count: Whether the next word makes it a count (`12 models`).
        words: Side and stem of the words around it.
        written: The number as the work has it.
    """

    value: float
    unit: str
    digits: int
    is_count: bool
    words: frozenset[tuple[int, str]]
    written: str


def missing_numbers(
    sentence: Numbered, works: Sequence[Numbered]
) -> list[tuple[Quantity, Message]]:
    """Return the numbers of a sentence that no cited work has, each with the rule it breaks.

    Numbers after the first MAX_NUMBERS count as missing: comparing them all would take time
    proportional to the product of the two lengths.
    """
    missing: list[tuple[Quantity, Message]] = []
    places = _Places(sentence)
    stated = list(dict.fromkeys(number for work in works for number in _stated_numbers(work)))
    for quantity in sentence.quantities[:MAX_NUMBERS]:
        written = sentence.text[quantity.start : quantity.end].strip()
        alike = [number for number in stated if _is_value(quantity, number)]
        fitting = [number for number in alike if _is_unit(quantity, number)]
        if _counts_works(sentence, quantity, len(works)):
            continue
        if not alike:
            missing.append((quantity, Message.of("check.number_missing", number=written)))
        elif not fitting:
            units = [
                unit or Message.of("check.no_unit")
                for unit in sorted({number.unit for number in alike})
            ]
            missing.append((quantity, Message.of("check.number_unit", number=written, units=units)))
        elif other := _displaced(places.surroundings(quantity), quantity, fitting, stated):
            displaced = Message.of("check.number_displaced", number=written, other=other)
            missing.append((quantity, displaced))
    for quantity in sentence.quantities[MAX_NUMBERS:]:
        written = sentence.text[quantity.start : quantity.end].strip()
        excess = Message.of("check.number_not_compared", number=written, limit=MAX_NUMBERS)
        missing.append((quantity, excess))
    return missing


def _stated_numbers(work: Numbered) -> Iterable[_Stated]:
    places = _Places(work)
    for quantity in work.quantities:
        yield _Stated(
            quantity.value,
            quantity.unit,
            quantity.digits,
            places.counts_something(quantity),
            frozenset(places.surroundings(quantity)),
            work.text[quantity.start : quantity.end].strip(),
        )


def _counts_works(sentence: Numbered, quantity: Quantity, cited: int) -> bool:
    """Tell whether a number counts the cited works (`two studies`), not something in them."""
    return cited > 1 and quantity.value == cited and bool(_WORKS.match(sentence.text, quantity.end))


def _is_value(ours: Quantity, theirs: _Stated) -> bool:
    """Compare values: equal, a share written as a percentage, or rounded where hedged."""
    pairs = [(ours.value, theirs.value)]
    if ours.unit == "%" and theirs.unit in ("", "x") and 0 < theirs.value < 1:
        pairs.append((ours.value, theirs.value * 100))
    if theirs.unit == "%" and ours.unit in ("", "x") and 0 < ours.value < 1:
        pairs.append((ours.value, theirs.value / 100))
    if ours.spelled and ours.hedged and ours.unit == "x":
        return any(abs(a - b) <= 0.13 * a for a, b in pairs)
    return any(
        _is_close(a, b) or (ours.hedged and _rounds(a, ours.digits, b, theirs.digits))
        for a, b in pairs
    )


def _is_close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-300)


def _rounds(a: float, a_digits: int, b: float, b_digits: int) -> bool:
    """Tell whether `a` is `b` written with fewer digits (rounded or cut)."""
    if a_digits >= b_digits or a <= 0 or b <= 0:
        return False
    return abs(a - b) <= 0.05 * b and (_is_close(float(f"{b:.{a_digits - 1}e}"), a) or a < b)


def _is_unit(ours: Quantity, theirs: _Stated) -> bool:
    """Compare units: equal, or one of them not written."""
    if ours.unit == theirs.unit or frozenset({ours.unit, theirs.unit}) in _EQUIVALENT_UNITS:
        return True
    if not _is_close(ours.value, theirs.value):
        return True
    if ours.unit == "%" and not theirs.unit:
        return theirs.value != int(theirs.value) or not theirs.is_count
    return not ours.unit or not theirs.unit


def _displaced(
    words: dict[tuple[int, str], float],
    ours: Quantity,
    fitting: list[_Stated],
    stated: list[_Stated],
) -> str:
    """Return what the cited work has between the same words, if it has another number there."""
    if not words:
        return ""
    best = max(_likeness(words, number.words) for number in fitting)
    if best >= 1 - _DISPLACED_GAP:
        return ""
    rivals = [
        (_likeness(words, number.words), number.written)
        for number in stated
        if not _is_value(ours, number)
        and (number.unit == ours.unit or not number.unit or not ours.unit)
    ]
    score, other = max(rivals, default=(0.0, ""))
    return other if score >= _DISPLACED_AT and score - best >= _DISPLACED_GAP else ""


class _Places:
    """What stands around the numbers of a text; the text is read once for all of them."""

    def __init__(self, text: Numbered) -> None:
        self._text = text

    @cached_property
    def _stops(self) -> tuple[list[int], list[int]]:
        """The starts and ends of the marks that end a sentence."""
        spans = [match.span() for match in _STOPS.finditer(self._text.text)]
        return [start for start, _ in spans], [end for _, end in spans]

    @cached_property
    def _token_spans(self) -> tuple[list[int], list[int]]:
        """The starts and ends of the words."""
        return [token.start for token in self._text.tokens], [
            token.end for token in self._text.tokens
        ]

    def counts_something(self, quantity: Quantity) -> bool:
        """Tell whether the next word makes the number a count (`12 models`)."""
        index = bisect_left(self._token_spans[0], quantity.end)
        if index == len(self._text.tokens):
            return False
        following = self._text.tokens[index]
        if following.start - quantity.end > 1:
            return False
        return following.raw.isalpha() and following.raw.lower() not in STOP

    def surroundings(self, quantity: Quantity) -> dict[tuple[int, str], float]:
        """Return the words around a number by side; nearer and rarer ones weigh more."""
        (stop_starts, stop_ends), (starts, ends) = self._stops, self._token_spans
        stops_before = bisect_right(stop_ends, quantity.start)
        first = stop_ends[stops_before - 1] if stops_before else 0
        stops_after = bisect_left(stop_starts, quantity.end)
        last = stop_starts[stops_after] if stops_after < len(stop_starts) else len(self._text.text)
        left, right = bisect_right(ends, quantity.start), bisect_left(starts, quantity.end)
        tokens = self._text.tokens
        before = [token for token in tokens[max(0, left - _REACH) : left] if first <= token.start]
        after = [token for token in tokens[right : right + _REACH] if token.start < last]
        weights: dict[tuple[int, str], float] = {}
        for side, near in ((-1, before[::-1]), (1, after)):
            for distance, token in enumerate(near):
                weight = (0.6 if token.raw.lower() in STOP else 1.0 + idf(token.stem) / 4) / (
                    1 + distance
                )
                if not token.raw[0].isdigit():
                    key = (side, token.stem)
                    weights[key] = max(weights.get(key, 0.0), weight)
        return weights


def _likeness(words: dict[tuple[int, str], float], theirs: frozenset[tuple[int, str]]) -> float:
    """Return the share of a number's surroundings that a work's number has too, in [0, 1]."""
    total = sum(words.values())
    return sum(weight for key, weight in words.items() if key in theirs) / total if total else 0.0
