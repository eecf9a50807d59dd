"""How strongly a text speaks of what a standing query asks for: a number in [0, 1]. Pure.

A phrase counts more than its words near each other, these more than some of them, and the title
more than the abstract; words scattered over a text count nothing. Each place of a text that says
it is independent evidence of strength e; together they are 1 - product of (1 - e).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from academichub.index.positions import Places
from academichub.radar.wordings import Wording

TITLE = 0.85
ABSTRACT = 0.45
"""Strength of one place of the title, or the abstract, that says all a query asks for."""

SINGLE = 0.15
"""Share left where a single slot of several is filled: `injection` for `prompt injection`."""

COVERAGE_EXPONENT = 2.0
"""A place that fills slots with half the query's weight has a quarter of the strength."""

NEARNESS_EXPONENT = 0.5
BACKWARDS = 0.9
"""Share left where the slots are filled in another order than the query's."""

MAX_GAP = 10
"""Words between the first and the last of a place, beyond the query's own number."""

MAX_PLACES = {TITLE: 2, ABSTRACT: 4}
"""Places of a field that count: a text that repeats a word more often says nothing more."""

MAX_OCCURRENCES = 400
"""Occurrences of slots in a field that are looked at; an abstract has a few dozen."""

MIN_WEIGHT = 0.3
"""Least weight of a slot, so that a word of every text still takes part in the phrase."""

Rarity = Callable[[str], float]
"""Token -> its weight: how rare it is."""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A slot filled at the places from `start` to before `end`."""

    start: int
    end: int
    slot: int


def evidence(title: Places, abstract: Places, wordings: Sequence[Wording], rarity: Rarity) -> float:
    """Return how strongly a work's title and abstract say what a query asks for.

    Args:
        title: The title.
        abstract: The abstract.
        wordings: The ways to say it; the best counts.
        rarity: Weight of a token.
    """
    return max((_of_wording(title, abstract, wording, rarity) for wording in wordings), default=0.0)


def _of_wording(title: Places, abstract: Places, wording: Wording, rarity: Rarity) -> float:
    weights = [
        max(MIN_WEIGHT, min(sum(map(rarity, phrase)) for phrase in slot)) for slot in wording.slots
    ]
    missing = 1.0
    for field, strength in ((title, TITLE), (abstract, ABSTRACT)):
        for share in _places_that_say_it(field, wording, weights)[: MAX_PLACES[strength]]:
            missing *= 1 - strength * share
    return 1 - missing


def _places_that_say_it(field: Places, wording: Wording, weights: Sequence[float]) -> list[float]:
    """Return the shares in [0, 1] of disjoint places of a field, the best first."""
    filled = _filled_slots(field, wording)
    windows = [_best_window(filled, number, weights) for number in range(len(filled))]
    windows.sort(key=lambda window: (-window[0], window[1]))
    taken: list[tuple[int, int]] = []
    shares: list[float] = []
    for share, start, end in windows:
        if len(shares) == max(MAX_PLACES.values()):
            break
        if all(end <= first or start >= last for first, last in taken):
            taken.append((start, end))
            shares.append(share)
    return shares


def _filled_slots(field: Places, wording: Wording) -> list[_Filled]:
    """Return where phrases of the slots stand in a field, in the order of the text.

    The second part of a compound is no match unless the query has the first part too.
    """
    filled = [
        _Filled(start, start + len(phrase), number)
        for number, slot in enumerate(wording.slots)
        for phrase in slot
        for start in field.phrase_starts(phrase)
        if field.led_by.get(start, "") in wording.tokens or start not in field.led_by
    ]
    # The longest phrase first, so that `large language model` is not read as its last word.
    filled.sort(key=lambda place: (place.start, -place.end))
    return filled[:MAX_OCCURRENCES]


def _best_window(
    filled: Sequence[_Filled], number: int, weights: Sequence[float]
) -> tuple[float, int, int]:
    """Return the best place that begins with a filled slot: its share, start and end."""
    first = filled[number]
    seen, words, end, last = {first.slot}, first.end - first.start, first.end, first.slot
    in_order = True
    best = _share(seen, weights, 1.0), first.start, first.end
    for place in filled[number + 1 :]:
        if place.start - first.start > MAX_GAP + len(weights):
            break
        if place.slot in seen or place.start < end:
            continue
        seen.add(place.slot)
        words, end = words + place.end - place.start, place.end
        in_order, last = in_order and place.slot > last, place.slot
        nearness = (words / (end - first.start)) ** NEARNESS_EXPONENT
        share = _share(seen, weights, nearness * (1 if in_order else BACKWARDS))
        if share > best[0]:
            best = share, first.start, end
    return best


def _share(seen: set[int], weights: Sequence[float], nearness: float) -> float:
    covered = sum(weights[slot] for slot in seen) / sum(weights)
    if len(seen) == 1 < len(weights):
        nearness = SINGLE
    return nearness * float(covered**COVERAGE_EXPONENT)
