"""A causal language model that takes and gives text: the trunk, its drafter and its vocabulary in one place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nextlat.decoding import Drafter, FixedLength, LengthPolicy, default_drafter
from nextlat.dynamics import LatentDynamics
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.trunk.trunk import Trunk

UNLIMITED = 1 << 20
"""Positions assumed for a trunk without a limit."""


@dataclass(frozen=True)
class TextModel:
    """What the engine decodes with.

    Attributes:
        trunk: whose text it is.
        vocabulary: its tokens as text.
        dynamics: of a NextLat model or a head; drafts are theirs or copies from the row's own text, or copies alone
            where None.
        policy: how many drafts a cycle; one object for all rows, which learns from all.
    """

    trunk: Trunk
    vocabulary: Vocabulary
    dynamics: LatentDynamics | None = None
    policy: LengthPolicy = FixedLength(0)  # noqa: RUF009  a policy of length 0 keeps nothing between rows

    @property
    def max_length(self) -> int:
        """Longest prompt and new tokens together."""
        return self.trunk.max_length or UNLIMITED

    def drafter(self) -> Drafter | None:
        """Return a drafter for one row; None where the policy never drafts."""
        if not self.policy.drafts:
            return None
        return self._first_drafter.copy()

    @cached_property
    def _first_drafter(self) -> Drafter:
        """The drafter that those of all rows are copies of, so that they share its weights."""
        return default_drafter(self.trunk, self.dynamics)
