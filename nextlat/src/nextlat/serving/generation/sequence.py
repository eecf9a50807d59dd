"""One sequence from its prompt to its last character, turn by turn.

It knows nothing of threads, of the queue and of other sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items

from nextlat.decoding import DecodingStats, RowDecoding, Stops, acceptance_for
from nextlat.serving.errors import RequestError
from nextlat.serving.generation.grammar import GrammarRule
from nextlat.serving.generation.prefill import Prompt
from nextlat.serving.generation.request import (
    Delta,
    Finish,
    FinishReason,
    GenerationRequest,
    ScoredToken,
)
from nextlat.serving.generation.rules import Bias, LogitRule, NotYet, Penalties, RuledAcceptance
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.text_stream import TextStream


class Sequence:
    """A prompt being continued.

    Args:
        model: decodes it.
        request: what to generate.
        prompt: shared among the choices of one request.
        choice: its number; each has its own random numbers.
        deliver: takes what each turn adds, or the problem that ended it.

    Attributes:
        cancelled: the client has left; the sequence is dropped at its next turn.
    """

    def __init__(
        self,
        model: TextModel,
        request: GenerationRequest,
        prompt: Prompt,
        choice: int,
        deliver: Callable[[Delta | RequestError], None],
    ) -> None:
        self.request = request
        self.deliver = deliver
        self.cancelled = False
        self._model = model
        self._prompt = prompt
        self._choice = choice
        self._took_prompt = False
        self._text = TextStream(request.stop_texts, keep_stop=request.keep_stop)
        self._end_ids = frozenset(() if request.ignore_end else model.vocabulary.end_ids)
        self._acceptance = RuledAcceptance(
            acceptance_for(request.sampling, "coupled", choice), self._rules(), request.num_top
        )
        self._row: RowDecoding | None = None
        self._stats = DecodingStats()
        self._prompt_scored: tuple[ScoredToken, ...] = ()
        self._num_tokens = 0
        self._last: int = request.prompt_ids[-1]
        self._waiting: list[tuple[ScoredToken, int]] = []

    @property
    def context_tokens(self) -> int:
        """Tokens its cache may grow to."""
        return len(self.request.prompt_ids) + self.request.max_new_tokens

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the prompt, counted with its first choice only."""
        return len(self.request.prompt_ids) if self._choice == 0 else 0

    @property
    def stats(self) -> DecodingStats:
        """How drafting went so far."""
        return self._stats

    def _rules(self) -> list[LogitRule]:
        """Return the rules the request asks for; the grammar last, so that no bias undoes it."""
        request, rules = self.request, list[LogitRule]()
        if request.bias:
            rules.append(Bias(request.bias))
        if request.presence_penalty or request.frequency_penalty:
            rules.append(Penalties(request.presence_penalty, request.frequency_penalty))
        ending = tuple(self._end_ids | set(request.stop_token_ids))
        if request.min_tokens and ending:
            rules.append(NotYet(ending, request.min_tokens))
        if request.grammar is not None:
            rules.append(GrammarRule(request.grammar, self._model.vocabulary))
        return rules

    @property
    def row(self) -> RowDecoding:
        """What it decodes once `turn` has returned None."""
        assert self._row is not None
        return self._row

    def turn(self, prefill_chunk: int) -> Delta | None:
        """Do the part of a round that no other sequence shares.

        Args:
            prefill_chunk: the most prompt tokens to read.

        Returns:
            What the turn added, or None where a decoding cycle of `row` is next.
        """
        if not self._prompt.is_read:
            self._prompt.read(prefill_chunk)
            if not self._prompt.is_read:
                return Delta()
        if self._row is None:
            self._row = self._begun()
        if self.request.max_new_tokens == 0:
            return Delta(
                prompt_scored=self._prompt_scored, finish=Finish("length", None, 0, self._stats)
            )
        return None

    def decoded(self, tokens: Items[int]) -> Delta:
        """Return what the tokens of a cycle add; those behind a stop add nothing."""
        text, finish = "", None
        for token in tokens:
            added, finish = self._take(token)
            text += added
            if finish:
                break
        # The prompt's scores go out once, with the first text.
        prompt_scored, self._prompt_scored = self._prompt_scored, ()
        return Delta(text, self._released(finish), prompt_scored, finish)

    def _begun(self) -> RowDecoding:
        """Return the row with its prompt read, and score the prompt where requested."""
        request = self.request
        stops = Stops.parse(
            [(token,) for token in sorted(self._end_ids | set(request.stop_token_ids))]
        )
        row = RowDecoding(
            self._model.trunk,
            self._model.drafter(),
            self._model.policy,
            self._acceptance,
            stops,
            self._prompt.ids,
            max(1, request.max_new_tokens),  # a row adds at least one; with 0 it is never begun
        )
        row.context = self._prompt.take()
        self._took_prompt = True
        self._stats = row.stats
        if request.score_prompt:
            self._prompt_scored = self._scored_prompt()
        if request.max_new_tokens:
            row.begin()
        return row

    def _scored_prompt(self) -> tuple[ScoredToken, ...]:
        """Return the prompt's tokens with scores and offsets in its text."""
        scored, text, before = [], TextStream(), None
        for token, score in zip(self._prompt.ids, [None, *self._prompt.scores], strict=True):
            scored.append(ScoredToken(token, text.length, score))
            text.add(self._model.vocabulary.piece(before, token))
            before = token
        return tuple(scored)

    def _take(self, token: int) -> tuple[str, Finish | None]:
        """Add a token; return the text that is certain now, and how the sequence ended, if so."""
        position = self._num_tokens
        self._num_tokens += 1
        is_stop_token = token in self.request.stop_token_ids
        if token in self._end_ids or is_stop_token:
            piece = b""
            if self.request.keep_stop:
                piece = self._model.vocabulary.piece(self._last, token)
            text = self._text.add(piece) + self._text.end()
            return text, self._finish("stop", token if is_stop_token else None)
        start = self._text.length
        text = self._text.add(self._model.vocabulary.piece(self._last, token))
        self._last = token
        if self.request.num_top is not None:
            scored = ScoredToken(token, start, self._acceptance.scores[position])
            self._waiting.append((scored, self._text.length))
        if self._text.stop is None and self._num_tokens == self.request.max_new_tokens:
            # Text withheld as the possible beginning of a stop string is due now; it may hold one.
            text += self._text.end()
            if self._text.stop is None:
                return text, self._finish("length", None)
        return text, self._finish("stop", self._text.stop) if self._text.stop is not None else None

    def _finish(self, reason: FinishReason, stop_reason: str | int | None) -> Finish:
        return Finish(reason, stop_reason, self._num_tokens, self._stats)

    def _released(self, finish: Finish | None) -> tuple[ScoredToken, ...]:
        """Return the scored tokens whose text is out; those behind a stop string never are."""
        if finish is None:
            count = sum(end <= self._text.released for _, end in self._waiting)
        elif self._text.stop is not None:
            count = sum(scored.offset < self._text.released for scored, _ in self._waiting)
        else:
            count = len(self._waiting)
        released, self._waiting = self._waiting[:count], self._waiting[count:]
        return tuple(scored for scored, _ in released)

    def close(self) -> None:
        """Free the cache; no turn follows."""
        if not self._took_prompt:
            self._took_prompt = True
            self._prompt.leave()
        self._row = None
