"""Whether a sentence turns what a cited work says into its opposite. Pure, no IO.

Only words are compared, so only a sentence that follows one sentence of the work closely can be judged: the same
words but a negation more or less, or a word where the work has its opposite. A freely worded contradiction is not
found; the benchmark says how many are.
"""

from __future__ import annotations

from collections.abc import Sequence

from academichub.briefs.synonyms import OPPOSITES, SYNONYMS
from academichub.briefs.words import Token, idf, is_content, stem, tokens

_NEGATING = """
not no never neither nor cannot without none nothing hardly barely fail unable isn't aren't wasn't weren't don't
doesn't didn't can't couldn't won't wouldn't hasn't haven't hadn't shouldn't
"""
_NEGATIONS = frozenset(stem(word) for word in _NEGATING.split())
CLOSE = 0.85
"""Share of the words, by weight and both ways, from which two sentences say the same but for a word."""


def reversal(sentence: Sequence[Token], source: Sequence[str]) -> str:
    """Return what is turned round against the closest of the source's folded sentences; empty if nothing is.

    Args:
        sentence: Words of the sentence.
        source: Folded sentences of the cited works.
    """
    for text in source:
        other = tokens(text)
        left, right = _content(sentence), _content(other)
        if not left or _share(left, right) < CLOSE or _share(right, left) < CLOSE - 0.1:
            continue
        ours, theirs = _negated(sentence), _negated(other)
        if ours != theirs:
            return f"the cited work says it {'without' if ours > theirs else 'with'} a negation"
        if turned := _opposed(left, right):
            return turned
        return ""
    return ""


def _content(words: Sequence[Token]) -> set[str]:
    return {token.stem for token in words if is_content(token) and token.stem not in _NEGATIONS}


def _negated(words: Sequence[Token]) -> int:
    return sum(token.stem in _NEGATIONS or token.raw.lower() in _NEGATIONS for token in words)


def _share(part: set[str], whole: set[str]) -> float:
    """Return the share of the words of one set, by weight, that the other has or has the opposite of."""
    total = sum(idf(word) for word in part)
    held = sum(idf(word) for word in part if word in whole or OPPOSITES.get(word, frozenset()) & whole)
    return held / total if total else 0.0


def _opposed(ours: set[str], theirs: set[str]) -> str:
    """Return the word that stands where the work has only its opposite."""
    for word in sorted(ours - theirs):
        against = OPPOSITES.get(word, frozenset()) & (theirs - ours)
        if against and not SYNONYMS.get(word, frozenset()) & theirs - against:
            return f"the sentence says '{word}' where the cited work says '{min(against)}'"
    return ""
