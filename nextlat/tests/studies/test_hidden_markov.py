"""The hidden Markov study asks the model and the exact filter once for everything it tells."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from nextlat.evaluation.belief import linear_recovery
from nextlat.evaluation.solver import ModelSolver
from nextlat.studies.hidden_markov import HIDDEN_MARKOV, measure
from nextlat.tasks.hidden_markov import HiddenMarkov
from nextlat.training.build import build_learner, build_task


def test_latents_and_beliefs_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = HIDDEN_MARKOV.arms("tiny")[0].config
    task = build_task(config)
    learner = build_learner(config, task).eval()
    asked: list[str] = []
    hidden_states, beliefs = ModelSolver.hidden_states, HiddenMarkov.beliefs

    def counted_states(self: ModelSolver, ids: Tensor) -> Tensor:
        asked.append("latents")
        return hidden_states(self, ids)

    def counted_beliefs(self: HiddenMarkov, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append("beliefs")
        return beliefs(self, symbols)

    monkeypatch.setattr(ModelSolver, "hidden_states", counted_states)
    monkeypatch.setattr(HiddenMarkov, "beliefs", counted_beliefs)
    figures = measure(config, task, learner)
    assert sorted(asked) == ["beliefs", "latents"]
    assert isinstance(task, HiddenMarkov)
    sequences = task.held_out(200)
    latents = (
        hidden_states(ModelSolver(learner.view), task.batch(sequences).input_ids_BT)[:, 1:]
        .double()
        .numpy()
    )
    exact, _ = beliefs(task, np.asarray(sequences))
    assert figures["belief_r2"] == linear_recovery(latents, exact)
    assert figures["belief_r2_last_quarter"] == linear_recovery(latents[:, -3:], exact[:, -3:])
    score = task.score(ModelSolver(learner.view), sequences)
    assert {name: figures[name] for name in score} == score
