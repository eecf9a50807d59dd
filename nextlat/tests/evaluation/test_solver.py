"""A model as tasks see it: completions are the naive loop's, in parts or at once, through
decoding's own context."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import tiny_trunk
from transformers import PreTrainedModel

from nextlat.evaluation import solver
from nextlat.evaluation.solver import ModelSolver
from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.trunk import Trunk

PROMPTS = torch.randint(23, (5, 6), generator=torch.Generator().manual_seed(4))


def model_of(family: str) -> PreTrainedModel:
    if family != "gru":
        return tiny_trunk(family)
    torch.manual_seed(0)
    return GruForCausalLM(GruConfig(vocab_size=23, hidden_size=16, initializer_range=1.0)).double()


@pytest.mark.parametrize("family", ["llama", "gpt2", "gru"])
def test_completions_are_the_naive_loops(family: str) -> None:
    model = model_of(family).train()
    wanted = PROMPTS
    with torch.no_grad():
        for _ in range(7):
            wanted = torch.cat([wanted, model(input_ids=wanted).logits[:, -1:].argmax(-1)], dim=1)
    for size in (2, 512):
        assert torch.equal(ModelSolver(Trunk(model), size).complete(PROMPTS, 7), wanted[:, 6:])
    assert model.training


def test_a_completion_reads_each_token_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Counting(solver.Context):
        def extend_rows(self, ids_BT: torch.Tensor) -> torch.Tensor:
            read.append(ids_BT.shape[1])
            return super().extend_rows(ids_BT)

    monkeypatch.setattr(solver, "Context", Counting)
    ModelSolver(Trunk(tiny_trunk())).complete(PROMPTS, 4)
    assert read == [6, 1, 1, 1]


def test_logits_and_latents_are_the_models_and_dropout_is_off() -> None:
    model = tiny_trunk("gpt2")
    wanted = model(input_ids=PROMPTS, output_hidden_states=True)
    answers = ModelSolver(Trunk(model.train()), 2)
    torch.testing.assert_close(answers.logits(PROMPTS), wanted.logits)
    torch.testing.assert_close(answers.hidden_states(PROMPTS), wanted.hidden_states[-1])
    assert not answers.logits(PROMPTS).requires_grad
