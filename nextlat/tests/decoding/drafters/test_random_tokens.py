"""Random drafts, the adversary of the exactness tests."""

from __future__ import annotations

from tiny_drafts import no_pick, proposed

from nextlat.decoding.drafters.random_tokens import RandomDrafter


def test_random_drafts_repeat_with_their_seed_and_stay_in_the_vocabulary() -> None:
    runs = [proposed(RandomDrafter(5, seed), [1], 1, 50) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == set(range(5))


def test_its_confidence_is_the_chance_of_a_guess() -> None:
    assert next(RandomDrafter(8).drafts(1, no_pick)).confidence == 1 / 8
