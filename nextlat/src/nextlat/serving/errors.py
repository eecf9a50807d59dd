"""What can go wrong with a request, one class for each way a client can react, and the JSON that tells it.

The shape is OpenAI's: `{"error": {"message", "type", "param", "code"}}`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from nextlat.errors import NextLatError


class RequestError(NextLatError):
    """The request cannot be served.

    Args:
        message: names the value, the rule and the remedy.
        param: the field of the request it is about.
        code: a word programs can test for; the class's own where None.
    """

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "invalid_request_error"
    default_code: ClassVar[str | None] = None

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code or self.default_code

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {}

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        return error_body(str(self), self.kind, self.param, self.code)


class BadRequestError(RequestError):
    """A field is absent, of the wrong type or out of range; change the request."""


class UnauthorizedError(RequestError):
    """The API key is absent or wrong."""

    status = 401
    default_code = "invalid_api_key"

    @property
    def headers(self) -> dict[str, str]:
        """Name the scheme, as RFC 9110 section 11.6.1 asks."""
        return {"WWW-Authenticate": "Bearer"}


class NotFoundError(RequestError):
    """No such model or route."""

    status = 404


class BodyTimeoutError(RequestError):
    """The body did not arrive in time."""

    status = 408
    default_code = "request_timeout"

    @property
    def headers(self) -> dict[str, str]:
        """Give the connection up: the rest of the body may still be on its way."""
        return {"Connection": "close"}


class BodyTooLargeError(RequestError):
    """The body is longer than the server takes."""

    status = 413
    default_code = "request_too_large"

    @property
    def headers(self) -> dict[str, str]:
        """Give the connection up: the rest of the body is not read."""
        return {"Connection": "close"}


class BusyError(RequestError):
    """The queue is full; try again in a while."""

    status = 429
    kind = "rate_limit_error"
    default_code = "rate_limit_exceeded"

    @property
    def headers(self) -> dict[str, str]:
        """Say when to try again, in seconds."""
        return {"Retry-After": "1"}


class UnavailableError(RequestError):
    """A model is not loaded yet, or the engine has stopped."""

    status = 503
    kind = "server_error"
    default_code = "unavailable"

    @property
    def headers(self) -> dict[str, str]:
        """Say when to try again, in seconds."""
        return {"Retry-After": "2"}


class InternalError(RequestError):
    """A fault of the server; its log has the details."""

    status = 500
    kind = "server_error"
    default_code = "internal_error"


def error_body(
    message: str, kind: str, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """Return the JSON that tells a problem."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
