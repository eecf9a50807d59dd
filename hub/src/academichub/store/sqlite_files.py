"""SQLite database files as files: a plain connection to one, and a consistent copy of one in use.

A copy is made page by page through SQLite's own backup interface (sqlite.org/backup.html), so that
it holds the state of one moment whatever other processes write meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from academichub.errors import StorageError

BUSY_TIMEOUT_S = 60
"""How long a SQLite statement waits for another process's write before it fails."""


def connect_file(path: Path) -> sqlite3.Connection:
    """Return a plain connection to a database file, made if there is none; the caller closes it."""
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database, in use or not, over another or into a new file.

    Raises:
        StorageError: If one cannot be read or the other not be written; the target keeps what it
            held.
    """
    try:
        with closing(connect_file(source)) as read, closing(connect_file(target)) as written:
            read.backup(written)
    except sqlite3.Error as problem:
        raise StorageError(
            f"{source} could not be copied to {target}: {problem}; nothing was changed"
        ) from problem
