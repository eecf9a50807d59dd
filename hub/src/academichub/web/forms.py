"""What every form handler needs: the visit, a checked token, a bounded upload. Knows no page."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Form, HTTPException, Request, UploadFile

from academichub.errors import InputError
from academichub.messages import Message
from academichub.web.rendering import Visit, visit_of
from academichub.web.security.request_body import UPLOAD_LIMIT_BYTES


def check_token(
    visit: Annotated[Visit, Depends(visit_of)], csrf: Annotated[str, Form(max_length=100)] = ""
) -> None:
    """Refuse a form that does not carry this browser's token.

    Raises:
        HTTPException: 403.
    """
    if not hmac.compare_digest(csrf.encode(), visit.csrf.encode()):
        raise HTTPException(403, "the form's token is missing or old; nothing was changed")


def read_upload(file: UploadFile) -> tuple[str, bytes]:
    """Return name and content of an uploaded file.

    Raises:
        InputError: If it is empty or larger than UPLOAD_LIMIT_BYTES.
    """
    name = (file.filename or "")[-120:]
    content = file.file.read(UPLOAD_LIMIT_BYTES + 1)
    if not content:
        raise InputError(Message.of("upload.empty", name=name))
    if len(content) > UPLOAD_LIMIT_BYTES:
        raise InputError(
            Message.of("upload.too_large", name=name, limit=UPLOAD_LIMIT_BYTES // 2**20)
        )
    return name, content


def client_of(request: Request) -> str:
    """Return the address a request came from."""
    return request.client.host if request.client else ""


Here = Annotated[Visit, Depends(visit_of)]
"""The visit, as a parameter of a page."""

Checked = Depends(check_token)
"""For `dependencies=[Checked]` of every route that takes a form."""
