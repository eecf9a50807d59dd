"""Every objective starts from one and the same pass over the batch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch
from tiny_trunks import tiny_trunk

import nextlat.objectives
from nextlat.model.learner import Learner
from nextlat.objectives import OBJECTIVES
from nextlat.trunk.trunk import Trunk

IDS = torch.randint(23, (3, 9), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("isolate", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_every_objective_scores_next_tokens_alike_bit_for_bit(
    isolate: bool, training: bool
) -> None:
    labels, documents = IDS.clone(), torch.zeros_like(IDS)
    labels[:, :3], documents[:, 6:] = -100, 1
    trunk = tiny_trunk()
    losses, gradients = [], []
    for kind in OBJECTIVES.values():
        torch.manual_seed(3)
        objective = kind.build(Trunk(trunk), kind.Config(isolate_documents=isolate))
        loss = (
            Learner(trunk, objective)
            .train(training)(IDS, labels=labels, document_ids=documents)
            .next_token
        )
        losses.append(loss)
        gradients.append(torch.autograd.grad(loss, list(trunk.parameters())))
    assert all(torch.equal(loss, losses[0]) for loss in losses)
    for found in gradients:
        assert all(
            torch.equal(mine, other) for mine, other in zip(found, gradients[0], strict=True)
        )


def test_only_one_place_runs_the_trunk_over_a_batch() -> None:
    calling = [
        path.name
        for path in Path(nextlat.objectives.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "hidden_states"
    ]
    assert calling == ["next_token.py"]
