"""Short answers to requests that start or stop something."""

from __future__ import annotations

from academichub.documents.document import Document


class StartedJob(Document):
    """A job that runs."""

    id: int
    """Its number."""


class JobNumber(Document):
    """A job that runs, if any does."""

    id: int | None
    """Its number; null where no language model is in use."""


class Cancelled(Document):
    """A job was asked to stop."""

    cancelled: bool
    """Always true."""


class RetryAsked(Document):
    """The local model will be started again."""

    asked: bool
    """Always true."""
