"""Where a generation ends: stop sequences of token ids. It knows no model and no text."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterable, Sequence
from typing import SupportsIndex, TypeGuard

from nextlat.errors import UsageError

Stop = int | Sequence[int] | Sequence[Sequence[int]] | None


class Stops:
    """Token sequences that end a generation when one is produced; it stays in the text.

    Only generated tokens count: the end of the prompt is never part of a match.

    Args:
        sequences: not empty each.
    """

    def __init__(self, sequences: Iterable[tuple[int, ...]]) -> None:
        distinct = set(sequences)
        self.single = {sequence[0] for sequence in distinct if len(sequence) == 1}
        self.longer = sorted(sequence for sequence in distinct if len(sequence) > 1)

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
        """Return how many tokens remain where the first stop ends at or after `start`, or None.

        Args:
            tokens: generated so far; no stop ends before `start`.
            start: index of the first token not looked at yet.

        Example: stops {(7, 8)}, tokens [1, 7, 8, 9], start 2 -> 3.
        """
        for i in range(start, len(tokens)):
            if tokens[i] in self.single:
                return i + 1
            for sequence in self.longer:
                # It may begin before `start`, and among tokens of earlier cycles.
                first = i + 1 - len(sequence)
                if first >= 0 and tuple(tokens[first : i + 1]) == sequence:
                    return i + 1
        return None


def _sequences(stop: object) -> list[tuple[int, ...]]:
    """Return stop sequences of an id, ids, or sequences of ids."""
    if stop is None:
        return []
    if not _is_sequence(stop):
        return [(_id(stop, stop),)]
    return [_sequence(part, stop) for part in stop]


def _sequence(part: object, stop: object) -> tuple[int, ...]:
    """Return one stop sequence: of several ids, or of a single one."""
    if not _is_sequence(part):
        return (_id(part, stop),)
    if not part:
        raise UsageError(
            f"stop {stop!r}: an empty sequence would end every generation at once; leave it out"
        )
    return tuple(_id(token, stop) for token in part)


def _is_sequence(argument: object) -> TypeGuard[Sequence[object]]:
    return isinstance(argument, Sequence) and not isinstance(argument, str | bytes)


def _id(argument: object, stop: object) -> int:
    """Return a token id."""
    token = -1
    # Anything that is a whole number to Python: numpy's and torch's too, but no truth value.
    if isinstance(argument, SupportsIndex) and not isinstance(argument, bool):
        with contextlib.suppress(TypeError):
            token = operator.index(argument)
    if token < 0:
        raise UsageError(
            f"stop {stop!r}: give a token id, a list of ids, or a list of id sequences (ids are "
            "whole numbers from 0); encode text with the tokenizer first"
        )
    return token
