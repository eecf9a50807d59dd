"""What dynamics without a trunk need to know of theirs: where it is, and a fingerprint that says it is the one.

A head folder holds `nextlat/` alone; its configuration names the base model it was fitted to.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nextlat.errors import CheckpointError, ModelError
from nextlat.trunk.pretrained import default_model, load_pretrained

SHIPPED = "shipped"
"""Names the shipped model as a base, wherever it is installed."""


@torch.no_grad()
def fingerprint(model: PreTrainedModel) -> str:
    """Return a SHA-256 of the token embedding and the last parameter before the head, which is the final norm's.

    Both are rounded to bfloat16, so that a model loaded in reduced precision has the same one.
    """
    last = list(model.base_model.parameters())[-1]
    found = hashlib.sha256()
    for tensor in (cast(Tensor, model.get_input_embeddings().weight), last):
        rounded = tensor.detach().to("cpu", torch.bfloat16).contiguous()
        found.update(str(tuple(rounded.shape)).encode())
        found.update(rounded.view(torch.int16).numpy().astype("<i2").tobytes())
    return found.hexdigest()


def load_base(
    base: dict[str, Any], where: str, name: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase | None]:
    """Return the base model of a head folder, and its tokenizer; whether it is the right one `check_base` tells.

    Args:
        base: what `nextlat/config.json` says of it: `name`, `fingerprint`.
        where: names the head folder in errors.
        name: loads this model instead of the one named, where it has moved.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    name = name or str(base.get("name"))
    try:
        return load_pretrained(default_model() if name == SHIPPED else name)
    except ModelError as error:
        raise CheckpointError(
            f"{where} was fitted to the model {name!r}, which cannot be loaded: {error}"
        ) from error


def check_base(model: PreTrainedModel, base: dict[str, Any], where: str) -> None:
    """Raise where a model is not the one dynamics were fitted to.

    Raises:
        CheckpointError: it is another one.
    """
    found = fingerprint(model)
    if found != base.get("fingerprint"):
        raise CheckpointError(
            f"{where} was fitted to {base.get('name')!r} with the fingerprint {str(base.get('fingerprint'))[:12]}, the "
            f"model found has {found[:12]}; its weights differ, so load the model it was fitted to or retrofit this one"
        )
