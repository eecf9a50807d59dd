"""100,000 works: import against bare rows, search and Today against an empty page, in one run.

    python benchmarks/hub/scale.py [--data FOLDER] [--works N]

Ratios, not seconds, are the result: both sides are measured on the same machine in the same
minutes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import numpy as np
import uvicorn
from result_file import DATA, write_result

from academichub.formats import jsonl
from academichub.hub import Hub, open_hub
from academichub.radar.radar import Radar
from academichub.search.embeddings import embed_works
from academichub.web.app import create_app
from academichub.works.work import Record

DIMENSIONS = 384
"""Of the made-up vectors: those of small embedding models."""

COLUMNS = ("id", "title", "authors", "categories", "abstract", "comment", "day")


def parse_and_insert(path: Path, folder: Path, limit: int) -> float:
    """Return the seconds of parsing the file and inserting bare rows: the import's yardstick."""
    started = time.perf_counter()
    connection = sqlite3.connect(folder / "bare.sqlite3")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE bare ({', '.join(COLUMNS)})")
    with gzip.open(path) as lines, connection:
        rows = (json.loads(line) for line in islice(lines, limit))
        connection.executemany(
            f"INSERT INTO bare VALUES ({', '.join('?' * len(COLUMNS))})",
            (
                [
                    json.dumps(row[name]) if isinstance(row[name], list) else row[name]
                    for name in COLUMNS
                ]
                for row in rows
            ),
        )
    connection.close()
    return time.perf_counter() - started


def read(path: Path, limit: int) -> Iterator[Record]:
    """Yield the records of the file."""
    with gzip.open(path) as lines:
        yield from (
            one for one in jsonl.iter_records(islice(lines, limit)) if isinstance(one, Record)
        )


def times(ask: Callable[[int], object], count: int) -> dict[str, float]:
    """Return p50 and p95 in milliseconds over `count` calls, after three that do not count."""
    for n in range(3):
        ask(n)
    taken = []
    for n in range(count):
        started = time.perf_counter()
        ask(n)
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(statistics.quantiles(taken, n=20)[-1], 1),
    }


def serve(hub: Hub) -> tuple[uvicorn.Server, str]:
    """Serve the pages on a free port of this machine."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(hub), host="127.0.0.1", port=0, log_level="error")
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}"


def queries(hub: Hub, seed: int, count: int) -> list[str]:
    """Return queries as people write them: one to four words from titles, and some whole titles."""
    rng = random.Random(seed)
    titles = [work.title for work in islice(hub.library.all_works(), 20_000)]
    made = []
    for title in rng.sample(titles, count):
        words = [word for word in title.split() if word.isalpha() and len(word) > 3] or ["learning"]
        made.append(" ".join(rng.sample(words, min(len(words), rng.choice((1, 2, 2, 3, 4))))))
    return made


def add_signals(hub: Hub, busiest: str) -> Radar:
    """Give the radar queries, categories, an author and ten examples of other days."""
    radar = Radar(hub.database)
    for query in ("world model", "spiking neural networks", "brain", "大模型", "graph transport"):
        radar.add("query", query)
    for category in ("cs.LG", "q-bio.NC", "stat.ML", "cond-mat.soft"):
        radar.add("category", category)
    works = (
        work
        for work in hub.library.all_works()
        if all(announcement.date != busiest for announcement in work.announcements)
    )
    examples = list(islice(works, 0, 50_000, 5_000))
    radar.add("author", examples[0].authors[0].name)
    radar.add_all("example", [work.key for work in examples])
    return radar


def add_vectors(hub: Hub, seed: int = 0) -> int:
    """Store made-up vectors of unit length for every work; return how many."""
    rng = np.random.default_rng(seed)

    def embed(texts: Sequence[str]) -> list[list[float]]:
        made: list[list[float]] = rng.standard_normal((len(texts), DIMENSIONS)).tolist()
        return made

    works = list(hub.library.all_works())
    return sum(
        embed_works(hub.database, works[begin : begin + 1000], "made-up", embed)
        for begin in range(0, len(works), 1000)
    )


def after_changes(radar: Radar, url: str, count: int) -> dict[str, float]:
    """Return the times of the first view after a change of the radar: the day is ranked again."""
    taken = []
    for number in range(count):
        radar.add("query", f"changing query {number}")
        started = time.perf_counter()
        fetch(url)
        taken.append((time.perf_counter() - started) * 1000)
        radar.undo()
    return {"p50_ms": round(statistics.median(taken), 1), "max_ms": round(max(taken), 1)}


def fetch(url: str) -> bytes:
    """Return a page; an error status raises."""
    with urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
        return body


def main() -> None:
    """Run and write results/scale.json."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=DATA)
    arguments.add_argument("--works", type=int, default=100_000)
    given = arguments.parse_args()
    path = given.data / "arxiv" / "pool_100k.jsonl.gz"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ACADEMICHUB_HOME"] = folder
        bare = [parse_and_insert(path, Path(folder), given.works)]
        hub = open_hub()
        started = time.perf_counter()
        added = hub.library.add(read(path, given.works))
        imported = time.perf_counter() - started
        (Path(folder) / "bare.sqlite3").unlink()
        bare.append(parse_and_insert(path, Path(folder), given.works))
        server, base = serve(hub)
        day = hub.library.days("9999-12-31", 1)[0][0]
        busiest = max(hub.library.days("9999-12-31", 4000), key=lambda one: one[1])
        asked = queries(hub, 0, 200)
        radar = add_signals(hub, busiest[0])
        vectors = add_vectors(hub)
        fetch(f"{base}/?date={busiest[0]}")
        results = {
            "works": added.added,
            "bare_s": [round(one, 2) for one in bare],
            "import_s": round(imported, 2),
            "import_ratio": round(imported / statistics.mean(bare), 2),
            "database_mb": round((Path(folder) / "academichub.sqlite3").stat().st_size / 1e6),
            "empty_page": times(lambda _: fetch(f"{base}/?date=1990-01-01"), 40),
            "today_latest": {"day": day, **times(lambda _: fetch(f"{base}/"), 40)},
            "today_busiest_day": {
                "day": busiest[0],
                "works": busiest[1],
                **times(lambda _: fetch(f"{base}/?date={busiest[0]}"), 40),
            },
            "today_busiest_day_after_a_change": after_changes(
                radar, f"{base}/?date={busiest[0]}", 10
            ),
            "vectors": vectors,
            "signals": len(radar.signals()),
            "search_page": times(
                lambda n: fetch(f"{base}/search?q={quote(asked[n % len(asked)])}"), 200
            ),
        }
        for name in ("today_latest", "today_busiest_day", "search_page"):
            ratio = results[name]["p95_ms"] / results["empty_page"]["p50_ms"]  # type: ignore[index]
            results[f"{name}_ratio_p95"] = round(ratio, 2)
        changed = results["today_busiest_day_after_a_change"]["p50_ms"]  # type: ignore[index]
        ratio = changed / results["empty_page"]["p50_ms"]  # type: ignore[index]
        results["today_busiest_day_after_a_change_ratio"] = round(ratio, 1)
        server.should_exit = True
        print(json.dumps(results, indent=1))
        write_result(
            "scale",
            {"works": given.works, "seed": 0, "queries": len(asked)},
            results,
            ("sqlalchemy",),
        )


if __name__ == "__main__":
    main()
