"""What callers use: a language model with a budget for the day and a cache of answers.

Knows nothing of briefs. Every call can be cancelled, and every failure is a ModelError of one of
four kinds, one for each way a caller can react (errors.py).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any

from academichub.errors import ModelAnswerError, ModelError, ModelSettingsError
from academichub.llm.answers import AnswerCache, question_key
from academichub.llm.budget import Budget, tokens_of
from academichub.llm.capability import Capability, capability_of
from academichub.llm.shapes import (
    Shape,
    asked_in_words,
    read_shape,
    response_format,
    without_thoughts,
)
from academichub.llm.wire import Cancel, Completion, Wire
from academichub.messages import Message
from academichub.settings import LlmSettings
from academichub.store.database import Database
from academichub.text.http_urls import is_loopback_url

DEFAULT_TOKENS_PER_DAY = 500_000
"""Budget of an endpoint elsewhere where none is set; one on this machine has none."""

EMBEDDING_WORDS = ("embed", "minilm")
MAX_EMBEDDED_CHARS = 6_000


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; part of the cache's key and of what a brief stores."""

    temperature: float = 0.0
    max_tokens: int = 256
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer without its reasoning, whether it ended by itself, whether it was cached."""

    text: str
    is_whole: bool
    cached: bool
    tokens: int


ChatMessage = Mapping[str, str]
"""`{"role": ..., "content": ...}`."""


class LanguageModel:
    """An endpoint with a chat model and perhaps an embedding model.

    `close()` it, or use it in a `with` block.

    Args:
        settings: The part `llm` of the settings, with a `base_url`.
        database: Where budget and cache are stored.
        wire: The endpoint; opened from the settings where None.

    Raises:
        ModelSettingsError: If no `base_url` is set.
    """

    def __init__(self, settings: LlmSettings, database: Database, wire: Wire | None = None) -> None:
        if settings.base_url is None:
            raise ModelSettingsError(Message.of("model.not_set"))
        limit = settings.tokens_per_day
        if limit is None:
            limit = 0 if is_loopback_url(settings.base_url) else DEFAULT_TOKENS_PER_DAY
        key = settings.api_key.get_secret_value() if settings.api_key else None
        self._settings = settings
        self._wire = wire or Wire(
            settings.base_url,
            key or None,
            timeout_s=settings.timeout_s,
            retries=settings.retries,
            concurrency=settings.concurrency,
        )
        self.budget = Budget(database, limit)
        self._cache = AnswerCache(database)
        self._listed: list[str] | None = None

    def __enter__(self) -> LanguageModel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the endpoint's connections."""
        self._wire.close()

    @property
    def concurrency(self) -> int:
        """Questions that may be asked at a time."""
        return self._settings.concurrency

    def name(self, cancel: Cancel | None = None) -> str:
        """Return the chat model.

        It is the one set, else the first the endpoint lists that is not an embedding model.

        Raises:
            ModelError: If the endpoint lists none, or does not answer.
        """
        if self._settings.model:
            return self._settings.model
        listed = self._models(cancel)
        chat = [name for name in listed if not _embeds(name)] or listed
        if not chat:
            raise ModelSettingsError(Message.of("model.none_listed", url=self._wire.base_url))
        return chat[0]

    def embedding_name(self, cancel: Cancel | None = None) -> str | None:
        """Return the embedding model: the one set, else the first listed whose id says so.

        It is None if no id does.
        """
        if self._settings.embedding_model:
            return self._settings.embedding_model
        return next((name for name in self._models(cancel) if _embeds(name)), None)

    def capability(self, cancel: Cancel | None = None) -> Capability:
        """Return how much the chat model is asked at once."""
        return capability_of(self._settings.capability, self.name(cancel))

    def forget_old(self) -> None:
        """Delete old ledger rows and cached answers."""
        self.budget.forget_old()
        self._cache.forget_old()

    def write(
        self, messages: Sequence[ChatMessage], sampling: Sampling, cancel: Cancel | None = None
    ) -> Reply:
        """Return the model's answer to messages.

        Raises:
            ModelAnswerError: If this answer cannot be used; others may.
            ModelBudgetError: If the day's tokens are spent.
            ModelUnavailableError: If the endpoint does not answer for now.
            ModelSettingsError: If the endpoint refuses us.
            CancelledError: If `cancel` returns true; the request ends at once.
        """
        return self._answer(messages, sampling, None, cancel)

    def structured(
        self,
        messages: Sequence[ChatMessage],
        shape: type[Shape],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Shape:
        """Return an answer as a validated shape; raises as `write` does.

        The schema goes with the question as `response_format` where the endpoint accepts it, and in
        words in any case.
        """
        messages_with_schema = [
            *messages[:-1],
            {**messages[-1], "content": f"{messages[-1]['content']}\n\n{asked_in_words(shape)}"},
        ]
        reply = self._answer(messages_with_schema, sampling, response_format(shape), cancel)
        if not reply.is_whole:
            raise ModelAnswerError("cut", Message.of("model.cut_after", tokens=sampling.max_tokens))
        return read_shape(reply.text, shape)

    def embed(self, texts: Sequence[str], cancel: Cancel | None = None) -> list[list[float]]:
        """Return the embedding of each text (its first 6000 characters); raises as `write` does."""
        model = self.embedding_name(cancel)
        if model is None:
            raise ModelSettingsError(Message.of("model.no_embedding", url=self._wire.base_url))
        if not texts:
            return []
        cut_texts = [text[:MAX_EMBEDDED_CHARS] or " " for text in texts]
        estimate = sum(map(tokens_of, cut_texts))
        reservation = self.budget.reserve(estimate)
        began = time.monotonic()
        outcome, tokens = "stopped", (estimate, 0)
        try:
            vectors = self._wire.embed(model, cut_texts, cancel)
            outcome, tokens = (
                "answered",
                (estimate if vectors.tokens is None else vectors.tokens, 0),
            )
            return vectors.rows
        except ModelError as problem:
            outcome, tokens = _outcome(problem), (0, 0)
            raise
        finally:
            self.budget.settle(
                reservation, model, "embedding", outcome, tokens, time.monotonic() - began
            )

    def embed_named(
        self, texts: Sequence[str], cancel: Cancel | None = None
    ) -> tuple[str, list[list[float]]]:
        """Return the embedding model's name and each text's embedding; raises as `write` does."""
        rows = self.embed(texts, cancel)
        return self.embedding_name(cancel) or "", rows

    def _models(self, cancel: Cancel | None) -> list[str]:
        if self._listed is None:
            self._listed = self._wire.models(cancel)
        return self._listed

    def _answer(
        self,
        messages: Sequence[ChatMessage],
        sampling: Sampling,
        form: dict[str, Any] | None,
        cancel: Cancel | None,
    ) -> Reply:
        model = self.name(cancel)
        question = _question(model, messages, sampling, form)
        key = question_key({"endpoint": self._wire.base_url, **question})
        cached = self._cache.find(key)
        if cached is not None:
            self.budget.note_cached(model, "chat")
            return Reply(str(cached["text"]), bool(cached["is_whole"]), True, 0)
        prompt_tokens = sum(tokens_of(message["content"]) for message in messages)
        completion, tokens = self._spend(question, prompt_tokens, sampling, cancel)
        reply = Reply(
            without_thoughts(completion.text), completion.finish != "length", False, sum(tokens)
        )
        self._cache.keep(key, model, {name: asdict(reply)[name] for name in ("text", "is_whole")})
        return reply

    def _spend(
        self,
        question: dict[str, Any],
        prompt_tokens: int,
        sampling: Sampling,
        cancel: Cancel | None,
    ) -> tuple[Completion, tuple[int, int]]:
        """Ask within the budget; what an unanswered question may have cost counts as spent."""
        reservation = self.budget.reserve(prompt_tokens + sampling.max_tokens)
        began = time.monotonic()
        outcome, tokens = "stopped", (prompt_tokens, 0)
        try:
            completion = self._wire.chat(question, cancel)
            if not without_thoughts(completion.text):
                raise ModelAnswerError("empty", Message.of("model.empty"))
            outcome, tokens = "answered", _tokens_used(completion, prompt_tokens)
            return completion, tokens
        except ModelError as problem:
            outcome = _outcome(problem)
            tokens = (prompt_tokens if isinstance(problem, ModelAnswerError) else 0, 0)
            raise
        finally:
            self.budget.settle(
                reservation,
                str(question["model"]),
                "chat",
                outcome,
                tokens,
                time.monotonic() - began,
            )


def _question(
    model: str,
    messages: Sequence[ChatMessage],
    sampling: Sampling,
    form: dict[str, Any] | None,
) -> dict[str, Any]:
    question: dict[str, Any] = {
        "model": model,
        "messages": [dict(message) for message in messages],
        "temperature": sampling.temperature,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }
    # Left out where unused: not every endpoint accepts these parts (wire.py).
    if sampling.stop:
        question["stop"] = list(sampling.stop)
    if form is not None:
        question["response_format"] = form
    return question


def _tokens_used(completion: Completion, prompt_tokens: int) -> tuple[int, int]:
    """Return the tokens of question and answer; an estimate where the endpoint does not count."""
    counted, written = completion.prompt_tokens, completion.completion_tokens
    return (
        prompt_tokens if counted is None else counted,
        tokens_of(completion.text) if written is None else written,
    )


def _embeds(name: str) -> bool:
    return any(word in name.lower() for word in EMBEDDING_WORDS)


def _outcome(problem: ModelError) -> str:
    if isinstance(problem, ModelAnswerError):
        return problem.failure
    return {"ModelSettingsError": "refused", "ModelUnavailableError": "unavailable"}.get(
        type(problem).__name__, "failed"
    )
