"""The order for judged readers from outside: `academichub bench readers` beside plain TF-IDF.

    python benchmarks/hub/readers_goldstandard.py [--data FOLDER] [--meaning]

FOLDER holds `papers.jsonl.gz` and `readers.jsonl` (docs/data.md). Both orders are made of the first
3, 10 and 20 examples of each reader and judged by the same loss in the same run: 0 is the reader's
own order, .5 a random one. Plain TF-IDF is scikit-learn's vectoriser, with its defaults and with
sublinear counts, pairs of words and stop words; a paper's score is the sum of its cosines to the
three nearest examples.

`--meaning` also measures words and meaning together, with the embeddings of `llm.base_url`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from result_file import DATA, write_result
from sklearn.feature_extraction.text import TfidfVectorizer

from academichub.commands.bench_readers import embedded
from academichub.radar.reader_evaluation import (
    JudgedReader,
    Order,
    mean_loss,
    product_order,
    read_papers,
    read_readers,
)
from academichub.works.work import Work

EXAMPLES = (3, 10, 20)
NEAREST = 3


def plain_order(papers: Sequence[Work], **options: object) -> Order:
    """Return the order by the sum of cosines of TF-IDF rows to the NEAREST examples."""
    rows = TfidfVectorizer(**options).fit_transform(f"{w.title} {w.abstract}" for w in papers)
    row_of = {work.key: number for number, work in enumerate(papers)}

    def order(examples: Sequence[Work]) -> list[str]:
        given = [row_of[work.key] for work in examples]
        cosines = (rows @ rows[given].T).toarray()
        scores = np.sort(cosines, axis=1)[:, -NEAREST:].sum(axis=1)
        ranked = np.argsort(-scores, kind="stable")
        return [papers[n].key for n in ranked if n not in set(given)]

    return order


def losses(
    papers: Sequence[Work], readers: Sequence[JudgedReader], order: Order
) -> dict[str, float]:
    """Return the loss by number of examples."""
    return {str(k): round(mean_loss(papers, readers, order, k), 4) for k in EXAMPLES}


def main() -> None:
    """Run and write results/readers_goldstandard.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA / "readers" / "goldstandard")
    parser.add_argument("--meaning", action="store_true")
    args = parser.parse_args()
    papers = read_papers(args.data / "papers.jsonl.gz")
    readers = read_readers(args.data / "readers.jsonl", papers)
    rich = {"sublinear_tf": True, "ngram_range": (1, 2), "stop_words": "english"}
    orders = {
        "product_words": product_order(papers),
        "plain_tfidf": plain_order(papers),
        "plain_tfidf_pairs": plain_order(papers, **rich),
    }
    if args.meaning:
        orders["product_words_and_meaning"] = product_order(papers, embedded(papers))
    results: dict[str, object] = {name: losses(papers, readers, o) for name, o in orders.items()}
    results |= {"papers": len(papers), "readers": len(readers)}
    print(json.dumps(results, indent=1))
    write_result("readers_goldstandard", {"examples": EXAMPLES}, results, ("scikit-learn",))


if __name__ == "__main__":
    main()
