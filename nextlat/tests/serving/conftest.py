"""Servers the tests share: with drafts by the model's dynamics, with drafts looked up, and without
drafts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from running_server import Running, running
from tiny_chat import save_chat_model, save_sentence_encoder

from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Model folders by kind; `tiny` and `plain` hold the same trunk."""
    root = tmp_path_factory.mktemp("models")
    return {
        "tiny": save_chat_model(root / "with-dynamics" / "tiny"),
        "plain": save_chat_model(root / "without" / "tiny", dynamics=False),
        "no-template": save_chat_model(root / "no-template", template=None),
        "encoder": save_sentence_encoder(root / "tiny-embed"),
    }


@pytest.fixture(scope="session")
def drafting(folders: dict[str, Path]) -> Iterator[Running]:
    settings = ServeSettings(port=0, prefill_chunk=16)
    with running(load_state(str(folders["tiny"]), settings, folders["encoder"], 3)) as server:
        yield server


@pytest.fixture(scope="session")
def lookup(folders: dict[str, Path]) -> Iterator[Running]:
    settings = ServeSettings(port=0, prefill_chunk=16)
    with running(load_state(str(folders["plain"]), settings, folders["encoder"], 3)) as server:
        yield server


@pytest.fixture(scope="session")
def plain(folders: dict[str, Path]) -> Iterator[Running]:
    settings = ServeSettings(port=0, prefill_chunk=16, speculation=False)
    with running(load_state(str(folders["tiny"]), settings, folders["encoder"])) as server:
        yield server


@pytest.fixture
def client(drafting: Running) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=f"{drafting.url}/v1", api_key="none", max_retries=0, timeout=30
    ) as openai_client:
        yield openai_client
