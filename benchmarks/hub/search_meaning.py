"""What meaning adds to search: words, embeddings, and the fusion of both, on public collections.

    .venv/bin/python benchmarks/hub/search_meaning.py [--data ../shared/data] [--base-url URL]
        [--collections NAME ...]

Works are embedded and queries searched through the hub's own client and search; vectors come over
HTTP from the endpoint named, or from a `nextlat serve` that is started for the run. nDCG@10 and
recall@100 are means over queries, with 95% percentile bootstrap intervals; "fusion minus words" is
the mean of the differences query by query. "Reciprocal ranks", of the first hundred of both, are
what the product fused by before.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from meaning_collections import COLLECTIONS
from result_file import DATA, write_result

from academichub.jobs.model_jobs import EMBEDDED_AT_ONCE
from academichub.library.works import Library
from academichub.llm.model import LanguageModel
from academichub.search import fusion, semantic, service
from academichub.search.embeddings import embed_works
from academichub.search.evaluation import (
    as_words,
    corpus_library,
    ndcg,
    ranked,
    read_judged,
    recall,
)
from academichub.search.semantic import Semantic
from academichub.settings import LlmSettings

START_S = 600.0
"""Longest a started server may take to be ready: a first start converts the shipped model."""

ANSWER_S = 1200.0
"""Longest one batch of works may take, on however busy a machine."""

PATIENCE_S = 60.0
"""How long a query waits for its vector; the product waits `semantic.PATIENCE_S` at most.

After that the product answers by words.
"""

DEPTH, RESAMPLES = 100, 10_000
MEASURES: dict[str, Callable[[Sequence[str], dict[str, int]], float]] = {
    "ndcg10": lambda run, scores: ndcg(run, scores, 10),
    "recall100": lambda run, scores: recall(run, scores, DEPTH),
}

Runs = dict[str, list[str]]
"""Query id -> corpus ids, best first."""


@contextlib.contextmanager
def endpoint(base_url: str | None) -> Iterator[str]:
    """Yield the endpoint named, or that of a server that lives as long as the block."""
    if base_url:
        yield base_url
        return
    command = [str(Path(sys.executable).with_name("nextlat")), "serve", "--port", "0"]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as told,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told) as server,
    ):
        try:
            yield _url_when_ready(server, told)
        finally:
            server.terminate()


def _url_when_ready(server: subprocess.Popen[bytes], told: Any) -> str:
    """Return a started server's address once its embedding model is loaded."""
    end, url = time.monotonic() + START_S, ""
    while time.monotonic() < end and server.poll() is None:
        told.seek(0)
        found = re.search(r"serving .* on (http://\S+)/v1", told.read())
        if found:
            url = found.group(1)
            with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
                if set(json.load(answer)["models"].values()) == {"ready"}:
                    return f"{url}/v1"
        time.sleep(0.5)
    told.seek(0)
    sys.exit(f"nextlat serve has not become ready: {told.read()[-2000:]}")


def embed_library(library: Library, model: LanguageModel) -> dict[str, Any]:
    """Embed every work as the hub's job does; return the model's name and what it took."""
    name = model.embedding_name()
    if name is None:
        sys.exit("the endpoint lists no embedding model")
    works, began = list(library.all_works()), time.perf_counter()
    for start in range(0, len(works), EMBEDDED_AT_ONCE):
        embed_works(library.database, works[start : start + EMBEDDED_AT_ONCE], name, model.embed)
    seconds = time.perf_counter() - began
    return {"model": name, "works": len(works), "works_per_s": round(len(works) / seconds, 1)}


def by_meaning(library: Library, near: Semantic, text: str) -> list[str]:
    """Return the corpus ids nearest in meaning, as the product asks for them, without any words."""
    numbers = [number for number, _ in near.nearest(as_words(text), DEPTH)]
    works = {work.id: work for work in library.by_ids(numbers)}
    return [works[number].identifiers[0].value for number in numbers]


def rankings(
    library: Library, near: Semantic, texts: dict[str, str]
) -> tuple[dict[str, Runs], dict[str, float]]:
    """Return the runs of each way, and how long a query takes by words and by both, in ms."""
    runs: dict[str, Runs] = {
        name: {} for name in ("words", "meaning", "reciprocal ranks", "fusion")
    }
    words_ms, fusion_ms = [], []
    for key, text in texts.items():
        began = time.perf_counter()
        runs["words"][key] = ranked(library, text, DEPTH)
        words_ms.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        runs["fusion"][key] = ranked(library, text, DEPTH, semantic=near)
        fusion_ms.append((time.perf_counter() - began) * 1000)
        runs["meaning"][key] = by_meaning(library, near, text)
        ranks = fusion.fused_scores([runs["words"][key], runs["meaning"][key]])
        runs["reciprocal ranks"][key] = sorted(ranks, key=lambda one: -ranks[one])[:DEPTH]
    taken = {
        "words_p50": statistics.median(words_ms),
        "fusion_p50": statistics.median(fusion_ms),
        "fusion_p95": statistics.quantiles(fusion_ms, n=20)[-1],
    }
    return runs, {name: round(value, 1) for name, value in taken.items()}


def with_interval(values: Sequence[float]) -> dict[str, Any]:
    """Return a mean with its 95% percentile bootstrap interval over queries."""
    array = np.asarray(values)
    drawn = np.random.default_rng(0).integers(len(array), size=(RESAMPLES, len(array)))
    low, high = np.quantile(array[drawn].mean(axis=1), (0.025, 0.975))
    return {
        "mean": round(float(array.mean()), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def measured(runs: dict[str, Runs], scores: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Return each measure of each way, and how fusion differs from the others query by query."""
    told: dict[str, Any] = {}
    for name, measure in MEASURES.items():
        values = {
            way: [measure(run, scores[key]) for key, run in found.items()]
            for way, found in runs.items()
        }
        told[name] = {way: with_interval(found) for way, found in values.items()}
        for other in ("words", "reciprocal ranks"):
            difference = [
                mine - theirs for mine, theirs in zip(values["fusion"], values[other], strict=True)
            ]
            counts = {
                "better": sum(one > 0 for one in difference),
                "worse": sum(one < 0 for one in difference),
            }
            told[name][f"fusion minus {other}"] = {**with_interval(difference), **counts}
    return told


def measure_collection(name: str, data: Path, base_url: str) -> list[dict[str, Any]]:
    """Return the figures of each query set of a collection, whose corpus is embedded once."""
    rows, settings = [], LlmSettings(base_url=base_url, timeout_s=ANSWER_S)
    with tempfile.TemporaryDirectory() as folder:
        corpus, query_sets = COLLECTIONS[name].write(data, Path(folder))
        with (
            corpus_library(corpus) as library,
            LanguageModel(settings, library.database) as model,
        ):
            embedded = embed_library(library, model)
            near = Semantic(library.database, model.embed_named, PATIENCE_S)
            for queries, files in query_sets.items():
                judged = read_judged(*files)
                runs, taken = rankings(library, near, judged.texts)
                told = {
                    "queries": queries,
                    "told": COLLECTIONS[name].told[queries],
                    "n": len(judged.texts),
                }
                rows.append(
                    {**told, **embedded, "query_ms": taken, **measured(runs, judged.scores)}
                )
                print(json.dumps(rows[-1]), flush=True)
            near.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--base-url", help="an OpenAI-compatible endpoint, ending in /v1")
    parser.add_argument("--collections", nargs="*", default=list(COLLECTIONS), choices=COLLECTIONS)
    options = parser.parse_args()
    with endpoint(options.base_url) as url:
        rows = [
            row
            for name in options.collections
            for row in measure_collection(name, options.data, url)
        ]
    config = {
        "fusion": "mean of both scores, each from its floor (0; the last of a full ranking) to its "
        "best",
        "reciprocal_ranks_constant": fusion.K,
        "near": service.NEAR,
        "reach": service.MAX_REACH,
        "min_cosine": service.MIN_COSINE,
        "patience_s": semantic.PATIENCE_S,
        "bootstrap": {"resamples": RESAMPLES, "seed": 0},
    }
    print(write_result("search_meaning", config, rows, ("numpy", "PyStemmer", "SQLAlchemy")))


if __name__ == "__main__":
    main()
