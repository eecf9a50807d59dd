"""Decoding speed: every way of decoding takes its turn at every place, so that a slow minute hits
all alike."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.dynamics import LatentDynamics
from nextlat.evaluation import decoding_speed, process_memory
from nextlat.evaluation.decoding_speed import DecodingFigures, measure
from nextlat.trunk.trunk import Trunk

PROMPTS = torch.randint(23, (6, 5), generator=torch.Generator().manual_seed(4)).tolist()


def measured(prompts: list[list[int]]) -> DecodingFigures:
    trunk = Trunk(tiny_trunk())
    return measure(
        trunk,
        LatentDynamics(trunk.width).double(),
        prompts,
        max_new_tokens=4,
        draft_lengths=(1, "adaptive"),
        drafters=("latent", "random"),
    )


def test_every_way_comes_first_once_in_as_many_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    ours, theirs = decoding_speed.generate, decoding_speed.reference

    def noted_ours(
        trunk: Trunk, drafter: Any, *args: Any, length_policy: Any = None, **kwargs: Any
    ) -> Any:
        order.append(f"{getattr(drafter, 'name', 'plain')} {type(length_policy).__name__}")
        return ours(trunk, drafter, *args, length_policy=length_policy, **kwargs)

    def noted_theirs(*args: Any) -> Any:
        order.append("transformers")
        return theirs(*args)

    monkeypatch.setattr(decoding_speed, "generate", noted_ours)
    monkeypatch.setattr(decoding_speed, "reference", noted_theirs)
    figures = measured(PROMPTS)
    assert all(row.all_equal for row in figures.speculative)
    warm_up, timed = order[:2], order[2:]
    assert {way.split()[0] for way in warm_up} == {"transformers", "plain"}
    turns = [timed[start : start + 6] for start in range(0, 36, 6)]
    ways = set(turns[0])
    assert ways == {
        "transformers",
        "plain FixedLength",
        "latent FixedLength",
        "latent AdaptiveLength",
        "random FixedLength",
        "random AdaptiveLength",
    }
    for place in range(6):
        assert {turn[place] for turn in turns} == ways


@pytest.mark.parametrize(("platform", "told"), [("darwin", 3.0), ("linux", 3072.0)])
def test_peak_memory_is_in_mb_on_every_system(
    platform: str, told: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Usage:
        ru_maxrss = 3 * 2**20

    monkeypatch.setattr(process_memory, "STATUS", tmp_path / "absent")
    monkeypatch.setattr(resource, "getrusage", lambda who: Usage)
    monkeypatch.setattr(sys, "platform", platform)
    assert measured(PROMPTS[:1]).peak_memory_mb == told
