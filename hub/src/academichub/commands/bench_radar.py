"""`academichub bench radar`: the product's own ranking on outside bags of words."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from academichub import documents
from academichub.radar.evaluation import (
    draw_split,
    evaluate,
    product_ranker,
    read_bags,
    read_profiles,
)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--items", required=True, type=FILE, help="Line i: `n word:count ...` of item i; may be .gz."
)
@click.option("--users", required=True, type=FILE, help="Line u: `n item item ...`; may be .gz.")
@click.option(
    "--n-users",
    default=400,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Users to judge by.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Of folds and users."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench_radar(items: Path, users: Path, n_users: int, seed: int, as_json: bool) -> None:
    """Rank new items for users by the texts of what they kept.

    The protocol is that of strictly new items, with nDCG@10 and recall@100.

    `seconds` is the ranking of all n users, `fit_seconds` the text model's fit, which a library
    needs once.
    """
    counts = read_bags(items)
    profiles = read_profiles(users, counts.shape[0])
    split = draw_split(counts.shape[0], profiles, n_users, seed)
    click.echo(
        f"{len(split.users)} users, {int(split.hidden.sum())} hidden items of {counts.shape[0]}",
        err=True,
    )
    scores = evaluate(profiles, split, partial(product_ranker, counts, split))
    result = documents.RadarBenchmark(
        ndcg10=round(float(scores.ndcg10.mean()), 6),
        recall100=round(float(scores.recall100.mean()), 6),
        seconds=round(scores.rank_s, 3),
        n=len(split.users),
        fit_seconds=round(scores.fit_s, 3),
    )
    if as_json:
        click.echo(result.json_text())
        return
    click.echo(f"nDCG@10     {result.ndcg10:.4f}\nrecall@100  {result.recall100:.4f}")
    click.echo(
        f"seconds     {scores.fit_s:.1f} once + "
        f"{1000 * scores.rank_s / len(split.users):.1f} ms a user"
    )
