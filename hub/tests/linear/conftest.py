"""A library in a new SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from academichub.library.works import Library
from academichub.store.database import open_database


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    database = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Library(database)
    database.close()
