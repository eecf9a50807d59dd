"""Backup and restore of everything the hub stores.

A backup is a zip file with the database, the settings file and a manifest.

A backup may be taken, and restored, while other processes use the hub (sqlite_files.py): readers
see the state before or after, never between.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from academichub import __version__
from academichub.errors import InputError, StorageError
from academichub.raw_settings import FILE_NAME, MAX_FILE_BYTES
from academichub.store.database import Database, migrate, newest_revision, schema_revisions
from academichub.store.sqlite_files import connect_file, copy_database

DATABASE_NAME = "academichub.sqlite3"
MANIFEST_NAME = "manifest.json"
FORMAT = 1
MAX_MANIFEST_BYTES = 100_000
_PORTION = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds."""

    made_at: str
    works: int
    records: int
    schema: str
    bytes: int


def write_backup(database: Database, home: Path, target: Path) -> BackupReport:
    """Write a backup file; an existing file is replaced only when the new one is complete.

    Raises:
        StorageError: If the database is not SQLite, or the target cannot be written.
    """
    _require_sqlite(database)
    revision, _ = schema_revisions(database)
    try:
        with tempfile.TemporaryDirectory(
            dir=target.absolute().parent, prefix=".academichub-backup-"
        ) as folder:
            copy = Path(folder) / DATABASE_NAME
            copy_database(database.path or Path(), copy)
            manifest = _manifest_of(copy, revision)
            packed = Path(folder) / "backup.zip"
            _pack(packed, manifest, copy, home)
            # The settings may hold passwords and keys: nobody else may read the file.
            packed.chmod(0o600)
            packed.replace(target)
    except OSError as problem:
        raise StorageError(
            f"the backup {target} cannot be written: {problem.strerror}; nothing was changed"
        ) from problem
    return _report(manifest)


def _manifest_of(copy: Path, revision: str | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "program": __version__,
        "schema": revision,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": _digest(copy),
        "bytes": copy.stat().st_size,
        **_counts(copy),
    }


def _pack(packed: Path, manifest: dict[str, Any], copy: Path, home: Path) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST_NAME, json.dumps(manifest, indent=1))
        archive.write(copy, DATABASE_NAME)
        if (home / FILE_NAME).is_file():
            archive.write(home / FILE_NAME, FILE_NAME)


def read_backup(source: Path, database: Database, home: Path) -> BackupReport:
    """Put a backup in the place of what the hub holds; on any error everything stays as it was.

    A settings file that is already there stays; so is a database that cannot be read, under
    another name.

    Raises:
        InputError: If the file is not a backup, is damaged, or was made by a newer version.
        StorageError: If there is no room or no permission.
    """
    _require_sqlite(database)
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive, source)
            _require_restorable(manifest, source, home)
            with tempfile.TemporaryDirectory(dir=home, prefix=".academichub-restore-") as folder:
                copy = Path(folder) / DATABASE_NAME
                _unpack(archive, DATABASE_NAME, copy, int(manifest["bytes"]))
                if _digest(copy) != manifest["sha256"]:
                    raise InputError(
                        f"{source} is damaged: the database in it does not match its checksum"
                    )
                database.close()
                _replace_database(copy, database.path or Path())
            if FILE_NAME in archive.namelist() and not (home / FILE_NAME).exists():
                _unpack(archive, FILE_NAME, home / FILE_NAME, MAX_FILE_BYTES)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as problem:
        raise InputError(
            f"{source} is not a backup of AcademicHub, or is damaged ({problem}); "
            "nothing was changed"
        ) from problem
    except OSError as problem:
        raise StorageError(
            f"{source} cannot be restored: {problem.strerror or problem}; nothing was changed"
        ) from problem
    migrate(database)
    return _report(manifest)


def _require_sqlite(database: Database) -> None:
    if database.path is None:
        raise StorageError(
            f"{database.place} is no SQLite file: back it up with the database's own tool (pg_dump)"
        )


def _manifest(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    if archive.getinfo(MANIFEST_NAME).file_size > MAX_MANIFEST_BYTES:
        raise InputError(f"{source} is not a backup of AcademicHub: its manifest is too large")
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST_NAME))
    if manifest["format"] != FORMAT:
        raise InputError(
            f"{source} has backup format {manifest['format']!r}; this program reads format {FORMAT}"
        )
    return manifest


def _require_restorable(manifest: dict[str, Any], source: Path, home: Path) -> None:
    if str(manifest["schema"]) > newest_revision():
        raise InputError(
            f"{source} was made by a newer AcademicHub (schema {manifest['schema']}): update first"
        )
    # The unpacked copy and the database it replaces exist at the same time.
    needed, free = int(manifest["bytes"]) * 2, shutil.disk_usage(home).free
    if needed > free:
        raise StorageError(f"restoring needs {needed >> 20} MB, {home} has {free >> 20} MB free")


def _unpack(archive: zipfile.ZipFile, name: str, target: Path, limit: int) -> None:
    """Write one file of the archive, at most `limit` bytes of it, whatever its header says."""
    with archive.open(name) as packed, target.open("wb") as out:
        left = limit
        while portion := packed.read(min(_PORTION, left + 1)):
            left -= len(portion)
            if left < 0:
                raise InputError(f"{name} in the backup is larger than its manifest says")
            out.write(portion)


def _replace_database(source: Path, target: Path) -> None:
    """Copy a database over another.

    One that is damaged is first put aside, for SQLite would not write over it.
    """
    put_aside = _put_aside(target) if _is_damaged(target) else {}
    try:
        copy_database(source, target)
    except BaseException:
        for original, aside in put_aside.items():
            aside.replace(original)
        raise


def _is_damaged(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with closing(connect_file(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.OperationalError:  # locked or not to be opened: the copy says so
        return False
    except sqlite3.DatabaseError:
        return True


def _put_aside(path: Path) -> dict[Path, Path]:
    """Rename a database with its journals, which belong to it alone.

    Returns old place -> new place.
    """
    mark = datetime.now(UTC).strftime("damaged-%Y%m%dT%H%M%S%f")
    moved = {}
    for ending in ("", "-wal", "-shm"):
        journal = path.with_name(path.name + ending)
        if journal.exists():
            moved[journal] = journal.rename(path.with_name(f"{path.name}.{mark}{ending}"))
    return moved


def _counts(path: Path) -> dict[str, int]:
    with closing(connect_file(path)) as connection:
        counts = {}
        for name in ("works", "records"):
            query = f"SELECT count(*) FROM {name}"  # noqa: S608 - fixed names
            row = connection.execute(query).fetchone()
            counts[name] = int(row[0])
        return counts


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _report(manifest: dict[str, Any]) -> BackupReport:
    return BackupReport(
        made_at=str(manifest["made_at"]),
        works=int(manifest["works"]),
        records=int(manifest["records"]),
        schema=str(manifest["schema"]),
        bytes=int(manifest["bytes"]),
    )
