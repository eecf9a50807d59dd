"""What a stage's model does, cell by cell: accuracy, routing, execution, pass@k.

One frozen validation set for all.

Execution is measured by forcing a strategy's first token and counting responses whose every step is
right. Routing is what the model does unforced. Each is taken at the training temperature and
greedy, so that less sampling noise cannot pass for improvement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from nextlat.evaluation.intervals import wilson
from nextlat.evaluation.pass_at_k import pass_at_powers
from nextlat.posttrain.finite_field.recipes import AssessmentSettings
from nextlat.posttrain.finite_field.rollouts import respond
from nextlat.posttrain.results import Figures, Row
from nextlat.posttrain.splits import OTHER
from nextlat.tasks.finite_field import FiniteField
from nextlat.tasks.finite_field_chains import DIRECTIONS, Chain, Type
from nextlat.tasks.finite_field_traces import Judgement, judge
from nextlat.tasks.protocol import generator
from nextlat.trunk.trunk import Trunk

PARTS_STEPS = 2
"""Operations a part of a validation composition."""


@dataclass(frozen=True)
class ValidationCell:
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
) -> Iterator[ValidationCell]:
    """Yield the cells, the same for every arm, stage and seed.

    No training row holds one of their problems.

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
            yield ValidationCell(kind, steps, chains)
    for number in parts:
        rng = generator(0, "validation", "composition", number)
        chains = []
        for _ in range(settings.problems):
            kinds: list[Type] = [
                "inversion" if rng.random() < 0.5 else "evaluation" for _ in range(number)
            ]
            chains.append(task.sampler.draw(rng, kinds, PARTS_STEPS, held_out=True))
        yield ValidationCell("composition", number, chains)


class FieldAssessor:
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

    def row(self, arm: str, stage: str, cell: ValidationCell) -> Row:
        """Return what the model does on a cell.

        Args:
            arm: names the row.
            stage: names the row.
            cell: the problems.
        """
        sampled = self.judged(cell.chains, self.temperature)
        right = sum(judgement.answer for judgement in sampled)
        # All responses come from one source of randomness, so the order of measuring is fixed.
        free = self.figures(cell, sampled, self.temperature)
        greedy = self.figures(cell, self.judged(cell.chains, 0.0), 0.0)
        answers, traces = self.pass_at_k(cell.chains[: self.settings.sampled_problems])
        measured = replace(
            free,
            interval=wilson(right, len(sampled)),
            pass_at_k=answers,
            verified_pass_at_k=traces,
        )
        return Row(arm, stage, cell.type, cell.steps, len(cell.chains), measured, greedy)

    def figures(
        self, cell: ValidationCell, judged: Sequence[Judgement], temperature: float
    ) -> Figures:
        """Return accuracy, routing and forced execution at a temperature."""
        execution: dict[str, float] = {}
        for direction in DIRECTIONS if cell.type != "composition" else ():
            prefixes = [
                self.task.rendering.forcing_prefix(chain, direction) for chain in cell.chains
            ]
            forced = self.judged(cell.chains, temperature, prefixes)
            execution[direction] = _share([judgement.steps for judgement in forced])
        return Figures(
            accuracy=_share([judgement.answer for judgement in judged]),
            verified_accuracy=_share([judgement.steps for judgement in judged]),
            routing={
                strategy: _share([judgement.strategy == strategy for judgement in judged])
                for strategy in (*DIRECTIONS, OTHER)
            },
            execution=execution,
        )

    def pass_at_k(
        self, chains: Sequence[Chain]
    ) -> tuple[dict[int, float] | None, dict[int, float] | None]:
        """Return pass@k by answers alone and by right traces, k = 1, 2, 4, .. up to the samples."""
        samples = self.settings.samples
        if not samples or not chains:
            return None, None
        judged = self.judged([chain for chain in chains for _ in range(samples)], self.temperature)
        groups = [judged[first : first + samples] for first in range(0, len(judged), samples)]
        return (
            _pass_at_k([[judgement.answer for judgement in group] for group in groups]),
            _pass_at_k([[judgement.steps for judgement in group] for group in groups]),
        )

    def judged(
        self,
        chains: Sequence[Chain],
        temperature: float,
        prefixes: Sequence[Sequence[int]] | None = None,
    ) -> list[Judgement]:
        """Return the judgement of a response to each problem."""
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


def _pass_at_k(outcomes: Sequence[Sequence[bool]]) -> dict[int, float]:
    return {int(k): share for k, share in pass_at_powers(outcomes).items()}
