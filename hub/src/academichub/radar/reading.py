"""What a reader has read, and what came since the reader's last visit.

A work is read when its page was opened or when the reader marks it, not because it was shown. A
visit ends when the reader has not loaded a page for VISIT_GAP; what came after the visit before is
new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from academichub.radar.lineup import Candidate
from academichub.store.database import Database
from academichub.store.reading_store import (
    VisitRow,
    add_read_keys,
    first_record_numbers,
    keys_read,
    remove_read_at,
    remove_read_key,
    visit_rows,
    write_visits,
)
from academichub.store.records_store import latest_record_number

VISIT_GAP = timedelta(hours=1)
"""Time without a page after which the next page begins another visit."""

VISIT_STEP = timedelta(minutes=1)
"""A visit is written at most this often, so that reading does not mean writing."""


@dataclass(frozen=True, slots=True)
class ReadingMarks:
    """The works an account has read; the account is empty where nobody logs in."""

    database: Database
    account: str = ""

    def read_among(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys whose work was read."""
        with self.database.read() as connection:
            return keys_read(connection, self.account, dict.fromkeys(keys))

    def mark(self, keys: Iterable[str], now: datetime | None = None) -> tuple[str, int]:
        """Mark works as read, by key.

        Returns:
            The moment of the marks, by which `undo` takes them back, and how many works were
            unread before.
        """
        moment = (now or datetime.now(UTC)).isoformat(timespec="microseconds")
        with self.database.write() as connection:
            named = dict.fromkeys(keys)
            already = keys_read(connection, self.account, named)
            unread = [key for key in named if key not in already]
            add_read_keys(connection, self.account, unread, moment)
        return moment, len(unread)

    def unmark(self, key: str) -> None:
        """Mark a work as unread."""
        with self.database.write() as connection:
            remove_read_key(connection, self.account, key)

    def toggle(self, key: str) -> bool:
        """Mark a work as read, or as unread where it was read; return whether it is read now."""
        if self.read_among([key]):
            self.unmark(key)
            return False
        self.mark([key])
        return True

    def undo(self, moment: str) -> int:
        """Take back the marks of one call of `mark`; return how many works are unread again."""
        with self.database.write() as connection:
            return remove_read_at(connection, self.account, moment)


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits of an account."""

    database: Database
    account: str = ""

    def before(self) -> VisitRow | None:
        """Return the visit before the one under way; None in the first."""
        with self.database.read() as connection:
            return visit_rows(connection, self.account)[1]

    def begin_or_go_on(self, newest_day: str, now: datetime | None = None) -> VisitRow | None:
        """Note that the reader is here, and return the visit before this one; None in the first.

        Args:
            newest_day: The newest day in the library.
            now: The current moment.
        """
        moment = now or datetime.now(UTC)
        with self.database.read() as connection:
            latest, before = visit_rows(connection, self.account)
            record = latest_record_number(connection)
        silent = moment - datetime.fromisoformat(latest.moment) if latest else VISIT_GAP
        if latest and silent >= VISIT_GAP:
            before = latest
        elif latest and silent < VISIT_STEP and (latest.day, latest.record) == (newest_day, record):
            return before
        with self.database.write() as connection:
            visit = VisitRow(moment.isoformat(timespec="seconds"), newest_day, record)
            write_visits(connection, self.account, visit, before)
        return before


def new_since(database: Database, candidates: Iterable[Candidate], visit: VisitRow) -> set[str]:
    """Return the keys of candidates that came since a visit.

    A work came since if it is announced on a later day than the newest one of that visit, or if
    nothing of it was in the library then.
    """
    keys: set[str] = set()
    earlier: dict[int, str] = {}
    for candidate in candidates:
        if candidate.announced is not None and candidate.announced.date > visit.day:
            keys.add(candidate.work.key)
        else:
            earlier[candidate.work.id] = candidate.work.key
    with database.read() as connection:
        first_records = first_record_numbers(connection, earlier)
    late = (earlier[number] for number, first in first_records.items() if first > visit.record)
    return keys.union(late)
