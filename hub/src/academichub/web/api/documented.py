"""What every route of the API has in common: answers are documents, and errors are described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from academichub import documents

_ERRORS = {
    400: "A parameter or the body is wrong (`bad_request`).",
    401: "The hub is open to a network and needs a login (`login_required`).",
    403: "A page of another site sent the request (`foreign_origin`).",
    404: "Nothing has that name (`not_found`).",
    408: "The body took too long to arrive (`too_slow`).",
    413: "The body is too large (`too_large`).",
    421: "The hub does not answer to that host name (`wrong_host`).",
    500: "A fault of the hub (`internal`).",
    502: "What was asked for could not be done (`failed`).",
    503: "The database cannot be read or written (`storage`).",
}
_ALWAYS = (401, 421, 500, 503)
_WITH_BODY = (403, 408, 413)

Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: int) -> Responses:
    """Return the description of errors by status, for the `responses` of a route."""
    return {
        status: {"model": documents.ErrorAnswer, "description": _ERRORS[status]}
        for status in statuses
    }


READING = errors(*_ALWAYS)
"""Errors of every request."""

CHANGING = errors(*_ALWAYS, *_WITH_BODY)
"""Errors of every request that may change something."""


class DocumentRoute(APIRoute):
    """A route whose answer is a document: fields that were not set are left out."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["response_model_exclude_unset"] = True
        common = READING if options.get("methods") == ["GET"] else CHANGING
        described = {**common, **(options.get("responses") or {})}
        options["responses"] = {status: described[status] for status in sorted(described)}
        super().__init__(path, endpoint, **options)


class JsonLines(StreamingResponse):
    """JSON objects, one a line."""

    media_type = "application/x-ndjson"


def operation_id(route: APIRoute) -> str:
    """Return the operation id of a route: the name of its function, a verb and its object."""
    return route.name


class DescribedApp(FastAPI):
    """An application whose OpenAPI description says what it answers."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, without FastAPI's own 422: wrong parameters get a 400."""
        if self.openapi_schema is None:
            schema = super().openapi()
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    for status, response in operation["responses"].items():
                        _describe_lines(status, response["content"])
            for unused in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
        return super().openapi()


def _describe_lines(status: str, content: dict[str, Any]) -> None:
    """Correct what FastAPI writes of a stream: a line is a document, an error plain JSON."""
    lines = content.get(JsonLines.media_type)
    if lines is None:
        return
    if status >= "400":
        content["application/json"] = content.pop(JsonLines.media_type)
    else:
        lines["schema"].pop("type", None)
