"""One endpoint over the official `openai` client, for any thread, its failures in our words.

Questions run in one event loop in a thread of its own, so that a caller can cancel at once (the
connection is closed, and the server sees it), a whole answer has a deadline, and no more than so
many questions run at a time. Retries are ours, not the client's: they are bounded, honour
Retry-After and end with a cancel.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
import openai
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion

from academichub.errors import (
    CancelledError,
    ModelAnswerError,
    ModelError,
    ModelSettingsError,
    ModelUnavailableError,
)
from academichub.llm.transport import (
    CONNECT_S,
    MAX_ANSWER_BYTES,
    AnswerTooLargeError,
    BoundedTransport,
)
from academichub.messages import Message
from academichub.text.characters import storable
from academichub.text.moments import retry_after

LONGEST_WAIT_S = 60.0
"""Longest pause of a Retry-After that is waited for; one that is longer ends the question."""

FIRST_PAUSE_S = 0.5
POLL_S = 0.05
_NOBODY = "none"
_WISHES = {
    "response_format": ("response_format", "json_schema"),
    "temperature": ("temperature",),
    "seed": ("seed",),
    "stop": ("stop",),
}
"""Parts of a question that some endpoints do not accept -> words of their complaint; they are left
out from then on."""

_FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    AnswerTooLargeError,
    ModelAnswerError,
    TimeoutError,
    ValueError,
    RecursionError,
)

T = TypeVar("T")
Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Completion:
    """A chat answer: its text, why it ended, its tokens (None where the endpoint counts none)."""

    text: str
    finish: str
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class Vectors:
    """Embeddings in the order of the texts."""

    rows: list[list[float]]
    tokens: int | None


class Wire:
    """An open endpoint; `close()` it.

    Args:
        base_url: The endpoint, usually ending in `/v1`.
        key: Its API key; None for none. It is never logged and never part of an error.
        timeout_s: Seconds a whole answer may take.
        retries: Times a question is asked again.
        concurrency: Questions at a time.
    """

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        timeout_s: float,
        retries: int,
        concurrency: int,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self.base_url = base_url
        self._key, self._timeout_s, self._retries = key, timeout_s, retries
        self._max_bytes, self._free_at = max_bytes, 0.0
        self._unwanted: set[str] = set()
        self._renamed = False
        self._loop = asyncio.new_event_loop()
        self._slots = asyncio.Semaphore(concurrency)
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=_NOBODY,
            max_retries=0,
            timeout=httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            http_client=httpx2.AsyncClient(
                transport=BoundedTransport(key, max_bytes), follow_redirects=False, trust_env=False
            ),
        )
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="language-model", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Close the endpoint's connections."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def models(self, cancel: Cancel | None = None) -> list[str]:
        """Return the ids the endpoint lists, in its order."""

        async def ask() -> list[str]:
            page = await self._client.models.list()
            names = (getattr(listed, "id", None) for listed in getattr(page, "data", None) or [])
            return [storable(name) for name in names if isinstance(name, str)]

        return self._run(self._answer_to("models", ask), cancel)

    def chat(self, question: dict[str, Any], cancel: Cancel | None = None) -> Completion:
        """Return the answer to a question in the terms of `/chat/completions`."""

        async def ask() -> Completion:
            return _completion(
                await self._client.chat.completions.create(**self._adapted(question))
            )

        return self._run(self._answer_to(str(question["model"]), ask, question), cancel)

    def embed(self, model: str, texts: list[str], cancel: Cancel | None = None) -> Vectors:
        """Return the embeddings of texts."""

        async def ask() -> Vectors:
            answer = await self._client.embeddings.create(
                model=model, input=texts, encoding_format="float"
            )
            return _vectors(answer, len(texts))

        return self._run(self._answer_to(model, ask), cancel)

    def _run(self, coroutine: Coroutine[Any, Any, T], cancel: Cancel | None) -> T:
        """Run in the loop's thread and wait, looking whether to cancel."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        while True:
            done, _ = concurrent.futures.wait([future], POLL_S if cancel is not None else None)
            if done:
                return future.result()
            if cancel is not None and cancel():
                future.cancel()
                raise CancelledError(Message.of("job.model_cancelled"))

    async def _answer_to(
        self, model: str, ask: Callable[[], Awaitable[T]], question: dict[str, Any] | None = None
    ) -> T:
        """Ask until there is an answer, or a failure that asking again does not mend."""
        tries = 0
        async with self._slots:
            while True:
                await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))
                try:
                    async with asyncio.timeout(self._timeout_s):
                        return await ask()
                except openai.BadRequestError as problem:
                    if question is None or not self._adapt(question, problem):
                        raise self._answer_error("not_accepted", problem) from None
                except openai.UnprocessableEntityError as problem:
                    if question is None or not self._adapt(question, problem):
                        raise self._answer_error("not_accepted", problem) from None
                except _FAILURES as problem:
                    failure, pause = self._failure(problem, model, tries)
                    if pause is None or tries >= self._retries:
                        raise failure from None
                    tries += 1
                    if isinstance(problem, openai.RateLimitError):
                        self._free_at = max(self._free_at, time.monotonic() + pause)
                    await asyncio.sleep(pause)

    def _adapted(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return a question without what the endpoint has refused before."""
        adapted = {name: value for name, value in question.items() if name not in self._unwanted}
        if self._renamed and "max_tokens" in adapted:
            adapted["max_completion_tokens"] = adapted.pop("max_tokens")
        return adapted

    def _adapt(self, question: dict[str, Any], problem: openai.APIStatusError) -> bool:
        """Learn from a refusal what to leave out; return whether the question changed."""
        refusal = _error_text(problem).lower()
        if "max_completion_tokens" in refusal and "max_tokens" in question and not self._renamed:
            self._renamed = True
            return True
        wishes = [name for name in _WISHES if name in question and name not in self._unwanted]
        named = [name for name in wishes if any(word in refusal for word in _WISHES[name])]
        left_out = named[:1] or [name for name in wishes if name == "response_format"]
        self._unwanted.update(left_out)
        return bool(left_out)

    def _failure(
        self, problem: Exception, model: str, tries: int
    ) -> tuple[ModelError, float | None]:
        """Return a failure in our words, and the seconds after which to ask again.

        The seconds are None if asking again does not help.
        """
        # Spread, so that requests refused together do not come back together.
        spread = random.uniform(0.75, 1.0)  # noqa: S311 - no secret
        pause = min(8.0, FIRST_PAUSE_S * 2**tries) * spread
        if isinstance(problem, openai.APIStatusError):
            return self._status_failure(problem, model, pause)
        if isinstance(problem, TimeoutError | openai.APITimeoutError):
            message = Message.of(
                "model.too_slow" if isinstance(problem, TimeoutError) else "model.no_answer",
                url=self.base_url,
                seconds=self._timeout_s,
            )
            return ModelUnavailableError(message), None
        if isinstance(problem, ModelAnswerError):
            return problem, pause if problem.failure in ("broken", "cut") else None
        cause = problem.__cause__ if isinstance(problem, openai.OpenAIError) else problem
        if isinstance(cause, AnswerTooLargeError):
            return ModelAnswerError(
                "too_large", Message.of("model.too_large", url=self.base_url, bytes=self._max_bytes)
            ), None
        if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError):
            return ModelAnswerError("cut", Message.of("model.broken_off", url=self.base_url)), pause
        if isinstance(problem, ValueError | RecursionError):
            return ModelAnswerError(
                "broken", Message.of("model.bad_json", url=self.base_url)
            ), pause
        name = type(cause or problem).__name__
        return ModelUnavailableError(
            Message.of("model.unreachable", url=self.base_url, error=name)
        ), pause

    def _status_failure(
        self, problem: openai.APIStatusError, model: str, pause: float
    ) -> tuple[ModelError, float | None]:
        status, error_text = problem.status_code, self._safe(_error_text(problem))
        if status == 429 and (
            "insufficient_quota" in error_text or "insufficient_quota" in str(problem.code)
        ):
            return ModelSettingsError(
                Message.of("model.quota", url=self.base_url, text=error_text)
            ), None
        if status == 429 or status >= 500 or status in (408, 409):
            requested_s = retry_after(problem.response.headers.get("retry-after"))
            message = Message.of("model.status", url=self.base_url, status=status)
            if requested_s:
                message = Message.of("model.status_pause", answer=message, seconds=requested_s)
            if error_text:
                message = Message.of("model.status_text", answer=message, text=error_text)
            waits = (
                None
                if requested_s is not None and requested_s > LONGEST_WAIT_S
                else max(pause, requested_s or 0.0)
            )
            return ModelUnavailableError(message, requested_s), waits
        if status in (401, 403):
            return ModelSettingsError(
                Message.of("model.key_refused", url=self.base_url, status=status)
            ), None
        if status == 404:
            return ModelSettingsError(
                Message.of("model.unknown", url=self.base_url, model=model)
            ), None
        if 300 <= status < 400:
            return ModelSettingsError(
                Message.of("model.moved", url=self.base_url, status=status)
            ), None
        return self._answer_error("not_accepted", problem), None

    def _answer_error(self, failure: str, problem: openai.APIStatusError) -> ModelAnswerError:
        error_text = self._safe(_error_text(problem))
        return ModelAnswerError(
            failure,
            Message.of(
                "model.not_accepted", url=self.base_url, status=problem.status_code, text=error_text
            ),
        )

    def _safe(self, text: str) -> str:
        """Return an endpoint's text, short, on one line and without the key."""
        text = " ".join(storable(text).split())
        return (text.replace(self._key, "***") if self._key else text)[:300]


def _error_text(problem: openai.APIStatusError) -> str:
    """Return the message of an error answer; empty where the answer is not JSON."""
    body = problem.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        parts = (
            [inner.get(name) for name in ("message", "param", "code")]
            if isinstance(inner, dict)
            else [inner]
        )
        return " ".join(str(part) for part in parts if part)
    return ""


def _completion(answer: Any) -> Completion:
    """Return a chat answer with its text; what is not one in the protocol's terms is an error."""
    if not isinstance(answer, ChatCompletion):
        raise ModelAnswerError("broken", Message.of("model.not_json"))
    choices = answer.choices if isinstance(getattr(answer, "choices", None), list) else []
    message = getattr(choices[0], "message", None) if choices else None
    if message is None:
        raise ModelAnswerError("empty", Message.of("model.no_choice"))
    finish = str(getattr(choices[0], "finish_reason", "") or "")
    refusal = getattr(message, "refusal", None)
    if refusal or finish == "content_filter":
        raise ModelAnswerError("refusal", Message.of("model.declined"))
    text = getattr(message, "content", None)
    if not isinstance(text, str) or not text.strip():
        raise ModelAnswerError("empty", Message.of("model.empty"))
    usage = getattr(answer, "usage", None)
    return Completion(
        storable(text), finish, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    )


def _vectors(answer: Any, count: int) -> Vectors:
    if not isinstance(answer, CreateEmbeddingResponse) or not isinstance(
        getattr(answer, "data", None), list
    ):
        raise ModelAnswerError("broken", Message.of("model.no_embeddings"))
    rows: list[list[float]] = [[] for _ in range(count)]
    for position, embedding in enumerate(answer.data):
        index = embedding.index if isinstance(getattr(embedding, "index", None), int) else position
        vector = getattr(embedding, "embedding", None)
        if (
            not 0 <= index < count
            or not isinstance(vector, list)
            or not all(_is_finite(value) for value in vector)
        ):
            raise ModelAnswerError("wrong_shape", Message.of("model.bad_embeddings"))
        rows[index] = [float(value) for value in vector]
    if not rows or not rows[0] or len({len(row) for row in rows}) != 1:
        raise ModelAnswerError("wrong_shape", Message.of("model.other_embeddings", expected=count))
    return Vectors(rows, _count(getattr(answer, "usage", None), "total_tokens"))


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e30


def _count(usage: Any, name: str) -> int | None:
    value = getattr(usage, name, None)
    return value if isinstance(value, int) and 0 <= value < 1 << 31 else None
