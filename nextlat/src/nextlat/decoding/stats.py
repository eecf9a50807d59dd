"""Counts of how drafting went. It knows no model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class DecodingStats:
    """Counts over the cycles of one or more generations.

    A cycle keeps the trunk's own next token and some of the drafts that follow it. The kept token
    is never counted as accepted, as in the paper, so the number of generated tokens is `cycles +
    accepted`. Drafts that verification accepts and a stop then cuts off are counted as drafted and
    not as accepted.

    Attributes:
        cycles: cycles, each at most one forward of the trunk.
        drafted: drafts verified.
        accepted: drafts kept.
        accepted_by_position: how often the first, second, ... draft of a cycle was kept.
        drafted_by_position: how often there was a first, second, ... draft.
    """

    cycles: int = 0
    drafted: int = 0
    accepted: int = 0
    accepted_by_position: list[int] = field(default_factory=list)
    drafted_by_position: list[int] = field(default_factory=list)

    def record(self, drafted: int, accepted: int) -> None:
        """Count one cycle."""
        assert 0 <= accepted <= drafted
        self.cycles += 1
        self.drafted += drafted
        self.accepted += accepted
        missing = drafted - len(self.drafted_by_position)
        self.drafted_by_position += [0] * missing
        self.accepted_by_position += [0] * missing
        for k in range(drafted):
            self.drafted_by_position[k] += 1
            self.accepted_by_position[k] += k < accepted

    @classmethod
    def total(cls, parts: Iterable[DecodingStats]) -> DecodingStats:
        """Return the counts of several generations together."""
        whole = cls()
        for part in parts:
            whole.cycles += part.cycles
            whole.drafted += part.drafted
            whole.accepted += part.accepted
            whole.drafted_by_position = _added(whole.drafted_by_position, part.drafted_by_position)
            whole.accepted_by_position = _added(
                whole.accepted_by_position, part.accepted_by_position
            )
        return whole

    @property
    def tokens(self) -> int:
        """Generated tokens."""
        return self.cycles + self.accepted

    @property
    def accepted_per_cycle(self) -> float:
        """Mean number of drafts accepted a cycle; the trunk's own token is left out."""
        return self.accepted / self.cycles if self.cycles else 0.0

    @property
    def tokens_per_cycle(self) -> float:
        """Mean number of tokens a cycle, with the trunk's own (vLLM: mean acceptance length)."""
        return self.tokens / self.cycles if self.cycles else 0.0

    @property
    def acceptance_rate(self) -> float:
        """Share of drafts that were accepted, in [0, 1]."""
        return self.accepted / self.drafted if self.drafted else 0.0

    @property
    def acceptance_by_position(self) -> list[float]:
        """Share of the first, second, ... drafts that were accepted, in [0, 1]."""
        return [
            a / d for a, d in zip(self.accepted_by_position, self.drafted_by_position, strict=True)
        ]


def _added(a: list[int], b: list[int]) -> list[int]:
    """Return the sum of two lists, the shorter one filled up with zeros."""
    size = max(len(a), len(b))
    return [
        x + y for x, y in zip(a + [0] * (size - len(a)), b + [0] * (size - len(b)), strict=True)
    ]
