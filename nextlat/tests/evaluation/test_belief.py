"""Linear recovery of beliefs: exact maps, noise, a hand-worked share, and the plain least-squares
answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from nextlat.errors import DataError
from nextlat.evaluation.belief import linear_recovery


def test_an_affine_map_is_recovered_in_full() -> None:
    random = np.random.default_rng(0)
    beliefs = random.dirichlet(np.ones(4), size=(20, 7))
    assert linear_recovery(beliefs @ random.normal(size=(4, 9)) + 5.0, beliefs) == pytest.approx(
        1.0
    )


def test_it_is_least_squares_with_an_intercept_variance_weighted() -> None:
    random = np.random.default_rng(1)
    latents = random.normal(2.0, 1.0, size=(30, 5, 6))
    beliefs = latents[..., :3] * [1.0, 0.1, 3.0] + random.normal(size=(30, 5, 3))
    x, y = latents.reshape(-1, 6), beliefs.reshape(-1, 3)
    told = LinearRegression().fit(x[:75], y[:75]).predict(x[75:])
    expected = r2_score(y[75:], told, multioutput="variance_weighted")
    assert linear_recovery(latents, beliefs) == pytest.approx(expected, abs=1e-10)


def test_dead_and_repeated_latents_change_nothing() -> None:
    random = np.random.default_rng(2)
    latents = random.normal(size=(30, 5, 4))
    beliefs = latents[..., :2] + random.normal(size=(30, 5, 2))
    doubled = np.concatenate([latents, latents * 2, np.ones((30, 5, 1))], axis=-1)
    assert linear_recovery(doubled, beliefs) == pytest.approx(
        linear_recovery(latents, beliefs), abs=1e-9
    )


def test_the_mean_belief_scores_zero_by_hand() -> None:
    # Fit half: beliefs 0 and 2 at one latent, so the map is their mean 1. Test half: beliefs 0 and
    # 2, mean 1 again.
    latents = np.zeros((4, 1, 1))
    beliefs = np.array([0.0, 2, 0, 2]).reshape(4, 1, 1)
    assert linear_recovery(latents, beliefs) == 0.0
    # Test beliefs 1 and 3: squared error 0 + 4 over variance 1 + 1.
    assert linear_recovery(latents, np.array([0.0, 2, 1, 3]).reshape(4, 1, 1)) == -1.0


def test_noise_recovers_nothing_and_halves_are_apart() -> None:
    random = np.random.default_rng(3)
    assert (
        abs(linear_recovery(random.normal(size=(400, 10, 8)), random.normal(size=(400, 10, 2))))
        < 0.02
    )
    # As many latents as fitted rows fit anything, so that only a test half apart from the fit tells
    # the truth.
    assert linear_recovery(random.normal(size=(20, 1, 10)), random.normal(size=(20, 1, 1))) < 0.5
    assert linear_recovery(np.zeros((2, 1, 1)), np.ones((2, 1, 1))) == 0.0


def test_one_sequence_cannot_be_halved() -> None:
    with pytest.raises(
        DataError, match="1 sequences cannot be halved into fit and test; give 2 or more"
    ):
        linear_recovery(np.zeros((1, 3, 2)), np.zeros((1, 3, 2)))
