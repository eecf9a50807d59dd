"""A client of a gather that answers from a script: no network, no pace, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from academichub.errors import SourceError
from academichub.gathering.client import Cancel
from academichub.http.client import Response
from academichub.http.conditional import Validators
from academichub.messages import plain

CLOCK = datetime(2026, 6, 24, 12, tzinfo=UTC)


def response(url: str, body: bytes = b"", *, status: int = 200, **headers: str) -> Response:
    """Return an answer of a server whose clock shows CLOCK."""
    return Response(status, url, headers, body, CLOCK)


class ScriptedClient:
    """Answers each address with the steps set for it, in order.

    Attributes:
        steps: Address -> what each request comes to: an answer, or an error to raise.
        requests: The addresses requested, in order.
        validators: What made each request conditional.
    """

    def __init__(self) -> None:
        self.steps: defaultdict[str, list[Response | Exception]] = defaultdict(list)
        self.requests: list[str] = []
        self.validators: list[Validators | None] = []

    def script(self, url: str, *steps: Response | Exception) -> None:
        """Add what the next requests for an address come to."""
        self.steps[url] += steps

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
        self.requests.append(url)
        self.validators.append(validators)
        step = self.steps[url].pop(0)
        if isinstance(step, Exception):
            raise step
        if step.url != url and before_redirect is not None:
            before_redirect(step.url)
        return step


def source_error(failure: str, url: str = "", retry_after_s: float | None = None) -> SourceError:
    """Return a failure of the taxonomy whose message is its own word."""
    return SourceError(failure, plain(failure), url=url, retry_after_s=retry_after_s)
