"""The capability of a language model, from the setting or guessed from its name. Pure, no IO."""

from __future__ import annotations

import re
from typing import Literal

Capability = Literal["small", "medium", "large"]
"""How much a model is asked to do at once.

`small`: a single sentence by examples; `medium`: a single sentence by instructions, also in
Chinese; `large`: a whole theme as structured output.
"""

MEDIUM_FROM_BILLIONS = 3.0
LARGE_FROM_BILLIONS = 30.0

_SIZE = re.compile(r"(?<![a-z\d.])(?:\d+x)?(\d+(?:\.\d+)?)\s*([mb])(?![a-z0-9])")
_FRONTIER = re.compile(
    r"(?:^|[/_.-])(?:gpt-?[4-9]|o[1-9]|claude|gemini|deepseek|kimi|glm-?[4-9]|qwen-?(?:max|plus)"
    r"|grok|mistral-large)"
)
_LIGHT = re.compile(r"(?:^|[^a-z])(?:mini|nano|lite|flash|tiny|small|haiku|air)(?![a-z])")


def capability_of(setting: str, model: str) -> Capability:
    """Return the capability in the setting, or for `auto` what the name of the model suggests.

    Sizes count first (`7b`), then families of large hosted models; any other name gives `medium`.
    """
    if setting == "small":
        return "small"
    if setting == "medium":
        return "medium"
    if setting == "large":
        return "large"
    name = model.lower()
    if sizes := _SIZE.findall(name):
        billions = max(float(number) / (1000 if unit == "m" else 1) for number, unit in sizes)
        if billions < MEDIUM_FROM_BILLIONS:
            return "small"
        return "medium" if billions < LARGE_FROM_BILLIONS else "large"
    if _FRONTIER.search(name) and not _LIGHT.search(name):
        return "large"
    return "medium"
