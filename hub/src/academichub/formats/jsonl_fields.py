"""Typed values from the fields of a JSON line; each function raises BadLineError for another type.

Pure, no IO.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from typing import Any

from academichub.errors import InputError
from academichub.formats.protocol import MAX_ABSTRACT, MAX_AUTHORS, MAX_NAME, clean
from academichub.messages import Message

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadLineError(InputError):
    """A line that cannot be taken; its message is the reason."""


def cleaned(value: Any) -> Any:
    """Return parsed JSON without control characters and half surrogates in its texts."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(element) for element in value]
    if isinstance(value, dict):
        return {clean(name): cleaned(member) for name, member in value.items()}
    return value


def text_of(fields: dict[str, Any], name: str, limit: int = MAX_ABSTRACT) -> str:
    """Return a text of at most so many characters, empty where it is absent."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLineError(Message.of("skipped.not_text", field=name, value=json.dumps(value)[:60]))
    if len(value) > limit:
        raise BadLineError(
            Message.of("skipped.text_too_long", field=name, length=len(value), limit=limit)
        )
    return value.strip()


def texts_of(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts without the empty ones."""
    value = fields.get(name) or []
    if not isinstance(value, list) or len(value) > MAX_AUTHORS:
        raise BadLineError(Message.of("skipped.not_texts", field=name, limit=MAX_AUTHORS))
    texts = []
    for text in value:
        if not isinstance(text, str) or len(text) > MAX_NAME:
            raise BadLineError(Message.of("skipped.texts_too_long", field=name, limit=MAX_NAME))
        if stripped := text.strip():
            texts.append(stripped)
    return tuple(texts)


def rows_of(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects, empty where it is absent."""
    value = fields.get(name) or []
    if (
        not isinstance(value, list)
        or len(value) > MAX_AUTHORS
        or not all(isinstance(row, dict) for row in value)
    ):
        raise BadLineError(Message.of("skipped.not_objects", field=name))
    return value


def version_of(row: dict[str, Any]) -> int:
    """Return the version number of a row."""
    value = row.get("version")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000:
        raise BadLineError(Message.of("skipped.not_version", value=json.dumps(value)[:60]))
    return value


def day_of(row: dict[str, Any], name: str) -> str:
    """Return a day `YYYY-MM-DD`, empty where it is absent."""
    value = text_of(row, name)
    if value and not _is_day(value):
        raise BadLineError(Message.of("skipped.not_day", field=name, value=value[:60]))
    return value


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def text_or_number(fields: dict[str, Any], name: str) -> str:
    """Return a text that other programs also write as a number, such as a volume."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise BadLineError(
            Message.of("skipped.not_text_or_number", field=name, value=json.dumps(value)[:60])
        )
    return str(value)[:MAX_NAME] if isinstance(value, int) else text_of(fields, name, MAX_NAME)
