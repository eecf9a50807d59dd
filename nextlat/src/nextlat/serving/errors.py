"""The problems a request can meet, a class for each way a client can react, and their JSON.

The shape is OpenAI's: `{"error": {"message", "type", "param", "code"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import TypedDict  # pydantic reads typing's own from Python 3.12 on only

from nextlat.errors import NextLatError

ErrorType = Literal["invalid_request_error", "rate_limit_error", "server_error"]


class ErrorDetail(TypedDict):
    """What is wrong.

    `message` names the value, the rule and the remedy; `type` is the family of the error; `param`
    is the field of the request it concerns; `code` is a word that programs can test for.
    """

    message: str
    type: ErrorType
    param: str | None
    code: str | None


class ErrorResponse(TypedDict):
    """OpenAI's envelope around an error."""

    error: ErrorDetail


class RequestError(NextLatError):
    """The request cannot be served.

    Args:
        message: names the value, the rule and the remedy.
        param: the field of the request it concerns.
        code: a word that programs can test for; the class's own where None.

    Attributes:
        status: HTTP status of the response.
        kind: `error.type` of the response.
        default_code: `error.code` where the raiser gives none.
        headers: HTTP headers that belong to the response.
    """

    status: ClassVar[int] = 400
    kind: ClassVar[ErrorType] = "invalid_request_error"
    default_code: ClassVar[str | None] = None
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code or self.default_code

    def body(self) -> ErrorResponse:
        """Return the JSON of the response."""
        return error_body(str(self), self.kind, self.param, self.code)


class BadRequestError(RequestError):
    """A field is missing, wrong or not supported, or the prompt is too long; `param` names it."""


class UnauthorizedError(RequestError):
    """The API key is missing or wrong."""

    status = 401
    default_code = "invalid_api_key"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}  # RFC 9110, 11.6.1


class NotFoundError(RequestError):
    """The model or the route does not exist."""

    status = 404


class BodyTimeoutError(RequestError):
    """The request body did not arrive in time."""

    status = 408
    default_code = "request_timeout"
    # The rest of the body may still be on its way, so the connection cannot be used again.
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class BodyTooLargeError(RequestError):
    """The request body is longer than the server accepts."""

    status = 413
    default_code = "request_too_large"
    # The rest of the body is not read, so the connection cannot be used again.
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class BusyError(RequestError):
    """The queue is full; try again after the seconds in `Retry-After`."""

    status = 429
    kind = "rate_limit_error"
    default_code = "rate_limit_exceeded"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class InternalError(RequestError):
    """The server failed; its log has the details."""

    status = 500
    kind = "server_error"
    default_code = "internal_error"


class UnavailableError(RequestError):
    """The model is not loaded yet, or generation has stopped; see `GET /health`."""

    status = 503
    kind = "server_error"
    default_code = "unavailable"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


def error_body(
    message: str, kind: ErrorType, param: str | None = None, code: str | None = None
) -> ErrorResponse:
    """Return the JSON of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
