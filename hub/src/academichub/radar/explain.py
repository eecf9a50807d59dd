"""Why a work is here: the reasons of the ranking as messages, strongest first. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set

import numpy as np

from academichub.index.positions import content_tokens
from academichub.messages import Message
from academichub.radar.first_page import Claim
from academichub.radar.ranking import Taste, word_weights
from academichub.radar.rules import Reason, ReasonKind
from academichub.radar.text_model import TextModel, Vectors
from academichub.radar.vocabulary import Vocabulary, written_forms
from academichub.works.work import Work

MAX_REASONS = 4
MAX_WORDS = 4
MAX_LOOKED_AT = 60
"""Words of a work, those that raise it most first, among which phrases are looked for."""
MIN_WORD_PART = 0.2
"""A word is named if it brings at least this share of what the best word brings."""
MIN_WORD_LETTERS = 3
"""Shorter ASCII words mean little to a reader; Chinese bigrams are exempt."""
MIN_SIMILARITY = 0.18
"""Least cosine for naming a liked work as an example. Of pairs of arXiv abstracts of different
archives one in a hundred reaches .10, one in a thousand .15 (26,000 pairs, model of 10,000
works)."""
MAX_TITLE_CHARS = 70
_OF_EVERY_SUBJECT = frozenset(
    content_tokens(
        "achieve achieved across algorithm analysis analyze analyse applied apply "
        "applications approach article available based benchmark both build builds case class "
        "compared comparison complex consider current data demonstrate desired develop "
        "different directly effective effectiveness efficient empirical enable evaluate "
        "evaluation existing experiment experimental extensive first follow framework further "
        "general given high improve include introduce investigate large like many method "
        "model models new novel number numerical obtain often order paper performance point "
        "possible present prior problem process propose proposed prove provide real recent "
        "recently related research result second several show significant similar simple "
        "single small solution state strong structure study success system task technique "
        "test theoretical theory third time tool trade two type under unified use used using "
        "various well wide work yet "
    )
)
"""Words of abstracts of every subject; a phrase with one of them explains nothing."""

REASON_OF_SIGNAL: Mapping[str, ReasonKind] = {
    "example": "example",
    "like": "liked",
    "saved": "saved",
    "opened": "opened",
}
"""Kind of signal that speaks for a work -> kind of reason for works near it."""


def word_reason(
    model: TextModel,
    vocabulary: Vocabulary,
    taste: Taste,
    candidates: Vectors,
    row: int,
    work: Work,
    part: float,
    queries: Sequence[str] = (),
) -> Reason | None:
    """Return the phrases of a work that raise it most, as the work writes them, if there are any.

    Single words are named only where no phrase raises it. A word's share is its TF-IDF weight in
    the work times its weight in the reader's contrasted centroids. Only words of what the reader
    likes or asks for are named: a latent dimension also lends weight to words near these.
    Words of `queries`, which are named for themselves, are left out.
    """
    line = candidates.tfidf_ND[row]
    columns = np.asarray(line.indices, dtype=np.int64)
    is_liked = taste.liked.tfidf_ND[:, columns].getnnz(axis=0) > 0
    shares = line.data * word_weights(model, taste, columns) * is_liked
    ranked = [
        (vocabulary.words[int(columns[index])], float(shares[index]))
        for index in np.argsort(-shares, kind="stable")[:MAX_LOOKED_AT]
        if shares[index] > 0
    ]
    forms = written_forms([word for word, _ in ranked], f"{work.title}\n{work.text}")
    of_radar = {vocabulary.words[int(column)] for column in columns[is_liked]}
    named = {token for query in queries for token in content_tokens(query)}
    telling = [
        (word, share)
        for word, share in ranked
        if means_something(word)
        and not named.issuperset(word.split())
        and _is_shared(forms.get(word, ""), of_radar)
    ]
    phrases = [(word, share) for word, share in telling if " " in word]
    shown = dict.fromkeys(forms[word] for word in _best(phrases) or _best(telling))
    return Reason("words", ", ".join(shown), part=part) if shown else None


def _is_shared(form: str, of_radar: Set[str]) -> bool:
    """Return whether a word as written is the radar's: of a compound (`real-world`) every part."""
    if "-" not in form:
        return bool(form)
    # The vocabulary has no numbers (`covid-19`).
    return all(token in of_radar for token in content_tokens(form) if not token[0].isdigit())


def _best(ranked: Sequence[tuple[str, float]]) -> list[str]:
    """Return the first words of a ranking that bring much, compared with its best."""
    return [word for word, share in ranked[:MAX_WORDS] if share >= MIN_WORD_PART * ranked[0][1]]


def means_something(word: str) -> bool:
    """Return whether a word or phrase tells a reader more than that the work is a paper."""
    tokens = word.split()
    return all(len(token) >= MIN_WORD_LETTERS or not token.isascii() for token in tokens) and (
        not _OF_EVERY_SUBJECT.intersection(tokens)
    )


def example_reason(
    taste: Taste,
    candidates: Vectors,
    row: int,
    work: Work,
    examples: Sequence[tuple[Work, str]],
    part: float,
) -> Reason | None:
    """Return the liked or example work nearest to a work in TF-IDF, or None where none is near.

    `examples` are (work, `like` or `example`) for the leading rows of taste.liked; `part` is what
    the texts add to the work's score.
    """
    if not examples:
        return None
    similar = np.asarray(
        (taste.liked.tfidf_ND[: len(examples)] @ candidates.tfidf_ND[row].T).todense()
    ).ravel()
    for index in np.argsort(-similar, kind="stable")[:2]:
        nearest, kind = examples[int(index)]
        if similar[index] >= MIN_SIMILARITY and nearest.key != work.key:
            share = part * float(similar[index])
            return Reason(
                REASON_OF_SIGNAL[kind],
                nearest.key,
                _shortened(nearest.title),
                share,
            )
    return None


def reason_messages(reasons: Sequence[Reason], claim: Claim | None = None) -> list[Message]:
    """Return the strongest reasons, strongest first, after why a work stands on the page anyway.

    The announcement, which all works of a day have, is a reason only in the absence of others.

    Args:
        reasons: All reasons for a work's worth.
        claim: Why it stands on the first pages whatever its worth (first_page.py).
    """
    personal = [reason for reason in reasons if reason.kind != "fresh"]
    if claim is not None:
        personal = [_claimed(claim), *(reason for reason in personal if not _says(claim, reason))]
    ordered = sorted(personal, key=lambda reason: -abs(reason.part))[:MAX_REASONS]
    shown = ordered or [reason for reason in reasons if reason.kind == "fresh" and reason.value]
    return [_message(reason) for reason in shown]


def _claimed(claim: Claim) -> Reason:
    """Return a claim as the first of the reasons."""
    kinds: Mapping[str, ReasonKind] = {
        "author": "author",
        "query": "best_match",
        "category": "best_of_category",
    }
    return Reason(kinds[claim.kind], claim.value, part=math.inf)


def _says(claim: Claim, reason: Reason) -> bool:
    """Return whether a claim says what a reason says; an archive is claimed as a category."""
    kinds = ("category", "archive") if claim.kind == "category" else (claim.kind,)
    return reason.kind in kinds and reason.value == claim.value


def _message(reason: Reason) -> Message:
    value, detail = reason.value, reason.detail or reason.value
    match reason.kind:
        case "author":
            return Message.of("why.author", name=value)
        case "namesake":
            return Message.of("why.namesake", written=detail, name=value)
        case "query":
            return Message.of("why.query", query=value)
        case "venue":
            return Message.of("why.venue", venue=value)
        case "category":
            return Message.of("why.category", category=value)
        case "archive":
            return Message.of("why.archive", category=detail, archive=value)
        case "words":
            return Message.of("why.words", words=value.split(", "))
        case "example":
            return Message.of("why.example", title=detail)
        case "liked" | "saved" | "opened":
            return Message.of(f"why.{reason.kind}", title=detail)
        case "best_match":
            return Message.of("why.best_match", query=value)
        case "best_of_category":
            return Message.of("why.best_of_category", category=value)
        case "disliked":
            return Message.of("why.disliked")
        case "withdrawn":
            return Message.of("why.withdrawn")
        case "fresh":
            return Message.of(f"why.{value}", category=detail)


def _shortened(title: str) -> str:
    if len(title) <= MAX_TITLE_CHARS:
        return title
    return title[:MAX_TITLE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:-") + "..."
