"""What tests of drafters share: the first drafts after a token, and picks that need no row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor

from nextlat.decoding.drafters import Drafter
from nextlat.decoding.token_choice import Draft, DraftVocabulary


def no_pick(logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None) -> Draft:
    """Refuse: for drafters that have no logits."""
    raise AssertionError("this drafter has no logits")


def likeliest_pick(
    logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None
) -> Draft:
    """Pick the likeliest token, with full confidence."""
    token = logits_V.argmax()
    return Draft(int(token if vocabulary is None else vocabulary.ids_L[token]), 1.0)


def proposed(drafter: Drafter, prompt: Sequence[int], token: int, most: int = 4) -> list[int]:
    """Begin a row without latents; return the first drafts after a token."""
    drafter.begin(prompt, torch.zeros(len(prompt), 1))
    return [draft.token for draft in islice(drafter.drafts(token, no_pick), most)]
