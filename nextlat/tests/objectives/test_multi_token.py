"""Multi-token prediction: heads that share the unembedding, each scored on its own token."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.batch import Batch
from nextlat.errors import SequenceError, UsageError
from nextlat.model.learner import Learner
from nextlat.objectives.multi_token import MultiToken, MultiTokenConfig
from nextlat.objectives.next_token import NextToken, NextTokenConfig
from nextlat.trunk.trunk import Trunk

V, B, T = 23, 3, 9
IDS = torch.randint(V, (B, T), generator=torch.Generator().manual_seed(2))


def learner(family: str = "llama", **config: object) -> Learner:
    trunk = tiny_trunk(family)
    torch.manual_seed(3)
    return Learner(trunk, MultiToken.build(Trunk(trunk), MultiTokenConfig(**config)))  # type: ignore[arg-type]


def naive(model: Learner, batch: Batch, horizon: int) -> torch.Tensor:
    labels = batch.input_ids_BT if batch.labels_BT is None else batch.labels_BT
    h = model.trunk(input_ids=batch.input_ids_BT, output_hidden_states=True).hidden_states[-1]
    steps = []
    for i in range(1, horizon + 1):
        logits = h.new_zeros(B, T, V) + model.trunk.lm_head(
            model.objective.heads[i - 1](inputs_embeds=h).last_hidden_state
        )
        terms = [
            torch.logsumexp(logits[b, t], 0) - logits[b, t, labels[b, t + 1 + i]]
            for b in range(B)
            for t in range(T - 1 - i)
            if labels[b, t + 1 + i] != -100
            and (
                batch.document_ids_BT is None
                or len(set(batch.document_ids_BT[b, t : t + 2 + i].tolist())) == 1
            )
        ]
        steps.append(torch.stack(terms).mean())
    return torch.stack(steps).mean()


@pytest.mark.parametrize("family", ["llama", "qwen3"])
@pytest.mark.parametrize("masked", [False, True])
def test_value_and_gradient_equal_the_naive_reference(family: str, masked: bool) -> None:
    model = learner(family, horizon=2)
    labels, documents = None, None
    if masked:
        labels, documents = IDS.clone(), torch.zeros_like(IDS)
        labels[:, :3], labels[1, 5], documents[:, 6:] = -100, -100, 1
    batch = Batch(IDS, labels, documents)
    ours, theirs = model.losses(batch).multi_token, naive(model, batch, 2)  # type: ignore[attr-defined]
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=0)
    found = torch.autograd.grad(
        ours, list(model.parameters()), retain_graph=True, allow_unused=True
    )
    wanted = torch.autograd.grad(theirs, list(model.parameters()), allow_unused=True)
    for mine, other in zip(found, wanted, strict=True):
        assert (mine is None) == (other is None)
        if mine is not None:
            torch.testing.assert_close(mine, other, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
def test_heads_are_causal_layers_of_the_trunks_kind_without_an_embedding(family: str) -> None:
    model = learner(family, horizon=1)
    names = [name for name, _ in model.objective.named_parameters()]
    assert not any(parameter.shape[0] == V for parameter in model.objective.parameters()), names
    cut = IDS.clone()
    cut[:, -1] = (cut[:, -1] + 1) % V
    labels = IDS.clone()
    labels[:, -1] = -100
    assert torch.equal(
        model(IDS, labels=labels).multi_token,
        model(cut, labels=labels).multi_token,  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("training", [True, False])
def test_weight_zero_is_the_baseline_bit_for_bit(training: bool) -> None:
    model = learner(horizon=2, token_weight=0.0).train(training)
    plain = Learner(model.trunk, NextToken(NextTokenConfig())).train(training)
    assert torch.equal(model(IDS).total, plain(IDS).total)


def test_bad_values_are_refused() -> None:
    with pytest.raises(UsageError, match="horizon 0"):
        MultiTokenConfig(horizon=0)
    with pytest.raises(UsageError, match="token_weight -1"):
        MultiTokenConfig(token_weight=-1)
    with pytest.raises(SequenceError, match="too short for horizon 3"):
        learner(horizon=3)(IDS[:, :3])
