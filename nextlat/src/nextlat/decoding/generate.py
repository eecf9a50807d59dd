"""Generation, plain and self-speculative on one path: plain decoding is a cycle that drafts nothing.

A cycle keeps the trunk's next token X, drafts d_1..d_k after it, runs the trunk once over [X, d_1..d_k], accepts the
drafts the verification rule lets stand, rolls the cache back to them, and has the trunk's next token for the cycle
after it. Tokens are chosen by the same calls whatever k is, so the text is the same with and without drafts, up to
ties: the trunk over k + 1 tokens at once rounds differently than over one, and two tokens whose logits (or logits plus
noise) differ by no more than that may change places. In reduced precision such ties do occur.

Rows of a batch are decoded one after another in this version. Shape suffixes: B batch, T time, N new tokens, D width,
K drafts, K1 = K + 1, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nextlat.decoding.acceptance import Acceptance, AcceptanceName, Draft, DraftVocabulary, acceptance_for
from nextlat.decoding.context import Context, choosing, evaluating
from nextlat.decoding.draft import Drafter
from nextlat.decoding.lengths import FixedLength, LengthPolicy
from nextlat.decoding.sampling import Sampling, token_log_probs
from nextlat.decoding.stats import DecodingStats
from nextlat.decoding.stops import Stop, Stops
from nextlat.decoding.verify import Verdict
from nextlat.errors import SequenceError, UsageError
from nextlat.trunk import Trunk

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Generation:
    """What was generated.

    Attributes:
        sequences: prompt and new tokens, `[B, T + N]` on the trunk's device; shorter rows are filled up on the right
            with the pad token.
        num_new_tokens: new tokens of each row, stop tokens among them.
        finish_reasons: of each row, "stop" after a stop or the end of text, else "length".
        stats: counts over all rows.
        logprobs: of each row, the log probability of each new token under the trunk at temperature 1 without filters,
            in nats; None where not asked for.
    """

    sequences: Tensor
    num_new_tokens: list[int]
    finish_reasons: list[FinishReason]
    stats: DecodingStats
    logprobs: list[list[float]] | None = None


def generate(
    trunk: Trunk,
    drafter: Drafter | None,
    input_ids: Tensor,
    *,
    max_new_tokens: int = 64,
    length_policy: LengthPolicy | None = None,
    temperature: float = 0.0,
    top_p: float = 1.0,
    top_k: int = 0,
    seed: int | None = None,
    stop: Stop = None,
    acceptance: AcceptanceName = "coupled",
    return_logprobs: bool = False,
) -> Generation:
    """Continue prompts with the trunk's tokens, drafted where that pays.

    Args:
        trunk: whose text it is. In training mode it is put in evaluation mode meanwhile.
        drafter: what drafts; unused, and may be None, where the policy never drafts.
        input_ids: prompts of equal length, int64 `[B, T]`, or one, `[T]`.
        max_new_tokens: most tokens added to each, at least 1.
        length_policy: how many drafts a cycle; None decodes plainly, one token a forward.
        temperature: 0 takes the likeliest token.
        top_p: nucleus, in (0, 1]; 1 keeps the whole distribution.
        top_k: only this many likeliest tokens; 0 keeps all.
        seed: int64; drawn from torch's global generator where None.
        stop: a token id, several, or several sequences of ids; a row ends with the first, or with an end of text.
        acceptance: see `AcceptanceName`.
        return_logprobs: whether to return log probabilities.

    Raises:
        UsageError, ModelError, SequenceError: an argument is out of range, an id outside the trunk's vocabulary, or the
            text longer than the trunk's positions; the message names it.
    """
    prompts = _prompts(trunk, input_ids, max_new_tokens).tolist()
    sampling = Sampling(temperature, top_p, top_k, _seed(seed, temperature))
    choices = [acceptance_for(sampling, acceptance, number) for number in range(len(prompts))]
    return _decoded(trunk, drafter, length_policy, choices, stop, prompts, max_new_tokens, return_logprobs)


def _decoded(
    trunk: Trunk,
    drafter: Drafter | None,
    policy: LengthPolicy | None,
    choices: Sequence[Acceptance],
    stop: Stop,
    prompts: Sequence[list[int]],
    max_new_tokens: int,
    with_logprobs: bool,
) -> Generation:
    """Decode checked prompts one after another, each with a choice of tokens of its own; see `generate`."""
    policy, stops = policy or FixedLength(0), Stops.parse(stop, _end_of_text(trunk))
    rows = []
    for prompt_ids, chosen_by in zip(prompts, choices, strict=True):
        row = RowDecoding(trunk, drafter, policy, chosen_by, stops, prompt_ids, max_new_tokens, with_logprobs)
        for _ in row.cycles():
            pass
        rows.append(row)
    return Generation(
        sequences=_padded(rows, _pad_id(trunk)).to(trunk.device),
        num_new_tokens=[len(row.tokens) for row in rows],
        finish_reasons=[row.finish_reason for row in rows],
        stats=DecodingStats.total(row.stats for row in rows),
        logprobs=[row.logprobs for row in rows] if with_logprobs else None,
    )


class RowDecoding:
    """The decoding of one prompt, cycle by cycle; for callers that stream. `generate` checks arguments, this does not.

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
        self.finish_reason: FinishReason = "length"

    @torch.no_grad()
    def cycles(self) -> Iterator[list[int]]:
        """Decode; yield the tokens of each cycle as soon as they are certain."""
        with evaluating(self.trunk.model):
            h_TD = self.context.extend(self.prompt_ids)
            if self.drafter:
                self.drafter.begin(self.prompt_ids, h_TD)
            logits_K1V = self.trunk.logits(h_TD[-1:])
            verdict = self._verdict([], logits_K1V)
            while True:
                self._note_logprobs(logits_K1V[verdict.num_accepted :][:1], [verdict.next_token])
                if self._ends_with(verdict.next_token):
                    self.stats.record(0, 0)
                    yield self.tokens[-1:]
                    return
                start = len(self.tokens) - 1
                drafts = self._draft()
                h_K1D = self.context.extend([self.tokens[-1], *(draft.token for draft in drafts)])
                logits_K1V = self.trunk.logits(h_K1D)
                verdict = self._verdict(drafts, logits_K1V)
                self.policy.end(verdict.num_accepted)
                ended = self._keep(drafts, verdict.num_accepted, logits_K1V, h_K1D)
                yield self.tokens[start:]
                if ended:
                    return

    def _ends_with(self, token: int) -> bool:
        """Add the trunk's next token; return whether the row ends with it."""
        self.tokens.append(token)
        if self.stops.end(self.tokens, len(self.tokens) - 1) is not None:
            self.finish_reason = "stop"
            return True
        return len(self.tokens) == self.max_new_tokens

    def _draft(self) -> list[Draft]:
        """Return drafts after the last token.

        Never more than tokens are missing: with the prompt they then stay within the trunk's positions, which
        `generate` checked.
        """
        self.policy.begin(self.max_new_tokens - len(self.tokens))
        if self.drafter is None:
            return []
        last = len(self.tokens) - 1

        def pick(logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None) -> Draft:
            with choosing():
                return self.acceptance.pick(logits_V, last + ahead, vocabulary)

        offered = self.drafter.drafts(self.tokens[-1], pick)
        kept: list[Draft] = []
        while self.policy.wants_more():
            draft = next(offered, None)
            if draft is None or not self.policy.keeps(draft.confidence, may_drop=self.acceptance.may_drop):
                break
            kept.append(draft)
        return kept

    def _verdict(self, drafts: list[Draft], logits_K1V: Tensor) -> Verdict:
        """Return which drafts stand, and the trunk's token after them."""
        with choosing():
            return self.acceptance.verify(drafts, logits_K1V, len(self.tokens))

    def _keep(self, drafts: list[Draft], num_accepted: int, logits_K1V: Tensor, h_K1D: Tensor) -> bool:
        """Add the accepted drafts up to a stop, tell the drafter; return whether the row ends."""
        before = len(self.tokens)
        self.tokens += [draft.token for draft in drafts[:num_accepted]]
        end = self.stops.end(self.tokens, before)
        del self.tokens[end or len(self.tokens) :]
        fresh = self.tokens[before:]
        self._note_logprobs(logits_K1V[: len(fresh)], fresh)
        self.stats.record(len(drafts), len(fresh))
        if end is not None:
            self.finish_reason = "stop"
        if end is not None or len(self.tokens) == self.max_new_tokens:
            return True
        self.context.roll_back(len(drafts) - num_accepted)
        if self.drafter:
            self.drafter.accept(self.tokens[before - 1 :], h_K1D[: 1 + num_accepted])
        return False

    def _note_logprobs(self, logits_NV: Tensor, token_ids: list[int]) -> None:
        """Keep the tokens' log probabilities where asked to."""
        if self.with_logprobs:
            ids_N = torch.tensor(token_ids, dtype=torch.long, device=logits_NV.device)
            self.logprobs += token_log_probs(logits_NV, ids_N).tolist()


def _seed(seed: int | None, temperature: float) -> int:
    """Return the seed, one of torch's where none was given; greedy decoding draws nothing.

    So decoding greedily while training leaves the training's random numbers alone.
    """
    if seed is not None:
        return seed
    return int(torch.randint(2**62, ())) if temperature > 0 else 0


def _prompts(trunk: Trunk, input_ids: Tensor, max_new_tokens: int) -> Tensor:
    """Return prompts `[B, T]` on the CPU.

    Raises:
        UsageError: no whole numbers, no rows, an empty prompt, or no number of new tokens.
        ModelError: an id is outside the trunk's vocabulary.
        SequenceError: they do not fit the trunk.
    """
    ids = torch.as_tensor(input_ids)
    if ids.ndim not in (1, 2) or not ids.numel():
        raise UsageError(
            f"input_ids has shape {tuple(ids.shape)}: it must be [batch, time] or [time] and not empty; "
            "give at least one token to start from"
        )
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise UsageError(f"input_ids has type {ids.dtype}: token ids are whole numbers; give an int64 tensor")
    prompts_BT = ids.reshape(-1, ids.shape[-1]).cpu()
    _check_fits(trunk, prompts_BT, max_new_tokens)
    return prompts_BT


def _check_fits(trunk: Trunk, prompts_BT: Tensor, max_new_tokens: int) -> None:
    """Raise where prompts and new tokens do not fit the trunk."""
    if isinstance(max_new_tokens, bool) or not isinstance(max_new_tokens, int) or max_new_tokens < 1:
        raise UsageError(f"max_new_tokens {max_new_tokens!r}: it must be a whole number from 1")
    trunk.check_ids(prompts_BT)
    length = prompts_BT.shape[1]
    if trunk.max_length is not None and length + max_new_tokens > trunk.max_length:
        raise SequenceError(
            f"a prompt of {length} tokens and {max_new_tokens} new ones are {length + max_new_tokens}, more than the "
            f"trunk's {trunk.max_length} positions; cut the prompt or ask for at most "
            f"{max(0, trunk.max_length - length)} new tokens"
        )


def _end_of_text(trunk: Trunk) -> int | list[int] | None:
    """Return the ids that end a text of the trunk, from its generation configuration or else its own."""
    for config in (getattr(trunk.model, "generation_config", None), trunk.model.config):
        found: int | list[int] | None = getattr(config, "eos_token_id", None)
        if config is not None:
            return found
    return None


def _pad_id(trunk: Trunk) -> int:
    """Return what fills up short rows: the pad token, else an end of text, else 0."""
    for config in (getattr(trunk.model, "generation_config", None), trunk.model.config):
        found = getattr(config, "pad_token_id", None)
        if found is not None:
            return int(found)
    ends = _end_of_text(trunk)
    return (ends if isinstance(ends, int) else ends[0]) if ends else 0


def _padded(rows: Sequence[RowDecoding], pad_id: int) -> Tensor:
    """Return prompts and new tokens of all rows, `[B, T + N]`."""
    texts = [row.prompt_ids + row.tokens for row in rows]
    longest = max(map(len, texts))
    return torch.tensor([text + [pad_id] * (longest - len(text)) for text in texts], dtype=torch.long)
