"""Self-speculative decoding: the text is the trunk's own, drafts only make it faster.

Reading order: row.py (the cycle), batch.py, generate.py, acceptance.py (which drafts are accepted),
token_choice.py, drafters/, draft_length.py.
"""

from __future__ import annotations

from nextlat.decoding.acceptance import (
    Verification,
    verify_coupled,
    verify_greedy,
    verify_speculative,
)
from nextlat.decoding.batch import advance
from nextlat.decoding.draft_length import (
    AdaptiveLength,
    DraftLength,
    FixedLength,
    LengthPolicy,
    length_policy,
)
from nextlat.decoding.drafters import (
    DRAFTERS,
    BigramDrafter,
    Drafter,
    LatentDrafter,
    LatentLookupDrafter,
    MultiTokenDrafter,
    NamedDrafter,
    PromptLookupDrafter,
    RandomDrafter,
    default_drafter,
)
from nextlat.decoding.generate import Generation, generate
from nextlat.decoding.row import RowDecoding
from nextlat.decoding.sampling import Sampling, filtered_log_probs
from nextlat.decoding.stats import DecodingStats
from nextlat.decoding.stops import Stops
from nextlat.decoding.token_choice import (
    Acceptance,
    AcceptanceName,
    Draft,
    DraftVocabulary,
    Pick,
    acceptance_for,
)
from nextlat.decoding.verification_cost import verification_costs

__all__ = [
    "DRAFTERS",
    "Acceptance",
    "AcceptanceName",
    "AdaptiveLength",
    "BigramDrafter",
    "DecodingStats",
    "Draft",
    "DraftLength",
    "DraftVocabulary",
    "Drafter",
    "FixedLength",
    "Generation",
    "LatentDrafter",
    "LatentLookupDrafter",
    "LengthPolicy",
    "MultiTokenDrafter",
    "NamedDrafter",
    "Pick",
    "PromptLookupDrafter",
    "RandomDrafter",
    "RowDecoding",
    "Sampling",
    "Stops",
    "Verification",
    "acceptance_for",
    "advance",
    "default_drafter",
    "filtered_log_probs",
    "generate",
    "length_policy",
    "verification_costs",
    "verify_coupled",
    "verify_greedy",
    "verify_speculative",
]
