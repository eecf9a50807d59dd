"""`academichub bench search`: the product's index and search on an outside test collection."""

from __future__ import annotations

from pathlib import Path

import click

from academichub import documents
from academichub.errors import ModelSettingsError
from academichub.library.works import Library
from academichub.llm.model import LanguageModel
from academichub.local_model.state import llm_in_use
from academichub.search.embeddings import embed_works
from academichub.search.evaluation import evaluate
from academichub.search.semantic import Semantic
from academichub.search.service import Nearest
from academichub.settings import load_settings

BATCH, PATIENCE_S = 32, 60.0

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--corpus", type=_FILE, required=True, help='JSON lines {"_id", "title", "text"}; may be .gz.'
)
@click.option(
    "--queries", type=_FILE, required=True, help='JSON lines {"_id", "text"}; may be .gz.'
)
@click.option(
    "--qrels", type=_FILE, required=True, help="Lines `query-id corpus-id score`; may be .gz."
)
@click.option(
    "--meaning",
    is_flag=True,
    help="Embed the corpus with the endpoint of llm.base_url; search by both.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench_search(corpus: Path, queries: Path, qrels: Path, meaning: bool, as_json: bool) -> None:
    """Index a corpus in a temporary library and search it with every query.

    Prints nDCG@10 and recall@100.
    """
    figures = evaluate(corpus, queries, qrels, _embedded if meaning else None)
    if as_json:
        rounded = {name: round(value, 6) for name, value in figures.items()}
        click.echo(documents.SearchBenchmark.model_validate(rounded).json_text())
    else:
        click.echo("\n".join(f"{name}: {value:.4f}" for name, value in figures.items()))


def _embedded(library: Library) -> Nearest:
    """Embed a library with the model of the settings and return its ranking by meaning."""
    model = LanguageModel(llm_in_use(load_settings()), library.database)
    name = model.embedding_name()
    if name is None:
        raise ModelSettingsError("the endpoint lists no embedding model: set llm.embedding_model")
    works = list(library.all_works())
    for start in range(0, len(works), BATCH):
        embed_works(library.database, works[start : start + BATCH], name, model.embed)
    return Semantic(library.database, model.embed_named, PATIENCE_S)
