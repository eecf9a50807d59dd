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


class ModelError(HubError):
    """The language model gave nothing that can be used; everything goes on without it."""


class ModelSettingsError(ModelError):
    """The endpoint refuses us (key, model, address, quota): mend the settings; asking again changes nothing."""


class ModelUnavailableError(ModelError):
    """The endpoint did not answer, or asked us to wait: ask again later.

    Attributes:
        retry_after_s: Seconds it asked us to wait, where it did.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelBudgetError(ModelError):
    """The tokens of the day are spent: raise `llm.tokens_per_day`, or wait for the next day."""


class ModelAnswerError(ModelError):
    """This one answer cannot be used; others may. `failure` says why, in a word of ANSWER_FAILURES."""

    def __init__(self, failure: str, message: str) -> None:
        if failure not in ANSWER_FAILURES:
            raise ValueError(f"unknown failure {failure!r}; known: {', '.join(ANSWER_FAILURES)}")
        super().__init__(message)
        self.failure = failure


ANSWER_FAILURES: dict[str, str] = {
    "not_accepted": "the endpoint did not accept this question (HTTP 400, 413, 422), often because it is too long",
    "refusal": "the model or its provider declined to answer",
    "empty": "the answer holds no text",
    "cut": "the answer ends in the middle",
    "broken": "the answer is not the JSON it must be",
    "wrong_shape": "the answer is JSON, but not of the shape asked for",
    "too_large": "the answer is larger than the limit",
}
"""Ways an answer of a language model is unusable: word -> what it means."""


class SourceError(HubError):
    """A source did not give what was asked. `failure` is the word of the taxonomy the ledger records.

    Attributes:
        failure: One of FAILURES.
        url: The address asked, without secrets.
        retry_after_s: Seconds the server asked us to wait, where it did.
        server_date: The server's own clock, where it answered at all.
    """

    def __init__(
        self, failure: str, message: str, *, url: str = "", retry_after_s: float | None = None
    ) -> None:
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
    "our_fault": "the hub itself failed on what came; the traceback is in the log (please report it)",
}
"""The failure taxonomy of every source: word -> what it means."""
