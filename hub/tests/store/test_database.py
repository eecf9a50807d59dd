"""Opening, migrating, and storage errors in words with nothing lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from made_records import record
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from academichub.errors import SettingsError, StorageError
from academichub.library.works import Library
from academichub.store import database as store
from academichub.store import schema
from academichub.store.database import Database, migrate, open_database, schema_revisions


def test_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    found = inspect(database.engine)
    made = {
        name
        for name in found.get_table_names()
        if not name.startswith(("work_tokens", "work_terms", "alembic"))
    }
    assert made == set(schema.metadata.tables)
    for name, table in schema.metadata.tables.items():
        assert {column["name"] for column in found.get_columns(name)} == set(
            table.columns.keys()
        ), name
        indexes = {tuple(index["column_names"]) for index in found.get_indexes(name)}
        assert {tuple(index.columns.keys()) for index in table.indexes} <= indexes, name
    assert schema_revisions(database)[0] == schema_revisions(database)[1]


def test_migrating_again_writes_nothing(database: Database) -> None:
    assert database.path is not None
    with database.read() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").scalar()
    migrate(database)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() == before


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer AcademicHub"):
        migrate(database)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite+nothing"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database\.url"):
        open_database(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:geheim@localhost:abc/x", "is not a database URL"),
        ("sqlite+aiosqlite:////tmp/never", "asynchronous driver"),
        ("postgresql+pg8000://me:geheim@localhost/x", "is not installed"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_setting_without_its_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        open_database(url)
    assert "geheim" not in str(caught.value)


def test_an_unreachable_server_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    def refused() -> None:
        raise OperationalError(
            "connect", {}, Exception("connection to server failed: Connection refused\n")
        )

    monkeypatch.setattr(database, "dialect", "postgresql")
    monkeypatch.setattr(database.engine, "connect", refused)
    with pytest.raises(
        StorageError, match=r"check that the server runs and `database\.url`\. \(.*refused\)$"
    ):
        schema_revisions(database)


@pytest.mark.parametrize("damage", [slice(0, 100), slice(4096, None)])
def test_a_damaged_file_is_not_called_safe(database: Database, damage: slice) -> None:
    assert database.path is not None
    database.close()
    content = bytearray(database.path.read_bytes())
    content[damage] = b"\x5a" * len(content[damage])
    database.path.write_bytes(content)
    with pytest.raises(StorageError, match="academichub restore FILE") as caught:
        open_database(database.url)
    assert "safe" not in str(caught.value)


def test_a_write_is_rolled_back_on_any_error(library: Library) -> None:
    table = schema.preferences
    with pytest.raises(IntegrityError), library.database.write() as connection:
        connection.execute(table.insert().values(name="a", value=1))
        connection.execute(table.insert().values(name="a", value=2))
    with library.database.read() as connection:
        assert connection.execute(table.select()).all() == []


def test_a_full_disk_is_said_and_loses_nothing(library: Library) -> None:
    library.add([record(1)])
    limit = {"on": True}

    def cap(connection: object, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={1 if limit['on'] else 10**9}")

    from sqlalchemy import event

    library.database.close()
    event.listen(library.database.engine, "checkout", cap)
    with pytest.raises(StorageError, match="full: free space, then run it again"):
        library.add(record(n, abstract="long " * 400) for n in range(2, 400))
    limit["on"] = False
    assert [work.title for work in library.all_works()] == ["Title 1"]
    library.add(record(n) for n in range(2, 5))
    assert library.count() == 4


def test_a_read_only_database_reads_on_and_says_why_it_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    writable = open_database(f"sqlite:///{path}")
    Library(writable).add([record(1)])
    writable.close()
    readonly = Library(Database(f"sqlite:///file:{path}?mode=ro&uri=true"))
    assert readonly.count() == 1
    with pytest.raises(StorageError, match="may not be written"):
        readonly.add([record(2)])
    assert readonly.count() == 1
    readonly.database.close()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    path.write_bytes(b"this is no database, only text that is long enough " * 100)
    with pytest.raises(StorageError, match=r"not an AcademicHub database"):
        open_database(f"sqlite:///{path}")


class LockedCursor(sqlite3.Cursor):
    """A cursor of a file that other processes convert too: refused at first, without a pause."""

    refusals = 0

    def execute(self, sql: str, parameters: Any = (), /) -> LockedCursor:
        if self.refusals and "journal_mode" in sql:
            self.refusals -= 1
            raise sqlite3.OperationalError("database is locked")
        super().execute(sql, parameters)
        return self


def test_files_that_several_processes_convert_at_once_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "hub.sqlite3")) as connection:
        cursor = LockedCursor(connection)
        monkeypatch.setattr(store, "BUSY_TIMEOUT_S", 0.01)
        cursor.refusals = 1_000_000
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store._use_write_ahead_log(cursor)
        monkeypatch.setattr(store, "BUSY_TIMEOUT_S", 60)
        cursor.refusals = 3
        store._use_write_ahead_log(cursor)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
