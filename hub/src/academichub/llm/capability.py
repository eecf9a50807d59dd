"""How much a model can be asked to do, told by the setting or guessed from its name. Pure, no IO."""

from __future__ import annotations

import re
from typing import Literal

Capability = Literal["small", "medium", "large"]
"""`small`: one sentence in, one sentence out, with examples; `medium`: one sentence by instructions, Chinese too;
`large`: a theme at once as structured output."""

MEDIUM_FROM_BILLIONS = 3.0
LARGE_FROM_BILLIONS = 30.0

_SIZE = re.compile(r"(?<![a-z\d.])(?:\d+x)?(\d+(?:\.\d+)?)\s*([mb])(?![a-z0-9])")
_FRONTIER = re.compile(
    r"(?:^|[/_.-])(?:gpt-?[4-9]|o[1-9]|claude|gemini|deepseek|kimi|glm-?[4-9]|qwen-?(?:max|plus)|grok|mistral-large)"
)
_LIGHT = re.compile(r"(?:^|[^a-z])(?:mini|nano|lite|flash|tiny|small|haiku|air)(?![a-z])")


def capability_of(setting: str, model: str) -> Capability:
    """Return the capability the setting says; for `auto` the one a model's name suggests, else `medium`."""
    if setting == "small":
        return "small"
    if setting == "medium":
        return "medium"
    if setting == "large":
        return "large"
    name = model.lower()
    if sizes := _SIZE.findall(name):
        billions = max(float(number) / (1000 if unit == "m" else 1) for number, unit in sizes)
        return (
            "small"
            if billions < MEDIUM_FROM_BILLIONS
            else "medium"
            if billions < LARGE_FROM_BILLIONS
            else "large"
        )
    if _FRONTIER.search(name) and not _LIGHT.search(name):
        return "large"
    return "medium"
