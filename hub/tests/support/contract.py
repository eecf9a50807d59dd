"""The command contract in data: the shape of every JSON, and a way to call a command as a shell does."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academichub.cli import main


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


def like(value: object, shape: object, place: str = "$") -> None:
    """Assert that a JSON value has the keys and types of a shape: a type, a tuple of them, [of each], {key: shape}."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), place
        missing = set(shape) - set(value)
        assert not missing, f"{place} lacks {missing}"
        for key, one in shape.items():
            like(value[key], one, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for number, one in enumerate(value):
            like(one, shape[0], f"{place}[{number}]")
    else:
        assert isinstance(value, shape), f"{place} is {value!r}, not {shape}"  # type: ignore[arg-type]
        kinds = shape if isinstance(shape, tuple) else (shape,)
        assert not isinstance(value, bool) or bool in kinds, f"{place} is a boolean"


WORK = {
    "key": str, "identifiers": dict, "title": str, "authors": [str], "categories": [str], "abstract": str,
    "versions": [{"version": int, "date": str}],
    "announcements": [{"source": str, "date": str, "type": str, "category": str, "version": int}],
    "sources": [str], "withdrawn": bool,
}  # fmt: skip
CARD = {
    "rank": int, "key": str, "label": str, "announce_type": str, "title": str, "authors": [str], "score": float,
    "why": [str], "url": str,
}  # fmt: skip
TODAY = {
    "date": str,
    "batch": int,
    "total": int,
    "empty_because": (str, type(None)),
    "cards": [CARD],
}
SEARCH = {
    "query": str, "total": int,
    "hits": [{"rank": int, "key": str, "identifiers": dict, "title": str, "score": float}],
}  # fmt: skip
SENTENCE = {"text": str, "citations": [int], "origin": str, "checks": dict}
BRIEF = {
    "id": str, "date": str, "lang": str, "model": type(None),
    "evidence": [{"n": int, "key": str, "title": str, "abstract": str, "url": str}],
    "sections": [{"theme": str, "sentences": [SENTENCE]}],
    "bridges": [{"a": int, "b": int, "terms": [str], "sentence": SENTENCE}],
}  # fmt: skip
LEDGER = {
    "entries": [{
        "source": str, "window": str, "asked": int, "expected": (int, type(None)), "received": int, "merged": int,
        "failed": int, "status": str, "message": str,
    }],
}  # fmt: skip
CHECKED = {"ok": bool, "score": (float, int), "checks": dict, "reasons": [str]}
IMPORTED = {"read": int, "added": int, "merged": int, "skipped": [{"where": str, "why": str}]}
BENCH = {"ndcg10": float, "recall100": float, "seconds": float, "n": int}
