"""The option `--radar NAME` of every command that works for one radar."""

from __future__ import annotations

import click

RADAR = click.option(
    "--radar", "radar_name", metavar="NAME", help="The radar; the first one if not given."
)
"""Gives the command a parameter `radar_name: str | None`, for `Radar(database, radar_name)`."""
