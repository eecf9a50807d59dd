"""One step of latent drafting: the dynamics, then the head over the draft vocabulary.

Shape suffixes: D width, L draft vocabulary; a leading 1 is the batch of one row.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nextlat.decoding.token_choice import DraftVocabulary
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class DraftStep:
    """A step of dynamics together with the rows of the head for the ids that drafts are taken from.

    The rows are copied, because a draft costs what reading its weights takes and a contiguous copy
    is read fastest. A trunk may bring a faster step of its own (`Trunk.latent_step`), which holds
    copies too. `fits` tells whether the copies are up to date.

    Args:
        trunk: gives the head.
        dynamics: p_psi.

    Attributes:
        vocabulary: the ids that drafts are taken from; None for the whole vocabulary.
    """

    def __init__(self, trunk: Trunk, dynamics: LatentDynamics) -> None:
        self.dynamics = dynamics
        self.vocabulary: DraftVocabulary | None = None
        self._copied_state = _weights_state(trunk, dynamics)
        self._weight_LD: Tensor | None = None
        self._bias_L: Tensor | None = None
        if dynamics.draft_ids is not None:
            self.vocabulary = DraftVocabulary(
                dynamics.draft_ids.to(trunk.device, torch.long), trunk.vocab_size
            )
            self._weight_LD, self._bias_L = trunk.head_rows(self.vocabulary.ids_L)
        self._fast_step = trunk.latent_step(dynamics, self._weight_LD, self._bias_L)

    def fits(self, trunk: Trunk, dynamics: LatentDynamics) -> bool:
        """Return whether the copies are of these weights as they are now, for such a trunk."""
        return self.dynamics is dynamics and self._copied_state == _weights_state(trunk, dynamics)

    def __call__(self, trunk: Trunk, h_1D: Tensor, e_1D: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next latent, and its logits over the draft vocabulary or the whole one.

        Args:
            trunk: gives the whole head where there is no draft vocabulary.
            h_1D: latent of the position before.
            e_1D: embedding of the token at the position.
        """
        if self._fast_step is not None:
            # Its copies were made together with these, so `fits` speaks for both.
            h_1D, logits_1L = self._fast_step(h_1D, e_1D)
            # Without rows of the head the fast step computes the latent alone.
            return h_1D, trunk.logits(h_1D) if self._weight_LD is None else logits_1L
        h_1D = self.dynamics.step(h_1D, e_1D)
        if self._weight_LD is None:
            return h_1D, trunk.logits(h_1D)
        # The dynamics may be stored in another dtype than the head.
        return h_1D, torch.nn.functional.linear(
            h_1D.to(self._weight_LD.dtype), self._weight_LD, self._bias_L
        )


def _weights_state(trunk: Trunk, dynamics: LatentDynamics) -> tuple[object, ...]:
    """Return what changes with the weights, the draft vocabulary and the kind of trunk.

    A training step writes parameters in place, which raises their version; loading or moving a
    model replaces their memory.
    """
    tensors = [trunk.model.get_output_embeddings().weight, *dynamics.parameters()]
    if dynamics.draft_ids is not None:
        tensors.append(dynamics.draft_ids)
    return type(trunk), *((tensor.data_ptr(), tensor._version) for tensor in tensors)
