"""Every feature gives the same answer with the model's drafts, with looked-up drafts and without
drafts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from running_server import Running

MESSAGES = [{"role": "user", "content": "the cat sat on the mat and the cat sat on the"}]
SCHEMA = {
    "type": "object",
    "properties": {
        "answer": {"type": "boolean"},
        "name": {"enum": ["cat", "dog"]},
        "n": {"type": "integer", "minimum": 0, "maximum": 9},
    },
    "required": ["answer", "name", "n"],
    "additionalProperties": False,
}

SHARED: dict[str, dict[str, Any]] = {
    "greedy": {"temperature": 0},
    "sampled": {"seed": 5},
    "sampled, filtered": {"seed": -7, "temperature": 0.8, "top_p": 0.9, "top_k": 20},
    "several choices": {"seed": 11, "n": 3},
    "several greedy choices": {"temperature": 0, "n": 2},
    "stop strings": {"temperature": 0, "stop": ["t", "e"], "max_tokens": 60},
    "a stop string that stays": {
        "seed": 2,
        "stop": "a",
        "include_stop_str_in_output": True,
        "max_tokens": 60,
    },
    "a stop token": {"seed": 3, "stop_token_ids": list(range(40, 70)), "max_tokens": 60},
    "no end of text": {"seed": 9, "logit_bias": {"1": 4}, "ignore_eos": True},
    "end of text": {"seed": 9, "logit_bias": {"1": 4}, "max_tokens": 100},
    "not before": {"seed": 9, "logit_bias": {"1": 100}, "min_tokens": 7},
    "bias": {"temperature": 0, "logit_bias": {"80": 100}},
    "penalties": {"temperature": 0, "presence_penalty": 1.5, "frequency_penalty": 2},
    "any JSON object": {"seed": 1, "response_format": {"type": "json_object"}, "max_tokens": 60},
    "a schema, greedy": {
        "temperature": 0,
        "max_tokens": 150,
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
    },
    "a schema, sampled": {
        "seed": 4,
        "max_tokens": 150,
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
    },
    "one token": {"temperature": 0, "max_tokens": 1},
}
CHAT = {
    **SHARED,
    "log probabilities": {"seed": 5, "logprobs": True, "top_logprobs": 3},
    "cut log probabilities": {"seed": 8, "logprobs": True, "stop": ["a", "e"], "max_tokens": 60},
}
COMPLETIONS = {
    **SHARED,
    "log probabilities": {"seed": 5, "logprobs": 2},
    "cut log probabilities": {"seed": 8, "logprobs": 0, "stop": ["a", "e"], "max_tokens": 60},
    "echo": {"seed": 5, "echo": True},
    "echo, log probabilities": {"temperature": 0, "echo": True, "logprobs": 2},
    "echo alone": {"echo": True, "logprobs": 1, "max_tokens": 0},
    "several prompts": {"seed": 6, "prompt": ["the cat", "the dog ran to the", "it"], "n": 2},
    "token ids": {"seed": 6, "prompt": [70, 80, 90], "echo": True},
    "several of ids": {"temperature": 0, "prompt": [[70, 80], [90]]},
}


def chat(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "/v1/chat/completions", {"messages": MESSAGES, "max_tokens": 24, **fields}


def completion(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "/v1/completions", {
        "prompt": "the cat sat on the mat and the cat",
        "max_tokens": 24,
        **fields,
    }


REQUESTS = [pytest.param(*chat(fields), id=f"chat: {name}") for name, fields in CHAT.items()]
REQUESTS += [
    pytest.param(*completion(fields), id=f"completions: {name}")
    for name, fields in COMPLETIONS.items()
]


def rounded(value: Any) -> Any:
    """Floating-point numbers to nine digits: two forwards of other widths round differently."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, list):
        return [rounded(element) for element in value]
    if isinstance(value, dict):
        return {
            key: rounded(member) for key, member in value.items() if key not in ("id", "created")
        }
    return value


def events(text: str) -> list[dict[str, Any]]:
    parts = text.split("\n\n")
    assert parts[-1] == ""
    assert parts[-2] == "data: [DONE]"
    assert all(part.startswith("data: {") and "\n" not in part for part in parts[:-2])
    return [json.loads(part.removeprefix("data: ")) for part in parts[:-2]]


def joined(stream: list[dict[str, Any]], is_chat: bool) -> dict[str, Any]:
    """A stream's parts as the answer that is not streamed."""
    choices: dict[int, dict[str, Any]] = {}
    for event in stream:
        for part in event["choices"]:
            whole = choices.setdefault(part["index"], {"text": "", "logprobs": None})
            assert whole.get("finish_reason") is None
            whole["text"] += part["delta"].get("content", "") if is_chat else part["text"]
            if part["logprobs"]:
                front = whole["logprobs"] or {}
                whole["logprobs"] = {
                    k: (front.get(k) or []) + v if v is not None else None
                    for k, v in part["logprobs"].items()
                }
            whole |= {key: part[key] for key in ("finish_reason", "stop_reason") if key in part}
    return {"choices": [choices[i] for i in sorted(choices)], "usage": stream[-1]["usage"]}


def flat(answer: dict[str, Any], is_chat: bool) -> dict[str, Any]:
    keys = ("logprobs", "finish_reason", "stop_reason")
    choices = [
        {"text": c["message"]["content"] if is_chat else c["text"], **{key: c[key] for key in keys}}
        for c in answer["choices"]
    ]
    return {"choices": choices, "usage": answer["usage"]}


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_the_answer_is_the_same(
    path: str, body: dict[str, Any], drafting: Running, lookup: Running, plain: Running
) -> None:
    status, plain_answer = plain.post(path, body)
    assert status == 200, plain_answer
    for server in (drafting, lookup):
        assert rounded(server.post(path, body)[1]) == rounded(plain_answer)
    is_chat = "chat" in path
    for server in (drafting, plain):
        streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
        _, headers, text = server.request("POST", path, streamed)
        assert headers["content-type"].startswith("text/event-stream")
        assert rounded(joined(events(text), is_chat)) == rounded(flat(plain_answer, is_chat))
    for choice in plain_answer["choices"]:
        check_schema(
            body,
            choice["message"]["content"] if is_chat else choice["text"],
            choice["finish_reason"],
        )


def check_schema(body: dict[str, Any], text: str, finish_reason: str) -> None:
    if body.get("response_format", {}).get("type") == "json_schema":
        value = json.loads(text)
        assert finish_reason == "stop"
        assert set(value) == {"answer", "name", "n"}
        assert value["name"] in ("cat", "dog")
        assert isinstance(value["answer"], bool)
        assert 0 <= value["n"] <= 9


def test_drafts_were_made_and_some_stood(
    drafting: Running, lookup: Running, plain: Running
) -> None:
    body = {"prompt": "the cat sat on the mat", "temperature": 0, "max_tokens": 150}
    for server in (drafting, lookup, plain):
        assert server.post("/v1/completions", body)[0] == 200
    for server in (drafting, lookup):
        assert server.metric("nextlat:spec_decode_num_drafts_total") > 0
        accepted = server.metric("nextlat:spec_decode_num_accepted_tokens_total")
        assert 0 <= accepted <= server.metric("nextlat:spec_decode_num_draft_tokens_total")
    assert lookup.metric("nextlat:spec_decode_num_accepted_tokens_total") > 0
    assert plain.metric("nextlat:spec_decode_num_draft_tokens_total") == 0
