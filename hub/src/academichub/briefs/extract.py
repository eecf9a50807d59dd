"""The sentences of an abstract that best represent a work. Pure, no IO.

A good one is central, informative, and can be read without the rest of the abstract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from academichub.checker.word_weights import fold, idf, is_content, tokens
from academichub.text.sentences import split_sentences

MIN_WORDS, MAX_WORDS = 7, 48
MAX_CHARS = 420
NOTE_SENTENCES = 2
"""A text with at most this many sentences is a note, not an abstract."""

_FINDING = re.compile(
    r"\b(?:we (?:show|find|prove|demonstrate|observe|establish|report|introduce|propose|present"
    r"|develop|derive)"
    r"|results? (?:show|indicate|suggest|reveal|demonstrate)"
    r"|(?:show|find|prove|demonstrat|reveal|indicat)(?:s|es|ed)? that"
    r"|outperform|achiev|improv|reduc|increas|reach|yield|surpass|lower than|higher than|up to"
    r"|compared (?:to|with))",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"^(?:however|moreover|furthermore|in addition|additionally|therefore|thus|hence|then|finally"
    r"|besides|also|but|and"
    r"|or|yet|this|these|those|they|it|its|their|such|here|there|he|she|both|another|the (?:latter"
    r"|former)"
    r"|in (?:this|these|both|such)|to (?:this|that) end|to address this|as a result|in contrast"
    r"|by contrast|conversely"
    r"|on the other hand|for (?:example|instance)|specifically|in particular|similarly|likewise"
    r"|meanwhile|nevertheless"
    r"|nonetheless|instead|consequently|accordingly|first|second|third|the current is)\b",
    re.IGNORECASE,
)
_IN_THIS_PAPER = re.compile(
    r"\b(?:in this (?:paper|work|article|study|letter|note|survey|thesis)|this (?:paper|article"
    r"|thesis))\b",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"https?://|github|code (?:is|and|are|will)|available at|copyright|all rights reserved|©"
    r"|comments?:"
    r"|accepted (?:at|to|by)"
    r"|extensive experiments (?:demonstrate|show|on)|published by|click here|subscribe",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:is (?:a|an|one of the) (?:key|important|fundamental|central|major|crucial)"
    r"|has (?:attracted|emerged|become|gained)"
    r"|have (?:attracted|emerged|become|gained)|remains? (?:a|an|challenging|unclear|open|elusive"
    r"|limited)|widely used"
    r"|in recent years|recently,|little is known|plays? an? (?:key|important|crucial))\b",
    re.IGNORECASE,
)


def ranked_sentences(text: str, title: str, about: Iterable[str]) -> list[str]:
    """Return the sentences of an abstract, best first; those that depend on others come last.

    Args:
        text: The abstract.
        title: The work's title: a sentence with its words can be read alone.
        about: Stems of the theme; sentences with them are central.
    """
    theme_stems, title_stems = frozenset(about), frozenset(_weights(title))
    sentences = split_sentences(text)
    text_weights = _weights(text)
    # Sentences of equal score stay in the order of the abstract.
    scored = [
        (
            _score(sentence, text_weights, theme_stems, title_stems)
            + _position_bonus(position, len(sentences)),
            -position,
            sentence,
        )
        for position, sentence in enumerate(sentences)
        if len(sentence.split()) >= MIN_WORDS and len(sentence) <= 2 * MAX_CHARS
    ]
    return [sentence for _, _, sentence in sorted(scored, key=lambda row: (-row[0], -row[1]))]


def _weights(text: str) -> dict[str, float]:
    """Return the content stems of a text with their weights."""
    return {token.stem: idf(token.stem) for token in tokens(fold(text)) if is_content(token)}


def _position_bonus(position: int, count: int) -> float:
    """Return the bonus of a position: abstracts end with findings, short notes begin with them."""
    return 0.8 * (position == 0) if count <= NOTE_SENTENCES else 0.2 * position / (count - 1)


def _score(
    sentence: str,
    text_weights: dict[str, float],
    theme_stems: frozenset[str],
    title_stems: frozenset[str],
) -> float:
    """Return how well a sentence represents its abstract, whatever its position."""
    weights = _weights(sentence)
    length = len(sentence.split())
    coverage = sum(weights.values()) / max(1.0, sum(text_weights.values()))
    centrality = sum(idf(word) for word in weights if word in theme_stems) / max(
        8.0, sum(idf(word) for word in theme_stems)
    )
    title_share = sum(idf(word) for word in weights if word in title_stems) / max(
        8.0, sum(idf(word) for word in title_stems)
    )
    # Coverage and the share of title words are capped, so that long sentences do not win by length.
    score = 1.2 * min(0.5, coverage) + 0.8 * min(1.0, centrality) + 1.3 * min(0.7, title_share)
    score += 0.7 if _FINDING.search(sentence) else 0.0
    score += 0.25 if re.search(r"\d", sentence) else 0.0
    score -= 1.5 if _DEPENDENT.search(sentence) else 0.0
    score -= 0.25 if _IN_THIS_PAPER.search(sentence) else 0.0
    score -= 0.5 if _BACKGROUND.search(sentence) else 0.0
    score -= 1.5 if _BOILERPLATE.search(sentence) else 0.0
    score -= 0.8 if length > MAX_WORDS or len(sentence) > MAX_CHARS else 0.0
    score -= 0.6 if not sentence[:1].isalnum() and sentence[:1] not in '$\\“"(' else 0.0
    ends_as_statement = re.search(r"[.!。！]$", sentence.rstrip("\"”')"))
    score -= 0.0 if ends_as_statement and not sentence.endswith("?") else 1.0
    return score
