"""Test collections for search_meaning.py, written as `academichub bench search` reads them."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import search_scifact

QuerySets = dict[str, tuple[Path, Path]]
"""Name -> queries and judgements."""

LITSEARCH_WORKS = 3_000
"""Works of the LitSearch corpus: the judged ones, the rest drawn from arXiv."""

LITSEARCH_CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.CV", "cs.IR")


@dataclass(frozen=True)
class Collection:
    """What writes a corpus and its query sets into a folder, and a line on each query set."""

    write: Callable[[Path, Path], tuple[Path, QuerySets]]
    told: dict[str, str]


def _write(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def _qrels(path: Path, pairs: Iterable[tuple[str, str]]) -> Path:
    path.write_text("".join(f"{query} 0 {document} 1\n" for query, document in pairs), "utf-8")
    return path


def scifact(data: Path, folder: Path) -> tuple[Path, QuerySets]:
    """Write SciFact with the test claims, and the training claims that have evidence."""
    corpus, *test = search_scifact.collection(data, folder)
    with (data / "retrieval/scifact/claims_train.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["evidence_doc_id"]]
    claims = {row["id"]: row["claim"] for row in rows}
    queries = _write(
        folder / "train.jsonl", ({"_id": key, "text": text} for key, text in claims.items())
    )
    pairs = dict.fromkeys((row["id"], row["evidence_doc_id"]) for row in rows)
    train = queries, _qrels(folder / "train_qrels.txt", pairs)
    return corpus, {"SciFact test": (test[0], test[1]), "SciFact train": train}


def litsearch(data: Path, folder: Path) -> tuple[Path, QuerySets]:
    """Write LitSearch's queries with abstracts at hand, over these and others of their fields."""
    text = (data / "retrieval/litsearch/query_gold_title_abstract_500.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["data"]
    papers = {
        str(row["paper_id"]): {
            "_id": str(row["paper_id"]),
            "title": row["paper_title"],
            "text": row["paper_abstract"] or "",
        }
        for row in rows
    }
    titles = {_plain(paper["title"]) for paper in papers.values()}
    others = [paper for paper in _arxiv(data) if _plain(paper["title"]) not in titles]
    drawn = random.Random(0).sample(others, min(len(others), LITSEARCH_WORKS - len(papers)))
    corpus = _write(folder / "corpus.jsonl", [*papers.values(), *drawn])
    numbers = {
        query: str(n)
        for n, query in enumerate(dict.fromkeys(row["original_query"] for row in rows))
    }
    queries = _write(
        folder / "queries.jsonl", ({"_id": key, "text": query} for query, key in numbers.items())
    )
    pairs = dict.fromkeys((numbers[row["original_query"]], str(row["paper_id"])) for row in rows)
    return corpus, {"LitSearch": (queries, _qrels(folder / "qrels.txt", pairs))}


def _arxiv(data: Path) -> Iterator[dict[str, str]]:
    with gzip.open(data / "arxiv/pool_100k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["categories"][0] in LITSEARCH_CATEGORIES:
                yield {"_id": f"arxiv{row['id']}", "title": row["title"], "text": row["abstract"]}


def _plain(title: str) -> str:
    return "".join(ch for ch in title.casefold() if ch.isalnum())


COLLECTIONS = {
    "SciFact": Collection(
        scifact,
        {
            "SciFact test": "claims of BEIR's test split; the way of fusing was not chosen on them",
            "SciFact train": "training claims with evidence; the way of fusing was chosen on them",
        },
    ),
    "LitSearch": Collection(
        litsearch,
        {
            "LitSearch": "researchers' questions; the papers sought that are at hand, among arXiv "
            "works of their fields"
        },
    ),
}
