"""The server as OpenAI's own client sees it."""

from __future__ import annotations

import json
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel
from running_server import Running

MESSAGES: list[Any] = [
    {"role": "system", "content": "it"},
    {"role": "user", "content": "the cat sat"},
]


def test_models(client: OpenAI) -> None:
    found = client.models.list().data
    assert [model.id for model in found] == ["tiny", "tiny-embed"]
    assert client.models.retrieve("tiny").object == "model"
    assert client.models.retrieve("tiny").model_dump()["max_model_len"] == 256
    with pytest.raises(openai.NotFoundError) as told:
        client.models.retrieve("absent")
    assert told.value.code == "model_not_found"


def test_a_chat_answer(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny", messages=MESSAGES, max_completion_tokens=9, seed=1
    )
    assert answer.id.startswith("chatcmpl-")
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 9
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 9
    again = client.chat.completions.create(
        model="tiny", messages=MESSAGES, max_completion_tokens=9, seed=1
    )
    assert again.choices[0].message.content == answer.choices[0].message.content
    others = {
        client.chat.completions.create(model="tiny", messages=MESSAGES, max_completion_tokens=9)
        .choices[0]
        .message.content
        for _ in range(4)
    }
    assert len(others) > 1  # without a seed each answer is drawn anew


def test_content_in_parts_and_developer_messages(client: OpenAI) -> None:
    parts: list[Any] = [
        {
            "role": "developer",
            "content": [{"type": "text", "text": "i"}, {"type": "text", "text": "t"}],
        },
        {"role": "user", "content": [{"type": "text", "text": "the cat sat"}]},
    ]
    told = [
        client.chat.completions.create(model="tiny", messages=messages, temperature=0, max_tokens=8)
        for messages in (MESSAGES, parts)
    ]
    assert told[0].choices[0].message.content == told[1].choices[0].message.content
    assert told[0].usage == told[1].usage


def test_a_chat_stream(client: OpenAI) -> None:
    settings: dict[str, Any] = {"model": "tiny", "messages": MESSAGES, "max_tokens": 20, "seed": 3}
    whole = client.chat.completions.create(**settings)
    chunks = list(
        client.chat.completions.create(
            **settings, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert text == whole.choices[0].message.content
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]][-1] == "length"
    without = list(client.chat.completions.create(**settings, stream=True))
    assert all(chunk.choices for chunk in without)


def test_log_probabilities(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny", messages=MESSAGES, max_tokens=12, temperature=0, logprobs=True, top_logprobs=4
    )
    told = answer.choices[0].logprobs
    assert told is not None
    assert told.content is not None
    assert len(told.content) == 12
    for token in told.content:
        assert len(token.top_logprobs) == 4
        assert token.top_logprobs[0].token == token.token  # greedy takes the likeliest
        assert [one.logprob for one in token.top_logprobs] == sorted(
            (o.logprob for o in token.top_logprobs), reverse=True
        )
        assert token.logprob <= 0
    data = b"".join(bytes(token.bytes or []) for token in told.content)
    assert data.decode("utf-8", "replace") == answer.choices[0].message.content


def test_completions(client: OpenAI) -> None:
    answer = client.completions.create(
        model="tiny", prompt="the cat", temperature=0, logprobs=2, echo=True
    )
    assert answer.id.startswith("cmpl-")
    assert answer.object == "text_completion"
    choice = answer.choices[0]
    assert choice.text.startswith("the cat")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 16  # the default
    told = choice.logprobs
    assert (
        told is not None
        and told.token_logprobs
        and told.text_offset
        and told.tokens
        and told.top_logprobs
    )
    assert told.token_logprobs[0] is None
    assert all(value is not None and value <= 0 for value in told.token_logprobs[1:])
    assert (
        len(told.tokens)
        == len(told.text_offset)
        == len(told.top_logprobs)
        == answer.usage.total_tokens
    )
    assert told.text_offset == sorted(told.text_offset)
    for token, offset in zip(told.tokens, told.text_offset, strict=True):
        assert token.startswith("bytes:") or choice.text[offset:].startswith(token)
    assert (
        "".join(
            part.choices[0].text
            for part in client.completions.create(
                model="tiny", prompt="the cat", temperature=0, echo=True, stream=True
            )
        )
        == choice.text
    )


def test_scoring_a_prompt_alone(client: OpenAI) -> None:
    """What evaluation harnesses ask: the log probabilities of a given text."""
    answer = client.completions.create(
        model="tiny", prompt="the cat sat", echo=True, max_tokens=0, logprobs=1
    )
    told = answer.choices[0].logprobs
    assert answer.choices[0].text == "the cat sat"
    assert told is not None and told.token_logprobs is not None
    longer = client.completions.create(
        model="tiny", prompt="the cat sat", echo=True, max_tokens=3, logprobs=1, temperature=0
    )
    same = longer.choices[0].logprobs
    assert same is not None and same.token_logprobs is not None
    assert same.token_logprobs[1 : len(told.token_logprobs)] == pytest.approx(
        told.token_logprobs[1:]
    )


def test_choices_are_numbered_and_differ(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny", messages=MESSAGES, n=4, seed=1, max_tokens=8
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert len({choice.message.content for choice in answer.choices}) == 4
    first = client.chat.completions.create(model="tiny", messages=MESSAGES, seed=1, max_tokens=8)
    assert first.choices[0].message.content == answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 32


def test_several_prompts(client: OpenAI) -> None:
    prompts = ["the cat", "the dog", "it"]
    answer = client.completions.create(
        model="tiny", prompt=prompts, n=2, seed=1, max_tokens=4, echo=True
    )
    assert [choice.text.startswith(prompts[i // 2]) for i, choice in enumerate(answer.choices)] == [
        True
    ] * 6
    alone = client.completions.create(
        model="tiny", prompt="it", n=2, seed=1, max_tokens=4, echo=True
    )
    assert [choice.text for choice in alone.choices] == [
        choice.text for choice in answer.choices[4:]
    ]


def test_a_stop_string_is_cut_off(client: OpenAI) -> None:
    settings: dict[str, Any] = {
        "model": "tiny",
        "messages": MESSAGES,
        "temperature": 0,
        "max_tokens": 60,
    }
    whole = client.chat.completions.create(**settings).choices[0].message.content or ""
    stop = whole[20:23]
    answer = client.chat.completions.create(**settings, stop=[stop])
    assert answer.choices[0].message.content == whole[: whole.index(stop)]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].model_dump()["stop_reason"] == stop
    kept = client.chat.completions.create(
        **settings, stop=stop, extra_body={"include_stop_str_in_output": True}
    )
    assert kept.choices[0].message.content == whole[: whole.index(stop)] + stop
    parts = client.chat.completions.create(**settings, stop=stop, stream=True)
    assert (
        "".join(part.choices[0].delta.content or "" for part in parts) == whole[: whole.index(stop)]
    )


class Animal(BaseModel):
    name: Literal["cat", "dog"]
    is_wet: bool
    legs: Literal[2, 4]


def test_structured_output_by_the_clients_own_parser(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="tiny", messages=MESSAGES, response_format=Animal, max_tokens=120, seed=2
    )
    assert isinstance(answer.choices[0].message.parsed, Animal)


def test_a_json_object(client: OpenAI) -> None:
    for seed in range(3):
        answer = client.chat.completions.create(
            model="tiny",
            messages=MESSAGES,
            response_format={"type": "json_object"},
            max_tokens=150,
            seed=seed,
        )
        text = answer.choices[0].message.content or ""
        assert text.lstrip().startswith("{")
        if answer.choices[0].finish_reason == "stop":
            assert isinstance(json.loads(text), dict)


def test_errors_reach_the_client_as_its_classes(client: OpenAI, drafting: Running) -> None:
    with pytest.raises(openai.BadRequestError) as told:
        client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=9)
    assert told.value.param == "temperature"
    assert told.value.type == "invalid_request_error"
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="other", messages=MESSAGES)
    assert drafting.request("GET", "/version")[2]["version"]
