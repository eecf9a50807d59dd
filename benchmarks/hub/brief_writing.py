"""What a model makes of briefs over a stream of papers: passed, different, words saved, why not.

    python benchmarks/hub/brief_writing.py [--stream PAPERS.jsonl.gz] [--days 4]
        [--url http://.../v1] [--model M]

Writes results/brief_writing.json. A library of its own is filled with the stream; over each of its
last days a brief of extracts is made, and the model is asked for every sentence as the hub asks, in
English, its record left aside. Without --url `nextlat serve` is started with its shipped models and
the hub's own settings. Intervals are 95 % bootstraps over sentences. With --show FILE every
sentence that passed is written there beside its extract, to be read; it holds text of abstracts and
belongs into no repository.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
from result_file import DATA, write_result
from scale import read

from academichub.briefs.brief import Brief, Sentence
from academichub.briefs.brief_store import write_brief
from academichub.hub import open_hub
from academichub.settings import load_settings
from academichub.writer.model_brief import write_with_model
from academichub.writer.rewrite import KEPT
from academichub.writer.track_record import POOR_SHARE

STREAM = DATA / "arxiv" / "stream_2026-06-15_to_2026-06-29.jsonl.gz"
DRAWS, SEED = 2000, 0
START_S = 300


@contextmanager
def engine(url: str | None) -> Iterator[str]:
    """Yield the address of an OpenAI-compatible server, one of our own where none is named."""
    if url is not None:
        yield url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "nextlat"),
        "serve",
        "--weights",
        "auto",
        "--port",
        str(port),
    ]
    child = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", child)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.terminate()
        child.wait()


def wait_for(address: str, child: subprocess.Popen[bytes]) -> None:
    """Return when a server answers; the first start converts its model.

    Raises:
        TimeoutError: it does not, or has ended.
    """
    until = time.monotonic() + START_S
    while child.poll() is None and time.monotonic() < until:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"{address} did not answer within {START_S} s")


def share(ones: Sequence[bool]) -> dict[str, Any]:
    """Return a share with its interval."""
    values = np.array(ones, dtype=float)
    drawn = np.random.default_rng(SEED).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return {"of": len(ones), "share": float(values.mean()), "interval": [float(low), float(high)]}


def figures(briefs: Sequence[Brief]) -> dict[str, Any]:
    """Return what came of the writing of several briefs."""
    asked = [
        one
        for brief in briefs
        for one in brief.sentences()
        if one.kept not in ("stopped", "language")
    ]
    answered = [one for one in asked if one.tried]
    differing = [one for one in answered if _differs(one)]
    passed = [one for one in asked if one.origin == "model"]
    before, after = (
        (
            sum(len(text.split()) for text in texts)
            for texts in zip(*map(_texts, passed), strict=True)
        )
        if passed
        else (0, 0)
    )
    return {
        "briefs": len(briefs),
        "sentences": sum(len(brief.sentences()) for brief in briefs),
        "asked": len(asked),
        "answered": len(answered),
        "rewritten_of_asked": share([one.origin == "model" for one in asked]),
        "differing_of_answered": share([_differs(one) for one in answered]),
        "passed_of_differing": share([one.origin == "model" for one in differing]),
        "words_before": before,
        "words_saved": before - after,
        "kept_because": {
            KEPT[word]: count
            for word, count in Counter(one.kept for one in asked if one.kept).items()
        },
        "extracts_stay_the_default": len(passed) < POOR_SHARE * len(asked),
    }


def _differs(sentence: Sentence) -> bool:
    return any(not tried["same"] for tried in sentence.tried)


def _texts(sentence: Sentence) -> tuple[str, str]:
    return sentence.extract, sentence.text


def main() -> None:
    """Write the briefs and the result file."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--stream", type=Path, default=STREAM)
    arguments.add_argument(
        "--days", type=int, default=4, help="the last ones of the stream, a brief each"
    )
    arguments.add_argument("--limit", type=int, default=20, help="works in the themes of a brief")
    arguments.add_argument("--url", help="of an OpenAI-compatible server")
    arguments.add_argument("--model", help="the server's first chat model where not said")
    arguments.add_argument("--show", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, engine(given.url) as url:
        environment = {**os.environ, "ACADEMICHUB_HOME": folder, "ACADEMICHUB_LLM__BASE_URL": url}
        if given.model:
            environment["ACADEMICHUB_LLM__MODEL"] = given.model
        hub = open_hub(load_settings(environment))
        hub.library.add(read(given.stream, 10**9))
        briefs = []
        for day, count in islice(hub.library.days("9999-12-31", given.days), given.days):
            extract = write_brief(hub, 1, "en", date=day, limit=given.limit)
            outcome = write_with_model(hub, extract, again=True)
            assert outcome.written is not None, outcome.why
            briefs.append(outcome.written)
            report = outcome.written.writing and outcome.written.writing["report"]
            print(f"{day}, {count} works: {json.dumps(report)}", flush=True)
        hub.close()
    if given.show:
        passed = [one for brief in briefs for one in brief.sentences() if one.origin == "model"]
        given.show.write_text(
            "".join(f"- {one.extract}\n+ {one.text}\n\n" for one in passed), "utf-8"
        )
    results = {"model": briefs[0].model, **figures(briefs)}
    print(json.dumps(results, indent=1))
    config = {
        "stream": given.stream.name,
        "days": [one.date for one in briefs],
        "limit": given.limit,
    }
    write_result(
        "brief_writing",
        {**config, "weights": None if given.url else "auto"},
        results,
        ("nextlat", "openai"),
    )


if __name__ == "__main__":
    main()
