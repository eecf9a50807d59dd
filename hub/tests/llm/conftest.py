"""A model server of our own, and the hub's client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer

from academichub.llm import wire
from academichub.llm.model import LanguageModel
from academichub.settings import LlmSettings
from academichub.store.database import Database, open_database

Opener = Callable[..., LanguageModel]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as opened:
        yield opened


@pytest.fixture
def open_model(
    server: ModelServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    """Open a client of the server with other settings; pauses between tries are short."""
    monkeypatch.setattr(wire, "FIRST_PAUSE_S", 0.02)
    opened: list[LanguageModel] = []

    def open_one(**more: Any) -> LanguageModel:
        settings = LlmSettings(
            **{"base_url": server.url, "model": "tiny-135m", "timeout_s": 5, **more}
        )
        opened.append(LanguageModel(settings, database))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
