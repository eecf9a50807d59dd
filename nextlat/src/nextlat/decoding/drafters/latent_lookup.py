"""Latent drafts, or copies from the row's own text where those have been right more often.

Shape suffixes: T time, A accepted tokens, D width.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from torch import Tensor

from nextlat.decoding.drafters.latent import LatentDrafter
from nextlat.decoding.drafters.prompt_lookup import PromptLookupDrafter
from nextlat.decoding.drafters.protocol import NamedDrafter
from nextlat.decoding.estimates import MovingAverage
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class LatentLookupDrafter(NamedDrafter):
    """Copies from the row where copies have been right more often than latent drafts in this row.

    A copy costs nothing, so whether it would have been right is recorded in every cycle, used or
    not: for its first token by the length of the match, for all further tokens together, each one
    only where all before it were right. For the latent drafter it is recorded where it was used.

    Args:
        latent: drafts by dynamics.
        lookup: drafts by copying.
    """

    name: ClassVar[str] = "latent+lookup"
    WEIGHT = 0.1
    """Share of a new outcome in the running acceptance."""
    LATENT_PRIOR = 0.4
    """Acceptance of the latent drafter assumed before any outcome; a copy's is its confidence."""
    FURTHER_PRIOR = 0.8
    """Acceptance of the further tokens of a copy assumed before any outcome."""
    MAX_SCORED_COPIES = 16
    """Tokens of a copy that are compared with the text."""
    PRIOR_COUNT = 2
    """How many outcomes an assumed acceptance is worth."""

    def __init__(self, latent: LatentDrafter, lookup: PromptLookupDrafter) -> None:
        self.latent = latent
        self.lookup = lookup
        self._length = 0
        # What was last drafted, waiting for the text to reach it.
        self._first_position = 0
        self._latent_draft: int | None = None
        self._copied_ids: list[int] = []
        self._match_confidence = 0.0  # a function of the length of the match
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
        """Start both, with no outcomes recorded."""
        self.latent.begin(prompt_ids, h_TD)
        self.lookup.begin(prompt_ids, h_TD)
        self._length, self._latent_draft, self._copied_ids = len(prompt_ids), None, []
        self._latent_score = MovingAverage(self.WEIGHT, self.LATENT_PRIOR, self.PRIOR_COUNT)
        self._further_score = MovingAverage(self.WEIGHT, self.FURTHER_PRIOR, self.PRIOR_COUNT)
        self._copy_scores = {}

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Pass the tokens to both, and record which of the last drafts were right."""
        for position, token in enumerate(token_ids, start=self._length):
            self._record_outcome(position, token)
        self._length += len(token_ids)
        self.latent.observe(token_ids, h_AD)
        self.lookup.observe(token_ids, h_AD)

    def _record_outcome(self, position: int, token: int) -> None:
        """Record which drafts for a position were right, now that its token is certain."""
        offset = position - self._first_position
        if offset == 0 and self._latent_draft is not None:
            self._latent_score.add(float(self._latent_draft == token))
            self._latent_draft = None
        if 0 <= offset < len(self._copied_ids):
            is_right = self._copied_ids[offset] == token
            score = self._further_score if offset else self._copy_score()
            score.add(float(is_right))
            if not is_right:
                self._copied_ids = []  # what follows a wrong token was never tested

    def _copy_score(self) -> MovingAverage:
        """Return how often the first tokens of copies after a match of this length were right."""
        return self._copy_scores.setdefault(
            self._match_confidence,
            MovingAverage(self.WEIGHT, self._match_confidence, self.PRIOR_COUNT),
        )

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the drafts of the better source, without end."""
        self._record_outcome(self._length, token)  # `token` is certain before `observe` brings it
        # `token` itself takes the position `_length`; the first draft is for the one after it.
        self._first_position, self._latent_draft = self._length + 1, None
        # Copies have no end; the first of them are taken out to be scored, used or not.
        remaining_copies = self.lookup.drafts(token, pick)
        copies = list(itertools.islice(remaining_copies, self.MAX_SCORED_COPIES))
        self._copied_ids = [draft.token for draft in copies]
        if copies:
            self._match_confidence = copies[0].confidence
            if self._copy_score().value > self._latent_score.value:
                yield Draft(copies[0].token, self._copy_score().value)
                for draft in itertools.chain(copies[1:], remaining_copies):
                    yield Draft(draft.token, self._further_score.value)
        for draft in self.latent.drafts(token, pick):
            if self._latent_draft is None:
                self._latent_draft = draft.token
            yield draft
