"""How much disk the hub uses, and for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from sqlalchemy import ColumnElement, Text, cast, func, select

from academichub.store import schema
from academichub.store.database import Database

SQLITE_ENDINGS = ("", "-wal", "-shm")
"""A SQLite database is a file with up to two companions."""

MODEL_CACHE = Path(platformdirs.user_cache_dir("nextlat", appauthor=False)) / "models"
"""Where the local engine stores converted models, outside the data folder."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes used for one purpose; `part_of` names the purpose that includes them, if any."""

    purpose: str
    num_bytes: int
    part_of: str = ""


def disk_use(home: Path, database: Database, model_cache: Path = MODEL_CACHE) -> list[DiskUse]:
    """Return what uses disk.

    That is the database with its largest parts, each entry of the data folder, converted models.

    Args:
        home: The data folder.
        database: The open main database. Its file is measured where it is SQLite; a server's disk
            is not ours to see.
        model_cache: Folder of converted models.
    """
    database_files = (
        [] if database.path is None else [Path(f"{database.path}{end}") for end in SQLITE_ENDINGS]
    )
    uses = [DiskUse("database", sum(map(_size, database_files)))] if database_files else []
    uses += _parts(database)
    others = sorted(set(home.iterdir()) - set(database_files)) if home.is_dir() else []
    uses += [DiskUse(path.name, _size(path)) for path in others]
    if model_cache.is_dir():
        uses.append(DiskUse("converted models", _size(model_cache)))
    return uses


def _parts(database: Database) -> Iterator[DiskUse]:
    sizes: tuple[tuple[str, ColumnElement[int]], ...] = (
        ("raw entries", func.length(schema.records.c.raw)),
        ("cached answers", func.length(cast(schema.model_answers.c.answer, Text))),
        ("embeddings", func.length(schema.work_embeddings.c.vector)),
    )
    with database.read() as connection:
        for purpose, size in sizes:
            total = connection.execute(select(func.coalesce(func.sum(size), 0))).scalar_one()
            yield DiskUse(purpose, int(total), part_of="database")


def _size(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder.

    What vanishes or cannot be read counts as 0.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(map(_size, path.iterdir()))
        return path.lstat().st_size
    except OSError:
        return 0
