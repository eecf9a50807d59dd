"""Pairs of a sentence and a work that train and test the checker: SciFact claims, arXiv abstracts.

Read from the data folder; nothing of it is written anywhere but figures. Splits never mix:
SciFact's training claims train, its validation claims report; the arXiv pool without the stream's
days trains, the stream reports.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from academichub.checker.word_weights import fold, idf, is_content, tokens
from academichub.text.sentences import split_sentences


@dataclass(frozen=True)
class Abstract:
    """A work as evidence."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class Claim:
    """A SciFact claim and a cited abstract: `SUPPORT`, `CONTRADICT`, or empty (no evidence)."""

    key: str
    text: str
    document: str
    label: str


def scifact_corpus(data: Path) -> dict[str, Abstract]:
    """Return SciFact's abstracts by id."""
    with gzip.open(data / "retrieval/scifact/corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {
        one["_id"]: Abstract(one["_id"], one["title"], " ".join(one["sentences"]))
        for one in records
    }


def scifact_claims(data: Path, split: str) -> list[Claim]:
    """Return the claims of a split that have a gold abstract."""
    with (data / f"retrieval/scifact/claims_{split}.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        rows = list(csv.DictReader(lines))
    claims = {
        (row["id"], row["evidence_doc_id"]): Claim(
            row["id"], row["claim"], row["evidence_doc_id"], row["evidence_label"]
        )
        for row in rows
        if row["evidence_label"]
    }
    return list(claims.values())


def cited_by_claim(data: Path, split: str) -> dict[str, set[str]]:
    """Return every abstract a claim cites or rests on, by claim id."""
    cited: dict[str, set[str]] = {}
    with (data / f"retrieval/scifact/claims_{split}.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            found = re.findall(r"\d+", f"{row['cited_doc_ids']} {row['evidence_doc_id']}")
            cited.setdefault(row["id"], set()).update(found)
    return cited


class Nearest:
    """BM25 (k1 0.9, b 0.4) over abstracts, for negatives that look right."""

    def __init__(self, corpus: dict[str, Abstract]) -> None:
        self.keys = list(corpus)
        self.postings: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for number, key in enumerate(self.keys):
            words = _stems(f"{corpus[key].title} {corpus[key].text}")
            lengths.append(len(words))
            for word in set(words):
                self.postings.setdefault(word, []).append((number, words.count(word)))
        mean = sum(lengths) / len(lengths)
        self.norms = [0.9 * (0.6 + 0.4 * length / mean) for length in lengths]

    def best(self, text: str, exclude: set[str], count: int) -> list[str]:
        """Return the keys nearest to a text, without `exclude`."""
        scores: dict[int, float] = {}
        for word in set(_stems(text)):
            for number, times in self.postings.get(word, ()):
                scores[number] = scores.get(number, 0.0) + idf(word) * times / (
                    times + self.norms[number]
                )
        ranked = sorted(scores, key=lambda number: (-scores[number], number))
        return [self.keys[number] for number in ranked if self.keys[number] not in exclude][:count]


def _stems(text: str) -> list[str]:
    return [token.stem for token in tokens(fold(text)) if is_content(token)]


def stream_abstracts(data: Path) -> list[Abstract]:
    """Return the works of the announcement stream, each once."""
    return _arxiv(data / "arxiv/stream_2026-06-15_to_2026-06-29.jsonl.gz", 1)


def pool_abstracts(data: Path, every: int) -> list[Abstract]:
    """Return every n-th work of the pool that is not in the stream."""
    held = {one.key for one in stream_abstracts(data)}
    return [one for one in _arxiv(data / "arxiv/pool_100k.jsonl.gz", every) if one.key not in held]


def _arxiv(path: Path, every: int) -> list[Abstract]:
    found: dict[str, Abstract] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % every == 0:
                record = json.loads(line)
                found.setdefault(
                    record["id"], Abstract(record["id"], record["title"], record["abstract"])
                )
    return list(found.values())


def pick_sentence(
    work: Abstract, random_source: random.Random, *, with_number: bool = False
) -> str | None:
    """Return a sentence of 6 to 60 words of an abstract, with a number if asked, or None."""
    fitting = [
        one
        for one in split_sentences(work.text)
        if 6 <= len(one.split()) <= 60 and (not with_number or re.search(r"\d", one))
    ]
    return random_source.choice(fitting) if fitting else None


def others(
    works: Sequence[Abstract], work: Abstract, count: int, random_source: random.Random
) -> list[Abstract]:
    """Return `count` works other than one."""
    found: list[Abstract] = []
    while len(found) < count:
        one = random_source.choice(works)
        if one.key != work.key and one not in found:
            found.append(one)
    return found
