"""Errors of the hub: one root, and one subclass for each way a caller can react.

A message names the value, the rule it breaks and the remedy, in words a reader understands.
"""

from __future__ import annotations

from datetime import datetime


class HubError(Exception):
    """Root of every error the hub raises on purpose."""


class UsageError(HubError):
    """The caller gave a value that cannot be used (a flag, a query, a form field); exit code 2, HTTP 400."""


class SettingsError(HubError):
    """A settings key or value is wrong; nothing was started."""


class InputError(HubError):
    """A file, a document or an entry cannot be read as what it claims to be."""


class StorageError(HubError):
    """The database or the data folder cannot be read or written; nothing that was stored is lost."""


class NotFoundError(HubError):
    """What was asked for is not in the library; HTTP 404."""


class CancelledError(HubError):
    """The user stopped the job; what was merged before stays."""


class SourceError(HubError):
    """A source did not give what was asked. `failure` is the word of the taxonomy the ledger records.

    Attributes:
        failure: One of FAILURES.
        url: The address asked, without secrets.
        retry_after_s: Seconds the server asked us to wait, where it did.
        server_date: The server's own clock, where it answered at all.
    """

    def __init__(self, failure: str, message: str, *, url: str = "", retry_after_s: float | None = None) -> None:
        if failure not in FAILURES:
            raise ValueError(f"unknown failure {failure!r}; known: {', '.join(FAILURES)}")
        super().__init__(message)
        self.failure = failure
        self.url = url
        self.retry_after_s = retry_after_s
        self.server_date: datetime | None = None


FAILURES: dict[str, str] = {
    "unreachable": "the host could not be reached (no network, unknown name, refused or reset connection)",
    "timeout": "the answer did not come in time, or came too slowly",
    "rate_limited": "the server asked us to slow down (HTTP 429)",
    "unavailable": "the server is out of order for now (HTTP 5xx)",
    "refused": "the server refuses us (HTTP 401, 403, 451), often a bot wall",
    "not_found": "the address does not exist (HTTP 404, 410)",
    "bad_request": "the server did not accept the question (HTTP 400)",
    "redirect_blocked": "the server sent us to an address that may not be contacted",
    "too_large": "the answer is larger than the limit, on the wire or unpacked",
    "truncated": "the answer ends in the middle",
    "not_the_format": "the answer is not the format asked for (a captcha or error page, wrong encoding, garbage)",
    "protocol": "the answer breaks the source's own protocol (bad token, repeated or short page, error element)",
}
"""The failure taxonomy of every source: word -> what it means."""
