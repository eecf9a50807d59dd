"""What a stage's model does, cell by cell: accuracy, routing, execution, pass@k. One frozen validation set for all.

Execution is measured by forcing a strategy's first token and counting responses whose every step is right. Routing is
what the model does unforced. Each is taken at the training temperature and greedy, so that less sampling noise cannot
pass for improvement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from nextlat.evaluation.intervals import wilson
from nextlat.evaluation.pass_at_k import pass_at_powers
from nextlat.posttrain.finite_field.recipes import AssessmentSettings
from nextlat.posttrain.finite_field.rollouts import respond
from nextlat.tasks.finite_field import FiniteField
from nextlat.tasks.finite_field_chains import DIRECTIONS, Chain, Type
from nextlat.tasks.finite_field_traces import Judgement, judge
from nextlat.tasks.protocol import generator
from nextlat.trunk.trunk import Trunk

PARTS_STEPS = 2
"""Operations a part of a validation composition."""


@dataclass(frozen=True)
class Problems:
    """A cell of the validation set.

    Attributes:
        type: type of its problems.
        steps: operations of each; of compositions the number of parts.
        chains: the problems.
    """

    type: Type
    steps: int
    chains: list[Chain]


def validation_set(
    task: FiniteField, settings: AssessmentSettings, parts: Sequence[int] = ()
) -> Iterator[Problems]:
    """Yield the cells, the same for every arm, stage and seed; no training row holds one of their problems.

    Args:
        task: gives the field and the rendering.
        settings: sizes.
        parts: numbers of parts of compositions to measure as well.
    """
    for kind in ("evaluation", "inversion"):
        for steps in range(settings.min_steps, settings.max_steps + 1):
            rng = generator(0, "validation", kind, steps)
            chains = [
                task.sampler.draw(rng, [kind], steps, held_out=True)
                for _ in range(settings.problems)
            ]
            yield Problems(kind, steps, chains)
    for number in parts:
        rng = generator(0, "validation", "composition", number)
        chains = []
        for _ in range(settings.problems):
            kinds: list[Type] = [
                "inversion" if rng.random() < 0.5 else "evaluation" for _ in range(number)
            ]
            chains.append(task.sampler.draw(rng, kinds, PARTS_STEPS, held_out=True))
        yield Problems("composition", number, chains)


class Assessor:
    """Measures one model.

    Args:
        trunk: the model.
        task: gives field and rendering.
        settings: sizes.
        temperature: the training temperature.
        seed: of sampling.
    """

    def __init__(
        self,
        trunk: Trunk,
        task: FiniteField,
        settings: AssessmentSettings,
        temperature: float,
        seed: int,
    ) -> None:
        self.trunk, self.task, self.settings = trunk, task, settings
        self.temperature = temperature
        self.source = torch.Generator(trunk.device).manual_seed(seed)

    def row(self, cell: Problems) -> dict[str, Any]:
        """Return a cell's figures, in the shape of a result file's rows."""
        sampled = self.judged(cell.chains, self.temperature)
        right = sum(one.answer for one in sampled)
        return {
            "type": cell.type,
            "steps": cell.steps,
            "n": len(cell.chains),
            "interval": list(wilson(right, len(sampled))),
            **self.figures(cell, sampled, self.temperature),
            "greedy": self.figures(cell, self.judged(cell.chains, 0.0), 0.0),
            **self.passes(cell.chains[: self.settings.sampled_problems]),
        }

    def figures(
        self, cell: Problems, judged: Sequence[Judgement], temperature: float
    ) -> dict[str, Any]:
        """Return accuracy, routing and forced execution at a temperature."""
        execution = {}
        for direction in DIRECTIONS if cell.type != "composition" else ():
            prefixes = [
                self.task.rendering.forcing_prefix(chain, direction) for chain in cell.chains
            ]
            execution[direction] = _share(
                [one.steps for one in self.judged(cell.chains, temperature, prefixes)]
            )
        names = ("forward", "backward", "other")
        return {
            "accuracy": _share([one.answer for one in judged]),
            "verified_accuracy": _share([one.steps for one in judged]),
            "routing": {name: _share([one.strategy == name for one in judged]) for name in names},
            "execution": execution,
        }

    def passes(self, chains: Sequence[Chain]) -> dict[str, Any]:
        """Return pass@k by answers alone and by right traces, k = 1, 2, 4, .. up to the samples."""
        samples = self.settings.samples
        if not samples or not chains:
            return {}
        judged = self.judged([chain for chain in chains for _ in range(samples)], self.temperature)
        groups = [judged[first : first + samples] for first in range(0, len(judged), samples)]
        return {
            "pass_at_k": pass_at_powers([[one.answer for one in group] for group in groups]),
            "verified_pass_at_k": pass_at_powers(
                [[one.steps for one in group] for group in groups]
            ),
        }

    def judged(
        self,
        chains: Sequence[Chain],
        temperature: float,
        prefixes: Sequence[Sequence[int]] | None = None,
    ) -> list[Judgement]:
        """Return the verifier's word on a response to each problem."""
        rendering = self.task.rendering
        responses = respond(
            self.trunk,
            [rendering.prompt(chain) for chain in chains],
            temperature=temperature,
            max_new_tokens=max(map(rendering.max_response, chains)) + 2,
            end=rendering.special["EOS"],
            pad=rendering.special["PAD"],
            generator=self.source,
            prefixes=prefixes,
        )
        return [
            judge(chain, rendering.read(chain, row))
            for chain, row in zip(chains, responses, strict=True)
        ]


def _share(values: Sequence[bool]) -> float:
    return float(np.mean(values)) if values else 0.0
