"""Which sentence of an abstract stands for a work: central, informative, readable alone. Pure, no IO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from academichub.checker.word_weights import fold, idf, is_content, tokens
from academichub.text.sentences import split_sentences

MIN_WORDS, MAX_WORDS = 7, 48
MAX_CHARS = 420
NOTE_SENTENCES = 2
"""A text of no more sentences than this is a note, not an abstract."""

_FINDING = re.compile(
    r"\b(?:we (?:show|find|prove|demonstrate|observe|establish|report|introduce|propose|present|develop|derive)"
    r"|results? (?:show|indicate|suggest|reveal|demonstrate)"
    r"|(?:show|find|prove|demonstrat|reveal|indicat)(?:s|es|ed)? that"
    r"|outperform|achiev|improv|reduc|increas|reach|yield|surpass|lower than|higher than|up to|compared (?:to|with))",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^(?:however|moreover|furthermore|in addition|additionally|therefore|thus|hence|then|finally|besides|also|but|and"
    r"|or|yet|this|these|those|they|it|its|their|such|here|there|he|she|both|another|the (?:latter|former)"
    r"|in (?:this|these|both|such)|to (?:this|that) end|to address this|as a result|in contrast|by contrast|conversely"
    r"|on the other hand|for (?:example|instance)|specifically|in particular|similarly|likewise|meanwhile|nevertheless"
    r"|nonetheless|instead|consequently|accordingly|first|second|third|the current is)\b",
    re.IGNORECASE,
)
_IN_THIS_PAPER = re.compile(
    r"\b(?:in this (?:paper|work|article|study|letter|note|survey|thesis)|this (?:paper|article|thesis))\b",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"https?://|github|code (?:is|and|are|will)|available at|copyright|all rights reserved|©|comments?:"
    r"|accepted (?:at|to|by)"
    r"|extensive experiments (?:demonstrate|show|on)|published by|click here|subscribe",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:is (?:a|an|one of the) (?:key|important|fundamental|central|major|crucial)"
    r"|has (?:attracted|emerged|become|gained)"
    r"|have (?:attracted|emerged|become|gained)|remains? (?:a|an|challenging|unclear|open|elusive|limited)|widely used"
    r"|in recent years|recently,|little is known|plays? an? (?:key|important|crucial))\b",
    re.IGNORECASE,
)


def ranked_sentences(text: str, title: str, about: Iterable[str]) -> list[str]:
    """Return the sentences of an abstract that can stand alone, best first; those that cannot come last.

    Args:
        text: The abstract.
        title: The work's title: a sentence that holds its words can be read alone.
        about: Stems of what the theme is about; sentences that hold them are central.
    """
    wanted, named = frozenset(about), frozenset(_weights(title))
    sentences = split_sentences(text)
    whole = _weights(text)
    scored = [
        (_score(one, whole, wanted, named) + _worth_of_place(place, len(sentences)), -place, one)
        for place, one in enumerate(sentences)
        if len(one.split()) >= MIN_WORDS and len(one) <= 2 * MAX_CHARS
    ]
    return [one for _, _, one in sorted(scored, key=lambda one: (-one[0], -one[1]))]


def _weights(text: str) -> dict[str, float]:
    return {token.stem: idf(token.stem) for token in tokens(fold(text)) if is_content(token)}


def _worth_of_place(place: int, count: int) -> float:
    """Return what a place adds: in an abstract findings come late, a short note says first what it is about."""
    return 0.8 * (place == 0) if count <= NOTE_SENTENCES else 0.2 * place / (count - 1)


def _score(
    sentence: str, whole: dict[str, float], wanted: frozenset[str], named: frozenset[str]
) -> float:
    """Return how well a sentence stands for its abstract, wherever it is."""
    words = _weights(sentence)
    length = len(sentence.split())
    covered = sum(words.values()) / max(1.0, sum(whole.values()))
    centrality = sum(idf(word) for word in words if word in wanted) / max(
        8.0, sum(idf(word) for word in wanted)
    )
    standing = sum(idf(word) for word in words if word in named) / max(
        8.0, sum(idf(word) for word in named)
    )
    score = 1.2 * min(0.5, covered) + 0.8 * min(1.0, centrality) + 1.3 * min(0.7, standing)
    score += 0.7 if _FINDING.search(sentence) else 0.0
    score += 0.25 if re.search(r"\d", sentence) else 0.0
    score -= 1.5 if _LEANING.search(sentence) else 0.0
    score -= 0.25 if _IN_THIS_PAPER.search(sentence) else 0.0
    score -= 0.5 if _BACKGROUND.search(sentence) else 0.0
    score -= 1.5 if _BOILERPLATE.search(sentence) else 0.0
    score -= 0.8 if length > MAX_WORDS or len(sentence) > MAX_CHARS else 0.0
    score -= 0.6 if not sentence[:1].isalnum() and sentence[:1] not in '$\\“"(' else 0.0
    score -= (
        1.0
        if sentence.endswith("?") or not re.search(r"[.!。！]$", sentence.rstrip("\"”')"))
        else 0.0
    )
    return score
