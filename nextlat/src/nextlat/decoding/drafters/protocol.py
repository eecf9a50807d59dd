"""What a drafter is: a source of cheap guesses of the next tokens.

Any guess is safe, because verification keeps the trunk's own tokens only. A drafter sees the text
grow and yields drafts one by one; the length policy decides how many it is asked for.

Shape suffixes: T time, A accepted tokens, D width.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol, Self

from torch import Tensor

from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class Drafter(Protocol):
    """Proposes the tokens that follow the trunk's own next one.

    One object serves many rows, one after another. Rows that are decoded together have a drafter
    each, made by `copy`.
    """

    name: ClassVar[str]

    def copy(self) -> Self:
        """Return a drafter of the same kind for another row, sharing what does not depend on rows.

        Call it between rows: the state of a row is not copied separately.
        """
        return copy.copy(self)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Start a row.

        Args:
            prompt_ids: its prompt, T ids.
            h_TD: the trunk's latents of the prompt.
        """
        ...

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Take in tokens that now follow in the row, and the trunk's latents of them."""
        ...

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield drafts for the positions after `token`; the caller stops when it has enough.

        Args:
            token: the trunk's next token, chosen but not yet read by the trunk; a later `observe`
                will include it.
            pick: chooses a token from logits; a drafter without logits makes its `Draft`s itself.
        """
        ...


class NamedDrafter(Drafter, Protocol):
    """A drafter that a command can name, because a trunk and its dynamics are all it is made of."""

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make a drafter for a trunk.

        Raises:
            UsageError: it needs dynamics and there are none.
        """
        ...
