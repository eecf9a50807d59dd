"""A backtracking matcher in plain Python that counts its steps: what `re` does, without its shortcuts.

The profiler of Python cannot see inside a regular expression. This matcher walks the same tree in the same order as the
engine of `re`, so the number of its steps grows as the engine's time does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Continue = Callable[[int], int]
Matcher = Callable[[int, Continue], int]
"""Takes a position and what follows; returns the end of the whole match, -1 where there is none."""

_IS_WORD = re.compile(r"\w")


def _anywhere(place: int) -> int:
    """Let a match end wherever it does."""
    return place


class TooManyStepsError(Exception):
    """More steps than allowed."""


class CountingPattern:
    """A pattern over one text.

    Args:
        pattern: The pattern, of text or of bytes.
        limit: Steps after which it gives up.
    """

    def __init__(self, pattern: re.Pattern[Any], limit: int = 3_000_000) -> None:
        source = (
            pattern.pattern
            if isinstance(pattern.pattern, str)
            else pattern.pattern.decode("latin-1")
        )
        self._flags = pattern.flags
        self._limit = limit
        self._text = ""
        self._groups: dict[int, tuple[int, int]] = {}
        self.steps = 0
        tree = parser.parse(source, pattern.flags & ~re.DEBUG)
        self.tree = tree
        self._match = self._sequence(list(tree))

    def count(self, text: str, way: str) -> int:
        """Return the steps that one use of the pattern takes.

        Args:
            text: The text it is used on.
            way: `search` finds all matches, `match` one at the beginning, `fullmatch` one of the
                whole text.

        Raises:
            TooManyStepsError: If there are more than the limit.
        """
        self._text, self.steps, position = text, 0, 0
        then = self._whole if way == "fullmatch" else _anywhere
        while position <= len(text):
            self._groups.clear()
            end = self._match(position, then)
            if way != "search":
                break
            position = end if end > position else position + 1
        return self.steps

    def _whole(self, place: int) -> int:
        return place if place == len(self._text) else -1

    def can_repeat(self, piece: str) -> bool:
        """Whether some repetition of the pattern could run over a piece that is written many times in a row.

        More work than is linear needs one, and each character of the piece must be matched within it.
        """
        tests = list(self._repeated_tests(self.tree))
        return all(any(test(ch) for test in tests) for ch in piece)

    def _repeated_tests(
        self, nodes: Any, *, inside: bool = False
    ) -> Iterator[Callable[[str], bool]]:
        for kind, value in nodes:
            if (test := self._character_test(kind, value)) is not None:
                if inside:
                    yield test
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
                yield from self._repeated_tests(
                    value[2], inside=inside or value[1] is op.MAXREPEAT or value[1] > 8
                )
            elif kind is op.BRANCH:
                for alternative in value[1]:
                    yield from self._repeated_tests(alternative, inside=inside)
            elif kind is op.SUBPATTERN:
                yield from self._repeated_tests(value[3], inside=inside)
            elif kind is op.ATOMIC_GROUP:
                yield from self._repeated_tests(value, inside=inside)
            elif kind in (op.ASSERT, op.ASSERT_NOT):
                yield from self._repeated_tests(value[1], inside=inside)

    def span(self, text: str) -> tuple[int, int] | None:
        """Return the first match, as `re` would."""
        self._text, self.steps = text, 0
        for start in range(len(text) + 1):
            self._groups.clear()
            if (end := self._match(start, _anywhere)) >= 0:
                return start, end
        return None

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._limit:
            raise TooManyStepsError(self.steps)

    def _sequence(self, nodes: list[Any]) -> Matcher:
        matchers = [self._node(*node) for node in nodes]
        if len(matchers) == 1:
            return matchers[0]

        def run(position: int, then: Continue, n: int = 0) -> int:
            if n == len(matchers):
                return then(position)
            return matchers[n](position, lambda place: run(place, then, n + 1))

        return run

    def _node(self, kind: Any, value: Any) -> Matcher:
        if (test := self._character_test(kind, value)) is not None:
            return self._character(test)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(kind, *value)
        if kind is op.BRANCH:
            return self._branch([self._sequence(list(one)) for one in value[1]])
        if kind is op.SUBPATTERN and not (value[1] or value[2]):
            return self._subpattern(value[0], self._sequence(list(value[3])))
        if kind is op.ATOMIC_GROUP:
            return self._atomic(self._sequence(list(value)))
        if kind is op.AT:
            return self._at(value)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self._look(kind is op.ASSERT, *value)
        if kind is op.GROUPREF:
            return self._reference(value)
        raise NotImplementedError(f"this matcher does not know {kind}")

    def _character_test(self, kind: Any, value: Any) -> Callable[[str], bool] | None:
        """Return whether a node matches a character, as `re` itself sees it; None for longer ones."""
        if kind not in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return None
        node = parser.SubPattern(self.tree.state, [(kind, value)])
        fullmatch = compiler.compile(node, self._flags & ~re.DEBUG).fullmatch
        answers: dict[str, bool] = {}

        def test(ch: str) -> bool:
            if ch not in answers:
                answers[ch] = fullmatch(ch) is not None
            return answers[ch]

        return test

    def _character(self, test: Callable[[str], bool]) -> Matcher:
        def run(position: int, then: Continue) -> int:
            self._step()
            return (
                then(position + 1)
                if position < len(self._text) and test(self._text[position])
                else -1
            )

        return run

    def _repeat(self, kind: Any, least: int, most: Any, body: Any) -> Matcher:
        limit = 10**9 if most is op.MAXREPEAT else int(most)
        nodes = list(body)
        if len(nodes) == 1 and (test := self._character_test(*nodes[0])) is not None:
            return self._character_repeat(kind, least, limit, test)
        inner = self._sequence(nodes)

        def more(position: int, then: Continue, n: int) -> int:
            self._step()
            again = -1
            if kind is op.MIN_REPEAT and n >= least and (again := then(position)) >= 0:
                return again
            if n < limit:
                again = inner(
                    position, lambda place: -1 if place == position else more(place, then, n + 1)
                )
            if again >= 0 or kind is op.MIN_REPEAT or n < least:
                return again
            return then(position)

        def run(position: int, then: Continue) -> int:
            if kind is not op.POSSESSIVE_REPEAT:
                return more(position, then, 0)
            end = more(position, _anywhere, 0)
            return then(end) if end >= 0 else -1

        return run

    def _character_repeat(
        self, kind: Any, least: int, limit: int, test: Callable[[str], bool]
    ) -> Matcher:
        def run(position: int, then: Continue) -> int:
            end = position
            lazy = kind is op.MIN_REPEAT
            while (
                end < len(self._text)
                and end - position < (least if lazy else limit)
                and test(self._text[end])
            ):
                self._step()
                end += 1
            if end - position < least:
                return -1
            while True:
                self._step()
                if (found := then(end)) >= 0 or kind is op.POSSESSIVE_REPEAT:
                    return found
                if not lazy:
                    end -= 1
                    if end - position < least:
                        return -1
                elif end < len(self._text) and end - position < limit and test(self._text[end]):
                    end += 1
                else:
                    return -1

        return run

    def _branch(self, alternatives: list[Matcher]) -> Matcher:
        def run(position: int, then: Continue) -> int:
            for alternative in alternatives:
                self._step()
                if (found := alternative(position, then)) >= 0:
                    return found
            return -1

        return run

    def _subpattern(self, group: int | None, inner: Matcher) -> Matcher:
        if group is None:
            return inner

        def run(position: int, then: Continue) -> int:
            def close(place: int) -> int:
                self._groups[group] = (position, place)
                return then(place)

            return inner(position, close)

        return run

    def _atomic(self, inner: Matcher) -> Matcher:
        def run(position: int, then: Continue) -> int:
            end = inner(position, _anywhere)
            return then(end) if end >= 0 else -1

        return run

    def _at(self, where: Any) -> Matcher:
        lines = bool(self._flags & re.MULTILINE)

        def holds(i: int) -> bool:
            text, length = self._text, len(self._text)
            if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
                return i == 0 or (where is op.AT_BEGINNING and lines and text[i - 1] == "\n")
            if where is op.AT_END_STRING:
                return i == length
            if where is op.AT_END:
                return i == length or (text[i] == "\n" and (lines or i == length - 1))
            before = i > 0 and _IS_WORD.match(text[i - 1]) is not None
            edge = before != (i < length and _IS_WORD.match(text[i]) is not None)
            return edge == (where is op.AT_BOUNDARY)

        def run(position: int, then: Continue) -> int:
            self._step()
            return then(position) if holds(position) else -1

        return run

    def _look(self, wanted: bool, direction: int, body: Any) -> Matcher:
        inner, width = self._sequence(list(body)), body.getwidth()[0]

        def run(position: int, then: Continue) -> int:
            self._step()
            start = position if direction > 0 else position - width
            matches = start >= 0 and inner(start, _anywhere) >= 0
            return then(position) if matches == wanted else -1

        return run

    def _reference(self, group: int) -> Matcher:
        def run(position: int, then: Continue) -> int:
            self._step()
            if group not in self._groups:
                return -1
            first, last = self._groups[group]
            same = self._text.startswith(self._text[first:last], position)
            return then(position + last - first) if same else -1

        return run
