"""The HTTP client of a gather: what is needed of one, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from academichub.http.client import HttpClient, Limits, Response
from academichub.http.conditional import Validators
from academichub.http.guard import Guard
from academichub.http.pace import StorePace
from academichub.hub import Hub
from academichub.sources import SOURCES
from academichub.sources.crossref import CrossrefOptions

Cancel = Callable[[], bool]
"""Called between requests; returns whether to stop."""

LIMITS = Limits(total_s=60.0)
"""Bounds of one request of a gather."""


class Client(Protocol):
    """What is needed of http.client.HttpClient."""

    def get(
        self,
        url: str,
        *,
        module: str,
        interval_s: float,
        validators: Validators | None = None,
        cancel: Cancel | None = None,
        before_redirect: Callable[[str], None] | None = None,
    ) -> Response:
        """Return the answer to a GET, or raise SourceError."""


def open_client(hub: Hub, limits: Limits = LIMITS) -> HttpClient:
    """Return the client of a gather, paced over all processes; the caller closes it."""
    sources = hub.settings.sources
    guard = Guard(sources.base_url(name) for name in SOURCES)
    return HttpClient(
        StorePace(hub.database),
        guard,
        contact=sources.options(CrossrefOptions).mailto,
        limits=limits,
    )
