"""The body of a request, read whole within limits of size and time."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from academichub.web.security.refusals import refuse

FORM_LIMIT_BYTES = 256 * 1024
"""Largest body of an ordinary form or API request."""

UPLOAD_LIMIT_BYTES = 16 * 1024 * 1024
"""Largest body of a request that carries a file."""

UPLOAD_PATHS = ("/radar/import", "/sources/opml", "/api/radar/import")

BODY_TIMEOUT_S = 60.0
"""How long a body may take to arrive."""


async def _received(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body; None as soon as it is over the limit, whatever length was declared."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)


async def read_body(scope: Scope, receive: Receive) -> Receive | Response:
    """Read the whole body within its limits; return a `receive` that repeats it, or the refusal."""
    limit = UPLOAD_LIMIT_BYTES if scope["path"] in UPLOAD_PATHS else FORM_LIMIT_BYTES
    too_large = refuse(
        scope,
        413,
        "too_large",
        f"The request is larger than {limit // 1024} KiB.",
        "Send a smaller file, or split it.",
    )
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        return too_large
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _received(receive, limit)
    except TimeoutError:
        return refuse(
            scope,
            408,
            "too_slow",
            f"The request took over {BODY_TIMEOUT_S:.0f} s to arrive.",
            "Send it again.",
        )
    if body is None:
        return too_large
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
