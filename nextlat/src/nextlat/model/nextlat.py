"""NextLat: a causal language model with latent dynamics. The one class users meet.

trunk = AutoModelForCausalLM.from_pretrained("...")
nl = NextLat(trunk, horizon=2)
nl(input_ids).total.backward()
out = nl.generate(prompt_ids, draft_length="adaptive")
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from transformers import PreTrainedModel

from nextlat.batch import Batch
from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError
from nextlat.model import storage
from nextlat.model.learner import Learner
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig, NextLatentLosses
from nextlat.objectives.protocol import FULL, Counts
from nextlat.trunk.trunk import Trunk


class NextLat(Learner):
    """A trunk trained with next-latent prediction, and what its dynamics give at inference.

    Called on a batch it returns `NextLatentLosses`: `.next_token .next_latent .kl .total`; see
    `Learner.forward`. `Learner.generate` drafts with the dynamics.

    Args:
        trunk: any `transformers` causal language model, untouched.
        horizon: rollout steps d of the latent terms.
        latent_weight: lambda_h, weight of the SmoothL1 between predicted and actual latents.
        kl_weight: lambda_KL, weight of the KL between their next-token distributions.
        config: everything else of the objective; replaces the three above where given.

    Raises:
        ModelError: the trunk does not fit (no head, logits changed after the head, unequal widths).
        UsageError: a value is out of range.
    """

    objective: NextLatent

    def __init__(
        self,
        trunk: PreTrainedModel,
        horizon: int = 2,
        latent_weight: float = 1.0,
        kl_weight: float = 1.0,
        config: NextLatentConfig | None = None,
    ) -> None:
        config = config or NextLatentConfig(horizon, latent_weight, kl_weight)
        super().__init__(trunk, NextLatent.build(Trunk(trunk), config))

    @property
    def dynamics(self) -> LatentDynamics:
        """The latent dynamics p_psi."""
        return self.objective.dynamics

    def losses(
        self, batch: Batch, counts: Counts | None = None, ramps: Mapping[str, float] = FULL
    ) -> NextLatentLosses:
        """Return the losses; see `Objective.forward`."""
        losses: NextLatentLosses = self.objective(self.view, batch, counts, ramps)
        return losses

    @classmethod
    def from_pretrained(cls, path: str | Path) -> Self:
        """Load what `save_pretrained` wrote.

        Raises:
            CheckpointError: the folder is absent, damaged or of another format version.
            ModelError: it was trained with another objective.
        """
        trunk, objective = storage.load(Path(path))
        if not isinstance(objective, NextLatent):
            raise ModelError(
                f"{path} was trained with the objective {objective.name!r} and has no dynamics; "
                "load it with Learner.from_pretrained, or as a plain transformers model"
            )
        loaded = cls(trunk, config=objective.config)
        loaded.objective = objective
        return loaded
