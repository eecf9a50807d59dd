"""A library of invented works, English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_works import WORKS

from academichub.library.works import Library
from academichub.store.database import open_database


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('search') / 'hub.sqlite3'}")
    made = Library(database)
    made.add(WORKS)
    yield made
    database.close()
