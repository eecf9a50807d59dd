"""NextLat itself: what its drafting learned in one call serves the next, and never changes the
text."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.decoding import AdaptiveLength
from nextlat.errors import UsageError
from nextlat.model import learner as model_module
from nextlat.model.nextlat import NextLat

PROMPTS = torch.randint(23, (2, 6), generator=torch.Generator().manual_seed(4))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[AdaptiveLength]:
    """Every adaptive policy that models make."""
    found: list[AdaptiveLength] = []

    class Noted(AdaptiveLength):
        def __init__(self) -> None:
            super().__init__()
            found.append(self)

    monkeypatch.setattr(model_module, "AdaptiveLength", Noted)
    return found


def test_a_later_call_starts_from_what_was_learned(made: list[AdaptiveLength]) -> None:
    nl = NextLat(tiny_trunk()).eval()
    plain = nl.generate(PROMPTS, 12).sequences
    first = nl.generate(PROMPTS, 12, draft_length="adaptive")
    assert len(made) == 1
    cycles = made[0]._paces[2].cycles  # of both rows together, until one has ended
    assert cycles > len(AdaptiveLength.WARM_UP)
    assert made[0]._paces[2].rate > 0
    second = nl.generate(PROMPTS, 12, draft_length="adaptive")
    assert len(made) == 1
    assert made[0]._paces[2].cycles > cycles  # so its cycles were no warm-up any more
    assert torch.equal(first.sequences, plain)
    assert torch.equal(second.sequences, plain)
    sampled = [
        nl.generate(PROMPTS, 12, length, 1.0, seed=3).sequences
        for length in (None, "adaptive", "adaptive")
    ]  # type: ignore[arg-type]
    assert torch.equal(sampled[0], sampled[1])
    assert torch.equal(sampled[0], sampled[2])


def test_another_number_of_threads_or_another_model_learns_anew(made: list[AdaptiveLength]) -> None:
    nl = NextLat(tiny_trunk()).eval()
    nl.generate(PROMPTS, 3, draft_length="adaptive")
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        nl.generate(PROMPTS, 3, draft_length="adaptive")
    finally:
        torch.set_num_threads(threads)
    nl.generate(PROMPTS, 3, draft_length="adaptive")
    assert len(made) == 2
    NextLat(tiny_trunk()).eval().generate(PROMPTS, 3, draft_length="adaptive")
    assert len(made) == 3


def test_calls_at_the_same_time_do_not_share_a_policy_and_a_failed_one_loses_nothing(
    made: list[AdaptiveLength],
) -> None:
    nl = NextLat(tiny_trunk()).eval()
    plain = nl.generate(PROMPTS, 12).sequences
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(nl.generate, PROMPTS, 12, "adaptive") for _ in range(12)]
        assert all(torch.equal(call.result().sequences, plain) for call in calls)
    number = len(made)
    with pytest.raises(UsageError):
        nl.generate(PROMPTS, 0, draft_length="adaptive")
    nl.generate(PROMPTS, 3, draft_length="adaptive")
    assert len(made) == number


def test_drafts_follow_the_weights_from_call_to_call() -> None:
    nl = NextLat(tiny_trunk()).eval()
    prompt = PROMPTS[0]
    nl.generate(prompt, 12, draft_length=3)
    first = nl.objective._draft_step
    again = nl.generate(prompt, 12, draft_length=3)
    assert nl.objective._draft_step is first  # the copied weights served twice
    with torch.no_grad():
        for parameter in nl.dynamics.parameters():
            parameter.zero_()  # the next latent is then the last one, whatever the token
    changed = nl.generate(prompt, 12, draft_length=3)
    assert nl.objective._draft_step is not first
    fresh = NextLat(nl.trunk)
    fresh.dynamics.load_state_dict(nl.dynamics.state_dict())
    assert changed.stats == fresh.eval().generate(prompt, 12, draft_length=3).stats
    assert torch.equal(changed.sequences, again.sequences)


def test_drafts_follow_a_draft_vocabulary_set_after_a_call() -> None:
    nl = NextLat(tiny_trunk()).eval()
    plain = nl.generate(PROMPTS, 12)
    nl.generate(PROMPTS, 12, draft_length=3)
    absent = sorted(set(range(23)) - set(plain.sequences[:, 6:].flatten().tolist()))[:1]
    nl.dynamics.limit_drafts(torch.tensor(absent))
    limited = nl.generate(PROMPTS, 12, draft_length=3)
    assert limited.stats.accepted == 0  # every draft is a token the text does not have
    assert torch.equal(limited.sequences, plain.sequences)


def test_a_copied_model_drafts_by_its_own_weights() -> None:
    nl = NextLat(tiny_trunk(dtype=torch.float32, width=32)).eval()
    expected = nl.generate(PROMPTS, 12, draft_length=3)
    twin = copy.deepcopy(nl)
    assert twin.objective._draft_step is None
    out = twin.generate(PROMPTS, 12, draft_length=3)
    assert torch.equal(out.sequences, expected.sequences)
    assert out.stats == expected.stats
