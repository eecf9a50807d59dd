"""Writer models by construction: what each answers to the prompts of writer/prompt_messages.py."""

from __future__ import annotations

import json
import re
from typing import Any

Question = dict[str, Any]

_OPENING = re.compile(r"^(?:We (?:show|find|prove|demonstrate) (?:that )?|The [a-z]+ show that )")


def extract_of(question: Question) -> str:
    """Return the extract (or draft) a question asks to be rewritten."""
    asked = next(
        one["content"]
        for one in reversed(question["messages"])
        if one["role"] == "user" and "refused:" not in one["content"]
    )
    fences = re.findall(r"(?m)^(fence [0-9a-f]{10})\n(.*)\n\1$", asked)
    return fences[-1][1] if fences else asked


def is_theme(question: Question) -> bool:
    return "Extracts:" in question["messages"][-1]["content"]


def honest(question: Question) -> str:
    """Shorten the extract without changing what it says; a theme at once where one is asked."""
    if is_theme(question):
        asked = question["messages"][-1]["content"].partition("Extracts:")[2]
        extracts = re.findall(r"(?m)^(\d+)\. \[\d+\]\n(fence [0-9a-f]{10})\n(.*)\n\2$", asked)
        return json.dumps(
            {
                "sentences": [
                    {"number": int(n), "sentence": shortened(text)} for n, _, text in extracts
                ]
            }
        )
    return shortened(extract_of(question))


def shortened(text: str) -> str:
    if drafted := re.match(r"(.+) in both fields: in (.+?), “(.+)”; in (.+?), “(.+)”$", text):
        terms, first, a, second, b = drafted.groups()
        return f"{terms}: in {first}, {lower(_OPENING.sub('', a))}; in {second}, {lower(_OPENING.sub('', b))}"
    short = _OPENING.sub("", text)
    short = short[:1].upper() + short[1:]
    return short.replace(", as the Fornax survey shows", "") if short == text else short


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def echo(question: Question) -> str:
    """Give the extract back."""
    return f"“{extract_of(question)}”" if not is_theme(question) else "no json"


def liar(question: Question) -> str:
    """Change every number."""
    return re.sub(r"\d+", lambda found: str(int(found[0]) + 7), shortened(extract_of(question)))
