"""How dynamics without a trunk name theirs: where it is, and a fingerprint that identifies it.

A head folder holds `nextlat/` alone; its configuration names the base model it was fitted to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nextlat.configuration import Json
from nextlat.errors import CheckpointError, ModelError
from nextlat.trunk.decoder import input_embedding
from nextlat.trunk.pretrained import default_model, load_pretrained

SHIPPED = "shipped"
"""Names the shipped model as a base, wherever it is installed."""


@dataclass(frozen=True)
class BaseReference:
    """The model that a head was fitted to, as the head's `config.json` has it.

    Attributes:
        name: a folder, a Hugging Face id, or `SHIPPED`.
        fingerprint: see `fingerprint`.
    """

    name: str
    fingerprint: str

    @classmethod
    def parse(cls, document: Json) -> BaseReference:
        """Read a reference; absent keys are empty, and then name no model."""
        keys = document if isinstance(document, Mapping) else {}
        return cls(str(keys.get("name")), str(keys.get("fingerprint")))

    def document(self) -> dict[str, Json]:
        """Return the JSON that `parse` reads."""
        return {"name": self.name, "fingerprint": self.fingerprint}


@torch.no_grad()
def fingerprint(model: PreTrainedModel) -> str:
    """Return a SHA-256 of the token embedding and of the last parameter before the head.

    The latter is the final norm's. Both are rounded to bfloat16, so that a model loaded in reduced
    precision has the same fingerprint.
    """
    *_, final_norm = model.base_model.parameters()
    digest = hashlib.sha256()
    for tensor in (input_embedding(model), final_norm):
        rounded = tensor.detach().to("cpu", torch.bfloat16).contiguous()
        digest.update(str(tuple(rounded.shape)).encode())
        digest.update(rounded.view(torch.int16).numpy().astype("<i2").tobytes())
    return digest.hexdigest()


def load_base(
    base: BaseReference, folder: str, name: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase | None]:
    """Return the base model of a head folder, and its tokenizer; `check_base` compares it.

    Args:
        base: what the head says of it.
        folder: of the head, for errors.
        name: loads this model instead, where the base has moved.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    name = name or base.name
    try:
        return load_pretrained(default_model() if name == SHIPPED else name)
    except ModelError as error:
        raise CheckpointError(
            f"{folder} was fitted to the model {name!r}, which cannot be loaded: {error}"
        ) from error


def check_base(model: PreTrainedModel, base: BaseReference, folder: str) -> None:
    """Raise where a model is not the one that dynamics were fitted to.

    Args:
        model: to compare.
        base: what the head says of its base.
        folder: of the head, for errors.

    Raises:
        CheckpointError: it is another one.
    """
    actual = fingerprint(model)
    if actual != base.fingerprint:
        raise CheckpointError(
            f"{folder} was fitted to {base.name!r} with the fingerprint {base.fingerprint[:12]}, "
            f"the model found has {actual[:12]}; its weights differ, so load the model it was "
            "fitted to or retrofit this one"
        )
