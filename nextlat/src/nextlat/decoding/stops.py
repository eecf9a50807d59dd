"""Where a generation ends: stop sequences of token ids. It knows no model and no text."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from nextlat.errors import UsageError

Stop = int | Sequence[int] | Sequence[Sequence[int]] | None


class Stops:
    """A set of token sequences, each of which ends a generation when produced; it stays in the text.

    Only generated tokens count: a prompt's end is no part of a match.

    Args:
        sequences: not empty each.
    """

    def __init__(self, sequences: Iterable[tuple[int, ...]]) -> None:
        found = set(sequences)
        self.single = {sequence[0] for sequence in found if len(sequence) == 1}
        self.longer = sorted(sequence for sequence in found if len(sequence) > 1)

    @classmethod
    def parse(cls, stop: Stop, end_of_text: int | Sequence[int] | None = None) -> Stops:
        """Return the stops an argument means.

        Args:
            stop: a token id, several, or several sequences of ids.
            end_of_text: ids that end every generation of the trunk.

        Raises:
            UsageError: something else, an empty sequence, or a negative id.
        """
        return cls([*_sequences(stop), *_sequences(end_of_text)])

    def end(self, tokens: Sequence[int], start: int) -> int | None:
        """Return how many tokens remain when the first stop ends at or after index `start`, or None.

        Args:
            tokens: generated so far; no stop ends before `start`.
            start: index of the first token not looked at yet.

        Example: stops {(7, 8)}, tokens [1, 7, 8, 9], start 2 -> 3.
        """
        for i in range(start, len(tokens)):
            if tokens[i] in self.single:
                return i + 1
            for sequence in self.longer:
                first = i + 1 - len(sequence)
                if first >= 0 and tuple(tokens[first : i + 1]) == sequence:
                    return i + 1
        return None


def _sequences(stop: Any) -> list[tuple[int, ...]]:
    """Return stop sequences of an id, ids, or sequences of ids."""
    if stop is None:
        return []
    if not _is_sequence(stop):
        return [(_id(stop, stop),)]
    return [
        tuple(_id(i, stop) for i in part) if _is_sequence(part) else (_id(part, stop),)
        for part in _filled(stop)
    ]


def _filled(stop: Sequence[Any]) -> Sequence[Any]:
    """Return `stop` where none of its sequences is empty."""
    if any(_is_sequence(part) and not len(part) for part in stop):
        raise UsageError(
            f"stop {stop!r}: an empty sequence would end every generation at once; leave it out"
        )
    return stop


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _id(value: Any, stop: Any) -> int:
    """Return a token id."""
    try:
        found = operator.index(value)
    except TypeError:
        found = -1
    if found < 0 or isinstance(value, bool):
        raise UsageError(
            f"stop {stop!r}: give a token id, a list of ids, or a list of id sequences (ids are whole numbers from 0); "
            "encode text with the tokenizer first"
        )
    return found
