"""The option `--device` of the commands that load a model."""

from __future__ import annotations

import click
import torch

from nextlat.decoding.lean import Weights
from nextlat.errors import UsageError
from nextlat.trunk.device import resolve_device

device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    help="auto, cpu, cuda, cuda:N or mps; auto: cuda where it is there.",
)


def device_for(word: str, weights: Weights) -> torch.device:
    """Return the device a word names; with int8 weights `auto` is the CPU, which alone has them.

    Raises:
        UsageError: there is no such device, or it does not compute these weights.
    """
    if weights == "int8" and word == "auto":
        return torch.device("cpu")
    device = resolve_device(word)
    if weights == "int8" and device.type != "cpu":
        raise UsageError(
            f"--device {word!r} with --weights int8: int8 is computed on the CPU alone; give "
            "--device cpu, or leave the weights in float32"
        )
    return device
