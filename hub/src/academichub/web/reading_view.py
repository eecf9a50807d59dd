"""What the reader of a page has read: marks for its cards, and the mark of an opened work."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from academichub.errors import StorageError
from academichub.radar.reading import ReadingMarks
from academichub.web import marks
from academichub.web.radar_choice import chosen_radar, chosen_radars
from academichub.web.rendering import Visit

READ = "read"
"""The mark of a work that was read, as cards and buttons name it."""


def account_of(visit: Visit) -> str:
    """Return the account whose reading is remembered (Hub.account_of)."""
    return visit.hub.account_of(visit.account)


def reading_marks(visit: Visit) -> ReadingMarks:
    """Return the reading marks of the visit's account."""
    return ReadingMarks(visit.hub.database, account_of(visit))


def marks_with_read(visit: Visit, keys: Collection[str]) -> dict[str, frozenset[str]]:
    """Return what the reader said of works by key, with READ for those that were read.

    Likes and the like are those of the radars that the address names.
    """
    if not keys:
        return {}
    given = marks.marks_of(visit.hub, keys, chosen_radars(visit, visit.radar_name))
    read = reading_marks(visit).read_among(keys)
    none: frozenset[str] = frozenset()
    return {
        key: given.get(key, none) | ({READ} if key in read else none)
        for key in keys
        if key in given or key in read
    }


def note_opened(visit: Visit, key: str, radar: str) -> None:
    """Mark a work as read because the reader opens it, which is a weak like in a radar.

    A database that cannot be written is let be.
    """
    with suppress(StorageError):
        reading_marks(visit).mark([key])
        chosen_radar(visit, radar).learn("opened", key)
