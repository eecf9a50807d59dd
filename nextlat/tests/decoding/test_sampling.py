"""Temperature, top-k, top-p against a naive reference; noise as a function of its place."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nextlat.decoding.sampling import Sampling, draw, filtered_log_probs, token_log_probs
from nextlat.errors import UsageError


def naive_probs(logits: list[float], temperature: float, top_p: float, top_k: int) -> list[float]:
    """Sort, cut, normalise, in plain Python."""
    peak = max(logits)
    weights = [math.exp((x - peak) / temperature) for x in logits]
    order = sorted(range(len(logits)), key=lambda i: -weights[i])
    if top_k:
        order = order[:top_k]
    total = sum(weights[i] for i in order)
    kept, mass = [], 0.0
    for i in order:
        kept.append(i)
        mass += weights[i] / total
        if mass >= top_p:
            break
    total = sum(weights[i] for i in kept)
    return [weights[i] / total if i in kept else 0.0 for i in range(len(logits))]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([2, 7, 40]),
    st.floats(0.1, 3),
    st.floats(0.01, 0.999),
    st.sampled_from([0, 1, 3, 100]),
)
def test_filters_equal_a_naive_sort(
    seed: int, size: int, temperature: float, top_p: float, top_k: int
) -> None:
    logits = 2 * torch.randn(
        size, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    found = filtered_log_probs(logits, temperature, top_p, top_k).exp()
    wanted = naive_probs(logits.tolist(), temperature, top_p, top_k)
    torch.testing.assert_close(
        found, torch.tensor(wanted, dtype=torch.float64), rtol=1e-9, atol=1e-12
    )


def test_a_nucleus_wider_than_the_first_look_equals_the_naive_one() -> None:
    logits = 0.1 * torch.randn(
        3000, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    found = filtered_log_probs(logits, 1.0, 0.5).exp()
    assert 1000 < int((found > 0).sum()) < 1500
    wanted = torch.tensor(naive_probs(logits.tolist(), 1.0, 0.5, 0), dtype=torch.float64)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-12)


def test_rows_are_filtered_one_by_one() -> None:
    logits = torch.randn(2, 3, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    together = filtered_log_probs(logits, 0.7, 0.8, 20)
    for i in range(2):
        for j in range(3):
            torch.testing.assert_close(
                together[i, j], filtered_log_probs(logits[i, j], 0.7, 0.8, 20)
            )


def test_equals_at_the_edge_stay_together() -> None:
    logits = torch.tensor([0.6, 0.1, 0.1, 0.1, 0.1], dtype=torch.float64).log()
    assert filtered_log_probs(logits, 1.0, 0.65).exp().tolist() == pytest.approx(
        [0.6, 0.1, 0.1, 0.1, 0.1]
    )
    assert filtered_log_probs(logits, 1.0, 0.59).exp().tolist() == pytest.approx([1, 0, 0, 0, 0])
    assert int((filtered_log_probs(logits, 1.0, 1.0, top_k=2) > -math.inf).sum()) == 5


def test_temperature_0_is_one_hot_and_tiny_temperatures_are_finite() -> None:
    logits = torch.tensor([1.0, 400.0, 396.0], dtype=torch.bfloat16)
    for temperature in (0.0, 1e-30):
        found = filtered_log_probs(logits, temperature, 0.9)
        assert found.dtype == torch.float32
        assert found.exp().tolist() == [0, 1, 0]


def test_token_log_probs_are_those_at_temperature_1() -> None:
    logits = torch.randn(3, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    found = token_log_probs(logits, torch.tensor([0, 8, 4]))
    torch.testing.assert_close(found, logits.log_softmax(-1)[range(3), [0, 8, 4]])


def test_draw_never_takes_weight_0() -> None:
    weights = torch.tensor([0.0, 0.2, 0.0, 0.3, 0.0])
    assert [draw(weights, u) for u in (0.0, 0.39, 0.41, 0.999)] == [1, 1, 3, 3]
    assert draw(weights, 1.0) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": -0.1}, "temperature -0.1: it must be finite and not negative"),
        ({"temperature": math.inf}, "temperature inf"),
        ({"temperature": math.nan}, "temperature nan"),
        ({"top_p": 0.0}, "top_p 0.0: it must be above 0 and at most 1"),
        ({"top_p": 1.1}, r"top_p 1\.1"),
        ({"top_k": -1}, "top_k -1: it must be a whole number from 0"),
        ({"seed": 2**63}, "seed 9223372036854775808: it must be a whole number of 64 bits"),
        ({"seed": 1.5}, r"seed 1\.5"),
        ({"seed": True}, "seed True"),
    ],
)
def test_settings_out_of_range_are_named(values: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Sampling(**values)  # type: ignore[arg-type]
