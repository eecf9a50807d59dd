"""Every JSON document, byte for byte: commands and API over an invented library against stored transcripts.

Outsiders parse these documents, so a change of a key, of their order or of a null is a change of the interface. Where
one is meant, `UPDATE_GOLDEN=1 pytest hub/tests/documents/test_golden.py` writes the transcripts again.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .transcript import commands, opened, routes, written

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
