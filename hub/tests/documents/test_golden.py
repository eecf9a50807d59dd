"""Every JSON document, byte for byte: commands and API against stored transcripts.

Outsiders parse these documents, so a change of a key, of their order or of a null is a change of the
interface. Where one is meant, `UPDATE_GOLDEN=1 pytest hub/tests/documents/test_golden.py` writes the transcripts again.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_writers import honest
from model_hub import end, model_hub
from model_server import ModelServer
from starlette.testclient import TestClient

from academichub.web.app import create_app

from .transcript import BASE, commands, model_written, opened, routes, written

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "documents"


def _compare(name: str, text: str) -> None:
    stored = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(text, "utf-8")
    assert text == stored.read_text("utf-8")


def test_commands_print_the_stored_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = opened()
    hub.close()
    _compare("commands.txt", written(commands(tmp_path, monkeypatch), hub.settings.home))


def test_the_api_answers_with_the_stored_documents() -> None:
    hub = opened()
    try:
        _compare("api.txt", written(routes(hub), hub.settings.home))
    finally:
        hub.close()


def test_a_brief_that_a_model_rewrites_has_the_stored_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        ModelServer(honest) as server,
        model_hub(monkeypatch, server.url) as hub,
        TestClient(create_app(hub), base_url=BASE) as client,
    ):
        parts = model_written(hub, client, lambda: end(hub))
        _compare("model.txt", written(parts, hub.settings.home))
