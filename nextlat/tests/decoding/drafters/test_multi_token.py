"""The multi-token drafter: its drafts are the heads' own choices, and the text stays the
trunk's."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.decoding import Draft, FixedLength, generate
from nextlat.decoding.drafters.multi_token import MultiTokenDrafter
from nextlat.decoding.token_choice import DraftVocabulary
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


@torch.no_grad()
def test_a_head_left_behind_reads_every_latent_it_has_missed() -> None:
    view = Trunk(tiny_trunk())
    torch.manual_seed(1)
    objective = MultiToken.build(view, MultiTokenConfig(horizon=2)).eval()
    drafter = MultiTokenDrafter(view, objective.heads)
    asked: list[int] = []

    def pick(
        logits_V: torch.Tensor, ahead: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        asked.append(ahead)
        return Draft(int(logits_V.argmax()), 1.0)

    ids = torch.randint(23, (1, 12), generator=torch.Generator().manual_seed(4))
    h_TD = view.hidden_states(ids)[0]
    drafter.begin(ids[0, :7].tolist(), h_TD[:7])
    next(drafter.drafts(5, pick))  # one draft is enough: the second head reads nothing
    drafter.observe(ids[0, 7:9].tolist(), h_TD[7:9])
    drafter.observe(ids[0, 9:].tolist(), h_TD[9:])
    drafts = [draft.token for draft in drafter.drafts(5, pick)]
    whole = [head(inputs_embeds=h_TD[None]).last_hidden_state[0, -1] for head in objective.heads]
    assert drafts == [int(view.logits(latent).argmax()) for latent in whole]
    assert asked == [1, 1, 2]
