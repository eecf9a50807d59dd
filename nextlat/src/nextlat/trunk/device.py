"""Where tensors live: what `--device` may say, and whether this machine has it."""

from __future__ import annotations

import re

import torch

from nextlat.errors import UsageError

RULE = "auto, cpu, cuda, cuda:N and mps are known"


def resolve_device(word: str) -> torch.device:
    """Return the device a word names; `auto` is cuda where torch has it, else cpu.

    Raises:
        UsageError: it names none, or one that is not there.
    """
    match = re.fullmatch(r"(auto|cpu|mps|cuda)|cuda:([0-9]{1,3})", word)
    if match is None:
        raise UsageError(f"--device {word!r}: {RULE}; give one of them")
    kind = "cuda" if match[1] is None else match[1]
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda":
        return _cuda(word, None if match[2] is None else int(match[2]))
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UsageError(
            f"--device {word!r}: {RULE}, and torch {torch.__version__} finds no Apple GPU here; "
            "give auto or cpu"
        )
    return torch.device(kind)


def _cuda(word: str, number: int | None) -> torch.device:
    """Return a CUDA device."""
    if not torch.cuda.is_available():
        built = "finds none" if torch.version.cuda else "is built without CUDA"
        raise UsageError(
            f"--device {word!r}: a CUDA device has to be there, and torch {torch.__version__} "
            f"{built}; give auto or cpu, or install a torch and a driver that see the GPU"
        )
    if number is None:
        return torch.device("cuda")
    count = torch.cuda.device_count()
    if number >= count:
        raise UsageError(
            f"--device {word!r}: the CUDA devices here are cuda:0 to cuda:{count - 1}; give one of "
            "them"
        )
    return torch.device("cuda", number)
