"""Growing and rolling back a context equals reading the text from its start."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.decoding.context import Context, evaluating, extend_many, one_thread
from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.trunk import Trunk

VOCAB = 23


def gru() -> Trunk:
    torch.manual_seed(0)
    return Trunk(GruForCausalLM(GruConfig(vocab_size=VOCAB, hidden_size=8)).double().eval())


TRUNKS = {**{family: Trunk(tiny_trunk(family)) for family in FAMILIES}, "gru": gru()}
STEPS = st.lists(
    st.one_of(
        st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=4),  # tokens to read
        st.integers(0, 4),  # tokens to forget
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("name", TRUNKS)
@given(steps=STEPS)
@settings(max_examples=15, deadline=None)
@torch.no_grad()
def test_latents_are_those_of_the_whole_text(name: str, steps: list[list[int] | int]) -> None:
    trunk = TRUNKS[name]
    context, text = Context(trunk), list[int]()
    for step in steps:
        if isinstance(step, int):
            num_tokens = min(step, len(text))
            context.roll_back(num_tokens)
            text = text[: len(text) - num_tokens]
            continue
        text += step
        whole = trunk.hidden_states(torch.tensor([text]))[0, -len(step) :]
        torch.testing.assert_close(context.extend(step), whole, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", ["llama", "gru"])
@torch.no_grad()
def test_rows_of_equal_length_grow_together(name: str) -> None:
    trunk = TRUNKS[name]
    ids_BT = torch.randint(VOCAB, (3, 7), generator=torch.Generator().manual_seed(1))
    context = Context(trunk)
    parts = [context.extend_rows(ids_BT[:, :4]), context.extend_rows(ids_BT[:, 4:])]
    torch.testing.assert_close(
        torch.cat(parts, dim=1), trunk.hidden_states(ids_BT), rtol=1e-8, atol=1e-8
    )


@pytest.mark.parametrize("name", ["qwen3", "gpt2", "gru"])
@torch.no_grad()
def test_contexts_read_together_are_those_read_alone(name: str) -> None:
    trunk = TRUNKS[name]
    prompts, more = [[1, 2, 3], [4], [5, 6]], [[7], [8, 9], [10, 11, 12]]
    together = [Context(trunk) for _ in prompts]
    for context, prompt in zip(together, prompts, strict=True):
        context.extend(prompt)
    latents = extend_many(list(zip(together, more, strict=True)))
    for prompt, ids, h_TD in zip(prompts, more, latents, strict=True):
        whole = trunk.hidden_states(torch.tensor([prompt + ids]))[0, len(prompt) :]
        torch.testing.assert_close(h_TD, whole, rtol=1e-5, atol=1e-6)


def test_evaluating_restores_the_mode_even_after_an_error() -> None:
    model = tiny_trunk().train()
    with pytest.raises(KeyError), evaluating(model):
        assert not model.training
        raise KeyError
    assert model.training
    with evaluating(model.eval()):
        pass
    assert not model.training


def test_one_thread_restores_the_number_even_after_an_error() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        with pytest.raises(KeyError), one_thread():
            assert torch.get_num_threads() == 1
            raise KeyError
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
