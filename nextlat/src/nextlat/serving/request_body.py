"""From a request's bytes to a checked value, with errors a client can act on; never a 422, never a 500."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect, Request

from nextlat.serving.errors import BadRequestError, BodyTimeoutError, BodyTooLargeError
from nextlat.serving.settings import ServeSettings

MAX_DISCARDED_BYTES = 64 * 2**20
DISCARD_SECONDS = 30.0
DISCARD_PAUSE_SECONDS = 2.0
"""How much of a body too large is read and thrown away before the answer, for how long, and for what pause within."""

logger = logging.getLogger("nextlat.serving")


class RequestFields(BaseModel):
    """Base of every request: exact types, unknown fields accepted and left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", protected_namespaces=())

    model: str | None = None
    user: str | None = None


Fields = TypeVar("Fields", bound=RequestFields)


async def read_fields(request: Request, kind: type[Fields], settings: ServeSettings) -> Fields:
    """Return a request's body as the fields of an endpoint.

    Raises:
        BadRequestError: it is no JSON object, or a field is wrong.
        BodyTooLargeError: it is longer than allowed.
        BodyTimeoutError: it did not arrive in time.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise BadRequestError(
            f"the content type is {media_type or 'absent'!r}; send JSON with Content-Type: application/json"
        )
    value = parse_json(await _body(request, settings))
    if not isinstance(value, dict):
        raise BadRequestError(f"the body is a JSON {_kind(value)}; send an object")
    unknown = sorted(set(value) - set(kind.model_fields))
    if unknown:
        logger.debug("fields ignored: %s", ", ".join(unknown)[:200])
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise _as_problem(error) from None


async def _body(request: Request, settings: ServeSettings) -> bytes:
    """Return the body, read within its limits of size and time."""
    limit = settings.max_body_bytes
    too_large = BodyTooLargeError(
        f"the body is longer than the {limit} bytes taken; send less at once"
    )
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        await _discard(request, int(told))
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
    """Read on while more comes, so that a client that sends before it reads gets to see why it is refused.

    Closing before it has sent all would reset the connection, and the answer with it.
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


def parse_json(body: bytes) -> Any:
    """Return a JSON value; numbers that are not finite and text that is not Unicode are refused.

    Raises:
        BadRequestError: it is not JSON.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode(
            "utf-8"
        )  # a lone surrogate fails here and not in a tokenizer
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadRequestError(f"the body is not valid JSON: {told}") from None
    return value


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _as_problem(error: ValidationError) -> BadRequestError:
    """Return the first complaint of a validation, with the field and its value."""
    complaints = error.errors(include_url=False)
    first = max(complaints, key=lambda complaint: len(_path(complaint["loc"])))
    where = _path(first["loc"])
    told = " or ".join(
        dict.fromkeys(other["msg"] for other in complaints if _path(other["loc"]) == where)
    )
    if first["type"] == "missing":
        return BadRequestError(f"{where} is missing; add it", where)
    return BadRequestError(f"{where}: {told}; it is {repr(first['input'])[:80]}", where)


def _path(location: tuple[str | int, ...]) -> str:
    """Return a place in the body, as in `messages.0.content`."""
    return ".".join(str(part) for part in location if not _names_a_type(part))


def _names_a_type(part: str | int) -> bool:
    """Return whether a part of a location names an alternative of a union and not a field."""
    return isinstance(part, str) and (
        part in ("str", "int", "float", "bool", "dict") or "[" in part or "-" in part
    )


def _kind(value: Any) -> str:
    """Return JSON's name for a value's type."""
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
