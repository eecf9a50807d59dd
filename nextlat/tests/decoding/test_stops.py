"""Where a generation ends."""

from __future__ import annotations

from typing import Any

import pytest

from nextlat.decoding.stops import Stops
from nextlat.errors import UsageError


@pytest.mark.parametrize(
    ("stop", "tokens", "start", "end"),
    [
        (None, [1, 2, 3], 0, None),
        (2, [1, 2, 3], 0, 2),
        ([3, 2], [1, 2, 3], 0, 2),
        ([[2, 3]], [1, 2, 3, 4], 0, 3),
        ([[2, 3]], [1, 2, 3, 4], 2, 3),  # begun before `start`
        ([[2, 3], 1], [1, 2, 3], 0, 1),
        ([(3, 3)], [3], 0, None),
        ([[1, 2, 3, 4]], [2, 3, 4], 0, None),
        ([7], [7, 1], 1, None),
    ],
)
def test_the_first_stop_ends(stop: Any, tokens: list[int], start: int, end: int | None) -> None:
    assert Stops.parse(stop).end(tokens, start) == end


def test_the_end_of_text_is_a_stop_too() -> None:
    assert Stops.parse([[5, 6]], end_of_text=3).end([1, 3, 5, 6], 0) == 2
    assert Stops.parse(None, end_of_text=[8, 9]).end([1, 9], 0) == 2


@pytest.mark.parametrize("stop", ["text", ["text"], -1, [1.5], [True], [[1, -2]], {3: 4}])
def test_what_is_no_stop_is_refused(stop: Any) -> None:
    with pytest.raises(
        UsageError, match="give a token id, a list of ids, or a list of id sequences"
    ):
        Stops.parse(stop)


def test_an_empty_sequence_is_refused() -> None:
    with pytest.raises(UsageError, match="an empty sequence would end every generation at once"):
        Stops.parse([[]])
