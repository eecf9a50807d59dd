"""The OpenAPI document of the server, served at `/openapi.json`.

The handlers read their bodies and write their responses themselves, so that mistakes are answered
in OpenAI's shape and streams are framed exactly. Routes therefore state here what FastAPI cannot
see: request bodies, streamed events, errors with their headers, and the API key.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, TypeAdapter, with_config

from nextlat.serving.errors import (
    BadRequestError,
    BodyTimeoutError,
    BodyTooLargeError,
    BusyError,
    ErrorResponse,
    InternalError,
    NotFoundError,
    RequestError,
    UnauthorizedError,
    UnavailableError,
)

REFERENCE = "#/components/schemas/{model}"
KEY_SCHEME = "ApiKey"

GENERATION_ERRORS = (
    BadRequestError,
    UnauthorizedError,
    NotFoundError,
    BodyTimeoutError,
    BodyTooLargeError,
    BusyError,
    InternalError,
    UnavailableError,
)
"""What any route that takes a body and runs a model can answer."""

T = TypeVar("T")

JsonObject = dict[str, Any]
"""A part of the document, in FastAPI's own type."""

Responses = dict[int | str, JsonObject]
"""What FastAPI takes as a route's `responses`: from status to description."""


def described(json_type: type[T]) -> type[T]:
    """Take the descriptions of a typed dictionary's fields from the strings below them."""
    return with_config(ConfigDict(use_attribute_docstrings=True))(json_type)


def error_responses(
    *problems: type[RequestError], unavailable: JsonObject | None = None
) -> Responses:
    """Return the `responses` of a route for the errors it can answer.

    Every route can also answer 503 in plain text: that comes from the connection limit, before
    any route is looked up.

    Args:
        problems: that the route raises.
        unavailable: a response 503 of its own form.
    """
    responses: Responses = {}
    for problem in problems:
        responses[problem.status] = {
            "model": ErrorResponse,
            "description": inspect.getdoc(problem) or problem.__name__,
            **_headers(problem.headers),
        }
    too_many = {"text/plain": {"schema": {"type": "string", "const": "Service Unavailable"}}}
    if unavailable is not None:
        responses[503] = unavailable
    elif 503 not in responses:
        responses[503] = {"description": "Too many connections are open."}
    responses[503] = {**responses[503], "content": too_many}
    return responses


def _headers(headers: Mapping[str, str]) -> JsonObject:
    """Return the `headers` of a response whose values never change."""
    if not headers:
        return {}
    return {
        "headers": {
            name: {"schema": {"type": "string", "const": value}} for name, value in headers.items()
        }
    }


def json_body(model: type[BaseModel]) -> JsonObject:
    """Return the `openapi_extra` of a route whose body is one JSON object."""
    content = {"application/json": {"schema": _reference(model)}}
    return {"requestBody": {"required": True, "content": content}}


def event_stream(chunk: type) -> Responses:
    """Return the `responses` of a route that can stream its answer.

    As in OpenAI's own document, the schema is that of one event and not of the whole stream.

    Args:
        chunk: JSON type of an event's data.
    """
    schema = {
        "anyOf": [_reference(chunk), _reference(ErrorResponse)],
        "description": "The JSON behind `data: ` of each server-sent event. An error ends the "
        "generation. The last event is `data: [DONE]`.",
    }
    return {
        200: {
            "description": "The whole answer as JSON, or with `stream: true` as events.",
            "content": {"text/event-stream": {"schema": schema}},
        }
    }


def _reference(json_type: type) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=json_type.__name__)}


class DescribedApplication(FastAPI):
    """A FastAPI application whose document has the types its handlers read and write themselves.

    Args:
        body_types: JSON types that `json_body` and `event_stream` refer to.
        needs_key: whether requests under `/v1` must send the API key.
        settings: of FastAPI.
    """

    def __init__(self, body_types: Sequence[type], *, needs_key: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._body_types = body_types
        self._needs_key = needs_key

    def openapi(self) -> JsonObject:
        """Return the document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            components: JsonObject = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(_schemas(self._body_types))
            if self._needs_key:
                components["securitySchemes"] = {KEY_SCHEME: {"type": "http", "scheme": "bearer"}}
                _ask_for_key(document)
            self.openapi_schema = document
        return self.openapi_schema


def _schemas(json_types: Sequence[type]) -> JsonObject:
    """Return the schemas of types and of all they refer to, by name."""
    _, definitions = TypeAdapter.json_schemas(
        [(json_type, "validation", TypeAdapter(json_type)) for json_type in json_types],
        ref_template=REFERENCE,
    )
    schemas: JsonObject = definitions["$defs"]
    return schemas


def _ask_for_key(document: JsonObject) -> None:
    """Mark the operations under `/v1` as those that need the key."""
    for path, operations in document["paths"].items():
        if path.startswith("/v1"):
            for operation in operations.values():
                operation["security"] = [{KEY_SCHEME: []}]
