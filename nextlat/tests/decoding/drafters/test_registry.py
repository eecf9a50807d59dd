"""Every drafter that a command can name is registered under its own name."""

from __future__ import annotations

import pytest
from tiny_trunks import tiny_trunk

from nextlat.decoding.drafters import (
    DRAFTERS,
    LatentLookupDrafter,
    PromptLookupDrafter,
    default_drafter,
)
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


def test_every_drafter_is_built_by_name() -> None:
    trunk = Trunk(tiny_trunk())
    for name, kind in DRAFTERS.items():
        assert kind.name == name
        assert isinstance(kind.build(trunk, LatentDynamics(trunk.width)), kind)
    with pytest.raises(UsageError, match="'latent' needs latent dynamics"):
        DRAFTERS["latent"].build(trunk, None)


def test_commands_copy_from_the_prompt_and_draft_by_dynamics_where_there_are_any() -> None:
    trunk = Trunk(tiny_trunk())
    assert type(default_drafter(trunk, None)) is PromptLookupDrafter
    assert type(default_drafter(trunk, LatentDynamics(trunk.width))) is LatentLookupDrafter
