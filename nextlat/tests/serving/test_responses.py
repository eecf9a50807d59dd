"""The JSON of answers by hand, and generations whose client leaves."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tiny_chat import chat_tokenizer

from nextlat.decoding import DecodingStats
from nextlat.serving.chat.response import chat_chunk, chat_completion
from nextlat.serving.completions.request import CompletionRequest
from nextlat.serving.completions.response import EchoedPrompt, completion, completion_logprobs
from nextlat.serving.embeddings.response import embedding_list
from nextlat.serving.errors import BusyError
from nextlat.serving.generation.request import Finish, ScoredToken
from nextlat.serving.generation.rules import TokenScore
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.metrics import Metrics
from nextlat.serving.responses import (
    Answer,
    AnswerHead,
    ClientLeftError,
    EventStream,
    as_json,
    unless_left,
    usage,
)

HEAD = AnswerHead("id-1", 7, "m")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    tokenizer = chat_tokenizer()
    return Vocabulary(tokenizer, len(tokenizer), [1])


def token(vocabulary: Vocabulary, text: str) -> int:
    (token,) = vocabulary.encode(text, special=False)
    return token


def finished(count: int) -> Finish:
    return Finish("length", None, count, DecodingStats())


def test_usage_adds_up() -> None:
    assert usage(3, 4)["total_tokens"] == 7
    assert usage(3, 4)["prompt_tokens_details"] == {"cached_tokens": 0}


def test_heads_have_ids_of_their_own() -> None:
    heads = [AnswerHead.new("cmpl", "m") for _ in range(50)]
    assert len({head.id for head in heads}) == 50
    assert all(head.id.startswith("cmpl-") and len(head.id) == 37 for head in heads)


def test_json_is_compact_readable_and_finite() -> None:
    assert as_json({"a": ["é", 1.0, None]}) == '{"a":["é",1.0,null]}'
    assert "\n" not in as_json({"text": "a\nb"})  # a line break would end a server-sent event
    with pytest.raises(ValueError, match="JSON"):
        as_json({"a": math.nan})


def test_a_chat_answer_by_hand(vocabulary: Vocabulary) -> None:
    a, b = token(vocabulary, "a"), token(vocabulary, "b")
    scored = [ScoredToken(a, 0, TokenScore(a, -0.5, ((b, -math.inf),)))]
    answers = [Answer("a", scored, [], finished(1)), Answer("", [], [], finished(2))]
    body = chat_completion(HEAD, answers, 10, vocabulary)
    assert (body["id"], body["created"], body["model"]) == ("id-1", 7, "m")
    assert body["usage"]["completion_tokens"] == 3
    assert [choice["index"] for choice in body["choices"]] == [0, 1]
    logprobs = body["choices"][0]["logprobs"]
    assert logprobs is not None
    (content,) = logprobs["content"]
    assert (content["token"], content["logprob"], content["bytes"]) == ("a", -0.5, [97])
    # JSON has no word for minus infinity.
    assert content["top_logprobs"] == [{"token": "b", "logprob": -9999.0, "bytes": [98]}]
    without = chat_completion(HEAD, answers, 10, None)
    assert [choice["logprobs"] for choice in without["choices"]] == [None, None]


def test_a_stop_reason_comes_with_the_end_only() -> None:
    middle = chat_chunk(HEAD, 0, {"content": "a"})["choices"][0]
    assert middle["finish_reason"] is None
    assert "stop_reason" not in middle
    stop = Finish("stop", "END", 4, DecodingStats())
    last = chat_chunk(HEAD, 0, {}, (), stop)["choices"][0]
    assert (last["finish_reason"], last["stop_reason"]) == ("stop", "END")


def test_offsets_count_from_the_echoed_prompt(vocabulary: Vocabulary) -> None:
    a, b, c = (token(vocabulary, letter) for letter in "abc")
    prompt = [ScoredToken(a, 0, None), ScoredToken(b, 1, TokenScore(b, -1.0, ()))]
    new = [ScoredToken(c, 0, TokenScore(c, -2.0, ((a, -0.25), (c, -2.0))))]
    fields = CompletionRequest(prompt="ab", logprobs=2, echo=True)
    answer = Answer("c", new, prompt, finished(1))
    body = completion(HEAD, [answer], [EchoedPrompt("ab", 2)], fields, vocabulary)
    (choice,) = body["choices"]
    assert choice["text"] == "abc"
    assert choice["logprobs"] == {
        "text_offset": [0, 1, 2],
        "token_logprobs": [None, -1.0, -2.0],
        "tokens": ["a", "b", "c"],
        "top_logprobs": [None, {"b": -1.0}, {"a": -0.25, "c": -2.0}],
    }
    assert body["usage"]["prompt_tokens"] == 2


def test_choices_belong_to_their_prompts(vocabulary: Vocabulary) -> None:
    fields = CompletionRequest(prompt=["x", "y"], n=2, echo=True)
    answers = [Answer(str(i), [], [], finished(1)) for i in range(4)]
    prompts = [EchoedPrompt("x", 1), EchoedPrompt("y", 1)]
    body = completion(HEAD, answers, prompts, fields, vocabulary)
    assert [choice["text"] for choice in body["choices"]] == ["x0", "x1", "y2", "y3"]
    assert (body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]) == (2, 4)


def test_of_tokens_with_one_name_the_likeliest_is_listed() -> None:
    class SameNames:
        def name(self, token: int) -> tuple[str, list[int]]:
            return "?", []

    names: Any = SameNames()
    scored = [ScoredToken(1, 0, TokenScore(1, -3.0, ((2, -0.5), (4, -1.0))))]
    assert completion_logprobs(scored, names)["top_logprobs"] == [{"?": -0.5}]


def test_base64_embeddings_are_little_endian_floats() -> None:
    body = embedding_list("m", [[1.0, -2.5]], 3, "base64")
    coded = body["data"][0]["embedding"]
    assert isinstance(coded, str)
    assert struct.unpack("<2f", base64.b64decode(coded)) == (1.0, -2.5)
    assert embedding_list("m", [[1.0, -2.5]], 3, "float")["data"][0]["embedding"] == [1.0, -2.5]


async def disconnected() -> dict[str, str]:
    return {"type": "http.disconnect"}


async def connected() -> dict[str, str]:
    await asyncio.Event().wait()
    raise AssertionError("the event is never set")


def test_work_is_cancelled_when_the_client_leaves() -> None:
    cancelled = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(ClientLeftError):
        asyncio.run(unless_left(disconnected, work()))
    assert cancelled == [True]


def test_work_that_fails_fails_with_its_own_error() -> None:
    async def work() -> None:
        raise BusyError("the queue is full")

    with pytest.raises(BusyError):
        asyncio.run(unless_left(connected, work()))


def sent_by(events: AsyncIterator[object]) -> list[dict[str, Any]]:
    """Return the messages of a stream of events."""
    messages: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def stream() -> None:
        generation: Any = contextlib.nullcontext()
        await EventStream(generation, events)({"type": "http"}, connected, send)

    asyncio.run(stream())
    return messages


def test_events_are_framed_and_the_stream_ends_with_done() -> None:
    async def events() -> AsyncIterator[object]:
        yield {"a": 1}
        yield {"b": "é"}

    start, *parts = sent_by(events())
    assert start["status"] == 200
    headers = dict(start["headers"])
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert b"content-length" not in headers
    assert [part["body"].decode() for part in parts] == [
        'data: {"a":1}\n\n',
        'data: {"b":"é"}\n\n',
        "data: [DONE]\n\n",
    ]
    assert [part["more_body"] for part in parts] == [True, True, False]


@pytest.mark.parametrize(
    ("error", "code"),
    [(BusyError("full"), "rate_limit_exceeded"), (RuntimeError("secret"), "internal_error")],
)
def test_an_error_after_the_first_event_is_an_event(error: Exception, code: str) -> None:
    async def events() -> AsyncIterator[object]:
        yield {"a": 1}
        raise error

    bodies = [part["body"].decode() for part in sent_by(events())[1:]]
    problem = json.loads(bodies[1].removeprefix("data: "))["error"]
    assert problem["code"] == code
    assert "secret" not in problem["message"]
    assert bodies[2] == "data: [DONE]\n\n"


def test_metrics_by_hand() -> None:
    metrics = Metrics()
    stats = DecodingStats()
    stats.record(drafted=3, accepted=2)
    stats.record(drafted=2, accepted=0)
    stats.record(drafted=0, accepted=0)
    metrics.ended("stop", 10, 5, stats)
    metrics.ended("length", 0, 4, DecodingStats())
    metrics.answered("/health", 200, 0.02)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"nextlat:{name}", labels)

    assert value("prompt_tokens_total") == 10
    assert value("generation_tokens_total") == 9
    assert value("sequences_total", outcome="stop") == 1
    assert value("spec_decode_num_drafts_total") == 2  # of the three cycles two drafted
    assert value("spec_decode_num_draft_tokens_total") == 5
    assert value("spec_decode_num_accepted_tokens_total") == 2
    positions = "spec_decode_num_accepted_tokens_per_pos_total"
    assert [value(positions, position=str(k)) for k in range(4)] == [1, 1, 0, None]
    assert value("http_requests_total", route="/health", status="200") == 1
    assert value("e2e_request_latency_seconds_bucket", route="/health", le="0.01") == 0
    assert value("e2e_request_latency_seconds_bucket", route="/health", le="0.025") == 1
