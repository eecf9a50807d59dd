"""Whether the numbers of a sentence are those of the cited works. Pure, no IO.

A number holds if a cited work has one of equal value and no other unit; a hedged one (`over 90%`) may round what the
work says. Numbers are equal within 1e-9; units are compared, never converted. A number that occurs elsewhere in the
work but stands in the sentence where the work has another one (same words on both sides) does not hold: that is what
a changed digit looks like when the new value happens to occur in the same abstract.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Numbered:
    """A folded text with its words and its numbers."""

    text: str
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]


def missing_numbers(
    sentence: Numbered, works: Sequence[Numbered]
) -> list[tuple[Quantity, Message]]:
    """Return the numbers of a sentence that no cited work has, each with the rule it breaks."""
    missing: list[tuple[Quantity, Message]] = []
    stated = [(work, one) for work in works for one in work.quantities]
    for quantity in sentence.quantities:
        written = sentence.text[quantity.start : quantity.end].strip()
        alike = [(work, one) for work, one in stated if _is_value(quantity, one)]
        fitting = [(work, one) for work, one in alike if _is_unit(quantity, one, work)]
        if _counts_works(sentence, quantity, len(works)):
            continue
        if not alike:
            missing.append((quantity, Message.of("check.number_missing", number=written)))
        elif not fitting:
            units = [
                unit or Message.of("check.no_unit")
                for unit in sorted({one.unit for _, one in alike})
            ]
            missing.append((quantity, Message.of("check.number_unit", number=written, units=units)))
        elif other := _displaced(sentence, quantity, fitting, stated):
            displaced = Message.of("check.number_displaced", number=written, other=other)
            missing.append((quantity, displaced))
    return missing


def _counts_works(sentence: Numbered, quantity: Quantity, cited: int) -> bool:
    """Tell `two studies` of a sentence that cites two works: it counts the works, not something in them."""
    return cited > 1 and quantity.value == cited and bool(_WORKS.match(sentence.text, quantity.end))


def _is_value(ours: Quantity, theirs: Quantity) -> bool:
    """Compare values: equal, a share written as a percentage, or rounded where the sentence says so."""
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


def _is_unit(ours: Quantity, theirs: Quantity, work: Numbered) -> bool:
    """Compare units: equal, or one of them not written."""
    if ours.unit == theirs.unit or frozenset({ours.unit, theirs.unit}) in _EQUIVALENT_UNITS:
        return True
    if not _is_close(ours.value, theirs.value):
        return True
    if ours.unit == "%" and not theirs.unit:
        return theirs.value != int(theirs.value) or not _counts_something(theirs, work)
    return not ours.unit or not theirs.unit


def _counts_something(quantity: Quantity, work: Numbered) -> bool:
    """Tell whether the next word makes the number a count (`12 models`)."""
    following = next((token for token in work.tokens if token.start >= quantity.end), None)
    if following is None or following.start - quantity.end > 1:
        return False
    return following.raw.isalpha() and following.raw.lower() not in STOP


def _displaced(
    sentence: Numbered,
    ours: Quantity,
    fitting: list[tuple[Numbered, Quantity]],
    stated: list[tuple[Numbered, Quantity]],
) -> str:
    """Return what the cited work has in this place, if it has another number between the very same words."""
    here = _surroundings(sentence, ours)
    if not here:
        return ""
    best = max(_likeness(here, _surroundings(work, one)) for work, one in fitting)
    if best >= 1 - _DISPLACED_GAP:
        return ""
    rivals = [
        (_likeness(here, _surroundings(work, one)), work.text[one.start : one.end].strip())
        for work, one in stated
        if not _is_value(ours, one) and (one.unit == ours.unit or not one.unit or not ours.unit)
    ]
    score, other = max(rivals, default=(0.0, ""))
    return other if score >= _DISPLACED_AT and score - best >= _DISPLACED_GAP else ""


def _surroundings(text: Numbered, quantity: Quantity) -> dict[tuple[int, str], float]:
    """Return the words around a number within its sentence by side, nearer and rarer ones heavier."""
    first = max((m.end() for m in _STOPS.finditer(text.text, 0, quantity.start)), default=0)
    ending = _STOPS.search(text.text, quantity.end)
    last = ending.start() if ending else len(text.text)
    before = [
        token for token in text.tokens if first <= token.start and token.end <= quantity.start
    ][-_REACH:]
    after = [token for token in text.tokens if quantity.end <= token.start < last][:_REACH]
    found: dict[tuple[int, str], float] = {}
    for side, near in ((-1, reversed(before)), (1, iter(after))):
        for distance, token in enumerate(near):
            weight = (0.6 if token.raw.lower() in STOP else 1.0 + idf(token.stem) / 4) / (
                1 + distance
            )
            if not token.raw[0].isdigit():
                found[(side, token.stem)] = max(found.get((side, token.stem), 0.0), weight)
    return found


def _likeness(here: dict[tuple[int, str], float], there: dict[tuple[int, str], float]) -> float:
    """Return the share of the sentence's surroundings that the work's surroundings have, in [0, 1]."""
    total = sum(here.values())
    return sum(weight for key, weight in here.items() if key in there) / total if total else 0.0
