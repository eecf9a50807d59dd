"""Backup and restore: a round trip, while in use, and refusals that change nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from made_records import dump, record

from academichub.errors import InputError, StorageError
from academichub.library.works import Library
from academichub.store import backup
from academichub.store.backup import read_backup, write_backup
from academichub.store.database import Database, open_database


@pytest.fixture
def filled(library: Library) -> Library:
    library.add(record(n) for n in range(1, 6))
    return library


def test_round_trip_into_an_empty_and_over_a_full_hub(filled: Library, tmp_path: Path) -> None:
    saved = tmp_path / "saved.zip"
    (tmp_path / "academichub.toml").write_text('language = "en"\n')
    report = write_backup(filled.database, tmp_path, saved)
    assert (report.works, report.records) == (5, 5)
    assert saved.stat().st_mode & 0o077 == 0
    before = dump(filled)
    filled.add([record(9)])
    home = tmp_path / "other"
    home.mkdir()
    for library, folder in (
        (filled, tmp_path),
        (Library(open_database(f"sqlite:///{home / 'new.sqlite3'}")), home),
    ):
        assert read_backup(saved, library.database, folder).works == 5
        assert dump(library) == before
        library.add([record(7)])
        assert library.count() == 6
        library.database.close()
    assert (home / "academichub.toml").read_text() == 'language = "en"\n'


def test_backup_while_another_connection_writes(filled: Library, tmp_path: Path) -> None:
    with filled.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM preferences")
        report = write_backup(filled.database, tmp_path, tmp_path / "saved.zip")
    assert report.works == 5


def refuse(library: Library, folder: Path, source: Path, match: str) -> None:
    before = dump(library)
    with pytest.raises(InputError, match=match):
        read_backup(source, library.database, folder)
    assert dump(library) == before


def test_damaged_foreign_and_newer_files_are_refused(filled: Library, tmp_path: Path) -> None:
    saved = tmp_path / "saved.zip"
    write_backup(filled.database, tmp_path, saved)
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        content = archive.read("academichub.sqlite3")

    def forge(name: str, body: bytes = content, **changes: object) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("manifest.json", json.dumps({**manifest, **changes}))
            archive.writestr("academichub.sqlite3", body)
        return path

    refuse(filled, tmp_path, forge("newer.zip", schema="9999"), "newer AcademicHub")
    refuse(filled, tmp_path, forge("format.zip", format=7), "format 7")
    refuse(filled, tmp_path, forge("short.zip", body=content[:-4096]), "checksum")
    refuse(filled, tmp_path, forge("long.zip", bytes=4096), "larger than its manifest")
    (tmp_path / "text.zip").write_text("no zip at all")
    refuse(filled, tmp_path, tmp_path / "text.zip", "not a backup")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    refuse(filled, tmp_path, tmp_path / "other.zip", "not a backup")


def test_a_target_that_cannot_be_written_is_said(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_backup(filled.database, tmp_path, tmp_path / "absent" / "saved.zip")


@pytest.mark.parametrize("damage", [slice(0, 100), slice(8192, None)])
def test_a_damaged_database_is_replaced_and_kept(
    filled: Library, tmp_path: Path, damage: slice
) -> None:
    saved = tmp_path / "saved.zip"
    write_backup(filled.database, tmp_path, saved)
    before, path = dump(filled), filled.database.path
    assert path is not None
    filled.database.close()
    content = bytearray(path.read_bytes())
    content[damage] = b"\x5a" * len(content[damage])
    path.write_bytes(content)
    path.with_name(path.name + "-wal").write_bytes(b"a journal of the damaged file")
    read_backup(saved, Database(filled.database.url), tmp_path)
    assert dump(Library(open_database(filled.database.url))) == before
    kept = [
        one for one in path.parent.glob(f"{path.name}.damaged-*") if one.suffix.count("-wal") == 0
    ]
    assert [one.read_bytes() for one in kept] == [bytes(content)]


def test_a_failing_restore_leaves_even_a_damaged_database_where_it_was(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "saved.zip"
    write_backup(filled.database, tmp_path, saved)
    path = filled.database.path
    assert path is not None
    filled.database.close()
    path.write_bytes(b"no database" * 1000)

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(backup, "copy_database", full)
    with pytest.raises(StorageError, match="full"):
        read_backup(saved, Database(filled.database.url), tmp_path)
    assert path.read_bytes() == b"no database" * 1000
    assert list(path.parent.glob("*.damaged-*")) == []
