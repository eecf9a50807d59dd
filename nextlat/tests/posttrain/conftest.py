"""A tiny random model, saved once, and a verifier or two in files of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_language_model import save_tiny_model


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_model(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture(scope="session")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_model(tmp_path_factory.mktemp("model") / "chat", chat=True))


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Write rows to a file."""

    def write(*rows: Any, name: str = "problems.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return write


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Write a module of the user's in the current folder; return its path."""
    import sys

    before = set(sys.modules), list(sys.path)
    monkeypatch.chdir(tmp_path)

    def write(code: str, name: str = "own_functions") -> str:
        (tmp_path / f"{name}.py").write_text(code, "utf-8")
        return str(tmp_path / f"{name}.py")

    yield write
    for name in set(sys.modules) - before[0]:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(
            sys.modules[name].__file__
        ):
            del sys.modules[name]
    sys.path[:] = before[1]
