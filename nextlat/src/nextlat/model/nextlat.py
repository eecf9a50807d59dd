"""NextLat: a causal language model with latent dynamics. The one class users meet.

trunk = AutoModelForCausalLM.from_pretrained("...")
nl = NextLat(trunk, horizon=2)
nl(input_ids).total.backward()
out = nl.generate(prompt_ids, draft_length="adaptive")
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self, cast

import torch
from torch import Tensor
from transformers import PreTrainedModel

from nextlat.decoding import (
    AdaptiveLength,
    Generation,
    LatentDrafter,
    LengthPolicy,
    generate,
    length_policy,
)
from nextlat.decoding.lean import lean_trunk
from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError
from nextlat.model import storage
from nextlat.model.learner import Learner
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig, NextLatentLosses
from nextlat.trunk.trunk import Trunk


class NextLat(Learner):
    """A trunk trained with next-latent prediction, and what its dynamics give at inference.

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
        self._adaptive: dict[tuple[str, int], AdaptiveLength] = {}

    @property
    def dynamics(self) -> LatentDynamics:
        """The latent dynamics p_psi."""
        return self.objective.dynamics

    def forward(self, *args: object, **kwargs: object) -> NextLatentLosses:
        """Return the losses `.next_token .next_latent .kl .total`; see `Learner.forward`."""
        return cast(NextLatentLosses, super().forward(*args, **kwargs))  # type: ignore[arg-type]  # same arguments

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

    def generate(
        self,
        input_ids: Tensor,
        max_new_tokens: int = 64,
        draft_length: int | Literal["adaptive"] | None = None,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
        stop: int | Sequence[int] | Sequence[Sequence[int]] | None = None,
    ) -> Generation:
        """Generate with the trunk alone or with the model's own drafts; the text is the trunk's either way.

        Llama-type models in float32 on the CPU are decoded by our own kernel (`decoding/lean`), which reads the
        trunk's parameters where they lie, so what is decoded is always the model as it is now.

        Args:
            input_ids: prompts of equal length, `[B, T]` or `[T]`.
            max_new_tokens: most tokens added to each.
            draft_length: None decodes plainly; a number drafts that many tokens a cycle; "adaptive" drafts while one
                more is expected to pay, by what this and earlier calls on this device and number of threads have cost.
            temperature: 0 takes the likeliest token.
            top_p: nucleus; 1 keeps the whole distribution.
            seed: makes sampling repeatable; sampled text is the same with and without drafts.
            stop: a token id, several, or several sequences of ids; generation ends after one is produced.

        Raises:
            UsageError: an argument is out of range.
            SequenceError: prompt and new tokens are longer than the trunk's positions.
        """
        view = lean_trunk(self.trunk)
        with self._policy(draft_length) as policy:
            return generate(
                view,
                LatentDrafter(view, self.dynamics),
                input_ids,
                max_new_tokens=max_new_tokens,
                length_policy=policy,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
                stop=stop,
            )

    @contextlib.contextmanager
    def _policy(self, draft_length: int | Literal["adaptive"] | None) -> Iterator[LengthPolicy]:
        """Lend the policy a draft length means; an adaptive one goes on with what it learned where costs are the same.

        A call at the same time finds it lent and learns anew; the last to end is kept.
        """
        if draft_length != "adaptive":
            yield length_policy(draft_length)
            return
        place = (str(self.view.device), torch.get_num_threads())
        policy = self._adaptive.pop(place, None) or AdaptiveLength()
        try:
            yield policy
        finally:
            self._adaptive[place] = policy
