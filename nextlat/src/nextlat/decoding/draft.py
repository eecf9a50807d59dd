"""Drafters: cheap guesses of the next tokens. Any guess is safe, because verification keeps the trunk's tokens only.

A drafter is told the sequence as it grows and yields drafts one by one, as long as it is asked; the length policy
decides how long. Reading order: `Drafter`, `LatentDrafter` (the method), then the ones to compare it with.
Shape suffixes: T time, A accepted tokens, D width, V vocabulary; a leading 1 is the batch of one row.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol, Self

import torch
from torch import Tensor

from nextlat.decoding.draft_step import DraftStep
from nextlat.decoding.estimates import MovingAverage
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


class Drafter(Protocol):
    """Proposes the tokens that follow the trunk's own next one. One object serves many rows, one after another.

    Rows that are decoded together have one each, made by `copy`.
    """

    name: ClassVar[str]

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make a drafter for a trunk.

        Raises:
            UsageError: it needs dynamics and there are none.
        """
        ...

    def copy(self) -> Self:
        """Return a drafter of the same kind for another row, which shares what does not change with rows.

        Call it between rows: what is known of a row is not copied apart.
        """
        return copy.copy(self)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Start a row.

        Args:
            prompt_ids: its prompt, T ids.
            h_TD: the trunk's latents of the prompt.
        """
        ...

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Learn of tokens that now follow in the row, and their latents."""
        ...

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield drafts for the positions after `token`, at most as many as are asked for.

        Args:
            token: the trunk's next token, chosen but not run through the trunk yet; `accept` will tell it.
            pick: chooses a token from logits; a drafter without logits makes its `Draft`s itself.
        """
        ...


class LatentDrafter(Drafter):
    """The method's own drafts (arXiv 2511.05963 section 3): alternate the latent dynamics and the trunk's head.

    h_hat_{t+1} = step(h_t, emb(X_{t+1})), draft of X_{t+2} from head(h_hat_{t+1}), fed back for the next.

    Args:
        trunk: gives embeddings and head.
        dynamics: p_psi; where it lists draft ids, only their rows of the head are asked.
    """

    name = "latent"

    def __init__(self, trunk: Trunk, dynamics: LatentDynamics) -> None:
        self.trunk = trunk
        self.dynamics = dynamics
        self._h_1D = torch.zeros(1, trunk.width)
        self._step = DraftStep.of(trunk, dynamics)

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
        """Keep the last latent."""
        self._h_1D = h_TD[-1:]

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Keep the last latent."""
        self._h_1D = h_AD[-1:]

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the head's choices along the rollout, without end."""
        h_1D, ahead = self._h_1D, 0
        while True:
            ahead += 1
            e_1D = self.trunk.embed(torch.tensor([token], device=h_1D.device))
            h_1D, logits_1L = self._step(self.trunk, self.dynamics, h_1D, e_1D)
            draft = pick(logits_1L[0], ahead, self._step.vocabulary)
            yield draft
            token = draft.token


class PromptLookupDrafter(Drafter):
    """Copies what followed the same last n tokens earlier in the row; the longest n first, the latest place first.

    Where the copy runs into the present it goes on with its own drafts, so a repetition is continued.

    Args:
        max_ngram: longest n.
    """

    name = "lookup"

    def __init__(self, max_ngram: int = 3) -> None:
        if max_ngram < 1:
            raise UsageError(f"max_ngram {max_ngram}: at least 1 token is matched; give 1 or more")
        self.max_ngram = max_ngram
        self._ids: list[int] = []
        self._follows: dict[tuple[int, ...], int] = {}

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter; it needs nothing of the model."""
        return cls()

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Index the prompt."""
        self._ids, self._follows = [], {}
        self.accept(prompt_ids, h_TD)

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Index more tokens."""
        for token in token_ids:
            self._index()
            self._ids.append(token)

    def _index(self) -> None:
        """Note that the n-grams at the end are followed by the place after it."""
        end = len(self._ids)
        for n in range(1, min(self.max_ngram, end) + 1):
            self._follows[tuple(self._ids[end - n :])] = end

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the copy, without end; nothing where no n-gram recurs."""
        self._index()  # `token` is sure to follow
        ids = [*self._ids, token]
        for n in range(min(self.max_ngram, len(ids)), 0, -1):
            at = self._follows.get(tuple(ids[-n:]))
            if at is not None:
                break
        else:
            return
        while True:
            # The longer it has matched, the longer it will: drafts that are verified all stood so far.
            yield Draft(ids[at], n / (n + 1))
            ids.append(ids[at])
            at, n = at + 1, n + 1


class LatentLookupDrafter(Drafter):
    """Copies from the row where that has stood more often than latent drafts in this row, latent drafts elsewhere.

    A copy costs nothing, so its fate is noted in every cycle, used or not: of its first token by the length of the
    match; of the further ones, each asked for where all before it stood, together. That of the latent drafter is noted
    where it was used.

    Args:
        latent: drafts by dynamics.
        lookup: drafts by copying.
    """

    name = "latent+lookup"
    WEIGHT = 0.1
    """Share of a new outcome in the running acceptance."""
    START = 0.4
    """Believed acceptance of the latent drafter before any outcome; a copy starts at its own confidence."""
    FURTHER = 0.8
    """Believed acceptance of the further tokens of a copy."""
    WATCHED = 16
    """Tokens of a copy whose fate is noted."""

    def __init__(self, latent: LatentDrafter, lookup: PromptLookupDrafter) -> None:
        self.latent = latent
        self.lookup = lookup
        self._length = 0
        self._start = 0  # the place of the row that the first draft is for
        self._drafted: int | None = None  # by the latent drafter, for that place
        self._copied: list[
            int
        ] = []  # for that place and the next ones; cut at the first that falls
        self._match = 0.0  # the copy's own confidence, which tells the length of the match
        self._latent_score = self._further_score = MovingAverage(self.WEIGHT)
        self._copy_scores: dict[float, MovingAverage] = {}

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter.

        Raises:
            UsageError: there are no dynamics.
        """
        return cls(LatentDrafter.build(trunk, dynamics), PromptLookupDrafter.build(trunk, dynamics))

    def copy(self) -> Self:
        """See `Drafter.copy`; both drafters are copied."""
        return type(self)(self.latent.copy(), self.lookup.copy())

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Start both, with nothing measured."""
        self.latent.begin(prompt_ids, h_TD)
        self.lookup.begin(prompt_ids, h_TD)
        self._length, self._drafted, self._copied = len(prompt_ids), None, []
        self._latent_score = MovingAverage(self.WEIGHT, self.START, 2)
        self._further_score = MovingAverage(self.WEIGHT, self.FURTHER, 2)
        self._copy_scores = {}

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Tell both, and note the fate of the last drafts."""
        for place, token in enumerate(token_ids, start=self._length):
            self._settle(place, token)
        self._length += len(token_ids)
        self.latent.accept(token_ids, h_AD)
        self.lookup.accept(token_ids, h_AD)

    def _settle(self, place: int, token: int) -> None:
        """Note which sources were right about a place of the row, where they were asked about it."""
        ahead = place - self._start
        if not ahead and self._drafted is not None:
            self._latent_score.add(float(self._drafted == token))
            self._drafted = None
        if 0 <= ahead < len(self._copied):
            stood = self._copied[ahead] == token
            (self._further_score if ahead else self._copy_score()).add(float(stood))
            if not stood:
                self._copied = []

    def _copy_score(self) -> MovingAverage:
        """Return how often copies after such a match have stood in this row."""
        return self._copy_scores.setdefault(self._match, MovingAverage(self.WEIGHT, self._match, 2))

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the drafts of the better source, without end."""
        self._settle(self._length, token)
        self._start, self._drafted = self._length + 1, None
        more = self.lookup.drafts(token, pick)
        copies = list(itertools.islice(more, self.WATCHED))
        self._copied = [copy.token for copy in copies]
        if copies:
            self._match = copies[0].confidence
            if self._copy_score().value > self._latent_score.value:
                yield Draft(copies[0].token, self._copy_score().value)
                further = itertools.chain(copies[1:], more)
                yield from (Draft(copy.token, self._further_score.value) for copy in further)
        for draft in self.latent.drafts(token, pick):
            if self._drafted is None:
                self._drafted = draft.token
            yield draft


class BigramDrafter(Drafter):
    """The most frequent successor of the last token: in the row where it has one, else in what it was fitted on."""

    name = "bigram"

    def __init__(self) -> None:
        self._fitted: dict[int, tuple[int, float]] = {}
        self._seen: dict[int, Counter[int]] = {}
        self._last: int | None = None

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter; it needs nothing of the model, and knows the row only until it is fitted."""
        return cls()

    def fit(self, token_ids_N: Tensor) -> Self:
        """Count the successors in a text, `[N]` ids, in place of an earlier one; equals go to the lower id."""
        pairs_P2, counts_P = torch.stack([token_ids_N[:-1], token_ids_N[1:]], dim=1).unique(
            dim=0, return_counts=True
        )
        counts: dict[int, Counter[int]] = {}
        for (token, successor), count in zip(pairs_P2.tolist(), counts_P.tolist(), strict=True):
            counts.setdefault(token, Counter())[successor] = count
        self._fitted = {token: _most_common(successors) for token, successors in counts.items()}
        return self

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Count the prompt."""
        self._seen, self._last = {}, None
        self.accept(prompt_ids, h_TD)

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Count more tokens."""
        for token in token_ids:
            if self._last is not None:
                self._seen.setdefault(self._last, Counter())[token] += 1
            self._last = token

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield successors of successors; ends at a token that had none."""
        while True:
            if token in self._seen:
                token, share = _most_common(self._seen[token])
            elif token in self._fitted:
                token, share = self._fitted[token]
            else:
                return
            yield Draft(token, share)


def _most_common(successors: Counter[int]) -> tuple[int, float]:
    """Return the most frequent successor and its share."""
    token, count = successors.most_common(1)[0]
    return token, count / successors.total()


class RandomDrafter(Drafter):
    """Tokens at random: the adversary of the exactness tests, and a floor for measurements.

    Args:
        vocab_size: ids drawn from.
        seed: of the draws.
    """

    name = "random"

    def __init__(self, vocab_size: int, seed: int = 0) -> None:
        self.vocab_size = vocab_size
        self._random = random.Random(seed)  # noqa: S311  no secret depends on it

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter for a trunk's vocabulary."""
        return cls(trunk.vocab_size)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Need nothing."""

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Need nothing."""

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield random ids, without end."""
        while True:
            yield Draft(self._random.randrange(self.vocab_size), 1 / self.vocab_size)


DRAFTERS: dict[str, type[Drafter]] = {
    LatentDrafter.name: LatentDrafter,
    LatentLookupDrafter.name: LatentLookupDrafter,
    PromptLookupDrafter.name: PromptLookupDrafter,
    BigramDrafter.name: BigramDrafter,
    RandomDrafter.name: RandomDrafter,
}
"""Name -> drafter."""


def default_drafter(trunk: Trunk, dynamics: LatentDynamics | None) -> Drafter:
    """Return what drafts where nothing else is asked for: dynamics and copies, or copies alone without dynamics."""
    return (PromptLookupDrafter if dynamics is None else LatentLookupDrafter).build(trunk, dynamics)
