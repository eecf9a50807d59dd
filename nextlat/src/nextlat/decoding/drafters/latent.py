"""Latent drafts: the method's own (arXiv 2511.05963 section 3).

Shape suffixes: T time, A accepted tokens, D width, L draft vocabulary; a leading 1 is the batch of
one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor

from nextlat.decoding.drafters.latent_step import DraftStep
from nextlat.decoding.drafters.protocol import NamedDrafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


class LatentDrafter(NamedDrafter):
    """Alternates the latent dynamics and the trunk's head.

    h_hat_{t+1} = step(h_t, emb(X_{t+1})), the draft of X_{t+2} from head(h_hat_{t+1}), which is fed
    back for the next.

    Args:
        trunk: gives embeddings and head.
        dynamics: p_psi; where it lists draft ids, only their rows of the head are computed.
        step: made before, which still fits trunk and dynamics; a new one where None.
    """

    name: ClassVar[str] = "latent"

    def __init__(
        self, trunk: Trunk, dynamics: LatentDynamics, step: DraftStep | None = None
    ) -> None:
        self.trunk = trunk
        self.dynamics = dynamics
        self._h_1D = torch.zeros(1, trunk.width)  # until `begin` brings the prompt's
        self._step = step or DraftStep(trunk, dynamics)

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter.

        Raises:
            UsageError: there are no dynamics.
        """
        if dynamics is None:
            raise UsageError(
                "the drafter 'latent' needs latent dynamics; give a model trained with next_latent"
            )
        return cls(trunk, dynamics)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Store the last latent, where the rollout of the next drafts starts."""
        self._h_1D = h_TD[-1:]

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Store the last latent, where the rollout of the next drafts starts."""
        self._h_1D = h_AD[-1:]

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the head's choices along the rollout, without end."""
        # A local latent: drafts may be rejected, and the next cycle starts from the trunk's own.
        h_1D, ahead = self._h_1D, 0
        while True:
            ahead += 1
            e_1D = self.trunk.embed(torch.tensor([token], device=h_1D.device))
            h_1D, logits_1L = self._step(self.trunk, h_1D, e_1D)
            draft = pick(logits_1L[0], ahead, self._step.vocabulary)
            yield draft
            token = draft.token
