"""The response to a request that the gate does not let through."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

from academichub import documents
from academichub.messages import plain


def refuse(
    scope: Scope, status: int, code: documents.ErrorCode, message: str, remedy: str
) -> Response:
    """Return a refusal: JSON where the API was requested, else text.

    Args:
        scope: The refused request.
        status: The HTTP status.
        code: The code of the API's errors.
        message: Why the request is refused.
        remedy: What to do about it.
    """
    headers = {"Cache-Control": "no-store"}
    if scope["path"].startswith("/api/"):
        error = documents.Error(code=code, message=message, remedy=remedy)
        details = documents.message_details([plain(message)])
        answer = documents.ErrorAnswer(error=error, details=details)
        return JSONResponse(answer.json_object(), status, headers)
    return PlainTextResponse(f"{message}\n{remedy}\n", status, headers)
