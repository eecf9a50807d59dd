"""`academichub bench readers`: the product's own order on papers that readers judged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from academichub import documents
from academichub.errors import ModelSettingsError
from academichub.llm.model import LanguageModel
from academichub.local_model.state import llm_in_use
from academichub.radar.lineup import Meanings
from academichub.radar.reader_evaluation import (
    mean_loss,
    product_order,
    read_papers,
    read_readers,
)
from academichub.search.embeddings import embedded_text
from academichub.settings import load_settings
from academichub.store.database import open_database
from academichub.works.work import Work

BATCH = 32
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--papers",
    type=_FILE,
    required=True,
    help='JSON lines {"id", "title", "abstract"}; may be .gz.',
)
@click.option(
    "--readers",
    type=_FILE,
    required=True,
    help='JSON lines {"id", "examples": [id...], "judged": {id: grade}}; may be .gz.',
)
@click.option(
    "--examples",
    type=click.IntRange(1, 5_000),
    metavar="K",
    help="Only the first K examples of a reader are the signals.",
)
@click.option(
    "--meaning", is_flag=True, help="Embed the papers with the endpoint of llm.base_url; use both."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench_readers(
    papers: Path, readers: Path, examples: int | None, meaning: bool, as_json: bool
) -> None:
    """Put papers into the radar's order for judged readers; print the weighted Kendall loss."""
    works = read_papers(papers)
    judges = read_readers(readers, works)
    began = time.perf_counter()
    order = product_order(works, embedded(works) if meaning else None)
    fitted = time.perf_counter()
    loss = mean_loss(works, judges, order, examples)
    result = documents.ReadersBenchmark(
        loss=round(loss, 6),
        n=len(judges),
        seconds=round(time.perf_counter() - fitted, 3),
        examples=examples,
        fit_seconds=round(fitted - began, 3),
    )
    if as_json:
        click.echo(result.json_text())
        return
    click.echo(f"loss     {result.loss:.4f} over {result.n} readers (0 best, .5 chance)")
    click.echo(f"seconds  {result.fit_seconds:.1f} once + {result.seconds:.1f} for all readers")


def embedded(works: Sequence[Work]) -> Meanings:
    """Embed papers with the model of the settings."""
    with tempfile.TemporaryDirectory(prefix="academichub-bench-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        try:
            model = LanguageModel(llm_in_use(load_settings()), database)
            if model.embedding_name() is None:
                raise ModelSettingsError(
                    "the endpoint lists no embedding model: set llm.embedding_model"
                )
            texts = [embedded_text(work) for work in works]
            rows = [
                row
                for start in range(0, len(texts), BATCH)
                for row in model.embed(texts[start : start + BATCH])
            ]
        finally:
            database.close()
    vectors = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1.0)
    return Meanings({work.key: row for work, row in zip(works, unit, strict=True)})
