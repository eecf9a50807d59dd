"""Errors of the web API."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document

ErrorCode = Literal[
    "bad_request",
    "login_required",
    "foreign_form",
    "foreign_origin",
    "not_found",
    "method_not_allowed",
    "too_slow",
    "too_large",
    "wrong_host",
    "internal",
    "failed",
    "storage",
]


class Error(Document):
    """What is wrong."""

    code: ErrorCode
    """The kind of error as a word."""
    message: str
    """What is wrong, as a sentence."""
    remedy: str
    """What to do about it."""


class ErrorAnswer(Document):
    """The body of every answer with a status of 400 or more."""

    error: Error
    """What is wrong."""
