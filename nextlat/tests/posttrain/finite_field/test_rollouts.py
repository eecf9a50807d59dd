"""Rollouts of small models: equal to the naive recomputation, blind to their neighbours, true to
temperature."""

from __future__ import annotations

from typing import cast

import pytest
import torch
from transformers import PreTrainedModel

from nextlat.errors import SequenceError
from nextlat.posttrain.finite_field.rollouts import choose, respond
from nextlat.training.build import build_trunk
from nextlat.training.run_config import TrunkConfig
from nextlat.trunk.trunk import Trunk

END, PAD, VOCABULARY = 17, 18, 19
TRUNKS = {
    "llama": TrunkConfig(num_layers=2, num_heads=2, width=16),
    "local first": TrunkConfig(
        family="smollm3", num_layers=3, num_heads=2, width=16, local_window=4
    ),
    "gpt2": TrunkConfig(family="gpt2", num_layers=2, num_heads=2, width=16),
}


def trunk_of(name: str, length: int = 64) -> Trunk:
    torch.manual_seed(3)
    model = cast(PreTrainedModel, build_trunk(TRUNKS[name], VOCABULARY, length))
    for parameter in model.parameters():
        parameter.data.mul_(
            3
        )  # far from uniform, so that a wrong position or mask changes the text
    return Trunk(model.eval())


def naive(trunk: Trunk, prompt: list[int], count: int) -> list[int]:
    ids = list(prompt)
    for _ in range(count):
        with torch.no_grad():
            token = int(trunk.model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
        ids.append(token)
        if token == END:
            break
    return ids[len(prompt) :]


@pytest.mark.parametrize("name", TRUNKS)
def test_greedy_responses_are_the_naive_ones_whatever_stands_beside_them(name: str) -> None:
    trunk = trunk_of(name)
    prompts = [[1], [2, 3, 4], [5, 6, 7, 8, 9, 10, 11], [12, 1, 12, 1]]
    together = respond(trunk, prompts, temperature=0, max_new_tokens=12, end=END, pad=PAD)
    assert together == [naive(trunk, prompt, 12) for prompt in prompts]
    for prompt, response in zip(prompts, together, strict=True):
        assert respond(trunk, [prompt], temperature=0, max_new_tokens=12, end=END, pad=PAD) == [
            response
        ]


def test_forced_tokens_open_the_response_and_count_as_text() -> None:
    trunk = trunk_of("local first")
    found = respond(
        trunk,
        [[1, 2], [3]],
        temperature=0,
        max_new_tokens=6,
        end=END,
        pad=PAD,
        prefixes=[[4, 5], []],
    )
    assert found[0][:2] == [4, 5]
    assert found[0][2:] == naive(trunk, [1, 2, 4, 5], 6)
    assert found[1] == naive(trunk, [3], 6)


def test_draws_follow_the_temperature() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0, -1.0]]).expand(20_000, 4)
    for temperature in (0.5, 1.0, 2.0):
        drawn = choose(logits, temperature, torch.Generator().manual_seed(1))
        expected = torch.softmax(logits[0] / temperature, -1) * 20_000
        seen = torch.bincount(drawn, minlength=4).float()
        assert (
            float(((seen - expected) ** 2 / expected).sum()) < 16.3
        )  # chi-square, 3 degrees of freedom, p = .001


def test_a_seed_repeats_and_another_differs() -> None:
    trunk = trunk_of("llama")

    def drawn(seed: int) -> list[list[int]]:
        source = torch.Generator().manual_seed(seed)
        return respond(
            trunk,
            [[1, 2]] * 20,
            temperature=1.0,
            max_new_tokens=8,
            end=END,
            pad=PAD,
            generator=source,
        )

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_no_response_goes_on_after_its_end() -> None:
    trunk = trunk_of("llama")
    source = torch.Generator().manual_seed(0)
    found = respond(
        trunk, [[1]] * 200, temperature=3.0, max_new_tokens=30, end=END, pad=PAD, generator=source
    )
    assert any(row[-1] == END for row in found)
    assert all(END not in row[:-1] for row in found)


def test_what_does_not_fit_the_positions_is_refused() -> None:
    with pytest.raises(SequenceError, match="exceed"):
        respond(
            trunk_of("gpt2", 16), [[1] * 10], temperature=0, max_new_tokens=10, end=END, pad=PAD
        )
