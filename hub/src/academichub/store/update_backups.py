"""Copies of a database from before its schema was updated, in a folder `backups` next to it.

One copy per update, called after the revision that followed: `academichub.before-0008.sqlite3`.
It is an ordinary database: to go back, stop the hub, install the earlier version and put the copy
in the place of the database.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from academichub.errors import StorageError
from academichub.store.sqlite_files import copy_database

FOLDER = "backups"
KEPT = 2
"""Copies of one database; older ones are removed once a newer one is complete."""

SPARE_BYTES = 32 << 20
"""Room that must be left after the copy, for what the update itself writes."""


def write_update_backup(database: Path, revision: str) -> Path:
    """Copy a database before it is updated to a revision, and return where the copy is.

    A copy of the same name, left by an update that failed, is replaced once the new one is
    complete.

    Raises:
        StorageError: If there is no room or no permission; neither the database nor an earlier
            copy is touched.
    """
    folder = database.parent / FOLDER
    target = folder / f"{database.stem}.before-{revision}{database.suffix}"
    partial = target.with_name(f".{target.name}.partial")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _require_room(database, folder)
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)  # the copy holds password hashes, as the database does
        try:
            copy_database(database, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        for old in update_backups(database)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as problem:
        raise StorageError(
            f"{database} must be copied before it is updated, and {folder} cannot be written: "
            f"{problem.strerror or problem}; nothing was changed"
        ) from problem
    return target


def update_backups(database: Path) -> list[Path]:
    """Return the copies there are of a database from before its updates, newest first."""
    copies = (database.parent / FOLDER).glob(f"{database.stem}.before-*{database.suffix}")
    return sorted(copies, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def _require_room(database: Path, folder: Path) -> None:
    journal = database.with_name(database.name + "-wal")
    size = sum(path.stat().st_size for path in (database, journal) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise StorageError(
            f"{database} must be copied before it is updated, which needs "
            f"{(size + SPARE_BYTES) >> 20} MB; {folder} has {free >> 20} MB free: "
            "free space, then run it again. Nothing was changed."
        )
