"""The OpenAPI description is true: answers obey their schemas, and described errors happen."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from invented_hub import hub as hub
from invented_window import window_records
from json_schema import faults
from starlette.testclient import TestClient

from academichub.briefs.brief_store import write_brief
from academichub.errors import StorageError
from academichub.hub import Hub, open_hub
from academichub.jobs import worker
from academichub.jobs.status import BRIEF as WRITING
from academichub.jobs.status import GATHER, add_job
from academichub.radar.radar import Radar
from academichub.store.database import Database
from academichub.web.api import TAGS, local_model
from academichub.web.app import create_app
from academichub.web.security import request_body

from .conftest import BASE

VERBS = {
    "add", "cancel", "complete", "export", "get", "list", "remove", "replace", "retry", "search", "start", "undo", "write",
}  # fmt: skip

BRIEF = {"days": 1, "lang": "en"}
RADAR = {"format": "academichub-radar", "version": 1, "signals": {"category": ["cs.LG"]}}
SIGNAL = {"kind": "query", "value": "ferries"}

GOOD: dict[str, tuple[str, str, object]] = {
    "get_today": ("GET", "/api/today?size=3", None),
    "search_works": ("GET", "/api/search?q=grid+cells", None),
    "complete_authors": ("GET", "/api/authors?q=ada", None),
    "get_work": ("GET", "/api/works/arxiv:2606.00001", None),
    "export_works": ("GET", "/api/export/works", None),
    "get_latest_brief": ("GET", "/api/brief", None),
    "write_brief": ("POST", "/api/brief", BRIEF),
    "list_briefs": ("GET", "/api/briefs", None),
    "get_writing": ("GET", "/api/briefs/writing", None),
    "cancel_writing": ("DELETE", "/api/briefs/writing/{writing}", None),
    "start_writing": ("POST", "/api/briefs/{brief}/model", None),
    "get_brief": ("GET", "/api/briefs/{brief}", None),
    "get_ledger": ("GET", "/api/ledger", None),
    "list_radars": ("GET", "/api/radars", None),
    "get_radar": ("GET", "/api/radar", None),
    "replace_radar": ("PUT", "/api/radar", RADAR),
    "add_signal": ("POST", "/api/radar/signals", SIGNAL),
    "remove_signal": ("DELETE", "/api/radar/signals?kind=category&value=cs.LG", None),
    "undo_change": ("POST", "/api/radar/undo", None),
    "get_gather": ("GET", "/api/gather", None),
    "start_gather": ("POST", "/api/gather", None),
    "cancel_gather": ("DELETE", "/api/gather/{gather}", None),
    "get_engine": ("GET", "/api/engine", None),
    "retry_engine": ("POST", "/api/engine/retry", None),
    "get_health": ("GET", "/health", None),
}
"""A request that succeeds, by operation id."""

WRONG: dict[tuple[str, int], tuple[str, str, object]] = {
    ("get_today", 400): ("GET", "/api/today?date=soon", None),
    ("get_today", 404): ("GET", "/api/today?radar=absent", None),
    ("search_works", 400): ("GET", "/api/search", None),
    ("complete_authors", 400): ("GET", "/api/authors", None),
    ("get_work", 404): ("GET", "/api/works/10.1/none", None),
    ("export_works", 400): ("GET", "/api/export/works?format=exe", None),
    ("get_latest_brief", 404): ("GET", "/api/brief?radar=absent", None),
    ("write_brief", 404): ("POST", "/api/brief?radar=absent", BRIEF),
    ("list_briefs", 404): ("GET", "/api/briefs?radar=absent", None),
    ("get_radar", 404): ("GET", "/api/radar?radar=absent", None),
    ("replace_radar", 404): ("PUT", "/api/radar?radar=absent", RADAR),
    ("add_signal", 404): ("POST", "/api/radar/signals?radar=absent", SIGNAL),
    ("write_brief", 400): ("POST", "/api/brief", {"days": 0}),
    ("cancel_writing", 400): ("DELETE", "/api/briefs/writing/first", None),
    ("cancel_writing", 404): ("DELETE", "/api/briefs/writing/999", None),
    ("start_writing", 404): ("POST", "/api/briefs/none/model", None),
    ("get_brief", 404): ("GET", "/api/briefs/none", None),
    ("get_ledger", 400): ("GET", "/api/ledger?date=x", None),
    ("replace_radar", 400): ("PUT", "/api/radar", {"format": "other"}),
    ("add_signal", 400): ("POST", "/api/radar/signals", {"kind": "mood", "value": "x"}),
    ("remove_signal", 400): ("DELETE", "/api/radar/signals?kind=query", None),
    ("remove_signal", 404): ("DELETE", "/api/radar/signals?kind=query&value=absent", None),
    ("cancel_gather", 400): ("DELETE", "/api/gather/first", None),
    ("cancel_gather", 404): ("DELETE", "/api/gather/999", None),
    ("retry_engine", 404): ("POST", "/api/engine/retry", None),
}
"""A request with an error of its own, by operation id and status."""

ON_AN_EMPTY_HUB = {("get_latest_brief", 404), ("write_brief", 502), ("undo_change", 404)}
"""Errors that the good request has where there is nothing yet."""


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient]:
    """A program that calls the API of a hub with works, a brief and a radar."""
    Radar(hub.database).add("query", "planning")
    write_brief(hub, 1, "en")
    with TestClient(create_app(hub), base_url=BASE, raise_server_exceptions=False) as opened:
        yield opened


def schema_of(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/api/openapi.json").json()
    return described


def operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every operation by its id, with its method and path."""
    return {
        operation["operationId"]: {**operation, "method": method.upper(), "path": path}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def check_answer(answer: Any, operation: dict[str, Any], described: dict[str, Any]) -> None:
    """Assert that an answer is one the operation describes."""
    response = operation["responses"][str(answer.status_code)]
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = response["content"][media_type].get("schema", {})
    bodies = answer.text.splitlines() if media_type.endswith("ndjson") else [answer.text]
    for body in bodies:
        if media_type.endswith("json"):
            assert faults(json.loads(body), schema, described) == []


def send(client: TestClient, hub: Hub, request: tuple[str, str, object], **headers: str) -> Any:
    method, path, body = request
    if "{brief}" in path:
        path = path.replace("{brief}", client.get("/api/brief").json()["id"])
    for name, kind in (("{writing}", WRITING), ("{gather}", GATHER)):
        if name in path:
            path = path.replace(name, str(add_job(hub, kind)))
    return client.request(method, path, json=body, headers=headers)


def test_every_operation_is_typed_and_named_by_a_verb(client: TestClient) -> None:
    described = schema_of(client)
    found = operations(described)
    assert len(found) == sum(len(methods) for methods in described["paths"].values())
    assert set(found) == set(GOOD)
    tags = [tag["name"] for tag in TAGS]
    assert described["tags"] == TAGS and len(set(tags)) == len(tags)
    for name, operation in found.items():
        assert name.partition("_")[0] in VERBS, name
        assert operation["summary"] and operation["description"], name
        assert len(operation["tags"]) == 1 and operation["tags"][0] in tags, name
        for status, response in operation["responses"].items():
            for media_type, content in response["content"].items():
                if media_type != "text/plain":
                    assert content["schema"], f"{name} {status}"


def test_every_field_is_described(client: TestClient) -> None:
    for name, schema in schema_of(client)["components"]["schemas"].items():
        if name.endswith("Request") or name == "JsonValue":
            continue
        assert schema["description"], name
        for field, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{field}"


def test_good_answers_obey_their_schemas(
    client: TestClient, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_run", lambda *_: None)
    monkeypatch.setattr(local_model, "ask_again", lambda _home: True)
    described = schema_of(client)
    for name, operation in operations(described).items():
        answer = send(client, hub, GOOD[name])
        assert answer.status_code < 300, (name, answer.text)
        assert answer.request.method == operation["method"], name
        check_answer(answer, operation, described)


def test_errors_of_single_operations_happen_as_described(client: TestClient, hub: Hub) -> None:
    described = schema_of(client)
    for (name, status), request in WRONG.items():
        answer = send(client, hub, request)
        assert answer.status_code == status, (name, answer.text)
        check_answer(answer, operations(described)[name], described)


def test_what_is_not_there_yet_is_an_error_as_described() -> None:
    empty = open_hub()
    empty.library.add([dataclasses.replace(window_records()[0], abstract="")])
    with TestClient(create_app(empty), base_url=BASE, raise_server_exceptions=False) as client:
        described = schema_of(client)
        for name, status in sorted(ON_AN_EMPTY_HUB):
            answer = send(client, empty, GOOD[name])
            assert answer.status_code == status, (name, answer.text)
            check_answer(answer, operations(described)[name], described)
    empty.close()


def test_every_described_error_is_produced_by_a_test(client: TestClient) -> None:
    common = {401, 403, 408, 413, 421, 500, 503}
    own = {
        (name, int(status))
        for name, operation in operations(schema_of(client)).items()
        for status in operation["responses"]
        if int(status) >= 400 and int(status) not in common
    }
    assert own == set(WRONG) | ON_AN_EMPTY_HUB


@pytest.mark.parametrize("problem", [StorageError("the disk is full"), RuntimeError("a fault")])
def test_a_broken_database_is_described_for_every_operation(
    client: TestClient, hub: Hub, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = schema_of(client)

    def broken(_self: Database) -> None:
        raise problem

    monkeypatch.setattr(Database, "read", broken)
    for name, operation in operations(described).items():
        method, path, body = GOOD[name]
        answer = client.request(method, path, json=body)
        assert answer.status_code == (503 if isinstance(problem, StorageError) else 500), name
        check_answer(answer, operation, described)


def test_refusals_before_any_operation_are_described(client: TestClient, hub: Hub) -> None:
    described = schema_of(client)
    network = TestClient(create_app(hub, host="192.0.2.1"), base_url=BASE)
    too_long = str(request_body.FORM_LIMIT_BYTES + 1)
    for name, operation in operations(described).items():
        method, path, body = GOOD[name]
        refusals = {421: client.request(method, path, json=body, headers={"host": "other.example"})}
        if name != "get_health":
            refusals[401] = network.request(method, path, json=body)
        if method != "GET":
            foreign = {"origin": "http://other.example"}
            refusals[403] = client.request(method, path, json=body, headers=foreign)
            refusals[413] = client.request(method, path, headers={"content-length": too_long})
        for status, answer in refusals.items():
            assert answer.status_code == status, name
            check_answer(answer, operation, described)
        refused = {int(status) for status in operation["responses"] if status in
                   ("401", "403", "413", "421")}  # fmt: skip
        assert refused == set(refusals), name


def test_a_body_that_takes_too_long_is_described(
    client: TestClient, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = schema_of(client)
    monkeypatch.setattr(request_body, "BODY_TIMEOUT_S", 0.01)
    app = create_app(hub)
    for name, operation in operations(described).items():
        method, path, _body = GOOD[name]
        assert ("408" in operation["responses"]) is (method != "GET")
        if method == "GET":
            continue
        status, body = asyncio.run(_send_slowly(app, method, path.partition("?")[0]))
        assert status == 408, name
        schema = operation["responses"]["408"]["content"]["application/json"]["schema"]
        assert faults(json.loads(body), schema, described) == []


async def _send_slowly(app: Any, method: str, path: str) -> tuple[int, bytes]:
    """Send a request whose body never arrives; return status and body of the answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8000"), (b"content-length", b"10")]
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": headers, "scheme": "http", "server": ("127.0.0.1", 8000), "client": None,
    }  # fmt: skip
    await app(scope, receive, collect)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])
