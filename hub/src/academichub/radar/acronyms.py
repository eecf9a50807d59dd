"""Acronyms that texts define, `large language models (LLMs)`, so that either form finds both. Pure.

The letters of the acronym must begin the words before it, from the last to the first; stop words
between them may be skipped. Simplified from Schwartz and Hearst (2003). Linear in the texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from academichub.index.positions import content_tokens, singular_acronyms
from academichub.index.tokens import STOP_WORDS

MAX_LETTERS = 8
MAX_CHARS_BEFORE = 160
"""Characters before a bracket in which the long form is looked for."""

_BRACKETED = re.compile(rf"\(([A-Z][A-Za-z0-9-]{{1,{MAX_LETTERS - 1}}})\)")
_WORD = re.compile(r"[^\W_]+")


def defined_acronyms(texts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the token of an acronym -> the tokens of the long form it is most often defined by."""
    counted: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for text in texts:
        text = singular_acronyms(text)
        for match in _BRACKETED.finditer(text):
            before = text[max(0, match.start() - MAX_CHARS_BEFORE) : match.start()]
            acronym, long_form = content_tokens(match[1]), _long_form(match[1], before)
            if len(acronym) == 1 and len(long_form) >= 2:
                counted[acronym[0], long_form] += 1
    forms: dict[str, tuple[str, ...]] = {}
    # Rising counts, so that the form defined most often is the one that stays.
    for (acronym_token, long_tokens), _ in sorted(
        counted.items(), key=lambda pair: (pair[1], pair[0])
    ):
        forms[acronym_token] = long_tokens
    return forms


def _long_form(acronym: str, before: str) -> tuple[str, ...]:
    """Return the tokens of the words whose first letters an acronym is made of; () if none are."""
    letters = [letter.lower() for letter in acronym if letter.isalpha()]
    if sum(letter.isupper() for letter in acronym) < 2:
        return ()
    used: list[str] = []
    for word in reversed(_WORD.findall(before)):
        if not letters:
            break
        if word[0].lower() == letters[-1]:
            letters.pop()
            used.append(word)
        elif word.lower() not in STOP_WORDS:
            break
    return () if letters else tuple(content_tokens(" ".join(reversed(used))))
