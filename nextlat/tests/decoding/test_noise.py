"""Noise that depends on its place alone, and the token it chooses without being worked out
whole."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nextlat.decoding.noise import GumbelNoise, uniforms


def test_noise_is_a_function_of_seed_row_and_position() -> None:
    base = GumbelNoise.of(7, 1, 5, 100).all()
    assert torch.equal(base, GumbelNoise.of(7, 1, 5, 100).all())
    assert torch.equal(base[:40], GumbelNoise.of(7, 1, 5, 40).all())
    for other in (
        (8, 1, 5),
        (7, 2, 5),
        (7, 1, 6),
        (-7, 1, 5),
        (7 + 2**32, 1, 5),
        (7, 1, 5 + 2**32),
    ):
        assert (base != GumbelNoise.of(*other, 100).all()).all()
    assert base.isfinite().all()


def test_noise_is_gumbel() -> None:
    noise = torch.cat([GumbelNoise.of(1, 0, i, 1000).all() for i in range(100)])
    assert float(noise.mean()) == pytest.approx(0.5772, abs=0.02)
    assert float(noise.var()) == pytest.approx(math.pi**2 / 6, abs=0.05)


def test_uniforms_of_a_place_are_their_own_stream() -> None:
    assert not torch.equal(-(-uniforms(1, 0, 3, 8).log()).log(), GumbelNoise.of(1, 0, 3, 8).all())
    found = uniforms(1, 0, 3, 10_000)
    assert 0 < float(found.min()) < float(found.max()) < 1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 2, 50, 3_000]),
    st.floats(0.01, 20),
    st.floats(-1e4, 1e4),
    st.booleans(),
)
def test_the_token_is_that_of_all_noise(
    seed: int, size: int, spread: float, shift: float, drop: bool
) -> None:
    log_probs = (
        spread * torch.randn(size, generator=torch.Generator().manual_seed(seed))
    ).log_softmax(-1) + shift
    if drop:
        log_probs[log_probs < log_probs.median()] = -math.inf
    noise = GumbelNoise.of(seed, 0, 3, size)
    assert noise.choose(log_probs) == int((log_probs.double() + noise.all()).argmax())


def test_the_first_of_equals_is_chosen_and_part_of_the_noise_is_the_noise() -> None:
    even = GumbelNoise(torch.full((5,), 2**51))
    assert even.choose(torch.tensor([0.0, 2.0, 2.0, -math.inf, 2.0])) == 1
    noise, ids = GumbelNoise.of(3, 0, 0, 100), torch.tensor([7, 99, 0])
    torch.testing.assert_close(noise.at(ids), noise.all()[ids], rtol=1e-14, atol=0)
    assert noise.choose(torch.full((100,), math.nan)) in range(100)
