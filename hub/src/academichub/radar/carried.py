"""Works carried over: the best of the days before a page that the reader has not read yet. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from academichub.radar.lineup import LineUp
from academichub.radar.signals import Kind
from academichub.radar.window import Window
from academichub.text.moments import day_before

CARRIED_DAYS = 7
"""Days before the page whose works are carried over."""

HIGH_PLACES = 20
"""A score is high if it puts the work among the first places of those days together: one page."""

JUDGED: tuple[Kind, ...] = ("like", "dislike", "example")
"""Signals with which the reader has dealt with a work; hidden works are in no line-up."""


def days_before(window: Window) -> Window:
    """Return the window of the days whose works a page carries over, with the page's filters."""
    last = day_before(window.first, 1)
    return replace(window, first=day_before(last, CARRIED_DAYS - 1), last=last)


def carried_places(
    earlier: LineUp, present: Collection[str], read: Collection[str], judged: Collection[str]
) -> list[int]:
    """Return the places in an earlier line-up of the works to carry over, best first.

    Args:
        earlier: The line-up of the days before the page.
        present: Keys of the works of the page's own days: they stand in its order.
        read: Keys of works the reader has read.
        judged: Keys of works the reader has judged.
    """
    return [
        place
        for place, candidate in enumerate(earlier.candidates[:HIGH_PLACES])
        if earlier.scores_N[place] > 0
        and candidate.work.key not in present
        and candidate.work.key not in read
        and candidate.work.key not in judged
    ]
