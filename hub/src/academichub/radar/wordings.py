"""The wordings of a standing query: words, acronyms, long forms, terms in the other language. Pure.

A wording is a row of slots; a slot is filled by any of its phrases (tuples of tokens).
`LLM serving` gets the slots {llm, large language model} and {serv}; `大模型隐私` the slots {large
language model, llm, foundation model} and {privacy}. A text is compared with each wording; the
best one counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from academichub.facts.terms import chinese_parts, english_of_terms
from academichub.index.positions import content_tokens
from academichub.index.tokens import is_cjk
from academichub.text.simplified import simplified

Phrase = tuple[str, ...]
Slot = tuple[Phrase, ...]

MIN_INITIALS = 3
"""Words of a query whose initials are looked for as an acronym: two letters mean too much."""

MAX_WORDS = 24
"""Words of a query that are compared; more are no standing interest but a text."""


@dataclass(frozen=True)
class Wording:
    """One way in which a text may say what a query asks for."""

    slots: tuple[Slot, ...]

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Every token of every phrase."""
        return frozenset(token for slot in self.slots for phrase in slot for token in phrase)


def wordings_of(words: str, long_forms: Mapping[str, Phrase]) -> list[Wording]:
    """Return the wordings of some words of a query, as it is written first.

    Args:
        words: Words of a query; Chinese and English may be mixed.
        long_forms: Token of an acronym -> the tokens it stands for (radar/acronyms.py).
    """
    tokens = content_tokens(words)[:MAX_WORDS]
    if not tokens:
        return []
    wordings = [Wording(_with_long_forms(tokens, long_forms))]
    wordings += [Wording(slots) for slots in _with_acronyms(tokens, long_forms)]
    if any(is_cjk(token) for token in tokens):
        phrases = (tokens, content_tokens(_in_words_of_the_glossary(words))[:MAX_WORDS])
        wordings[:0] = [Wording(((tuple(phrase),),)) for phrase in phrases]
        wordings.append(Wording(_in_english(words, long_forms)))
    elif chinese := _in_chinese(tokens):
        wordings.append(Wording(chinese))
    return list(dict.fromkeys(wordings))


def _with_long_forms(tokens: Sequence[str], long_forms: Mapping[str, Phrase]) -> tuple[Slot, ...]:
    """Return a slot for each token, an acronym's with its long form."""
    return tuple(
        ((token,), long_forms[token]) if token in long_forms else ((token,),) for token in tokens
    )


def _with_acronyms(
    tokens: Sequence[str], long_forms: Mapping[str, Phrase]
) -> list[tuple[Slot, ...]]:
    """Return rows of slots in which one run of tokens may also be written as its acronym."""
    acronyms: dict[Phrase, set[str]] = {}
    for acronym, long_form in long_forms.items():
        acronyms.setdefault(long_form, set()).add(acronym)
    plain = _with_long_forms(tokens, long_forms)
    rows = []
    for start in range(len(tokens)):
        for end in range(start + 2, len(tokens) + 1):
            run = tuple(tokens[start:end])
            names = set(acronyms.get(run, ()))
            if len(run) >= MIN_INITIALS and not any(is_cjk(token) for token in run):
                names.add("".join(token[0] for token in run))
            if names:
                slot = (run, *((name,) for name in sorted(names)))
                rows.append((*plain[:start], slot, *plain[end:]))
    return rows


def _in_words_of_the_glossary(words: str) -> str:
    """Return a query's words with Chinese terms as the glossary writes them, not as Taiwan does."""
    return "".join(
        "".join(term for term, _ in chinese_parts(run)) if is_cjk(run[-1]) else run
        for run in _runs().findall(simplified(words))
    )


def _in_english(words: str, long_forms: Mapping[str, Phrase]) -> tuple[Slot, ...]:
    """Return the slots of a query whose Chinese terms are put into English by the glossary."""
    slots: list[Slot] = []
    for run in _runs().findall(simplified(words)):
        if not is_cjk(run[-1]):
            slots += _with_long_forms(content_tokens(run), long_forms)
            continue
        for term, english in chinese_parts(run):
            phrases = [tuple(content_tokens(form)) for form in english] or [
                tuple(content_tokens(term))
            ]
            slots.append(tuple(dict.fromkeys(phrase for phrase in phrases if phrase)))
    return tuple(slot for slot in slots if slot)


@cache
def _runs() -> re.Pattern[str]:
    """Return what matches a run of Chinese, a term with Latin letters (`X射线`), or other text."""
    mixed = [term for term in english_of_terms() if re.search("[A-Za-z]", term)]
    terms = "(?i:" + "|".join(map(re.escape, sorted(mixed, key=len, reverse=True))) + ")"
    han = r"\u3400-\u9fff"
    return re.compile(f"{terms}|(?:(?!{terms})[{han}])+|(?:(?!{terms})[^{han}])+")


def _in_chinese(tokens: Sequence[str]) -> tuple[Slot, ...]:
    """Return the slots of an English query in Chinese; () unless the glossary has every word."""
    terms, slots, start = _chinese_of_terms(), [], 0
    longest = max(map(len, terms), default=0)
    while start < len(tokens):
        sizes = range(min(longest, len(tokens) - start), 0, -1)
        size = next((size for size in sizes if tuple(tokens[start : start + size]) in terms), 0)
        if not size:
            return ()
        slots.append(terms[tuple(tokens[start : start + size])])
        start += size
    return tuple(slots)


@cache
def _chinese_of_terms() -> Mapping[Phrase, Slot]:
    """Return the tokens of an English term -> its Chinese forms as tokens."""
    forms: dict[Phrase, list[Phrase]] = {}
    for chinese, english in english_of_terms().items():
        for term in english:
            forms.setdefault(tuple(content_tokens(term)), []).append(tuple(content_tokens(chinese)))
    return {tokens: tuple(dict.fromkeys(chinese)) for tokens, chinese in forms.items() if tokens}
