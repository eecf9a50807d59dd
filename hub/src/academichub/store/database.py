"""Opening the database: engine, transactions, migrations, and storage errors in words.

Knows SQLAlchemy and Alembic, nothing of works. SQLite runs in WAL mode with foreign keys on; a
write transaction takes the write lock at once (BEGIN IMMEDIATE), so that reading before writing in
it can never fail half-way.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    literal,
    select,
    table,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from academichub.errors import SettingsError, StorageError
from academichub.messages import Message
from academichub.store.sqlite_files import BUSY_TIMEOUT_S
from academichub.store.update_backups import write_update_backup

MIGRATIONS = Path(__file__).parent / "migrations"

log = logging.getLogger("academichub.store")

_FAULTS = (
    ("database or disk is full", Message.of("storage.full")),
    ("disk i/o error", Message.of("storage.disk")),
    ("readonly", Message.of("storage.read_only")),
    ("read-only", Message.of("storage.read_only")),
    ("unable to open", Message.of("storage.cannot_open")),
    ("database is locked", Message.of("storage.busy", seconds=BUSY_TIMEOUT_S)),
    ("malformed", Message.of("storage.damaged")),
    ("not a database", Message.of("storage.not_ours")),
)
"""Words in the database's own error -> what is wrong and what to do."""

_DAMAGED = ("malformed", "not a database")


class Database:
    """One open database.

    Args:
        url: A SQLAlchemy URL of SQLite or PostgreSQL.

    Raises:
        SettingsError: If the URL cannot be read or names another kind of database.
    """

    def __init__(self, url: str) -> None:
        parsed = _usable(url)
        self.url = url
        self.dialect = parsed.get_backend_name()
        self.path: Path | None = (
            Path(parsed.database) if self.dialect == "sqlite" and parsed.database else None
        )
        options: dict[str, Any] = (
            {"connect_args": {"timeout": BUSY_TIMEOUT_S}} if self.dialect == "sqlite" else {}
        )
        try:
            self.engine: Engine = create_engine(parsed, **options)
        except ImportError as problem:
            raise SettingsError(
                Message.of("database_url.no_driver", driver=parsed.drivername, why=str(problem))
            ) from problem
        if self.dialect == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading; what is written through it is rolled back."""
        with self._storage_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a write transaction: committed on success, else rolled back."""
        with self._storage_errors():
            connection = self.engine.connect().execution_options(academichub_write=True)
            with connection, connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except (
            OperationalError,
            DBAPIError,
            sqlite3.OperationalError,
            sqlite3.DatabaseError,
        ) as problem:
            detail = str(getattr(problem, "orig", None) or problem).strip()
            for words, why in _FAULTS:
                if words in detail.lower():
                    raise StorageError(
                        Message.of(
                            "storage.failed" if words in _DAMAGED else "storage.failed_safe",
                            place=self.place,
                            why=why,
                            detail=detail,
                        )
                    ) from problem
            if self.dialect == "postgresql" and isinstance(problem, OperationalError):
                raise StorageError(
                    Message.of("storage.server", place=self.place, detail=detail[:300])
                ) from problem
            raise

    @property
    def place(self) -> str:
        """The database in words for messages, without a password."""
        return (
            str(self.path) if self.path else make_url(self.url).render_as_string(hide_password=True)
        )


def _usable(url: str) -> URL:
    """Return a database URL in its parts.

    Raises:
        SettingsError: If it cannot be read, names another kind of database, or a driver for
            asynchronous programs.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(Message.of("database_url.kind", kind=parsed.get_backend_name()))
        is_async = parsed.get_dialect().is_async
    except (ArgumentError, ValueError) as problem:
        raise SettingsError(Message.of("database_url.not_one")) from problem
    if is_async:
        raise SettingsError(Message.of("database_url.asynchronous", driver=parsed.drivername))
    return parsed


LOCKED_PAUSE_S = 0.02
"""Pause before a file that another process has locked is tried again."""


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = (
        None  # transactions are begun by _begin_sqlite, not by the driver's own guess
    )
    cursor = connection.cursor()
    for pragma in (
        "page_size=8192",  # counts for a new file only: abstracts fill pages of 4096 badly
        "foreign_keys=ON",
        "synchronous=NORMAL",
        "wal_autocheckpoint=8000",
        "temp_store=MEMORY",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    _use_write_ahead_log(cursor)
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """Let a file be read while it is written; a read-only file stays as it is.

    SQLite does not wait for other processes when a file of the older kind is converted, so that
    this has to: those that open such a file at once are refused in turn.
    """
    end = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "readonly" in str(problem) or "read-only" in str(problem):
                return
            if "locked" not in str(problem) or time.monotonic() > end:
                raise
            time.sleep(LOCKED_PAUSE_S)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    wants_write = connection.get_execution_options().get("academichub_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_write else "BEGIN")


def open_database(url: str) -> Database:
    """Open a database and bring its schema up to date.

    Raises:
        SettingsError: If the URL is unusable.
        StorageError: If the file cannot be opened or written, or was made by a newer version of the
            hub.
    """
    database = Database(url)
    if database.path is not None:
        try:
            database.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StorageError(
                Message.of(
                    "storage.folder", folder=str(database.path.parent), why=str(problem.strerror)
                )
            ) from problem
    migrate(database)
    return database


def schema_revisions(database: Database) -> tuple[str | None, str]:
    """Return (the revision the database is at, the newest revision this program knows)."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision(), newest_revision()


def newest_revision() -> str:
    """Return the newest schema revision this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the package holds no migrations")
    return head


def migrate(database: Database) -> None:
    """Run the migrations that are missing, all or none; nothing is written where none is.

    A SQLite database that holds anything is copied first (update_backups.py).

    Raises:
        StorageError: If the database was made by a newer version, cannot be copied or written, or
            a migration fails; the database is then as it was.
    """
    current, head = schema_revisions(database)
    if current == head:
        return
    if current is not None and not _knows(current):
        raise StorageError(Message.of("storage.newer", place=database.place, schema=current))
    copy: Path | None = None
    try:
        with database.write() as connection:
            # another process may have migrated since: only under the lock is the revision certain
            current = MigrationContext.configure(connection).get_current_revision()
            if current == head:
                return
            copy = _copy_before(connection, database, current, head)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except Exception as problem:
        if copy is None:
            raise
        raise StorageError(
            Message.of(
                "storage.update_failed",
                place=database.place,
                current=str(current),
                head=head,
                why=str(problem).rstrip("."),
                copy=str(copy),
            )
        ) from problem


def _copy_before(
    connection: Connection, database: Database, current: str | None, head: str
) -> Path | None:
    """Copy a database that holds anything before it is migrated; return where, or None."""
    if current is None or not _holds_rows(connection):
        return None
    path = _file_of(connection)
    if path is None:
        log.warning(
            "%s is updated from schema %s to %s without a copy: use the database's own tool "
            "(pg_dump) for backups",
            database.place,
            current,
            head,
        )
        return None
    copy = write_update_backup(path, head)
    log.warning(
        "%s is updated from schema %s to %s; a copy from before is %s", path, current, head, copy
    )
    return copy


def _file_of(connection: Connection) -> Path | None:
    """Return the file of a SQLite database, however its URL writes it; None for other databases."""
    if connection.dialect.name != "sqlite":
        return None
    name = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    return Path(name) if name else None


def _holds_rows(connection: Connection) -> bool:
    """Whether any table has a row, but for those the schema itself fills."""
    tables = [
        name
        for name in inspect(connection).get_table_names()
        if not name.startswith(("alembic_", "work_tokens", "work_terms"))
    ]
    return any(
        connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first()
        for name in tables
    )


def _knows(revision: str) -> bool:
    return revision in {
        script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()
    }


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
