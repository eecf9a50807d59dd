"""`academichub bench search`: the product's own index and search, measured on an outside test collection."""

from __future__ import annotations

import json
from pathlib import Path

import click

from academichub.search.evaluation import evaluate

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--corpus", type=_FILE, required=True, help='JSON lines {"_id", "title", "text"}; may be .gz.')
@click.option("--queries", type=_FILE, required=True, help='JSON lines {"_id", "text"}; may be .gz.')
@click.option("--qrels", type=_FILE, required=True, help="Lines `query-id corpus-id score`; may be .gz.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench_search(corpus: Path, queries: Path, qrels: Path, as_json: bool) -> None:
    """Index a corpus in a temporary library, search it with every query, print nDCG@10 and recall@100."""
    figures = evaluate(corpus, queries, qrels)
    if as_json:
        click.echo(json.dumps({name: round(value, 6) for name, value in figures.items()}))
    else:
        click.echo("\n".join(f"{name}: {value:.4f}" for name, value in figures.items()))
