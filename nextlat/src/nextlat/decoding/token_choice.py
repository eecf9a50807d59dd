"""How the tokens of one row are chosen: a rule of acceptance.py with the row's random numbers.

The same object picks what a drafter proposes and verifies it, so that both see the same noise. It
knows no model and no drafter. Shape suffixes: K drafts, K1 = K + 1, V vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from nextlat.decoding.acceptance import (
    Verification,
    one_hot,
    verify_coupled,
    verify_greedy,
    verify_speculative,
)
from nextlat.decoding.noise import GumbelNoise, uniforms
from nextlat.decoding.sampling import Sampling, draw
from nextlat.errors import UsageError

AcceptanceName = Literal["coupled", "speculative"]
"""How drafts of sampled text are judged; both keep the trunk's distribution.

"coupled": the text of a seed is the same with and without drafts. "speculative" (Leviathan et al.
2023) accepts more; its text depends on the drafts, and with an adaptive policy on the clock too.
"""


@dataclass(frozen=True)
class Draft:
    """One drafted token.

    Attributes:
        token: its id.
        confidence: the drafter's word for how likely it stands, in [0, 1]; length policies
            calibrate it.
        probs_V: the distribution q it was drawn from, `[V]`; None where nothing was drawn
            (one-hot).
    """

    token: int
    confidence: float
    probs_V: Tensor | None = None


@dataclass(frozen=True)
class DraftVocabulary:
    """The part of the vocabulary that drafts are taken from.

    Attributes:
        ids_L: its token ids, int64 `[L]`, each once.
        size: of the whole vocabulary, V.
    """

    ids_L: Tensor
    size: int

    def spread(self, logits_L: Tensor) -> Tensor:
        """Return logits over the whole vocabulary, `[V]`, -inf where no drafts are taken from."""
        return logits_L.new_full((self.size,), -math.inf).index_copy_(0, self.ids_L, logits_L)


class Pick(Protocol):
    """Chooses a draft from a drafter's logits."""

    def __call__(
        self, logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None, /
    ) -> Draft:
        """Return the draft.

        Args:
            logits_V: over the whole vocabulary, or over `vocabulary`, `[L]`.
            ahead: how many tokens after the always-kept one, from 1.
            vocabulary: what the logits are of; the whole one where None.
        """
        ...


class Acceptance(Protocol):
    """The choice of one row's tokens. `position` counts generated tokens from 0.

    Attributes:
        may_drop: whether a draft may be left unverified because of its own value. Where acceptance
            is random this would favour the values that stay, so only rules whose token is fixed
            beforehand allow it.
    """

    may_drop: bool

    def pick(
        self, logits_V: Tensor, position: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        """Return the draft for a position from a drafter's logits; see `Pick`."""
        ...

    def verify(self, drafts: list[Draft], logits_K1V: Tensor, position: int) -> Verification:
        """Verify the drafts for `position`, `position + 1`, ... and choose the token after them."""
        ...


class GreedyAcceptance:
    """Temperature 0: a draft stands where it is the trunk's likeliest token."""

    may_drop = True

    def pick(
        self, logits_V: Tensor, position: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        """Return the likeliest token; its confidence is its probability."""
        best, token = logits_V.max(dim=-1)
        chosen = int(token) if vocabulary is None else int(vocabulary.ids_L[token])
        return Draft(chosen, math.exp(float(best - logits_V.logsumexp(dim=-1))))

    def verify(self, drafts: list[Draft], logits_K1V: Tensor, position: int) -> Verification:
        """See `verify_greedy`."""
        return verify_greedy(_ids(drafts, logits_K1V), logits_K1V)


class CoupledAcceptance:
    """Sampling with noise fixed by (seed, row, position): the text does not depend on drafts."""

    may_drop = True

    def __init__(self, sampling: Sampling, row: int) -> None:
        self.sampling = sampling
        self.row = row
        self._noise: dict[int, GumbelNoise] = {}

    def pick(
        self, logits_V: Tensor, position: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        """Return the drafter's own choice under the noise of the position.

        Its confidence is 1 - exp(-gap), gap being the lead of the perturbed log probability over
        the second's: the further ahead, the less a difference between drafter and trunk can
        overturn it.
        """
        size = len(logits_V) if vocabulary is None else vocabulary.size
        noise = self._noise_at(position, size)
        noise_V = noise.all() if vocabulary is None else noise.at(vocabulary.ids_L.cpu())
        log_probs_V = self.sampling.log_probs(logits_V)
        scores_V = log_probs_V + noise_V.to(log_probs_V.device)
        best, indices = scores_V.topk(min(2, len(scores_V)))
        gap = float(best[0] - best[-1]) if len(best) > 1 else math.inf
        token = indices[0] if vocabulary is None else vocabulary.ids_L[indices[0]]
        return Draft(int(token), 1 - math.exp(-gap))

    def verify(self, drafts: list[Draft], logits_K1V: Tensor, position: int) -> Verification:
        """See `verify_coupled`."""
        verification = verify_coupled(
            _ids(drafts, logits_K1V),
            lambda k: self.sampling.log_probs(logits_K1V[k]),
            lambda k: self._noise_at(position + k, logits_K1V.shape[-1]),
        )
        chosen = position + verification.num_accepted
        # Noise of positions behind the text is kept: drafts there were rejected, and the next cycle
        # needs the same again.
        self._noise = {k: noise for k, noise in self._noise.items() if k > chosen}
        return verification

    def _noise_at(self, position: int, size: int) -> GumbelNoise:
        """Return the noise of a position; drafter and trunk share one draw."""
        if position not in self._noise:
            self._noise[position] = GumbelNoise.of(self.sampling.seed, self.row, position, size)
        return self._noise[position]


class SpeculativeAcceptance:
    """Speculative sampling (Leviathan et al. 2023): accepts more; the text depends on the drafts.

    The distribution is the trunk's; the same seed gives the same text only with the same drafts.
    """

    may_drop = False

    def __init__(self, sampling: Sampling, row: int) -> None:
        self.sampling = sampling
        self.row = row
        self._drawn = 0

    def pick(
        self, logits_V: Tensor, position: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        """Return a draw from the drafter's distribution, filtered as the trunk's."""
        # Acceptance divides by q over the whole vocabulary; ids without drafts have q = 0.
        if vocabulary is not None:
            logits_V = vocabulary.spread(logits_V)
        # In double, as the trunk's in `verify`: ratios of small probabilities decide there.
        probs_V = self.sampling.log_probs(logits_V).double().exp()
        token = draw(probs_V, self._uniforms(1).item())
        return Draft(token, float(probs_V[token]), probs_V)

    def verify(self, drafts: list[Draft], logits_K1V: Tensor, position: int) -> Verification:
        """See `verify_speculative`."""
        target_probs_K1V = self.sampling.log_probs(logits_K1V).double().exp()
        size = logits_K1V.shape[-1]
        rows = [one_hot(d.token, size) if d.probs_V is None else d.probs_V for d in drafts]
        draft_probs_KV = (
            torch.stack([row.to(target_probs_K1V) for row in rows])
            if rows
            else target_probs_K1V[:0]
        )
        uniform_K1 = self._uniforms(len(drafts) + 1)
        return verify_speculative(
            _ids(drafts, logits_K1V), draft_probs_KV, target_probs_K1V, uniform_K1
        )

    def _uniforms(self, size: int) -> Tensor:
        """Return uniform draws that no earlier call returned, `[size]`."""
        self._drawn += 1
        return uniforms(self.sampling.seed, self.row, self._drawn, size)


def _ids(drafts: list[Draft], like: Tensor) -> Tensor:
    """Return the drafted ids, int64 `[K]`."""
    return torch.tensor([draft.token for draft in drafts], dtype=torch.long, device=like.device)


def acceptance_for(sampling: Sampling, name: AcceptanceName, row: int) -> Acceptance:
    """Return how the tokens of a row are chosen.

    Args:
        sampling: temperature, filters, seed.
        name: "coupled" or "speculative"; without meaning at temperature 0.
        row: row of the batch; each has its own random numbers.

    Raises:
        UsageError: an unknown name.
    """
    if name not in get_args(AcceptanceName):
        raise UsageError(
            f"acceptance {name!r}: it is 'coupled' (text the same with and without drafts) or "
            "'speculative' (more drafts accepted)"
        )
    if sampling.greedy:
        return GreedyAcceptance()
    return (
        CoupledAcceptance(sampling, row)
        if name == "coupled"
        else SpeculativeAcceptance(sampling, row)
    )
