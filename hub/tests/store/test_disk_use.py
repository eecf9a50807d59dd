"""Every byte of the data folder is counted once; parts of the database are counted within it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from made_records import record

from academichub.commands.doctor import doctor
from academichub.library.works import Library
from academichub.store.database import open_database
from academichub.store.disk_use import DiskUse, disk_use


def test_the_whole_folder_is_counted_once(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    (home / "models" / "deep").mkdir(parents=True)
    (home / "models" / "a.npz").write_bytes(b"x" * 1000)
    (home / "models" / "deep" / "b.npz").write_bytes(b"x" * 234)
    cache.mkdir()
    (cache / "weights").write_bytes(b"x" * 77)
    database = open_database(f"sqlite:///{home / 'hub.sqlite3'}")
    Library(database).add([record(1), record(2)])
    uses = disk_use(home, database, cache)
    assert DiskUse("models", 1234) in uses
    assert DiskUse("converted models", 77) in uses
    in_home = sum(
        use.num_bytes for use in uses if not use.part_of and use.purpose != "converted models"
    )
    assert in_home == sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    database.close()


def test_the_parts_of_the_database_are_the_lengths_of_what_is_stored(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    parts = {
        use.purpose: use.num_bytes
        for use in disk_use(tmp_path, database, tmp_path / "none")
        if use.part_of
    }
    assert parts == {"raw entries": 0, "cached answers": 0, "embeddings": 0}
    Library(database).add([record(1)])
    with database.read() as connection:
        stored = connection.exec_driver_sql("SELECT raw FROM records").scalar_one()
    raw = next(
        use
        for use in disk_use(tmp_path, database, tmp_path / "none")
        if use.purpose == "raw entries"
    )
    assert raw == DiskUse("raw entries", len(stored), part_of="database")
    assert len(stored) > 0
    database.close()


def test_the_doctor_shows_disk_use() -> None:
    findings = json.loads(CliRunner().invoke(doctor, ["--json"]).stdout)["findings"]
    shown = {finding["what"]: finding["found"] for finding in findings}
    assert shown["disk use"].startswith("database 0.")
    assert " MB" in shown["disk use"]
