"""`academichub bench search|radar`: the product's own search and ranking on outside data."""

from __future__ import annotations

import click

from academichub.commands.bench_radar import bench_radar
from academichub.commands.bench_search import bench_search


@click.group()
def bench() -> None:
    """Measure search and ranking on outside data."""


bench.add_command(bench_search, "search")
bench.add_command(bench_radar, "radar")
