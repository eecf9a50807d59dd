"""Every mistake gets its status and the one error shape; none is a 422 or a 500."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from running_server import Running, running

from nextlat.errors import UsageError
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings

CHAT, COMPLETIONS, EMBEDDINGS = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "the cat"}], "max_tokens": 2}
PROMPT: dict[str, Any] = {"prompt": "the cat", "max_tokens": 2}
DEEP: Any = None
for _ in range(50):
    DEEP = {"a": DEEP}

SHARED_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"temperature": "hot"}, "temperature"),
    ({"temperature": -1}, "temperature"),
    ({"temperature": 2.5}, "temperature"),
    ({"temperature": True}, "temperature"),
    ({"top_p": 0}, "top_p"),
    ({"top_p": 1.5}, "top_p"),
    ({"top_k": -2}, "top_k"),
    ({"top_k": 1.5}, "top_k"),
    ({"n": 0}, "n"),
    ({"n": 17}, "n"),
    ({"n": "2"}, "n"),
    ({"seed": 2**63}, "seed"),
    ({"seed": 1.5}, "seed"),
    ({"max_tokens": -1}, "max_tokens"),
    ({"max_tokens": "many"}, "max_tokens"),
    ({"max_tokens": 10**30}, "max_tokens"),
    ({"max_tokens": 500}, "max_tokens"),
    ({"stop": 5}, "stop"),
    ({"stop": ["a", 5]}, "stop.1"),
    ({"stop": [""]}, "stop.0"),
    ({"stop_token_ids": [10**6]}, "stop_token_ids"),
    ({"stop_token_ids": [-1]}, "stop_token_ids.0"),
    ({"logit_bias": {"x": 1}}, "logit_bias"),
    ({"logit_bias": {"99999": 1}}, "logit_bias"),
    ({"logit_bias": {"5": 101}}, "logit_bias.5"),
    ({"logit_bias": []}, "logit_bias"),
    ({"presence_penalty": 3}, "presence_penalty"),
    ({"stream": "yes"}, "stream"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"stream": True, "stream_options": 5}, "stream_options"),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": "json"}, "response_format"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "wat"}},
            }
        },
        "response_format.json_schema.schema",
    ),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "string", "pattern": "("}},
            }
        },
        "response_format.json_schema.schema",
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": 7}}},
        "response_format.json_schema.schema",
    ),
    ({"model": 5}, "model"),
    ({"min_tokens": -1}, "min_tokens"),
    ({"min_tokens": 5, "response_format": {"type": "json_object"}}, "min_tokens"),
    ({"ignore_eos": True, "response_format": {"type": "json_object"}}, "ignore_eos"),
]
MISTAKES: list[tuple[str, Any, str | None]] = [
    *((CHAT, {**HELLO, **wrong}, param) for wrong, param in SHARED_MISTAKES),
    *((COMPLETIONS, {**PROMPT, **wrong}, param) for wrong, param in SHARED_MISTAKES),
    (CHAT, {}, "messages"),
    (CHAT, {"messages": []}, "messages"),
    (CHAT, {"messages": "hello"}, "messages"),
    (CHAT, {"messages": [5]}, "messages.0"),
    (CHAT, {"messages": [{"role": "user"}]}, "messages.0.content"),
    (CHAT, {"messages": [{"content": "x"}]}, "messages.0.role"),
    (CHAT, {"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
    (CHAT, {"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
    (
        CHAT,
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        "messages.0.content",
    ),
    (CHAT, {**HELLO, "top_logprobs": 2}, "top_logprobs"),
    (CHAT, {**HELLO, "logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    (CHAT, {**HELLO, "logprobs": 3}, "logprobs"),
    (CHAT, {**HELLO, "max_completion_tokens": 0}, "max_completion_tokens"),
    (CHAT, {**HELLO, "max_completion_tokens": 5000}, "max_completion_tokens"),
    (CHAT, {"messages": [{"role": "user", "content": "the cat " * 500}]}, "messages"),
    (COMPLETIONS, {}, "prompt"),
    (COMPLETIONS, {"prompt": None}, "prompt"),
    (COMPLETIONS, {"prompt": []}, "prompt"),
    (COMPLETIONS, {"prompt": [[]]}, "prompt"),
    (COMPLETIONS, {"prompt": {"a": 1}}, "prompt"),
    (COMPLETIONS, {"prompt": [10**6]}, "prompt"),
    (COMPLETIONS, {"prompt": [-1]}, None),
    (COMPLETIONS, {"prompt": ["a", 5]}, None),
    (COMPLETIONS, {"prompt": "the cat " * 500}, "prompt"),
    (COMPLETIONS, {**PROMPT, "logprobs": 21}, "logprobs"),
    (COMPLETIONS, {**PROMPT, "logprobs": True}, "logprobs"),
    (COMPLETIONS, {**PROMPT, "suffix": "end"}, "suffix"),
    (COMPLETIONS, {**PROMPT, "max_tokens": 0}, "max_tokens"),
    (COMPLETIONS, {"prompt": ["a"] * 65}, None),
    (EMBEDDINGS, {}, "input"),
    (EMBEDDINGS, {"input": ""}, "input"),
    (EMBEDDINGS, {"input": []}, "input"),
    (EMBEDDINGS, {"input": ["a", ""]}, "input"),
    (EMBEDDINGS, {"input": 5}, "input"),
    (EMBEDDINGS, {"input": [10**6]}, "input"),
    (EMBEDDINGS, {"input": ["a"] * 2049}, "input"),
    (EMBEDDINGS, {"input": "a", "encoding_format": "hex"}, "encoding_format"),
    (EMBEDDINGS, {"input": "a", "dimensions": 3}, "dimensions"),
    (EMBEDDINGS, {"input": "a", "model": "tiny"}, "model"),
    (CHAT, {**HELLO, "model": "tiny-embed"}, "model"),
    (CHAT, [], None),
    (CHAT, 5, None),
    (CHAT, "text", None),
    (CHAT, b"", None),
    (CHAT, b"{", None),
    (CHAT, b"null", None),
    (CHAT, b"\xff\xfe", None),
    (CHAT, b'{"messages": NaN}', None),
    (CHAT, b'{"a": ' + b"9" * 5000 + b"}", None),
    (CHAT, b"[" * 100_000, None),
    (CHAT, b'{"messages": [{"role": "user", "content": "\\ud800"}]}', None),
]


def check_shape(value: Any) -> dict[str, Any]:
    assert set(value) == {"error"}
    error: dict[str, Any] = value["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert isinstance(error["message"], str)
    assert len(error["message"]) < 600
    assert error["type"]
    return error


@pytest.mark.parametrize(("path", "body", "param"), MISTAKES)
def test_a_mistake_is_a_400_that_names_the_field(
    path: str, body: Any, param: str | None, drafting: Running
) -> None:
    status, value = drafting.post(path, body)
    assert status == 400, value
    error = check_shape(value)
    assert error["type"] == "invalid_request_error"
    if param is not None:
        assert error["param"] == param
        assert param.split(".")[-1] in error["message"] or param in (
            "prompt",
            "messages",
            "input",
            "model",
        )


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_other_content_types_are_refused(path: str, kind: str, drafting: Running) -> None:
    status, _, value = drafting.request("POST", path, HELLO, **{"Content-Type": kind})
    assert status == 400
    assert "application/json" in check_shape(value)["message"]


def test_json_with_a_charset_is_taken(drafting: Running) -> None:
    assert (
        drafting.request(
            "POST", CHAT, HELLO, **{"Content-Type": "Application/JSON; charset=utf-8"}
        )[0]
        == 200
    )


def test_a_prompt_too_long_names_both_numbers(drafting: Running) -> None:
    for path, body in (
        (CHAT, {"messages": [{"role": "user", "content": "the cat " * 400}]}),
        (COMPLETIONS, {"prompt": "the cat " * 400}),
    ):
        error = check_shape(drafting.post(path, body)[1])
        assert error["code"] == "context_length_exceeded"
        numbers = [
            int(word) for word in error["message"].replace(";", " ").split() if word.isdigit()
        ]
        assert numbers[1] == 256
        assert numbers[0] > 400


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
def test_an_unknown_model_is_a_404(path: str, drafting: Running) -> None:
    status, value = drafting.post(path, {**HELLO, **PROMPT, "input": "a", "model": "gpt-9"})
    assert status == 404
    error = check_shape(value)
    assert error["code"] == "model_not_found"
    assert "gpt-9" in error["message"]
    assert "tiny" in error["message"]


def test_unknown_routes_and_methods(drafting: Running) -> None:
    for method, path, expected_status in (
        ("GET", "/nope", 404),
        ("POST", "/v1/nope", 404),
        ("GET", CHAT, 405),
        ("DELETE", "/health", 405),
        ("GET", "/v1/models/none", 404),
        ("GET", "/docs", 404),
    ):
        status, _, value = drafting.request(method, path)
        assert status == expected_status, (method, path)
        check_shape(value)


def test_unknown_fields_are_ignored(drafting: Running) -> None:
    more = {
        "tools": [],
        "nonsense": DEEP,
        "user": "me",
        "store": True,
        "metadata": {"a": "b"},
        "stream": None,
        "n": None,
        "stop": None,
        "temperature": None,
    }
    assert drafting.post(CHAT, {**HELLO, **more})[0] == 200
    assert drafting.post(COMPLETIONS, {**PROMPT, **more})[0] == 200
    assert drafting.post(EMBEDDINGS, {"input": "the cat", **more})[0] == 200


def test_a_model_without_a_chat_template(folders: dict[str, Path]) -> None:
    settings = ServeSettings(port=0)
    state = dataclasses.replace(load_state(str(folders["no-template"]), settings), embeddings=None)
    with running(state) as server:
        status, value = server.post(CHAT, HELLO)
        assert status == 400
        assert "chat template" in check_shape(value)["message"]
        assert server.post(COMPLETIONS, PROMPT)[0] == 200
        status, value = server.post(EMBEDDINGS, {"input": "a"})
        assert status == 404
        check_shape(value)


def test_the_api_key(folders: dict[str, Path]) -> None:
    settings = ServeSettings(port=0, api_key="secret-1", speculation=False)
    with running(
        dataclasses.replace(load_state(str(folders["plain"]), settings), embeddings=None)
    ) as server:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "secret-1"},
            {"Authorization": "Basic secret-1"},
            {"Authorization": "Bearer "},
        ):
            for method, path, body in (
                ("POST", CHAT, HELLO),
                ("GET", "/v1/models", None),
                ("GET", "/v1/nothing", None),
            ):
                status, answer_headers, value = server.request(method, path, body, **headers)
                assert status == 401
                assert answer_headers["www-authenticate"] == "Bearer"
                assert "secret-1" not in str(value)
                assert check_shape(value)["code"] == "invalid_api_key"
        assert server.request("POST", CHAT, HELLO, Authorization="Bearer secret-1")[0] == 200
        assert server.request("GET", "/health")[0] == 200


def test_only_loopback_goes_without_a_key() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.1.2.3"):
        assert ServeSettings(host=host).api_key is None
    for host in ("0.0.0.0", "::", "192.0.2.1", ""):
        with pytest.raises(UsageError, match="--api-key"):
            ServeSettings(host=host)
        assert ServeSettings(host=host, api_key="k").host == host
    with pytest.raises(UsageError, match="empty"):
        ServeSettings(api_key=" ")
    with pytest.raises(UsageError, match="max_active"):
        ServeSettings(max_active=0)
