"""A way to call a command as a shell does, and to check the JSON that it prints."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academichub.cli import main
from academichub.documents import Document


@dataclass(frozen=True)
class Answer:
    """What one call of the program gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        assert "Traceback" not in self.err
        return json.loads(self.out)


def call(*arguments: str | Path, stdin: str = "") -> Answer:
    """Run a command in this process with real byte streams."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    code = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main([str(one) for one in arguments])
    except SystemExit as done:
        code = int(done.code or 0)
    finally:
        sys.stdin = before
    for stream in (out, err):
        stream.flush()
    return Answer(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def assert_document(value: object, model: type[Document]) -> None:
    """Assert that a JSON value has the fields of a model, with their types and in their order."""
    document = model.model_validate(value, strict=False)
    assert json.dumps(document.json_object()) == json.dumps(value)
