"""A step of latent drafting: dynamics, then the head; kept between generations while the weights stay.

Shape suffixes: D width, L draft vocabulary; a leading 1 is the batch of one row.
"""

from __future__ import annotations

from typing import ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from nextlat.decoding.token_choice import DraftVocabulary
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class DraftStep:
    """A step of dynamics with the rows of the head for the ids they draft from: copies, which reads less memory."""

    _known: ClassVar[WeakKeyDictionary[LatentDynamics, DraftStep]] = WeakKeyDictionary()

    def __init__(self, trunk: Trunk, dynamics: LatentDynamics) -> None:
        self.copied = self.state(trunk, dynamics)
        self.vocabulary: DraftVocabulary | None = None
        self.weight_LD: Tensor | None = None
        self.bias_L: Tensor | None = None
        if dynamics.draft_ids is not None:
            self.vocabulary = DraftVocabulary(
                dynamics.draft_ids.to(trunk.device, torch.long), trunk.vocab_size
            )
            self.weight_LD, self.bias_L = trunk.head_rows(self.vocabulary.ids_L)
        self.quick = trunk.latent_step(dynamics, self.weight_LD, self.bias_L)

    @staticmethod
    def state(trunk: Trunk, dynamics: LatentDynamics) -> tuple[object, ...]:
        """Return what changes with the weights, and with the kind of trunk."""
        weights = [trunk.model.get_output_embeddings().weight, *dynamics.parameters()]
        return type(trunk), *((one.data_ptr(), one._version) for one in weights)

    @classmethod
    def of(cls, trunk: Trunk, dynamics: LatentDynamics) -> DraftStep:
        """Return the step of dynamics, the one copied before where it still holds."""
        known = cls._known.get(dynamics)
        if known is None or known.copied != cls.state(trunk, dynamics):
            known = cls._known[dynamics] = cls(trunk, dynamics)
        return known

    def __call__(
        self, trunk: Trunk, dynamics: LatentDynamics, h_1D: Tensor, e_1D: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the next latent, and its logits over the draft vocabulary or the whole one."""
        if self.quick is not None:
            h_1D, logits_1L = self.quick(h_1D, e_1D)
        else:
            h_1D = dynamics.step(h_1D, e_1D)
            if self.weight_LD is not None:
                logits_1L = torch.nn.functional.linear(
                    h_1D.to(self.weight_LD.dtype), self.weight_LD, self.bias_L
                )
        return h_1D, trunk.logits(h_1D) if self.weight_LD is None else logits_1L
