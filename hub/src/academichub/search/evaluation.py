"""Evaluation of search on a public test collection, with the product's library, index and ranking.

nDCG@10 has the judged score as gain and log2(rank + 1) as discount (Jarvelin & Kekalainen 2002; as
`ndcg_cut` of trec_eval). Recall@100 is the share of relevant documents among the first 100. Both
are means over the queries that have at least one relevant document.
"""

from __future__ import annotations

import gzip
import json
import math
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academichub.errors import InputError
from academichub.index.query_syntax import MAX_CHARACTERS
from academichub.library.works import Library
from academichub.search.service import Nearest, search
from academichub.store.database import open_database
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

MAX_LINE_CHARACTERS = 1_000_000
"""Longest line of a test collection."""

_SOURCE = "bench"


def evaluate(
    corpus: Path, queries: Path, qrels: Path, meaning: Callable[[Library], Nearest] | None = None
) -> dict[str, float | int]:
    """Index a corpus in a temporary library and search it with every judged query.

    Args:
        corpus: The documents.
        queries: The queries.
        qrels: The judgements.
        meaning: Function that embeds the library and returns its ranking by meaning; None ranks by
            words alone.

    Returns:
        `ndcg10`, `recall100`, `seconds` (of all searches, without indexing) and `n` (queries with a
        relevant document).

    Raises:
        InputError: If a file is malformed, or no query has a relevant document.
    """
    judged = read_judged(queries, qrels)
    with corpus_library(corpus) as library:
        semantic = meaning(library) if meaning is not None else None
        started = time.perf_counter()
        runs = {key: ranked(library, text, semantic=semantic) for key, text in judged.texts.items()}
        seconds = time.perf_counter() - started
    n = len(runs)
    return {
        "ndcg10": sum(ndcg(run, judged.scores[key], 10) for key, run in runs.items()) / n,
        "recall100": sum(recall(run, judged.scores[key], 100) for key, run in runs.items()) / n,
        "seconds": seconds,
        "n": n,
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements of a collection.

    Attributes:
        texts: Query id -> text, for queries with a relevant document.
        scores: Query id -> corpus id -> judged score.
    """

    texts: dict[str, str]
    scores: dict[str, dict[str, int]]


def read_judged(queries: Path, qrels: Path) -> Judged:
    """Return the queries of a collection with a relevant document, and all judgements.

    Raises:
        InputError: If a file is malformed, or no query has a relevant document.
    """
    scores = read_qrels(qrels)
    relevant = {
        query for query, judged in scores.items() if any(score > 0 for score in judged.values())
    }
    texts = {key: text for key, text in _queries(queries) if key in relevant}
    if not texts:
        raise InputError(
            f"{qrels}: no query of {queries} has a relevant document; "
            "check that the ids are the same"
        )
    return Judged(texts, scores)


@contextmanager
def corpus_library(corpus: Path) -> Iterator[Library]:
    """Yield a temporary library with the documents of a corpus.

    Raises:
        InputError: If the file is malformed.
    """
    with tempfile.TemporaryDirectory(prefix="academichub-bench-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        try:
            library = Library(database)
            library.add(_records(corpus))
            yield library
        finally:
            database.close()


def ranked(
    library: Library, text: str, limit: int = 100, *, semantic: Nearest | None = None
) -> list[str]:
    """Return the corpus ids that the product's search finds for a text, best first.

    Works with any of the words are ranked, as for `academichub search --any`, because the ranking
    is measured and not the number of works with every word.
    """
    page = search(
        library, as_words(text), limit=limit, highlights=False, any_words=True, semantic=semantic
    )
    return [hit.work.identifiers[0].value for hit in page.hits]


def as_words(text: str) -> str:
    """Return a query of a test collection without signs of the query syntax.

    Such queries are plain text: a word that begins with a minus sign excludes nothing.
    """
    plain = "".join(" " if ch in '"()*:|' else ch for ch in text)
    words = (word.lstrip("-") for word in plain.split() if word not in ("OR", "AND", "NOT"))
    return " ".join(words)[:MAX_CHARACTERS]


def ndcg(run: Sequence[str], scores: Mapping[str, int], cut: int) -> float:
    """Return the normalised discounted cumulative gain of the first `cut` documents of a run.

    It is 0 if no document is relevant.
    """
    gained = _discounted([max(0, scores.get(document, 0)) for document in run[:cut]])
    ideal = _discounted(
        sorted((score for score in scores.values() if score > 0), reverse=True)[:cut]
    )
    return gained / ideal if ideal else 0.0


def recall(run: Sequence[str], scores: Mapping[str, int], cut: int) -> float:
    """Return the share of the relevant documents that are among the first `cut` of a run.

    It is 0 if no document is relevant.
    """
    relevant = {document for document, score in scores.items() if score > 0}
    return len(relevant.intersection(run[:cut])) / len(relevant) if relevant else 0.0


def _discounted(gains: Sequence[int]) -> float:
    """Return the discounted cumulative gain."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return query id -> corpus id -> score, from lines `query-id corpus-id score`.

    The four columns of TREC are read too. A first line of another form counts as a header.

    Raises:
        InputError: If another line is not of one of these forms.
    """
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        parts = line.split("\t") if "\t" in line else line.split()
        parts = [part.strip() for part in parts if part.strip()]
        if len(parts) == 4:
            parts = [parts[0], *parts[2:]]
        try:
            query, document, score = parts
            judged.setdefault(query, {})[document] = int(float(score))
        except ValueError:
            if number > 1:
                raise InputError(
                    f"{path}:{number}: {line[:80]!r} is not `query-id corpus-id score`"
                ) from None
    return judged


def _queries(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (id, text) of the queries in a file of JSON lines."""
    for number, row in _objects(path):
        try:
            yield str(row["_id"]), str(row["text"])
        except KeyError as problem:
            raise InputError(
                f"{path}:{number}: a query needs `_id` and `text`; {problem} is missing"
            ) from None


def _records(path: Path) -> Iterator[Record]:
    """Yield the documents in a file of JSON lines as records."""
    for number, row in _objects(path):
        try:
            key, text = str(row["_id"]), str(row["text"])
        except KeyError as problem:
            raise InputError(
                f"{path}:{number}: a document needs `_id` and `text`; {problem} is missing"
            ) from None
        yield Record(
            _SOURCE, key, (Identifier("local", key),), str(row.get("title") or ""), abstract=text
        )


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) of a file of JSON lines."""
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: not a JSON object: {line[:80]!r}")
        yield number, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line) of a text file without its blank lines; `.gz` is decompressed."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as file:
            number = 0
            while line := file.readline(MAX_LINE_CHARACTERS + 1):
                number += 1
                if len(line) > MAX_LINE_CHARACTERS:
                    raise InputError(
                        f"{path}:{number}: the line is longer than {MAX_LINE_CHARACTERS} characters"
                    )
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {problem}") from problem
