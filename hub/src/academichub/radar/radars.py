"""The radars of an account: listed, created, renamed, deleted, and found by name.

An account's first radar answers where no name is given. It is called `main` until it is renamed,
and is made when something is first written to it.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from academichub.errors import NotFoundError, UsageError
from academichub.messages import Message
from academichub.store.accounts_store import account_names, first_account
from academichub.store.database import Database
from academichub.store.preferences_store import LEARNING, stored_account_preference
from academichub.store.radars_store import (
    RadarRow,
    add_radar,
    radar_rows,
    remove_radar_row,
    rename_radar_row,
)
from academichub.store.rows import Connection

MAIN = "main"
"""Name of an account's first radar until it is renamed."""

ALL = "all"
"""Stands for the combined view of all radars; no radar can have this name."""

RESERVED = (ALL, "radar")
"""Names no radar can have: `/feeds/radar.atom` is the feed of the first radar."""

MAX_RADARS = 50
MAX_NAME_CHARS = 60


class Radars:
    """The radars of an account.

    Args:
        database: Where they are stored.
        account: Name of the account; where None the account that was made first, or the hub
            itself while it has no accounts.
    """

    def __init__(self, database: Database, account: str | None = None) -> None:
        self._database = database
        self._account = account

    def names(self) -> list[str]:
        """Return the names in the order the radars were created; never empty."""
        with self._database.read() as connection:
            rows = radar_rows(connection, self._account)
        return [row.name for row in rows] or [MAIN]

    def create(self, name: str) -> str:
        """Create an empty radar and return its name.

        Raises:
            UsageError: If the name cannot be used or is taken, or there are too many radars.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.write() as connection:
            account = owner_of(connection, self._account)
            if not radar_rows(connection, account):  # the first radar stays the first
                add_radar(connection, account, MAIN, now)
            rows = radar_rows(connection, account)
            checked = checked_name(name, [row.name for row in rows])
            if len(rows) >= MAX_RADARS:
                raise UsageError(Message.of("radar.too_many", limit=MAX_RADARS))
            add_radar(connection, account, checked, now)
        return checked

    def rename(self, name: str, new: str) -> str:
        """Give a radar another name and return it.

        Raises:
            NotFoundError: If there is no radar of the name.
            UsageError: If the new name cannot be used or is taken.
        """
        with self._database.write() as connection:
            row = self._stored(connection, name)
            rows = radar_rows(connection, self._account)
            taken = [other.name for other in rows if other.number != row.number]
            checked = checked_name(new, taken)
            rename_radar_row(connection, row.number, checked)
        return checked

    def delete(self, name: str) -> None:
        """Delete a radar with its signals, and the briefs that no other radar has.

        Raises:
            NotFoundError: If there is no radar of the name.
            UsageError: If it is the only one.
        """
        with self._database.write() as connection:
            row = self._stored(connection, name)
            if len(radar_rows(connection, self._account)) == 1:
                raise UsageError(Message.of("radar.only_one", name=row.name))
            remove_radar_row(connection, row.number)

    def _stored(self, connection: Connection, name: str) -> RadarRow:
        """Return the row of a name; the first radar is written where it was not yet."""
        row = find_radar(connection, self._account, name)
        if row is None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            account = owner_of(connection, self._account)
            row = RadarRow(add_radar(connection, account, MAIN, now), MAIN)
        return row


def accounts_of(database: Database) -> list[str]:
    """Return every account in order of name; the empty one alone in a hub without accounts."""
    with database.read() as connection:
        return account_names(connection) or [""]


def owner_of(connection: Connection, account: str | None) -> str:
    """Return an account as rows name it: where None, the first one, or empty if there is none."""
    return first_account(connection) if account is None else account


def learns(connection: Connection, account: str | None) -> bool:
    """Return whether what an account's reader saves and opens counts in its radars."""
    return stored_account_preference(connection, account, LEARNING) is not False


def find_radar(connection: Connection, account: str | None, name: str | None) -> RadarRow | None:
    """Return the row of a radar; None for a first radar to which nothing has been written.

    Args:
        connection: An open connection.
        account: As in `Radars`.
        name: Name of the radar, in any case of letters; the account's first radar where None.

    Raises:
        NotFoundError: If the account has no radar of the name; the message names the nearest.
    """
    rows = radar_rows(connection, account)
    if name is None:
        return rows[0] if rows else None
    folded = _fold(name)
    for row in rows:
        if _fold(row.name) == folded:
            return row
    if not rows and folded == MAIN:
        return None
    raise _unknown(name, [row.name for row in rows] or [MAIN])


def checked_name(name: str, taken: Sequence[str] = ()) -> str:
    """Return the normal form of a radar's name: Unicode NFC, blanks folded.

    Raises:
        UsageError: If it is empty, too long, reserved or taken, or has a character that an address
            or a file's name cannot hold.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if (
        not 1 <= len(name) <= MAX_NAME_CHARS
        or not name.isprintable()
        or not name[0].isalnum()
        or any(character in name for character in '/\\?#%"<>')
    ):
        raise UsageError(Message.of("radar.bad_name", name=name[:80], limit=MAX_NAME_CHARS))
    if _fold(name) in RESERVED:
        raise UsageError(Message.of("radar.reserved_name", name=name))
    if _fold(name) in map(_fold, taken):
        raise UsageError(Message.of("radar.name_taken", name=name))
    return name


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def _unknown(name: str, names: Sequence[str]) -> NotFoundError:
    by_folded = {_fold(stored): stored for stored in names}
    near = difflib.get_close_matches(_fold(name), list(by_folded), n=1, cutoff=0.0)
    return NotFoundError(
        Message.of("radar.unknown", name=name[:80], near=by_folded[near[0]], names=list(names))
    )
