"""Next-latent prediction (arXiv 2511.05963 section 3): dynamics predict the trunk's next states.

Shape suffixes: B batch, T time, D width, V vocabulary; i = 1..d counts rollout steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from nextlat.batch import Batch
from nextlat.configuration import Json
from nextlat.decoding.drafters.latent import LatentDrafter
from nextlat.decoding.drafters.latent_step import DraftStep
from nextlat.dynamics import Initializer, LatentDynamics
from nextlat.errors import UsageError
from nextlat.objectives.frozen_kl import frozen_kl_sum
from nextlat.objectives.next_token import reading, token_count
from nextlat.objectives.protocol import FULL, Counts, Losses, Objective, loss_dtype, mean_of
from nextlat.objectives.validity import links, predicted, steps, targets
from nextlat.trunk.trunk import Trunk


@dataclass(frozen=True)
class NextLatentConfig:
    """Configuration of next-latent prediction.

    Attributes:
        horizon: rollout steps d, at least 1.
        latent_weight: lambda_h, the weight of the SmoothL1 term.
        kl_weight: lambda_KL, the weight of the KL term.
        dynamics_hidden_size: inner width of the dynamics; twice the trunk's width where None.
        initializer: how the dynamics start, see `LatentDynamics`.
        separate_norms: whether the dynamics normalise state and embedding each by itself, see
            `LatentDynamics`.
        detach_start: the control of the studies: rollouts start from detached states and
            embeddings, so that the trunk learns from next tokens alone and the dynamics are fitted
            beside it.
        isolate_documents: whether attention stays within packed documents and positions restart in
            each.
    """

    horizon: int = 2
    latent_weight: float = 1.0
    kl_weight: float = 1.0
    dynamics_hidden_size: int | None = None
    initializer: Initializer = "fan_in"
    separate_norms: bool = False
    detach_start: bool = False
    isolate_documents: bool = False

    def __post_init__(self) -> None:
        if self.horizon < 1:
            raise UsageError(
                f"horizon {self.horizon}: a rollout has at least 1 step; give 1 or more"
            )
        for name in ("latent_weight", "kl_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(
                    f"{name} {getattr(self, name)}: a weight is finite and not negative; 0 turns "
                    "it off"
                )


@dataclass(frozen=True)
class NextLatentLosses(Losses):
    """Losses of next-latent prediction, 0-dim.

    Attributes:
        next_latent: SmoothL1 between predicted and actual latents: for each step the mean over
            valid starts and over the width, then the mean over steps.
        kl: KL of next-token distributions, in nats, likewise.
    """

    next_latent: Tensor
    kl: Tensor


class NextLatent(Objective[NextLatentConfig]):
    """L = L_tok + lambda_h L_h + lambda_KL L_KL.

    Gradients of L_h and L_KL reach the trunk through the rollout's starting state and the token
    embeddings, never through targets or head. A term of weight 0 builds no graph; while training it
    is not computed and reads 0.
    """

    name = "next_latent"
    Config = NextLatentConfig
    file_name = "dynamics.safetensors"

    def __init__(self, width: int, config: NextLatentConfig) -> None:
        super().__init__()
        self.config = config
        self.dynamics = LatentDynamics(
            width, config.dynamics_hidden_size, config.initializer, config.separate_norms
        )
        self._draft_step: DraftStep | None = None

    @classmethod
    def build(cls, trunk: Trunk, config: NextLatentConfig) -> Self:
        """Make the objective with dynamics as wide as the trunk, in its dtype and on its device."""
        return cls(trunk.width, config).to(device=trunk.device, dtype=loss_dtype(trunk))

    def __getstate__(self) -> dict[str, object]:
        # The draft step may point into memory of the kernel: a copy of the objective makes its own.
        return {**self.__dict__, "_draft_step": None}

    def drafter(self, trunk: Trunk) -> LatentDrafter:
        """Return the drafter by these dynamics; its copied weights serve until weights change."""
        if self._draft_step is None or not self._draft_step.fits(trunk, self.dynamics):
            self._draft_step = DraftStep(trunk, self.dynamics)
        return LatentDrafter(trunk, self.dynamics, self._draft_step)

    def draft_description(self, trunk: Trunk, verifier: str | None) -> dict[str, Json]:
        """Return the keys of a speculators checkpoint, with a model type of our own."""
        model_config = trunk.model.config
        architectures: list[Json] = [*(model_config.architectures or [])]
        keys: dict[str, Json] = {
            "architectures": ["NextLatDraftModel"],
            "speculators_model_type": "nextlat",
            "hidden_size": self.dynamics.width,
            "dynamics_hidden_size": self.dynamics.hidden_size,
            "num_dynamics_layers": self.dynamics.NUM_LAYERS,
            "speculators_config": self._speculators_config(verifier, architectures),
            "transformer_layer_config": {"model_type": model_config.model_type},
        }
        if self.dynamics.draft_ids is not None:
            keys["draft_vocab_size"] = len(self.dynamics.draft_ids)
        return keys

    def _speculators_config(self, verifier: str | None, architectures: list[Json]) -> Json:
        """Return how the drafts are proposed, and for which model."""
        num_drafts = max(2, self.config.horizon)
        return {
            "algorithm": "nextlat",
            "default_proposal_method": "greedy",
            "proposal_methods": [{"proposal_type": "greedy", "speculative_tokens": num_drafts}],
            "verifier": {"name_or_path": verifier, "architectures": architectures or None},
        }

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the tensors of a saved model, with the dtype and the draft ids of the file."""
        if "dynamics.norm.weight" in tensors:
            self.to(dtype=tensors["dynamics.norm.weight"].dtype)
        if "dynamics.draft_ids" in tensors:
            self.dynamics.limit_drafts(tensors["dynamics.draft_ids"])
        super().load_tensors(tensors)

    def counts(self, batch: Batch) -> Counts:
        """Return the number of targets, and of valid starts for each step of both latent terms."""
        target_mask = targets(batch)[1]
        valid = list(steps(links(batch), self.config.horizon))
        kl = [predicted(mask, target_mask, i) for i, mask in enumerate(valid, start=1)]
        return {
            "next_token": token_count(batch),
            "next_latent": torch.stack([mask.sum(dtype=torch.float64) for mask in valid]),
            "kl": torch.stack([mask.sum(dtype=torch.float64) for mask in kl]),
        }

    def forward(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> NextLatentLosses:
        """Return the losses.

        Raises:
            SequenceError: the sequence is not longer than the horizon.
        """
        read = reading(self, trunk, batch, counts, self.config.horizon)
        total = read.next_token
        weights = {"next_latent": self.config.latent_weight, "kl": self.config.kl_weight}
        terms = self._latent_terms(trunk, batch, read.counts, read.h_BTD, read.logits_BTV, weights)
        for name, weight in weights.items():
            if weight:  # 0 * NaN is NaN: a term that is off must not enter the sum
                total = total + weight * ramps.get(name, 1.0) * terms[name]
        return NextLatentLosses(total=total, next_token=read.next_token, **terms)

    def _latent_terms(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts,
        h_BTD: Tensor,
        logits_BTV: Tensor,
        weights: Mapping[str, float],
    ) -> dict[str, Tensor]:
        """Return both terms.

        A term of weight 0 has no graph; while training it is not computed and reads 0.
        """
        measured = {name for name, weight in weights.items() if weight or not self.training}
        zero = torch.zeros((), dtype=loss_dtype(trunk), device=h_BTD.device)
        terms = dict.fromkeys(weights, zero)
        if not measured:
            return terms
        with torch.set_grad_enabled(torch.is_grad_enabled() and any(weights.values())):
            for i, (h_hat, valid) in enumerate(self._rollout(trunk, batch, h_BTD), start=1):
                sums = {}
                if "next_latent" in measured:
                    # h_hat `[B, T-i, D]` stands at t+i, so the targets begin at position i.
                    sums["next_latent"] = _latent_sum(h_hat, h_BTD[:, i:].detach(), valid)
                if "kl" in measured:
                    # The last position predicts a token the batch does not have: one column less.
                    chosen = predicted(valid, targets(batch)[1], i)
                    sums["kl"] = _kl_sum(trunk, h_hat[:, :-1], logits_BTV[:, i:-1], chosen)
                for name, value in sums.items():
                    mean = mean_of(value, counts[name][i - 1])
                    terms[name] = terms[name] + mean / self.config.horizon
        return {name: term if weights[name] else term.detach() for name, term in terms.items()}

    def _rollout(
        self, trunk: Trunk, batch: Batch, h_BTD: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield, for i = 1..d, the latents predicted for t+i from every t, and which are valid.

        Latents are `[B, T-i, D]`, the mask `[B, T-i]`.
        """
        # Small differences of latents are lost in bfloat16; the rollout runs in the losses' dtype.
        h_hat = h_BTD.to(loss_dtype(trunk))
        e_BTD = trunk.embed(batch.input_ids_BT)
        if self.config.detach_start:
            h_hat, e_BTD = h_hat.detach(), e_BTD.detach()
        for i, valid in enumerate(steps(links(batch), self.config.horizon), start=1):
            # From t, step i reads the token at t+i: starts without such a token fall off the end.
            h_hat = self.dynamics.step(h_hat[:, : e_BTD.shape[1] - i], e_BTD[:, i:])
            yield h_hat, valid


def _latent_sum(h_hat: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Return the SmoothL1 (beta 1), averaged over the width, summed over valid positions."""
    loss = smooth_l1_loss(h_hat, target.to(h_hat.dtype), reduction="none").mean(dim=-1)
    # Selected, not multiplied: what padding holds may be infinite, and infinity * 0 is NaN.
    return torch.where(valid, loss, torch.zeros_like(loss)).sum()


def _kl_sum(trunk: Trunk, h_hat: Tensor, teacher_logits: Tensor, chosen: Tensor) -> Tensor:
    """Return the KL summed over chosen positions; all three `[B, T', ...]`."""
    # Chosen rows alone go through the head: logits of a vocabulary are what takes memory.
    index_N = chosen.flatten().nonzero(as_tuple=True)[0]
    return frozen_kl_sum(
        h_hat.flatten(0, 1)[index_N],
        teacher_logits.flatten(0, 1),
        index_N,
        trunk.frozen_logits,
        loss_dtype(trunk),
    )
