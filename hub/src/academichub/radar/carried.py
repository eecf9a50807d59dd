"""Works carried over: the best of the days before a page that the reader has not read yet. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from academichub.radar.lineup import LineUp
from academichub.radar.signals import LEARNED_KINDS, Kind, Signal
from academichub.radar.window import Window
from academichub.text.moments import day_before

CARRIED_DAYS = 7
"""Days before the page whose works are carried over."""

HIGH_PLACES = 20
"""A score is high if it puts the work among the first places of those days together: one page."""

JUDGED: tuple[Kind, ...] = ("like", "dislike", "hide", "example")
"""Signals with which the reader has dealt with a work."""

MARKS: tuple[Kind, ...] = ("like", "dislike", "hide", *LEARNED_KINDS)
"""Signals that come while reading, one after the other."""

MARKS_A_RANKING = 5
"""The days before are ranked again with every fifth mark, not with each: a week has many works."""


def days_before(window: Window) -> Window:
    """Return the window of the days whose works a page carries over, with the page's filters."""
    last = day_before(window.first, 1)
    return replace(window, first=day_before(last, CARRIED_DAYS - 1), last=last)


def settled_fingerprint(signals: Sequence[Signal]) -> str:
    """Return a text that changes when the days before must be ranked again: not at every mark."""
    others = sorted(
        (signal.kind, signal.value, signal.weight) for signal in signals if signal.kind not in MARKS
    )
    marks = len(signals) - len(others)
    return hashlib.sha256(repr((others, marks // MARKS_A_RANKING)).encode()).hexdigest()[:16]


def carried_positions(
    earlier: LineUp, present: Collection[str], read: Collection[str], judged: Collection[str]
) -> list[int]:
    """Return the positions in an earlier line-up of the works to carry over, best first.

    Args:
        earlier: The line-up of the days before the page.
        present: Keys of the works of the page's own days: they stand in its order.
        read: Keys of works the reader has read.
        judged: Keys of works the reader has judged.
    """
    return [
        position
        for position, candidate in enumerate(earlier.candidates[:HIGH_PLACES])
        if earlier.scores_N[position] > 0
        and candidate.work.key not in present
        and candidate.work.key not in read
        and candidate.work.key not in judged
    ]
