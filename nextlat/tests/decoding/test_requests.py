"""What a call of `generate` leaves alone, refuses and repeats."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.decoding import (
    FixedLength,
    LatentDrafter,
    RandomDrafter,
    RowDecoding,
    Sampling,
    Stops,
    acceptance_for,
    generate,
)
from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError, SequenceError, UsageError
from nextlat.trunk.trunk import Trunk

PROMPTS = torch.randint(23, (2, 6), generator=torch.Generator().manual_seed(4))


def test_rows_of_the_same_prompt_are_sampled_apart() -> None:
    trunk = Trunk(tiny_trunk())
    out = generate(
        trunk, None, PROMPTS[:1].repeat(4, 1), temperature=1.0, max_new_tokens=20, seed=0
    )
    assert len(set(map(tuple, out.sequences.tolist()))) == 4


def test_without_a_seed_torchs_generator_decides() -> None:
    trunk = Trunk(tiny_trunk())
    runs = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        runs.append(
            generate(trunk, None, PROMPTS, temperature=2.0, max_new_tokens=20).sequences.tolist()
        )
    assert runs[0] == runs[1] != runs[2]


def test_drafts_stay_within_the_trunks_positions() -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    seen: list[int] = []
    model.base_model.register_forward_pre_hook(
        lambda _m, _a, kwargs: seen.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    prompt = PROMPTS.flatten().repeat(10)[:100]
    out = generate(
        trunk, RandomDrafter(23), prompt, max_new_tokens=28, length_policy=FixedLength(9)
    )
    assert out.sequences.shape == (1, 128)
    with pytest.raises(
        SequenceError,
        match=r"100 tokens and 29 new ones are 129, more than the trunk's 128 .* at most 28",
    ):
        generate(trunk, None, prompt, max_new_tokens=29)


def test_a_model_in_training_mode_decodes_without_dropout_and_stays_in_it() -> None:
    model = tiny_trunk("gpt2")
    wanted = generate(Trunk(model), None, PROMPTS, max_new_tokens=5).sequences
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    model.train()
    assert torch.equal(generate(Trunk(model), None, PROMPTS, max_new_tokens=5).sequences, wanted)
    assert model.training
    assert all(module.training for module in model.modules())


def test_an_abandoned_stream_leaves_the_model_as_it_was() -> None:
    model = tiny_trunk().train()
    trunk = Trunk(model)
    row = RowDecoding(
        trunk,
        None,
        FixedLength(0),
        acceptance_for(Sampling(), "coupled", 0),
        Stops.parse(None),
        [1, 2],
        9,
    )
    stream = row.cycles()
    next(stream)
    assert torch.is_grad_enabled()
    stream.close()
    assert model.training


def test_what_is_generated_can_be_trained_on() -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    drafter = LatentDrafter(trunk, LatentDynamics(16).double())
    out = generate(trunk, drafter, PROMPTS, max_new_tokens=4, length_policy=FixedLength(2))
    model(input_ids=out.sequences, labels=out.sequences).loss.backward()
    assert model.get_input_embeddings().weight.grad is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens 0: it must be a whole number from 1"),
        ({"max_new_tokens": 2.0}, r"max_new_tokens 2\.0"),
        ({"temperature": -1}, "temperature -1"),
        ({"top_p": 0}, "top_p 0"),
        ({"top_k": -2}, "top_k -2"),
        ({"seed": 2**63}, "seed 9223372036854775808"),
        ({"stop": "end"}, "stop 'end'"),
        ({"acceptance": "always"}, "acceptance 'always'"),
        ({"input_ids": torch.zeros(1, 0, dtype=torch.long)}, r"input_ids has shape \(1, 0\)"),
        ({"input_ids": torch.zeros(1, 2, 3, dtype=torch.long)}, r"shape \(1, 2, 3\)"),
        ({"input_ids": torch.ones(1, 2)}, "type torch.float32: token ids are whole numbers"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    trunk = Trunk(tiny_trunk())
    with pytest.raises(UsageError, match=message):
        generate(trunk, None, **({"input_ids": PROMPTS} | arguments))  # type: ignore[arg-type]


def test_ids_outside_the_vocabulary_are_named() -> None:
    with pytest.raises(ModelError, match="token id 23 is outside"):
        generate(Trunk(tiny_trunk()), None, torch.tensor([23]))


def test_greedy_decoding_leaves_torchs_generator_alone() -> None:
    trunk = Trunk(tiny_trunk())
    before = torch.get_rng_state()
    generate(trunk, RandomDrafter(23), PROMPTS, max_new_tokens=4, length_policy=FixedLength(2))
    assert torch.equal(torch.get_rng_state(), before)
