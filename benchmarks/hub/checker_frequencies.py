"""Count in how many abstracts each stem occurs and write the table the checker ships.

A stem that inside a sentence is written with a capital four times out of five is marked `*`: it is
a proper noun.

Only counts leave this script, no text. Two domains are counted and averaged, so that neither the
words of physics and computing nor those of medicine look rare: the arXiv pool, and the SciFact
corpus without every abstract that a claim of its validation or test split cites (those are what
checker_paraphrase.py reports on).

    .venv/bin/python benchmarks/hub/checker_frequencies.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from result_file import DATA

from academichub.checker.word_weights import fold, tokens

TABLE = Path(__file__).parents[2] / "hub/src/academichub/checker/word_frequencies.tsv.gz"
POOL_SAMPLE = 25_000
MIN_DOCUMENTS = 3
MAX_STEMS = 36_000


def pool_texts(data: Path) -> Iterator[str]:
    """Yield the abstract of every fourth record of the pool."""
    with gzip.open(data / "arxiv/pool_100k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 4 == 0 and number // 4 < POOL_SAMPLE:
                record = json.loads(line)
                yield record["abstract"]


def scifact_texts(data: Path) -> Iterator[str]:
    """Yield every abstract of SciFact that no claim of the validation and test splits cites."""
    folder = data / "retrieval/scifact"
    held: set[str] = set()
    for split in ("validation", "test"):
        with (folder / f"claims_{split}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                held.update(re.findall(r"\d+", row["cited_doc_ids"] + " " + row["evidence_doc_id"]))
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["_id"] not in held:
                yield " ".join(record["sentences"])


def document_shares(
    texts: Iterable[str], cased: Counter[tuple[str, bool]]
) -> tuple[dict[str, float], Counter[str]]:
    """Return each stem's share of documents per 100,000 and its count; count capitals in `cased`.

    Only capitals within sentences count.
    """
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        folded = fold(text)
        found = tokens(folded)
        counts.update({token.stem for token in found})
        inside = [
            token
            for token in found
            if re.search(r"[a-z,] $", folded[max(0, token.start - 2) : token.start])
        ]
        cased.update((token.stem, token.raw[0].isupper()) for token in inside)
    return {stem: 100_000 * count / total for stem, count in counts.items()}, counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    data: Path = parser.parse_args().data
    cased: Counter[tuple[str, bool]] = Counter()
    shares, counts = document_shares(pool_texts(data), cased)
    medical, medical_counts = document_shares(scifact_texts(data), cased)
    mean = {
        stem: (shares.get(stem, 0.0) + medical.get(stem, 0.0)) / 2
        for stem in {*shares, *medical}
        if counts[stem] + medical_counts[stem] >= MIN_DOCUMENTS
        and re.fullmatch(r"[a-z][a-z'-]{1,24}", stem)
    }
    kept = sorted(mean, key=lambda stem: (-mean[stem], stem))[:MAX_STEMS]
    proper = {stem for stem in kept if cased[stem, True] > 4 * cased[stem, False]}
    body = "".join(
        f"{stem}\t{mean[stem]:.3g}{'*' if stem in proper else ''}\n" for stem in sorted(kept)
    )
    TABLE.write_bytes(gzip.compress(body.encode(), compresslevel=9, mtime=0))
    print(f"{len(kept)} stems, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
