"""SciFact (BEIR's test split) through the product's own index and ranking: nDCG@10, recall@100.

The reference is BEIR's flat BM25 (.679, .925). Only the product's defaults are run;
`--title-weights` also shows how little the one number that was looked at here matters.

    .venv/bin/python benchmarks/hub/search_scifact.py [--data ../shared/data]
        [--title-weights 1 1.5 2 3]
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from result_file import DATA, write_result

from academichub.index import fts5
from academichub.search import service
from academichub.search.evaluation import evaluate


def collection(data: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Write SciFact as `bench search` reads it and return the corpus, queries and judgements."""
    source = data / "retrieval" / "scifact"
    with (
        gzip.open(source / "corpus.jsonl.gz", "rt", encoding="utf-8") as rows,
        (folder / "corpus.jsonl").open("w", encoding="utf-8") as corpus,
    ):
        for row in map(json.loads, rows):
            document = {
                "_id": row["_id"],
                "title": row["title"],
                "text": " ".join(row["sentences"]),
            }
            corpus.write(json.dumps(document) + "\n")
    with (
        (source / "beir_topics_test.tsv").open(encoding="utf-8") as topics,
        (folder / "queries.jsonl").open("w", encoding="utf-8") as queries,
    ):
        for line in topics:
            number, text = line.rstrip("\n").split("\t", 1)
            queries.write(json.dumps({"_id": number, "text": text}) + "\n")
    return folder / "corpus.jsonl", folder / "queries.jsonl", source / "beir_qrels_test.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--title-weights", type=float, nargs="*", default=[1.0, 2.0, 3.0])
    options = parser.parse_args()
    product = fts5.WEIGHTS
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        files = collection(options.data, Path(folder))
        for weight in dict.fromkeys([product[0], *options.title_weights]):
            fts5.WEIGHTS = (weight, *product[1:])
            figures = {name: round(value, 4) for name, value in evaluate(*files).items()}
            rows.append({"title_weight": weight, "is_product": weight == product[0], **figures})
            print(json.dumps(rows[-1]))
    config = {
        "collection": "SciFact, BEIR test split",
        "reference": {"bm25_flat": {"ndcg10": 0.679, "recall100": 0.925}},
        "weights": dict(zip(fts5.COLUMNS, product, strict=True)),
        "bm25": {"k1": 1.2, "b": 0.75},
        "few_words": service.FEW_WORDS,
        "enough": service.ENOUGH,
        "max_postings": fts5.MAX_POSTINGS,
    }
    print(write_result("search_scifact", config, rows, ("PyStemmer", "SQLAlchemy")))


if __name__ == "__main__":
    main()
