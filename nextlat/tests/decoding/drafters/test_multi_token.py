"""The multi-token drafter: its drafts are the heads' own choices, and the text stays the
trunk's."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.decoding import FixedLength, generate
from nextlat.decoding.drafters import MultiTokenDrafter
from nextlat.objectives.multi_token import MultiToken, MultiTokenConfig
from nextlat.trunk.trunk import Trunk

PROMPT = torch.randint(23, (7,), generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("length", [1, 2, 5])
@torch.no_grad()
def test_the_text_is_the_trunks_and_the_counts_are_the_heads(family: str, length: int) -> None:
    view = Trunk(tiny_trunk(family))
    torch.manual_seed(1)
    objective = MultiToken.build(view, MultiTokenConfig(horizon=2)).eval()
    drafter = MultiTokenDrafter(view, objective.heads)
    plain = generate(view, drafter, PROMPT, max_new_tokens=20)
    out = generate(view, drafter, PROMPT, max_new_tokens=20, length_policy=FixedLength(length))
    assert torch.equal(plain.sequences, out.sequences)
    h = view.hidden_states(out.sequences)
    choices = [
        view.logits(head(inputs_embeds=h).last_hidden_state).argmax(-1)[0]
        for head in objective.heads
    ]
    tokens, at, accepted = out.sequences[0].tolist(), len(PROMPT) - 1, 0
    # A cycle starts at t = `at`: head i's draft for t+1+i is kept where it and all before it are
    # the text's own.
    while at + 1 < len(tokens):
        kept = 0
        while (
            kept < min(length, 2)
            and at + 2 + kept < len(tokens)
            and choices[kept][at] == tokens[at + 2 + kept]
        ):
            kept += 1
        accepted += kept
        at += kept + 1
    assert out.stats.accepted == accepted
