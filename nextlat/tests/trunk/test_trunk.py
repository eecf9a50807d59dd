"""The trunk's view equals the untouched transformers model: states, logits, cache, masks."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk
from transformers import AutoConfig, AutoModelForCausalLM, T5Config, T5EncoderModel

from nextlat.errors import ModelError, SequenceError
from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.trunk import Trunk, block_mask, restarting_positions, roll_back

IDS = torch.randint(23, (2, 10), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("family", FAMILIES)
def test_states_and_logits_are_the_models_own(family: str) -> None:
    model = tiny_trunk(family)
    view = Trunk(model)
    out = model(input_ids=IDS, output_hidden_states=True)
    h = view.hidden_states(IDS)
    torch.testing.assert_close(h, out.hidden_states[-1], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(view.logits(h), out.logits, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(view.frozen_logits(h), out.logits, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(view.embed(IDS), model.get_input_embeddings()(IDS))
    assert (view.width, view.vocab_size, view.max_length) == (16, 23, 128)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rolled_back_cache_equals_recomputing(family: str) -> None:
    view = Trunk(tiny_trunk(family))
    cache = view.new_cache()
    with torch.no_grad():
        view.extend(IDS[:, :4], cache)
        view.extend(IDS[:, :3], cache)
        roll_back(cache, 3)
        continued = view.extend(IDS[:, 4:], cache)
        torch.testing.assert_close(
            continued, view.hidden_states(IDS)[:, 4:], rtol=1e-10, atol=1e-10
        )


def test_frozen_logits_leave_the_head_without_gradient() -> None:
    model = tiny_trunk()
    view = Trunk(model)
    h = view.hidden_states(IDS).detach().requires_grad_()
    view.frozen_logits(h).sum().backward()
    assert h.grad is not None
    assert model.lm_head.weight.grad is None


def test_positions_restart_in_each_document() -> None:
    documents = torch.tensor([[5, 5, 5, 8, 8, 5], [1, 2, 2, 2, 2, 2]])
    assert restarting_positions(documents).tolist() == [[0, 1, 2, 0, 1, 0], [0, 0, 1, 2, 3, 4]]


def test_the_block_mask_sees_the_past_of_its_own_document_and_no_padding() -> None:
    documents = torch.tensor([[1, 1, 2, 2, 2]])
    padding = torch.tensor([[1, 1, 1, 1, 0]])
    allowed = block_mask(documents, padding, torch.float32)[0, 0] == 0
    assert allowed.int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 1, 1, 1],
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_isolated_documents_have_the_states_they_have_alone(family: str) -> None:
    view = Trunk(tiny_trunk(family))
    documents = torch.tensor([[0] * 4 + [1] * 6])
    packed = view.hidden_states(IDS[:1], document_ids_BT=documents)
    torch.testing.assert_close(
        packed[:, :4], view.hidden_states(IDS[:1, :4]), rtol=1e-10, atol=1e-10
    )
    torch.testing.assert_close(
        packed[:, 4:], view.hidden_states(IDS[:1, 4:]), rtol=1e-10, atol=1e-10
    )


def test_models_that_do_not_fit_are_refused() -> None:
    config = T5Config(vocab_size=9, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    with pytest.raises(ModelError, match="causal language model"):
        Trunk(T5EncoderModel(config))
    capped = AutoModelForCausalLM.from_config(
        AutoConfig.for_model("gemma2", vocab_size=9, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                             num_attention_heads=2, num_key_value_heads=2, head_dim=4)
    )  # fmt: skip
    with pytest.raises(ModelError, match="final_logit_softcapping"):
        Trunk(capped)


def test_ids_and_lengths_that_do_not_fit_are_named() -> None:
    view = Trunk(tiny_trunk())
    with pytest.raises(ModelError, match="token id 23 is outside the trunk's vocabulary of 23"):
        view.check_ids(torch.tensor([[1, 23]]))
    with pytest.raises(ModelError, match="token id -1"):
        view.check_ids(torch.tensor([[-1, 2]]))
    with pytest.raises(SequenceError, match="129 tokens is longer than the trunk's 128"):
        view.check_ids(torch.zeros(1, 129, dtype=torch.long))


def test_the_gru_control_is_causal_and_a_trunk() -> None:
    model = GruForCausalLM(GruConfig(vocab_size=23, hidden_size=8)).double()
    view = Trunk(model)
    h = view.hidden_states(IDS)
    assert not view.caches
    torch.testing.assert_close(view.hidden_states(IDS[:, :6]), h[:, :6])
    torch.testing.assert_close(model(IDS).logits, view.logits(h))
