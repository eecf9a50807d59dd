"""Whether a sentence turns what a cited work says into its opposite. Pure, no IO.

Only words are compared, so a sentence can be judged only where it stays near the work's own words:

- `reversal`: it follows one sentence of the work closely, but with a negation more or less, or an
  opposite.
- `contradiction`: it rewords one sentence of the work, whose other words it mostly has, but exactly
  one of the two denies the predicate they share, next to the same words; and no other sentence of
  the works agrees.

Opposite directions are judged by `reversal` alone: in reworded sentences they refused as many
supported validation claims as contradicted ones. A freely worded contradiction is not found; the
benchmark reports how many are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from academichub.checker.synonym_table import OPPOSITES, SYNONYMS
from academichub.checker.word_weights import Token, idf, is_content, stem, tokens
from academichub.messages import Message

_NEGATING = """
not no never neither nor cannot without none nothing hardly barely fail unable isn't aren't wasn't
weren't don't doesn't didn't can't couldn't won't wouldn't hasn't haven't hadn't shouldn't
"""
_NEGATIONS = frozenset(stem(word) for word in _NEGATING.split())
_DIRECTIONS = frozenset(stem(word) for word in ("more", "fewer", "less"))
"""Directions that are function words elsewhere."""

_MOVING = frozenset().union(
    *(OPPOSITES[stem(word)] for word in ("increase", "decrease", "shorten", "lengthen"))
)
"""Words for the direction of a change."""

_NULL = frozenset(
    stem(word) for word in ("effect", "change", "difference", "influence", "impact", "benefit")
)
"""What `no ...` denies when it denies every direction."""

_PASSED_OVER = frozenset(
    stem(word) for word in ("significant", "clear", "statistical", "measurable", "further")
)
_HALF_DENYING = """
little rarely seldom few minimal insufficient lack absence absent loss unaffected unchanged
ineffective independent prevent avoid eliminate rather instead deficient exclude deletion knockout
remain
"""
_HALF_DENIALS = frozenset(stem(word) for word in _HALF_DENYING.split())
"""Words that may deny without a negation: where only one of two sentences has one, neither sentence
is taken to deny."""

_BREAK = re.compile(
    r"[;:,()\[\]]|\b(?:but|whereas|while|although|though|however|yet|because)\b", re.IGNORECASE
)
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|necessarily)\b|\bno (?:less|more|later|fewer) than\b"
    r"|\bwith no\b|\bwithout(?! \w+ing\b| (?:an |any )?(?:effect|change|benefit))",
    re.IGNORECASE,
)
"""Negations that deny a thing (mice without a gene), not what the sentence says."""

_OPEN = re.compile(
    r"\b(?:whether|if|unknown|unclear|hypothes\w+|aim\w*|objective|examined|"
    r"to (?:determine|test|examine|compare|assess|evaluate|investigate|study))\b",
    re.IGNORECASE,
)
"""A sentence of the work with one of these states nothing yet."""

CLOSE = 0.85
"""Least share of the words, by weight and both ways, of two sentences that differ in one word."""

MIN_SHARE_OF_SENTENCE = 0.7
"""Least share of a sentence's words, by weight, in the sentence of the work that it rewords."""

MIN_SHARE_OF_ALL = 0.8
"""Least share of them in the works' sentences together."""

_NEXT_BEST = 0.1
_MIN_CLAUSE_SHARE = 0.7
_SAME = 0.95
_ARGUMENTS = 3
_MIN_WORDS = 3


def reversal(sentence: Sequence[Token], source: Sequence[str]) -> Message | None:
    """Return what is reversed against the closest of the source's sentences; None if nothing is.

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
            return Message.of("check.without_negation" if ours > theirs else "check.with_negation")
        return _opposed(left, right)
    return None


def _content(words: Sequence[Token]) -> set[str]:
    return {token.stem for token in words if is_content(token) and token.stem not in _NEGATIONS}


def _negated(words: Sequence[Token]) -> int:
    return sum(token.stem in _NEGATIONS or token.raw.lower() in _NEGATIONS for token in words)


def _share(part: set[str], whole: set[str]) -> float:
    """Return the share of a set, by weight, whose words or opposites are in another set."""
    total = sum(idf(word) for word in part)
    shared = sum(
        idf(word) for word in part if word in whole or OPPOSITES.get(word, frozenset()) & whole
    )
    return shared / total if total else 0.0


def _opposed(ours: set[str], theirs: set[str]) -> Message | None:
    """Return the word that stands where the work has only its opposite; None if there is none."""
    for word in sorted(ours - theirs):
        against = OPPOSITES.get(word, frozenset()) & (theirs - ours)
        if against and not SYNONYMS.get(word, frozenset()) & theirs - against:
            return Message.of("check.opposite", word=word, other=min(against))
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence read for what it denies.

    Attributes:
        clauses: Content stems of each clause, in order, without negations.
        words: All of them.
        denied: For each clause, the stems right behind a negation.
        negations: How many negations the sentence has.
        halves: Words in it that may deny without a negation.
    """

    clauses: tuple[tuple[str, ...], ...]
    words: frozenset[str]
    denied: tuple[frozenset[str], ...]
    negations: int
    halves: frozenset[str]

    @property
    def heads(self) -> frozenset[str]:
        """Every denied stem that the sentence does not also say without a negation."""
        stems = [word for clause in self.clauses for word in clause]
        return frozenset(
            word for clause in self.denied for word in clause if stems.count(word) == 1
        )


@lru_cache(maxsize=4096)
def read_polarity(folded: str) -> Reading:
    """Return a folded sentence read for what it denies."""
    clauses: list[tuple[str, ...]] = []
    denied: list[frozenset[str]] = []
    negations = 0
    for part in _BREAK.split(_NO_DENIAL.sub(" ", folded)):
        words: list[str] = []
        heads: set[str] = set()
        open_for = 0
        for token in tokens(part):
            if token.stem in _NEGATIONS or token.raw.lower() in _NEGATIONS:
                negations += 1
                open_for = 1
            elif is_content(token) or token.stem in _DIRECTIONS:
                words.append(token.stem)
                if open_for and token.stem not in _PASSED_OVER:
                    heads.add(token.stem)
                    open_for -= 1
        if words:
            clauses.append(tuple(words))
            denied.append(frozenset(heads))
    every = frozenset(word for clause in clauses for word in clause)
    halves = frozenset(token.stem for token in tokens(folded)) & _HALF_DENIALS
    return Reading(tuple(clauses), every, tuple(denied), negations, halves)


def contradiction(sentence: str, source: Sequence[str]) -> Message | None:
    """Return what a reworded sentence reverses of the sentence it rewords; None if nothing.

    Args:
        sentence: The folded sentence.
        source: Folded sentences of the cited works, titles among them.
    """
    ours = read_polarity(sentence)
    stated = [read_polarity(text) for text in source if not _OPEN.search(text)]
    # Two negations in one sentence may cancel or not: nothing is said of such a sentence.
    if len(ours.words) < _MIN_WORDS or ours.negations > 1 or not stated:
        return None
    everything = set().union(*(read_polarity(text).words for text in source))
    if _share(set(ours.words), everything) < MIN_SHARE_OF_ALL:
        return None
    return _most_alike_denies(ours, stated)


def _most_alike_denies(ours: Reading, stated: Sequence[Reading]) -> Message | None:
    """Return what a sentence reverses of those most like it; None once one of them agrees.

    A work may state and deny a thing in different sentences, so one that agrees outweighs others.
    """
    shares = [_share(set(ours.words), set(reading.words)) for reading in stated]
    least = max(MIN_SHARE_OF_SENTENCE, max(shares) - _NEXT_BEST)
    reason: Message | None = None
    for theirs, share in zip(stated, shares, strict=True):
        if share < least:
            continue
        why = _denial(ours, theirs)
        if why is None and (share >= _SAME or _agrees(ours, theirs)):
            return None
        reason = reason or why
    return reason or _denied_clause(ours, stated)


def _denial(ours: Reading, theirs: Reading) -> Message | None:
    """Return the predicate exactly one of two sentences denies next to the same words, or None."""
    if ours.halves != theirs.halves or ours.negations + theirs.negations != 1:
        return None
    who, plain = (ours, theirs) if ours.negations else (theirs, ours)
    for clause, denied in zip(who.clauses, who.denied, strict=True):
        for head in sorted(denied & who.heads):
            same = SYNONYMS.get(head, frozenset()) | {head} if head in _MOVING else {head}
            index = clause.index(head)
            if who is theirs and _share(set(clause) - _NULL, set(plain.words)) < _MIN_CLAUSE_SHARE:
                continue
            if _stands_beside(
                _target(clause, index), plain, _MOVING if head in _NULL - plain.words else same
            ):
                return Message.of(
                    "check.sentence_denies" if who is ours else "check.work_denies", word=head
                )
    return None


def _target(clause: Sequence[str], index: int) -> set[str]:
    """Return the words a predicate is about: the two behind it, else before it."""
    return set(clause[index + 1 : index + _ARGUMENTS] or clause[max(0, index - 2) : index])


def _stands_beside(target: set[str], reading: Reading, words: AbstractSet[str]) -> bool:
    """Tell whether one of some words stands within three words of a target, in one clause."""
    for clause in reading.clauses:
        for index, word in enumerate(clause):
            beside = {
                *clause[max(0, index - _ARGUMENTS) : index],
                *clause[index + 1 : index + 1 + _ARGUMENTS],
            }
            if word in words and target & beside:
                return True
    return False


def _agrees(ours: Reading, theirs: Reading) -> bool:
    """Tell whether a sentence of the work agrees: the same denial, or the same direction."""
    if ours.negations:
        return bool(theirs.negations and ours.heads & theirs.heads)
    pointing = {word for word in ours.words if word in OPPOSITES}
    same = {other for word in pointing for other in SYNONYMS.get(word, frozenset()) | {word}}
    turned = {other for word in pointing for other in OPPOSITES[word]}
    return not theirs.negations and bool(same & theirs.words - turned)


def _denied_clause(ours: Reading, stated: Sequence[Reading]) -> Message | None:
    """Return what a short clause of the works denies and the sentence states in full."""
    if ours.negations:
        return None
    for reading in stated:
        for clause, denied in zip(reading.clauses, reading.denied, strict=True):
            heads = denied & ours.words
            if (
                len(clause) < _MIN_WORDS
                or reading.negations != 1
                or not heads
                or not ours.words.issuperset(clause)
            ):
                continue
            if not any(other is not reading and heads & other.words for other in stated):
                return Message.of("check.work_denies", word=min(heads))
    return None
