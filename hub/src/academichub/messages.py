"""What happened, as data: a code and the values it is about.

The lowest layer: it knows no language and no other module. Everything below the faces (pages,
commands, mail, feeds) reports by a `Message`; the database stores messages, and JSON documents
carry them as `{"code", "params"}`. Only `i18n` puts them into words, from one catalogue a language.

Codes are lower-case words with dots, e.g. `ledger.asked_new_since`. A parameter is a text, a
number, another message, or a sequence of these; its name is the placeholder of the catalogue's
text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Param: TypeAlias = "str | int | float | Message | Sequence[Param]"
"""A parameter; `Message.of` turns sequences into tuples, so that stored messages compare equal."""

PLAIN = "plain"
"""Code of a text without a code of its own: from another program, or stored by an older version."""


@dataclass(frozen=True, slots=True)
class Message:
    """A code and its parameters. Make one with `Message.of`."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)

    @classmethod
    def of(cls, code: str, /, **params: Param) -> Message:
        """Return the message of a code; a keyword is the parameter of that name."""
        return cls(code, {name: _frozen(value) for name, value in params.items()})

    def __hash__(self) -> int:
        """Return a hash of code and parameters; equal messages have equal ones."""
        return hash((self.code, tuple(sorted(self.params.items(), key=lambda pair: pair[0]))))

    def as_json(self) -> dict[str, object]:
        """Return `{"code", "params"}`; a message within a message has the same shape."""
        return {
            "code": self.code,
            "params": {name: _param_json(value) for name, value in self.params.items()},
        }


def plain(text: str) -> Message:
    """Return a text as a message: the same in every language."""
    return Message(PLAIN, {"text": text})


def message_from_json(document: object) -> Message:
    """Return the message of `Message.as_json`.

    Raises:
        ValueError: If the document is not one.
    """
    if (
        not isinstance(document, Mapping)
        or not isinstance(document.get("code"), str)
        or not isinstance(document.get("params"), Mapping)
    ):
        shown = json.dumps(document, ensure_ascii=False, default=repr)[:80]
        raise ValueError(f"{shown} is not a message: it needs a code and params")
    params = {str(name): _param_from_json(value) for name, value in document["params"].items()}
    return Message(str(document["code"]), params)


def messages_json(messages: Iterable[Message]) -> list[dict[str, object]]:
    """Return messages as the `details` of a JSON document, in order."""
    return [message.as_json() for message in messages]


def messages_from_json(document: object) -> tuple[Message, ...]:
    """Return stored messages; a part that is not a message becomes a plain text, never an error."""
    if not isinstance(document, list):
        return ()
    messages = []
    for part in document:
        try:
            messages.append(message_from_json(part))
        except ValueError:
            messages.append(plain(str(part)))
    return tuple(messages)


def _frozen(value: Param) -> Param:
    if isinstance(value, str | int | float | Message):
        return value
    return tuple(_frozen(part) for part in value)


def _param_json(value: Param) -> object:
    if isinstance(value, Message):
        return value.as_json()
    if isinstance(value, str | int | float):
        return value
    return [_param_json(part) for part in value]


def _param_from_json(value: object) -> Param:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return tuple(_param_from_json(part) for part in value)
    return message_from_json(value)
