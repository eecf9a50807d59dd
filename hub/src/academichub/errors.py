"""Errors of the hub: one root, and one subclass for each way a caller can react.

A message names the value, the rule it breaks and the remedy, in words a reader understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from academichub.i18n.message_text import message_text
from academichub.messages import Message, Param, plain


class HubError(Exception):
    """Root of every error the hub raises on purpose; `str()` is its message in English.

    Attributes:
        message: What is wrong, as data; faces put it into the reader's language.
    """

    def __init__(self, message: Message | str = "") -> None:
        super().__init__(message)
        self.message = plain(message) if isinstance(message, str) else message

    def __str__(self) -> str:
        return message_text(self.message)

    @property
    def code(self) -> str:
        """The code of the message."""
        return self.message.code

    @property
    def params(self) -> Mapping[str, Param]:
        """The parameters of the message."""
        return self.message.params


class UsageError(HubError):
    """The caller gave a value that cannot be used (a flag, a query, a form field); exit code 2, HTTP 400."""


class SettingsError(HubError):
    """A settings key or value is wrong; nothing was started."""


class SettingValueError(HubError, ValueError):
    """One value breaks the rule of its setting; settings.py adds the key and where it stands."""


class InputError(HubError):
    """A file, a document or an entry cannot be read as what it claims to be."""


class StorageError(HubError):
    """The database or the data folder cannot be read or written; nothing that was stored is lost."""


class NotFoundError(HubError):
    """A thing named by the caller is not in the library; HTTP 404."""


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

    def __init__(self, message: Message | str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelBudgetError(ModelError):
    """The tokens of the day are spent: raise `llm.tokens_per_day`, or wait for the next day."""


class ModelAnswerError(ModelError):
    """This one answer cannot be used; others may. `failure` says why, in a word of ANSWER_FAILURES."""

    def __init__(self, failure: str, message: Message | str) -> None:
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
        self, failure: str, message: Message, *, url: str = "", retry_after_s: float | None = None
    ) -> None:
        if failure not in FAILURES:
            raise ValueError(f"unknown failure {failure!r}; known: {', '.join(FAILURES)}")
        super().__init__(message)
        self.failure = failure
        self.url = url
        self.retry_after_s = retry_after_s
        self.server_date: datetime | None = None


FAILURES = (
    "unreachable",
    "timeout",
    "rate_limited",
    "unavailable",
    "refused",
    "not_found",
    "bad_request",
    "redirect_blocked",
    "too_large",
    "truncated",
    "not_the_format",
    "protocol",
    "our_fault",
)
"""The failure taxonomy of every source.

The catalogue has a label (`failure.WORD`) and an explanation (`failure_explained.WORD`) of each.
"""


class EntryError(HubError, ValueError):
    """One entry of an answer or a file cannot be read; the others are."""


def reason_of(problem: Exception) -> Message:
    """Return why something failed: an error's own message, or the words of a library below."""
    if isinstance(problem, HubError):
        return problem.message
    return plain(" ".join(str(problem).split()) or type(problem).__name__)
