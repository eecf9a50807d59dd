"""A database is copied before its schema is updated; an update that fails leaves it as it was."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from academichub.errors import StorageError
from academichub.library.works import Library
from academichub.store import database as database_module
from academichub.store import update_backups as update_backups_module
from academichub.store.database import newest_revision, open_database
from academichub.store.update_backups import SPARE_BYTES, update_backups

FIXTURE = Path(__file__).parents[1] / "fixtures" / "library_466f080"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of schema 0005 with 14 works."""
    path = tmp_path / "hub.sqlite3"
    path.write_bytes(gzip.decompress((FIXTURE / "hub.sqlite3.gz").read_bytes()))
    return path


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every ordinary table of a database, and its tables' definitions."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        found: dict[str, list[tuple[object, ...]]] = {"": tables}
        for name, sql in tables:
            if sql and sql.startswith("CREATE TABLE"):
                found[name] = sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
        return found


def add_migration(folder: Path, revision: str, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program know one more migration."""
    known = folder / "migrations"
    if not known.exists():
        shutil.copytree(database_module.MIGRATIONS, known)
    before = newest_revision()
    (known / "versions" / f"{revision}_more.py").write_text(
        f"from alembic import op\nrevision, down_revision = {revision!r}, {before!r}\n"
        f"branch_labels = depends_on = None\n\ndef upgrade():\n    {body}\n"
    )
    monkeypatch.setattr(database_module, "MIGRATIONS", known)


def test_the_copy_holds_what_the_database_held_and_is_named(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = rows(old)
    open_database(f"sqlite:///{old}").close()
    copy = old.parent / "backups" / f"hub.before-{newest_revision()}.sqlite3"
    assert update_backups(old) == [copy]
    assert list(copy.parent.iterdir()) == [copy]
    assert rows(copy) == before != rows(old)
    assert copy.stat().st_mode & 0o077 == 0
    assert [str(copy) in line for line in caplog.messages] == [True]


def test_a_copy_opens_as_a_library(old: Path, tmp_path: Path) -> None:
    open_database(f"sqlite:///{old}").close()
    [copy] = update_backups(old)
    again = tmp_path / "again" / "hub.sqlite3"
    again.parent.mkdir()
    shutil.copy(copy, again)
    database = open_database(f"sqlite:///{again}")
    assert Library(database).count() == 14
    database.close()


def test_processes_that_open_at_once_make_one_copy_of_the_old_schema(old: Path) -> None:
    before = rows(old)
    start = threading.Barrier(4)

    def open_together(_: int) -> None:
        start.wait()
        open_database(f"sqlite:///{old}").close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_together, range(4)))
    [copy] = update_backups(old)
    assert rows(copy) == before


def test_nothing_is_copied_where_there_is_nothing_to_update_or_to_lose(
    old: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        open_database(f"sqlite:///{tmp_path / 'new.sqlite3'}").close()
    assert not (tmp_path / "backups").exists()
    with closing(sqlite3.connect(old)) as connection:
        for table in rows(old):
            if table and not table.startswith(("work_t", "alembic")):
                connection.execute(f"DELETE FROM {table}")
        connection.commit()
    open_database(f"sqlite:///{old}").close()
    assert not (tmp_path / "backups").exists()


def test_a_failing_migration_leaves_the_database_as_it_was_and_names_the_copy(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(old)
    add_migration(tmp_path, "9998", "op.execute('DROP TABLE works')", monkeypatch)
    add_migration(tmp_path, "9999", "op.execute('INSERT INTO no_table VALUES (1)')", monkeypatch)
    with pytest.raises(StorageError, match="no such table: no_table") as caught:
        open_database(f"sqlite:///{old}")
    [copy] = update_backups(old)
    assert copy.name == "hub.before-9999.sqlite3"
    assert str(copy) in str(caught.value)
    assert "schema 0005 to 9999" in str(caught.value)
    assert rows(old) == rows(copy) == before


def test_the_newest_two_copies_stay(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "backups" / "other.before-0001.sqlite3"
    other.parent.mkdir()
    other.write_bytes(b"of another database")
    names = []
    for n, revision in enumerate(("9997", "9998", "9999")):
        add_migration(tmp_path, revision, f"op.execute('CREATE TABLE t{n} (x)')", monkeypatch)
        open_database(f"sqlite:///{old}").close()
        names.insert(0, f"hub.before-{revision}.sqlite3")
        for age, path in enumerate(update_backups(old)):  # of one clock tick, but a second apart
            os.utime(path, (1000 * (n + 1) - age, 1000 * (n + 1) - age))
    assert [path.name for path in update_backups(old)] == names[:2]
    assert other.exists()


def test_a_disk_without_room_is_said_before_anything_is_touched(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old.read_bytes()
    free = len(before) + SPARE_BYTES - 1
    usage = Usage(10**12, 10**12 - free, free)
    monkeypatch.setattr(update_backups_module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match="free space, then run it again"):
        open_database(f"sqlite:///{old}")
    assert [*(old.parent / "backups").iterdir()] == []
    assert rows(old)["alembic_version"] == [("0005",)]
    monkeypatch.setattr(
        update_backups_module.shutil, "disk_usage", lambda _: usage._replace(free=10**9)
    )
    open_database(f"sqlite:///{old}").close()
    assert len(update_backups(old)) == 1


def test_a_copy_that_breaks_off_leaves_the_earlier_one_and_the_database(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = old.parent / "backups" / f"hub.before-{newest_revision()}.sqlite3"
    earlier.parent.mkdir()
    earlier.write_bytes(b"the copy of an update that failed")

    def broken(_source: Path, target: Path) -> None:
        target.write_bytes(b"half a copy")
        raise StorageError("the disk is full")

    monkeypatch.setattr(update_backups_module, "copy_database", broken)
    before = rows(old)
    with pytest.raises(StorageError, match="the disk is full"):
        open_database(f"sqlite:///{old}")
    assert earlier.read_bytes() == b"the copy of an update that failed"
    assert [*earlier.parent.iterdir()] == [earlier]
    assert rows(old) == before


def test_a_folder_that_cannot_be_made_is_said(old: Path) -> None:
    (old.parent / "backups").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="must be copied before it is updated"):
        open_database(f"sqlite:///{old}")
    assert rows(old)["alembic_version"] == [("0005",)]


def test_commands_say_on_standard_error_where_the_copy_is_and_doctor_names_it(
    old: Path, tmp_path: Path
) -> None:
    path = tmp_path / "academichub.sqlite3"
    old.rename(path)
    environment = {**os.environ, "ACADEMICHUB_HOME": str(tmp_path)}
    done = [
        subprocess.run(
            [sys.executable, "-m", "academichub.cli", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for words in (("radar", "show", "--json"), ("doctor", "--json"))
    ]
    copy = str(tmp_path / "backups" / f"academichub.before-{newest_revision()}.sqlite3")
    assert copy in done[0].stderr
    assert len(json.loads(done[0].stdout)["signals"]) == 10
    assert copy not in done[1].stderr
    findings = {one["what"]: one for one in json.loads(done[1].stdout)["findings"]}
    assert findings["copies from before updates"]["found"] == copy
