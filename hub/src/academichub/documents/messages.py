"""What happened, as data: the `details` that stand beside every text a reader sees."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from academichub.documents.document import Document
from academichub.messages import Message, messages_from_json


class MessageDetail(Document):
    """A message as data. The text beside it says the same in English or the reader's language."""

    code: str
    """What happened, as lower-case words with dots, e.g. `ledger.asked_changed_since`."""
    params: dict[str, JsonValue]
    """What it is about; a value may be a message of its own, or a list."""


def message_details(messages: Iterable[Message]) -> list[MessageDetail]:
    """Return messages as the `details` of a document, in order."""
    return [MessageDetail.model_validate(message.as_json()) for message in messages]


def messages_of(details: Iterable[MessageDetail]) -> tuple[Message, ...]:
    """Return the messages of `details`, in order; the inverse of `message_details`."""
    return messages_from_json([detail.json_object() for detail in details])
