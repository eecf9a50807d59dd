"""The typed accessors of a transformers model return its own tensors."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk
from torch import Tensor, nn

from nextlat.trunk.decoder import input_embedding, output_embedding, run_decoder


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_are_the_parameters_themselves(family: str, tied: bool) -> None:
    model = tiny_trunk(family, tied=tied)
    ids = torch.tensor([4, 7])
    assert torch.equal(model.get_input_embeddings()(ids), input_embedding(model)[ids])
    assert output_embedding(model) is model.get_output_embeddings().weight
    assert (input_embedding(model) is output_embedding(model)) == tied


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_the_decoder_gives_what_the_head_reads(family: str) -> None:
    model = tiny_trunk(family)
    ids = torch.tensor([[3, 1, 4]])
    h_BTD = run_decoder(model.base_model, input_ids=ids, use_cache=False)
    torch.testing.assert_close(model.get_output_embeddings()(h_BTD), model(input_ids=ids).logits)


def test_inputs_that_are_none_are_left_out() -> None:
    class Strict(nn.Module):
        """Knows one input only, as some families know no position ids."""

        def forward(self, input_ids: Tensor) -> object:
            class Output:
                last_hidden_state = input_ids + 1

            return Output

    ids = torch.tensor([[1, 2]])
    assert torch.equal(run_decoder(Strict(), input_ids=ids, position_ids=None), ids + 1)
    with pytest.raises(TypeError, match="position_ids"):
        run_decoder(Strict(), input_ids=ids, position_ids=ids)
