"""The parts of a `transformers` causal language model, with the types that the library leaves open.

Shape suffixes: B batch, T time, D width.
"""

from __future__ import annotations

from torch import Tensor, nn
from transformers import PreTrainedModel


def run_decoder(decoder: nn.Module, **inputs: object) -> Tensor:
    """Run a stack of decoder layers and return h_BTD, its output after the final norm.

    Args:
        decoder: a base model of transformers, or a part of one.
        inputs: of its `forward`; those that are None are left out, since no family knows all.
    """
    given = {name: value for name, value in inputs.items() if value is not None}
    h_BTD: Tensor = decoder(**given).last_hidden_state
    return h_BTD


def input_embedding(model: PreTrainedModel) -> Tensor:
    """Return the token embedding's weight, `[V, D]`."""
    weight = model.get_input_embeddings().weight
    assert isinstance(weight, Tensor)
    return weight


def output_embedding(model: PreTrainedModel) -> Tensor:
    """Return the head's weight, `[V, D]`."""
    weight = model.get_output_embeddings().weight
    assert isinstance(weight, Tensor)
    return weight
