"""The decoding of one prompt, plain and self-speculative on one path.

Plain decoding is a cycle that drafts nothing.

A cycle keeps the trunk's next token X, drafts d_1..d_k after it, runs the trunk once over [X,
d_1..d_k], accepts the drafts the verification rule lets stand, rolls the cache back to them, and
has the trunk's next token for the cycle after it. Tokens are chosen by the same calls whatever k
is, so the text is the same with and without drafts, up to ties: the trunk over k + 1 tokens at once
rounds differently than over one, and two tokens whose logits (or logits plus noise) differ by no
more than that may change places. In reduced precision such ties do occur.

A row says what it wants read and takes what the trunk made of it, so that whoever drives it may
read for other rows in the same pass. Shape suffixes: T time, N new tokens, D width, K drafts, K1 =
K + 1, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from nextlat.decoding.acceptance import Verification
from nextlat.decoding.context import Context, evaluating, one_thread
from nextlat.decoding.draft_length import CycleLength, LengthPolicy
from nextlat.decoding.drafters import Drafter
from nextlat.decoding.sampling import token_log_probs
from nextlat.decoding.stats import DecodingStats
from nextlat.decoding.stops import Stops
from nextlat.decoding.token_choice import Acceptance, Draft, DraftVocabulary
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk

FinishReason = Literal["stop", "length"]


class RowDecoding:
    """The decoding of one prompt, cycle by cycle; for callers that stream.

    `generate` checks arguments, this does not.

    `cycles` decodes it alone. Beside others it is driven by `batch.advance`: `begin` once, then in
    each cycle `propose` and, where the row has not ended, `take`.

    Args:
        trunk: whose text it is.
        drafter: what drafts; may be None where the policy never does.
        policy: how many drafts a cycle.
        acceptance: how tokens are chosen and drafts judged.
        stops: what ends the row.
        prompt_ids: at least one id.
        max_new_tokens: most tokens added; with the prompt no more than the trunk's positions.
        with_logprobs: whether to keep log probabilities.

    Attributes:
        tokens: generated so far.
        logprobs: of each token, where kept.
        stats: counts so far.
        ended: whether no cycle follows.
        finish_reason: why it ended; "length" until it has.
    """

    def __init__(
        self,
        trunk: Trunk,
        drafter: Drafter | None,
        policy: LengthPolicy,
        acceptance: Acceptance,
        stops: Stops,
        prompt_ids: list[int],
        max_new_tokens: int,
        with_logprobs: bool = False,
    ) -> None:
        if policy.drafts and drafter is None:
            raise UsageError("a draft length above 0 needs a drafter; give one, or decode plainly")
        self.trunk = trunk
        self.drafter = drafter if policy.drafts else None
        self.policy = policy
        self.acceptance = acceptance
        self.stops = stops
        self.prompt_ids = prompt_ids
        self.max_new_tokens = max_new_tokens
        self.with_logprobs = with_logprobs
        self.context = Context(trunk)
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.stats = DecodingStats()
        self.ended = False
        self.finish_reason: FinishReason = "length"
        self._lengths: CycleLength = policy
        self._drafts: list[Draft] = []
        self._next_token = -1
        self._next_logprob: list[float] = []

    @torch.no_grad()
    def cycles(self) -> Iterator[list[int]]:
        """Decode to the end, beginning if need be; yield the tokens of each cycle once certain."""
        with evaluating(self.trunk.model):
            if self._next_token < 0:
                self.begin()
            while not self.ended:
                token_ids = self.propose(self.policy)
                if self.ended:
                    yield self.tokens[-1:]
                    return
                h_K1D = self.context.extend(token_ids)
                yield self.take(h_K1D, self.trunk.logits(h_K1D))

    @torch.no_grad()
    def begin(self) -> None:
        """Read the prompt and choose the first token."""
        h_TD = self.context.extend(self.prompt_ids)
        if self.drafter:
            self.drafter.begin(self.prompt_ids, h_TD)
        # The head over the last position alone: a prompt's logits would be T times a vocabulary.
        logits_1V = self.trunk.logits(h_TD[-1:])
        self._choose(self._verify([], logits_1V), logits_1V)

    @torch.no_grad()
    def propose(self, lengths: CycleLength) -> list[int]:
        """Add the token chosen last, and draft after it.

        Args:
            lengths: decides how many drafts, and learns in `take` how many stood.

        Returns:
            the ids the trunk is to read, K1 of them; none where the row has ended with the token.
        """
        # The token was certain in the last cycle already, but its latent comes with this pass.
        self.tokens.append(self._next_token)
        self.logprobs += self._next_logprob
        if self.stops.end(self.tokens, len(self.tokens) - 1) is not None:
            self.finish_reason = "stop"
            self.ended = True
        self.ended = self.ended or len(self.tokens) == self.max_new_tokens
        if self.ended:
            self.stats.record(0, 0)
            return []
        self._lengths = lengths
        self._drafts = self._draft()
        return [self.tokens[-1], *(draft.token for draft in self._drafts)]

    @torch.no_grad()
    def take(self, h_K1D: Tensor, logits_K1V: Tensor) -> list[int]:
        """Accept drafts and choose the token after them; return the tokens this cycle made certain.

        Args:
            h_K1D: the trunk's latents of the ids proposed.
            logits_K1V: its logits after each.
        """
        start = len(self.tokens) - 1
        verification = self._verify(self._drafts, logits_K1V)
        self._lengths.end(verification.num_accepted)
        self.ended = self._append_accepted(
            self._drafts, verification.num_accepted, logits_K1V, h_K1D
        )
        if not self.ended:
            self._choose(verification, logits_K1V)
        return self.tokens[start:]

    def _draft(self) -> list[Draft]:
        """Return drafts after the last token.

        Never more than tokens are missing: with the prompt they then stay within the trunk's
        positions, which `generate` checked.
        """
        self._lengths.begin(self.max_new_tokens - len(self.tokens))
        if self.drafter is None:
            return []
        last = len(self.tokens) - 1

        def pick(logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None) -> Draft:
            with one_thread():
                return self.acceptance.pick(logits_V, last + ahead, vocabulary)

        offered = self.drafter.drafts(self.tokens[-1], pick)
        drafts: list[Draft] = []
        while self._lengths.wants_more():
            draft = next(offered, None)
            if draft is None or not self._lengths.keeps(
                draft.confidence, may_drop=self.acceptance.may_drop
            ):
                break
            drafts.append(draft)
        return drafts

    def _verify(self, drafts: list[Draft], logits_K1V: Tensor) -> Verification:
        """Return which drafts are accepted, and the trunk's token after them."""
        with one_thread():
            return self.acceptance.verify(drafts, logits_K1V, len(self.tokens))

    def _choose(self, verification: Verification, logits_K1V: Tensor) -> None:
        """Store the trunk's token after the accepted drafts; the next cycle adds it."""
        self._next_token = verification.next_token
        # Position `num_accepted` of the pass is the one whose logits chose the token, `[1, V]`.
        self._next_logprob = self._log_probs(
            logits_K1V[verification.num_accepted :][:1], [verification.next_token]
        )

    def _append_accepted(
        self, drafts: list[Draft], num_accepted: int, logits_K1V: Tensor, h_K1D: Tensor
    ) -> bool:
        """Add the accepted drafts up to a stop, inform the drafter; return whether the row ends."""
        before = len(self.tokens)
        self.tokens += [draft.token for draft in drafts[:num_accepted]]
        end = self.stops.end(self.tokens, before)
        del self.tokens[end or len(self.tokens) :]
        appended = self.tokens[before:]
        self.logprobs += self._log_probs(logits_K1V[: len(appended)], appended)
        # What a stop cuts off was right, but is no gain: it counts neither as text nor as accepted.
        self.stats.record(len(drafts), len(appended))
        if end is not None:
            self.finish_reason = "stop"
        if end is not None or len(self.tokens) == self.max_new_tokens:
            return True
        # The trunk has read all drafts; its states of the rejected ones belong to another text.
        self.context.roll_back(len(drafts) - num_accepted)
        if self.drafter:
            # With the token before the drafts, which the trunk read too: `[1 + N, D]`.
            self.drafter.observe(self.tokens[before - 1 :], h_K1D[: 1 + num_accepted])
        return False

    def _log_probs(self, logits_NV: Tensor, token_ids: list[int]) -> list[float]:
        """Return the tokens' log probabilities where they are asked for."""
        if not self.with_logprobs:
            return []
        ids_N = torch.tensor(token_ids, dtype=torch.long, device=logits_NV.device)
        with one_thread():
            return token_log_probs(logits_NV, ids_N).tolist()
