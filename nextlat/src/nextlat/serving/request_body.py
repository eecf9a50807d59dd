"""From a request's bytes to checked fields; mistakes are answered 400 with the field's name."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request

from nextlat.serving.errors import BadRequestError, BodyTimeoutError, BodyTooLargeError
from nextlat.serving.settings import ServeSettings

MAX_DISCARDED_BYTES = 64 * 2**20
"""How much of a body that is too large is read and thrown away before the response."""

DISCARD_SECONDS = 30.0
"""The longest time such a body is read."""

DISCARD_PAUSE_SECONDS = 2.0
"""How long the client may pause meanwhile."""

logger = logging.getLogger("nextlat.serving")

TokenId = Annotated[int, Field(ge=0, le=2**31)]

TokenInput = str | list[int]
"""A text or its token ids."""


class RequestFields(BaseModel):
    """Base of every request body: exact types; fields it does not name are ignored."""

    model_config = ConfigDict(
        strict=True, extra="ignore", protected_namespaces=(), use_attribute_docstrings=True
    )

    model: str | None = None
    """A model of `GET /v1/models`; by default the first that fits the route."""
    user: str | None = None
    """Accepted without effect."""


Fields = TypeVar("Fields", bound=RequestFields)


async def read_fields(request: Request, kind: type[Fields], settings: ServeSettings) -> Fields:
    """Return a request's body as the fields of an endpoint.

    Raises:
        BadRequestError: it is not a JSON object, or a field is wrong.
        BodyTooLargeError: it is longer than allowed.
        BodyTimeoutError: it did not arrive in time.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise BadRequestError(
            f"the content type is {media_type or 'absent'!r}; send JSON with Content-Type: "
            "application/json"
        )
    fields = parse_json(await _body(request, settings))
    if not isinstance(fields, dict):
        raise BadRequestError(f"the body is a JSON {_json_type(fields)}; send an object")
    unknown = sorted(set(fields) - set(kind.model_fields))
    if unknown:
        logger.debug("fields ignored: %s", ", ".join(unknown)[:200])
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _as_problem(error) from None


def split_inputs(inputs: str | list[str] | list[int] | list[list[int]]) -> list[TokenInput]:
    """Return one text, several texts, one list of ids or several as a list of inputs."""
    if isinstance(inputs, str):
        return [inputs]
    ids = [token for token in inputs if isinstance(token, int)]
    if ids:  # the types of the fields admit no mixture of ids and texts
        return [ids]
    return [part for part in inputs if not isinstance(part, int)]


async def _body(request: Request, settings: ServeSettings) -> bytes:
    """Return the body, read within its limits of size and time."""
    limit = settings.max_body_bytes
    too_large = BodyTooLargeError(
        f"the body is longer than the {limit} bytes taken; send less at once"
    )
    stated_length = request.headers.get("content-length", "")
    if stated_length.isdecimal() and int(stated_length) > limit:
        await _discard(request, int(stated_length))
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    break
                parts.append(part)
    except TimeoutError:
        raise BodyTimeoutError(
            f"the body did not arrive within {settings.body_seconds:g} s; send it faster"
        ) from None
    except ClientDisconnect:
        raise BadRequestError("the connection ended before the body did") from None
    if size > limit:
        parts.clear()
        await _discard(request, size)
        raise too_large
    return b"".join(parts)


async def _discard(request: Request, size: int) -> None:
    """Read on while more comes, so that a client that sends before it reads learns the reason.

    Closing before it has sent all would reset the connection, and the response with it.

    Args:
        request: whose body is too large.
        size: of the body as far as it is known.
    """
    if size > MAX_DISCARDED_BYTES:
        return
    now = asyncio.get_running_loop().time
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with (
            asyncio.timeout(DISCARD_SECONDS),
            asyncio.timeout(DISCARD_PAUSE_SECONDS) as patience,
        ):
            async for part in request.stream():
                size += len(part)
                if size > 2 * MAX_DISCARDED_BYTES:
                    return
                patience.reschedule(now() + DISCARD_PAUSE_SECONDS)


def parse_json(body: bytes) -> object:
    """Return a JSON value; numbers that are not finite and text that is not Unicode are refused.

    Raises:
        BadRequestError: it is not JSON.
    """
    try:
        value: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        # A lone surrogate fails here and not in a tokenizer.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise BadRequestError("the body is not valid JSON: it is nested too deeply") from None
    except ValueError as error:
        raise BadRequestError(f"the body is not valid JSON: {error}") from None
    return value


def _refuse_constant(constant: str) -> None:
    """Refuse NaN, Infinity and -Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{constant} is not a JSON number")


def _as_problem(error: ValidationError) -> BadRequestError:
    """Return the deepest complaint of a validation, with the field and its value.

    Where a field may have several types, pydantic complains for each; the deepest place is that
    of the type the client meant.
    """
    complaints = error.errors(include_url=False)
    deepest = max(complaints, key=lambda complaint: len(_field_path(complaint["loc"])))
    path = _field_path(deepest["loc"])
    reasons = [other["msg"] for other in complaints if _field_path(other["loc"]) == path]
    if deepest["type"] == "missing":
        return BadRequestError(f"{path} is missing; add it", path)
    reason = " or ".join(dict.fromkeys(reasons))
    return BadRequestError(f"{path}: {reason}; it is {repr(deepest['input'])[:80]}", path)


def _field_path(location: tuple[str | int, ...]) -> str:
    """Return the path of a field in the body, as in `messages.0.content`."""
    return ".".join(str(part) for part in location if not _names_a_type(part))


def _names_a_type(part: str | int) -> bool:
    """Return whether a part of a location names an alternative of a union and not a field."""
    return isinstance(part, str) and (
        part in ("str", "int", "float", "bool", "dict") or "[" in part or "-" in part
    )


def _json_type(value: object) -> str:
    """Return JSON's name for a value's type."""
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
