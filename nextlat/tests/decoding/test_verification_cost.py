"""What verifying drafts costs, measured before the first text."""

from __future__ import annotations

import torch
from tiny_trunks import tiny_trunk

from nextlat.decoding.verification_cost import MEASURED, _interpolated, verification_costs
from nextlat.trunk.trunk import Trunk


def test_there_is_a_cost_for_every_number_of_drafts() -> None:
    model = tiny_trunk(dtype=torch.float32).train()
    costs = verification_costs(Trunk(model))
    assert len(costs) == 17 and min(costs) > 0
    assert model.training
    between = [costs[8] + (costs[12] - costs[8]) * k / 4 for k in range(5)]
    torch.testing.assert_close(torch.tensor(costs[8:13]), torch.tensor(between))


def test_trunks_without_room_are_not_measured() -> None:
    trunk = Trunk(tiny_trunk(dtype=torch.float32))
    trunk.model.config.max_position_embeddings = 40
    assert verification_costs(trunk) == []


def test_costs_between_measured_lengths_lie_on_lines() -> None:
    seconds = {k: float(k * k) for k in MEASURED}
    costs = _interpolated(seconds)
    assert [costs[k] for k in MEASURED] == [seconds[k] for k in MEASURED]
    assert costs[9:12] == [84.0, 104.0, 124.0]  # from 64 at 8 to 144 at 12
    assert costs[13:16] == [172.0, 200.0, 228.0]  # from 144 at 12 to 256 at 16
