"""A library in a fresh SQLite file, and records to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from academichub.library.works import Library
from academichub.store.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)
