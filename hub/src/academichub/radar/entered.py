"""Values that a reader enters into a radar: what does not exist is refused, with what is near it.

Stricter than signals.checked_value, which also reads radars that other versions wrote.
"""

from __future__ import annotations

from academichub.errors import UsageError
from academichub.facts import catalogue
from academichub.index.query_gaps import gap_in
from academichub.messages import Message


def entered_value(kind: str, value: str) -> str:
    """Return a value as it is to be added: a category as arXiv writes it, others as they are.

    Raises:
        UsageError: If a category does not exist (the nearest is named), or a query is only half of
            one (what it lacks is named).
    """
    value = " ".join(value.split())
    if kind == "category" and value:
        return _category(value)
    if kind == "query" and (gap := gap_in(value)) is not None:
        raise UsageError(gap)
    return value


def _category(text: str) -> str:
    if catalogue.is_category(text):
        return text
    if catalogue.is_archive(text.lower()):
        return text.lower()
    nearest = catalogue.nearest_category(text)
    if nearest.lower() == text.lower():
        return nearest
    raise UsageError(Message.of("choice.unknown_category", name=text[:60], near=nearest))
