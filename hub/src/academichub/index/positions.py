"""The content words of a text with their places: what nearness and phrases are measured on. Pure.

Stop words take no place, so that `learning from demonstrations` has two neighbours. Between two
sentences lie SENTENCE_GAP empty places: words of two sentences are never near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from academichub.index.tokens import STOP_WORDS, chunk_tokens, chunks, is_cjk

SENTENCE_GAP = 8
MAX_CHARS = 20_000
"""Characters of a text that are read; an abstract has about 1,500."""

_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+|[。！？；]")
_PLURAL_ACRONYM = re.compile(r"\b([A-Z][A-Za-z0-9]*[A-Z0-9])s\b")
_FREE_PREFIXES = frozenset(
    {"anti", "auto", "bi", "co", "cross", "hyper", "inter", "intra", "meta", "mis", "multi"}
    | {"non", "post", "pre", "re", "semi", "sub", "super", "un"}
)
"""First parts of a hyphenated word that leave the meaning of the next: a multi-agent system is a
system of agents, whereas a real-world model is no world model."""
_OPEN_COMPOUNDS = {"world": "real", "time": "real"}
"""Second word -> first word of compounds that are often written without their hyphen."""


@dataclass(frozen=True, slots=True)
class Places:
    """The content words of a text.

    Attributes:
        tokens: Place -> token.
        of: Token -> its places, rising.
        led_by: Place -> the token before it in the same compound, where that changes what it means.
    """

    tokens: dict[int, str] = field(default_factory=dict)
    of: dict[str, list[int]] = field(default_factory=dict)
    led_by: dict[int, str] = field(default_factory=dict)

    def phrase_starts(self, phrase: Sequence[str]) -> Iterator[int]:
        """Yield the places where tokens stand next to each other, in order."""
        for start in self.of.get(phrase[0], ()):
            if all(self.tokens.get(start + step) == token for step, token in enumerate(phrase)):
                yield start

    def ends_compound(self, place: int) -> bool:
        """Whether a word says nothing without the one before it: the world of `real-world`."""
        return self.led_by.get(place) == _OPEN_COMPOUNDS.get(self.tokens[place], "")


def places_of(text: str) -> Places:
    """Return the content words of a text with their places."""
    places, position = Places(), 0
    for sentence in _SENTENCE_END.split(singular_acronyms(text[:MAX_CHARS])):
        before = ""
        for chunk in chunks(sentence):
            if chunk in STOP_WORDS:
                continue
            is_compound = "-" in chunk and not is_cjk(chunk)
            for number, token in enumerate(chunk_tokens(chunk)):
                leads = is_compound and number > 0 and before not in _FREE_PREFIXES
                if leads or _OPEN_COMPOUNDS.get(token) == before:
                    places.led_by[position] = before
                places.tokens[position] = token
                places.of.setdefault(token, []).append(position)
                position, before = position + 1, token
        position += SENTENCE_GAP
    return places


def content_tokens(text: str) -> list[str]:
    """Return the content words of a text as tokens, in its order."""
    return [
        token
        for chunk in chunks(singular_acronyms(text[:MAX_CHARS]))
        if chunk not in STOP_WORDS
        for token in chunk_tokens(chunk)
    ]


def singular_acronyms(text: str) -> str:
    """Return a text with the plural s taken off its acronyms (`LLMs`, `VLAs`)."""
    return _PLURAL_ACRONYM.sub(r"\1", text)
