"""`nextlat posttrain finite-field --scale tiny|desk|paper [--seed N] --out DIR`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # the command's help shows without loading the study
    from nextlat.posttrain.results import Criterion

PARTS = ("core", "backward", "controls", "amplification", "composition")
SCALE_NAMES = ("tiny", "desk", "paper")


@click.command("finite-field")
@click.argument("words", metavar="[KEY=VALUE ...]", nargs=-1)
@click.option(
    "--scale",
    type=click.Choice(SCALE_NAMES),
    required=True,
    help="Size: a minute, twenty minutes, an accelerator.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31),
    default=0,
    show_default=True,
    help="Of everything random.",
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    default=("core",),
    show_default=True,
    help="Part of the study; may be given several times. A later part reuses what an earlier one "
    "trained in DIR.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Stages side by side; the processor's cores, at most 2.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the study.",
)
def finite_field(
    words: tuple[str, ...],
    scale: str,
    seed: int,
    parts: tuple[str, ...],
    workers: int | None,
    out: Path,
) -> None:
    """Reproduce "Select and Improve" (arXiv 2606.13125) in a finite field, or resume it.

    Models learn to solve chains of operations with the forward strategy (F), the backward one (B)
    or both (FB), then by reinforcement on problems as hard or harder. DIR/results.json holds how
    much of each change was selection of a strategy and how much improvement of one; the report is
    DIR/report.html. Dotted keys change sizes:

        nextlat posttrain finite-field --scale desk hard.beta=0.05 assessment.problems=512 --out
        studies/field
    """
    from dataclasses import asdict

    from nextlat.configuration import from_mapping, override
    from nextlat.posttrain.finite_field.recipes import SCALES, FieldStudy
    from nextlat.posttrain.finite_field.study import run_finite_field
    from nextlat.posttrain.report.report import write_posttrain_report

    sizes = override(asdict(SCALES[scale]()), words)
    results = run_finite_field(
        from_mapping(FieldStudy, sizes, "finite-field"),
        out,
        scale=scale,
        seed=seed,
        parts=parts,
        workers=workers or min(2, os.cpu_count() or 1),
        report=lambda line: click.echo(line, err=True),
    )
    _print_verdicts(results.criteria or {})
    for path in write_posttrain_report(out):
        if path.suffix == ".html":
            click.echo(f"report in {path}", err=True)
    click.echo(f"results in {out / 'results.json'}", err=True)


def _print_verdicts(criteria: Mapping[str, Criterion]) -> None:
    """Print the criteria that could be judged, met or not."""
    for name, criterion in criteria.items():
        if criterion.met is not None:
            verdict = "met" if criterion.met else "NOT met"
            click.echo(f"{name} {verdict}: {criterion.condition}", err=True)
