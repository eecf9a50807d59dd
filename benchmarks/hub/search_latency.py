"""How long a search takes in a library of 100,000 works, by kind of query, snippets and facets too.

Times are CPU milliseconds of one core (wall-clock time depends on what else the machine does, and
is given beside them), and shares of the time that looking through all titles and abstracts takes
(SQL LIKE), in the same run.

    .venv/bin/python benchmarks/hub/search_latency.py [--data ../shared/data] [--works 100000]
        [--library FILE]
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from result_file import DATA, write_result

from academichub.library.works import Library
from academichub.search.service import search
from academichub.store.database import open_database
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

QUERIES: dict[str, Sequence[str]] = {
    "one word": (
        "transformer",
        "learning",
        "model",
        "quantum",
        "galaxy",
        "theorem",
        "diffusion",
        "optimal",
        "robot",
    ),
    "two to four words": (
        "graph neural network",
        "large language model",
        "reinforcement learning",
        "dark matter halo",
        "quantum error correction",
        "protein structure prediction",
        "convex optimization",
        "stochastic gradient descent",
        "topological insulator surface state",
        "federated learning privacy",
    ),
    "phrase": ('"large language model"', '"neural network"', '"dark matter"', '"we propose"'),
    "fields and exclusions": (
        "cat:cs.LG transformer",
        "au:wang diffusion",
        "year:2024 quantum",
        "date:2025-01..2025-06 model",
        "learning -deep",
        "ti:(graph OR network) cat:math",
        "src:arxiv learning",
    ),
    "conditions alone": ("cat:cs.LG", "year:2025", "-learning cat:cs"),
}


def records(path: Path, limit: int) -> Iterator[Record]:
    """Yield the works of the pool."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, islice(lines, limit)):
            yield Record(
                "arxiv_oai",
                row["id"],
                (Identifier("arxiv", row["id"]),),
                row["title"],
                tuple(map(Author, row["authors"])),
                row["abstract"],
                tuple(row["categories"]),
                datestamp=row["day"] or "",
                published=row["day"] or "",
                comment=row["comment"] or "",
            )


def claims(data: Path, count: int) -> list[str]:
    """Return sentences as queries: the longest of every five SciFact claims."""
    lines = (data / "retrieval/scifact/beir_topics_test.tsv").read_text("utf-8").splitlines()
    texts = [line.split("\t", 1)[1].replace('"', " ") for line in lines]
    return [max(texts[n : n + 5], key=len) for n in range(0, len(texts), 5)][:count]


def measure(library: Library, queries: Sequence[str], times: int) -> dict[str, Any]:
    """Return percentiles over all queries, each asked `times` times after a warm-up."""
    cpu, wall, found = [], [], []
    for query in queries:
        found.append(search(library, query, facets=True).total)
        for _ in range(times):
            started, used = time.perf_counter(), time.process_time()
            search(library, query, facets=True)
            cpu.append((time.process_time() - used) * 1000)
            wall.append((time.perf_counter() - started) * 1000)
    return {
        "queries": len(queries),
        "median_total": statistics.median(found),
        "cpu_ms": percentiles(cpu),
        "wall_ms": percentiles(wall),
    }


def scan_ms(library: Library) -> float:
    """Return the CPU milliseconds of a scan of titles and abstracts for a word: the yardstick."""
    taken = []
    for _ in range(3):
        used = time.process_time()
        with library.database.read() as connection:
            connection.exec_driver_sql(
                "SELECT count(*) FROM works WHERE title LIKE '%transformer%' OR abstract LIKE "
                "'%transformer%'"
            ).scalar_one()
        taken.append((time.process_time() - used) * 1000)
    return min(taken)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    return {
        "p50": round(statistics.median(values), 1),
        "p95": round(statistics.quantiles(values, n=20)[-1], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--library", type=Path, help="a library file to keep between runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{options.library or Path(folder) / 'hub.sqlite3'}")
        library = Library(database)
        if library.is_empty():
            library.add(records(options.data / "arxiv/pool_100k.jsonl.gz", options.works))
        kinds = {**QUERIES, "claims": claims(options.data, 30)}
        results = {
            kind: measure(library, queries, options.times) for kind, queries in kinds.items()
        }
        scan = scan_ms(library)
        config = {
            "works": library.count(),
            "times": options.times,
            "limit": 10,
            "facets": True,
            "highlights": True,
            "scan_cpu_ms": round(scan, 1),
        }
        database.close()
    for kind, row in results.items():
        row["p95_share_of_a_scan"] = round(row["cpu_ms"]["p95"] / scan, 3)
        print(kind, json.dumps(row))
    print(write_result("search_latency", config, results, ("SQLAlchemy",)))


if __name__ == "__main__":
    main()
