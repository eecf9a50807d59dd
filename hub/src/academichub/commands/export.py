"""`academichub export works --format F [--out FILE]`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from academichub.errors import StorageError
from academichub.formats import writers
from academichub.hub import open_hub


@click.group()
def export() -> None:
    """Export works."""


@export.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(list(writers())),
    required=True,
    help="The format to write.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file, whole or not at all.",
)
def works(form: str, out: Path | None) -> None:
    """Write every work of the library to standard output, or to a file."""
    pieces = writers()[form](open_hub().library.all_works())
    if out is None:
        # A real stream when run as a command.
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
        return
    try:
        _write_whole(pieces, out)
    except OSError as problem:
        raise StorageError(
            f"{out} cannot be written: {problem.strerror}; an older file there is untouched"
        ) from problem


def _write_whole(pieces: Iterable[str], out: Path) -> None:
    """Write a file that takes the place of an older one only when it is complete."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=out.absolute().parent, delete=False
    ) as handle:
        try:
            handle.writelines(pieces)
            handle.flush()
            # On the disk before it gets its name: a crash leaves the older file or the whole one.
            os.fsync(handle.fileno())
            Path(handle.name).replace(out)
        except BaseException:
            Path(handle.name).unlink(missing_ok=True)
            raise
