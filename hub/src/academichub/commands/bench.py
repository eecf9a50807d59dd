"""`academichub bench search|radar|readers`: the hub's search and ranking on outside data."""

from __future__ import annotations

import click

from academichub.commands.bench_radar import bench_radar
from academichub.commands.bench_readers import bench_readers
from academichub.commands.bench_search import bench_search


@click.group()
def bench() -> None:
    """Measure search and ranking on outside data."""


bench.add_command(bench_search, "search")
bench.add_command(bench_radar, "radar")
bench.add_command(bench_readers, "readers")
