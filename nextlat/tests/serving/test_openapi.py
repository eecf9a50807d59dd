"""The document at `/openapi.json` describes every route, and what the server sends conforms to
it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from running_server import Running, running
from server_schema import resolve, schema_errors

from nextlat.serving.application import ENDPOINTS, describe_application
from nextlat.serving.chat.request import ChatRequest
from nextlat.serving.errors import (
    BadRequestError,
    BusyError,
    ErrorResponse,
    UnauthorizedError,
    UnavailableError,
)
from nextlat.serving.loading import load_state
from nextlat.serving.openapi import error_responses, event_stream, json_body
from nextlat.serving.settings import ServeSettings

CHAT, COMPLETIONS, EMBEDDINGS = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"
MESSAGES = [{"role": "user", "content": "the cat sat"}]
SCHEMA_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "reply",
        "schema": {
            "type": "object",
            "properties": {"answer": {"type": "boolean"}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    },
}
OPERATIONS = {
    ("get", "/v1/models"): "list_models",
    ("get", "/v1/models/{id}"): "get_model",
    ("post", CHAT): "create_chat_completion",
    ("post", COMPLETIONS): "create_completion",
    ("post", EMBEDDINGS): "create_embeddings",
    ("get", "/health"): "get_health",
    ("get", "/version"): "get_version",
    ("get", "/metrics"): "get_metrics",
}
BODIES: list[tuple[str, dict[str, Any]]] = [
    (CHAT, {"messages": MESSAGES, "max_tokens": 5}),
    (CHAT, {"messages": MESSAGES, "max_tokens": 5, "n": 2, "logprobs": True, "top_logprobs": 3}),
    (CHAT, {"messages": MESSAGES, "max_tokens": 40, "stop": ["e", "a"], "seed": 1}),
    (CHAT, {"messages": MESSAGES, "max_tokens": 40, "response_format": SCHEMA_FORMAT}),
    (
        CHAT,
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "it"}]}], "n": None},
    ),
    (COMPLETIONS, {"prompt": "the cat", "max_tokens": 5}),
    (COMPLETIONS, {"prompt": ["the", "it"], "max_tokens": 4, "n": 2, "logprobs": 2, "echo": True}),
    (COMPLETIONS, {"prompt": [70, 71], "max_tokens": 0, "logprobs": 0, "echo": True}),
    (COMPLETIONS, {"prompt": "the", "max_tokens": 30, "stop_token_ids": list(range(64))}),
]


@pytest.fixture(scope="module")
def document(drafting: Running) -> dict[str, Any]:
    status, headers, document = drafting.request("GET", "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return dict(document)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def response_schema(
    document: dict[str, Any], method: str, path: str, status: int, media_type: str
) -> dict[str, Any]:
    response = document["paths"][path][method.lower()]["responses"][str(status)]
    schema: dict[str, Any] = response["content"][media_type]["schema"]
    return schema


def check_response(
    document: dict[str, Any], method: str, path: str, answer: tuple[int, dict[str, str], Any]
) -> None:
    """Check status, headers and body of a response against an operation."""
    status, headers, body = answer
    described = document["paths"][path][method.lower()]["responses"]
    assert str(status) in described, f"{method} {path} answers {status}, which is not described"
    media_type = headers["content-type"].partition(";")[0]
    if media_type == "application/json":  # the connection limit answers in plain text, without them
        for name, header in described[str(status)].get("headers", {}).items():
            assert headers[name.lower()] == header["schema"]["const"]
    schema = response_schema(document, method, path, status, media_type)
    assert schema_errors(body, schema, document) == []


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for element in part:
            yield from references(element)


def test_every_route_has_an_operation_named_by_a_verb(document: dict[str, Any]) -> None:
    operation_ids = {
        (method, path): operation["operationId"] for method, path, operation in operations(document)
    }
    assert operation_ids == OPERATIONS
    routes = {
        (method.lower(), route.path.replace(":path", ""))
        for endpoint in ENDPOINTS
        for route in endpoint.router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert set(operation_ids) == routes
    assert len(set(operation_ids.values())) == len(operation_ids)
    assert {name.partition("_")[0] for name in operation_ids.values()} <= {"create", "get", "list"}


def test_every_response_and_body_has_a_type(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert "200" in operation["responses"], path
        for status, response in operation["responses"].items():
            assert response["description"]
            for media_type, content in response["content"].items():
                where = (method, path, status, media_type)
                assert content["schema"], where
                if media_type == "application/json":
                    assert content["schema"]["$ref"], where
                if media_type == "application/json" and int(status) >= 400 and path != "/health":
                    assert content["schema"]["$ref"].endswith("/ErrorResponse"), where
        if method == "post":
            body = operation["requestBody"]
            assert body["required"]
            assert "$ref" in body["content"]["application/json"]["schema"]


def test_every_reference_resolves_and_no_schema_is_left_over(document: dict[str, Any]) -> None:
    used = set(references(document))
    for reference in used:
        assert resolve(reference, document)
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert names == used


def test_every_field_of_a_body_says_what_it_does(document: dict[str, Any]) -> None:
    for name in ("ChatRequest", "CompletionRequest", "EmbeddingsRequest", "Message", "ContentPart"):
        for field, schema in document["components"]["schemas"][name]["properties"].items():
            target = resolve(schema["$ref"], document) if "$ref" in schema else schema
            described = [target, *(target.get("anyOf") or [])]
            described = [resolve(s["$ref"], document) if "$ref" in s else s for s in described]
            assert any(schema.get("description") for schema in described), (name, field)


def test_the_key_is_described_where_it_is_needed(document: dict[str, Any]) -> None:
    assert "securitySchemes" not in document["components"]
    guarded = describe_application(needs_key=True).openapi()
    (scheme,) = guarded["components"]["securitySchemes"]
    for _, path, operation in operations(guarded):
        assert operation.get("security") == ([{scheme: []}] if path.startswith("/v1") else None)


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_answers_conform(
    path: str, body: dict[str, Any], drafting: Running, document: dict[str, Any]
) -> None:
    request_body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert schema_errors(body, request_body["schema"], document) == []
    answer = drafting.request("POST", path, body)
    assert answer[0] == 200
    check_response(document, "POST", path, answer)


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_streamed_events_conform(
    path: str, body: dict[str, Any], drafting: Running, document: dict[str, Any]
) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    status, headers, text = drafting.request("POST", path, {**body, **options})
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    *events, done, end = text.split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    schema = response_schema(document, "POST", path, 200, "text/event-stream")
    chunk, problem = schema["anyOf"]
    assert problem["$ref"].endswith("/ErrorResponse")
    for event in events:
        assert schema_errors(json.loads(event.removeprefix("data: ")), chunk, document) == []
    assert json.loads(events[-1].removeprefix("data: "))["choices"] == []


@pytest.mark.parametrize(
    "body",
    [{"input": "the cat"}, {"input": ["a", "it"], "encoding_format": "base64"}, {"input": [5, 6]}],
)
def test_embeddings_conform(
    body: dict[str, Any], drafting: Running, document: dict[str, Any]
) -> None:
    answer = drafting.request("POST", EMBEDDINGS, body)
    assert answer[0] == 200
    check_response(document, "POST", EMBEDDINGS, answer)


@pytest.mark.parametrize("path", ["/v1/models", "/health", "/version", "/metrics"])
def test_reading_routes_conform(path: str, drafting: Running, document: dict[str, Any]) -> None:
    answer = drafting.request("GET", path)
    assert answer[0] == 200
    check_response(document, "GET", path, answer)


def test_models_conform(drafting: Running, document: dict[str, Any]) -> None:
    for name, status in (("tiny", 200), ("tiny-embed", 200), ("org/absent", 404)):
        answer = drafting.request("GET", f"/v1/models/{name}")
        assert answer[0] == status
        check_response(document, "GET", "/v1/models/{id}", answer)


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), ({"model": "gpt-9", "messages": MESSAGES}, None)]
)
def test_mistakes_conform(
    path: str, body: Any, status: int | None, drafting: Running, document: dict[str, Any]
) -> None:
    if isinstance(body, dict):
        body = {**body, "prompt": "the", "input": "the"}
    answer = drafting.request("POST", path, body)
    assert answer[0] == (status or 404)
    check_response(document, "POST", path, answer)


@pytest.fixture(scope="module")
def strict(folders: dict[str, Path]) -> Iterator[Running]:
    """A server with a key, short patience and room for a single sequence."""
    settings = ServeSettings(
        port=0, api_key="k", max_body_bytes=5000, body_seconds=0.3, max_active=1, max_queued=1
    )
    with running(load_state(str(folders["tiny"]), settings, folders["encoder"], 2)) as server:
        yield server


KEY = {"Authorization": "Bearer k"}


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
def test_refusals_conform(path: str, strict: Running, document: dict[str, Any]) -> None:
    refused = strict.request("POST", path, {})
    too_large = strict.request("POST", path, b"a" * 6000, **KEY)
    too_slow = strict.request("POST", path, b"{", **KEY, **{"Content-Length": "50"})
    for answer, status in ((refused, 401), (too_large, 413), (too_slow, 408)):
        assert answer[0] == status
        check_response(document, "POST", path, answer)
    for reading in ("/v1/models", "/v1/models/tiny"):
        answer = strict.request("GET", reading)
        assert answer[0] == 401
        check_response(document, "GET", reading.replace("tiny", "{id}"), answer)


def failing(error: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BusyError("the queue is full; try again later"), 429),
        (UnavailableError("the server is shutting down; try again later"), 503),
        (RuntimeError("made to fail by a test"), 500),
    ],
)
def test_failures_conform(
    path: str,
    error: Exception,
    status: int,
    strict: Running,
    document: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert strict.state.embeddings is not None
    monkeypatch.setattr(strict.state.scheduler, "submit", failing(error))
    monkeypatch.setattr(strict.state.embeddings, "run", failing(error))
    body = {"prompt": "the", "input": "the", "messages": MESSAGES, "max_tokens": 1}
    answer = strict.request("POST", path, body, **KEY)
    assert answer[0] == status
    check_response(document, "POST", path, answer)


def test_an_error_in_a_stream_conforms(
    folders: dict[str, Path], document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = load_state(str(folders["tiny"]), ServeSettings(port=0), folders["encoder"], 2)
    with running(state) as server:
        monkeypatch.setattr(type(state.text.model.trunk), "logits", failing(RuntimeError("broken")))
        status, _, text = server.request("POST", COMPLETIONS, {"prompt": "the", "stream": True})
        monkeypatch.undo()
        assert status == 200
        schema = response_schema(document, "POST", COMPLETIONS, 200, "text/event-stream")
        event = json.loads(text.split("\n\n")[0].removeprefix("data: "))
        assert event["error"]["code"] == "internal_error"
        assert schema_errors(event, schema, document) == []
        server.state.scheduler.stop()
        answer = server.request("GET", "/health")
        assert answer[0] == 503
        check_response(document, "GET", "/health", answer)


def test_the_connection_limit_conforms(
    folders: dict[str, Path], document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nextlat.serving.server.MAX_CONNECTIONS", 2)
    state = load_state(str(folders["tiny"]), ServeSettings(port=0), folders["encoder"], 2)
    with running(state) as server, server.connect():
        for method, path, operation in operations(document):
            body = {} if method == "post" else None
            answer = server.request(method.upper(), path.replace("{id}", "tiny"), body)
            assert answer[0] == 503
            check_response(document, method, path, answer)
            assert "text/plain" in operation["responses"]["503"]["content"]


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        ({"message": "m", "type": "server_error", "param": None}, "ErrorDetail", "code is missing"),
        (
            {"message": "m", "type": "wrong", "param": None, "code": None},
            "ErrorDetail",
            "violates enum",
        ),
        ({"version": "1", "more": 2}, "Version", "more is not in the schema"),
        ({"version": 1}, "Version", "not of type string"),
        ({"cached_tokens": True}, "PromptTokensDetails", "not of type integer"),
    ],
)
def test_the_check_finds_faults(
    value: Any, schema: str, fault: str, document: dict[str, Any]
) -> None:
    (error,) = schema_errors(value, {"$ref": f"#/components/schemas/{schema}"}, document)
    assert fault in error


PLAIN_503 = {"text/plain": {"schema": {"type": "string", "const": "Service Unavailable"}}}
"""What the limit on connections answers, whatever the route."""


def test_a_route_states_its_errors_and_the_one_every_route_has() -> None:
    responses = error_responses(BadRequestError, UnauthorizedError, BusyError)
    assert responses.keys() == {400, 401, 429, 503}
    assert responses[503] == {
        "description": "Too many connections are open.",
        "content": PLAIN_503,
    }
    assert "headers" not in responses[400]
    assert responses[401]["headers"] == {
        "WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}
    }
    assert responses[429]["headers"]["Retry-After"]["schema"]["const"] == "1"
    assert all(responses[status]["model"] is ErrorResponse for status in (400, 401, 429))


def test_a_routes_own_503_keeps_its_words_and_gains_the_plain_one() -> None:
    own = error_responses(UnavailableError)[503]
    assert own["model"] is ErrorResponse
    assert own["content"] == PLAIN_503
    health = error_responses(unavailable={"description": "Not ready."})
    assert health == {503: {"description": "Not ready.", "content": PLAIN_503}}


def test_bodies_and_events_refer_to_their_types_by_name() -> None:
    error = {"$ref": "#/components/schemas/ErrorResponse"}
    schema = event_stream(ErrorResponse)[200]["content"]["text/event-stream"]["schema"]
    assert schema["anyOf"] == [error, error]
    body = json_body(ChatRequest)["requestBody"]
    reference = {"$ref": "#/components/schemas/ChatRequest"}
    assert body == {"required": True, "content": {"application/json": {"schema": reference}}}
