"""Why a work is here: the reasons of the ranking as messages, strongest first. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from academichub.messages import Message
from academichub.radar.ranking import Taste, word_weights
from academichub.radar.rules import Reason
from academichub.radar.text_model import TextModel, Vectors
from academichub.radar.vocabulary import Vocabulary, written_forms
from academichub.works.work import Work

MAX_REASONS = 4
MAX_WORDS = 4
MIN_WORD_PART = 0.2
"""A word is named if it brings at least this share of what the best word brings."""
MIN_WORD_LETTERS = 3
"""Shorter ASCII words mean little to a reader; Chinese bigrams are exempt."""
MIN_SIMILARITY = 0.18
"""Least cosine for naming a liked work as an example. Of pairs of arXiv abstracts of different
archives one in a hundred reaches .10, one in a thousand .15 (26,000 pairs, model of 10,000
works)."""
MAX_TITLE_CHARS = 70


def word_reason(
    model: TextModel,
    vocabulary: Vocabulary,
    taste: Taste,
    candidates: Vectors,
    row: int,
    work: Work,
    part: float,
) -> Reason | None:
    """Return the words of a work that raise it most, as the work writes them; None where none does.

    A word's share is its TF-IDF weight in the work times its weight in the reader's contrasted
    centroids, which is its true part in two of the three fused rankings.
    """
    line = candidates.tfidf_ND[row]
    columns = np.asarray(line.indices, dtype=np.int64)
    shares = line.data * word_weights(model, taste, columns)
    best: list[int] = []
    for index in np.argsort(-shares, kind="stable"):
        if (
            len(best) == MAX_WORDS
            or shares[index] <= 0
            or shares[index] < MIN_WORD_PART * shares.max()
        ):
            break
        word = vocabulary.words[int(columns[index])]
        if len(word) >= MIN_WORD_LETTERS or not word.isascii():
            best.append(int(columns[index]))
    if not best:
        return None
    tokens = [vocabulary.words[column] for column in best]
    forms = written_forms(tokens, f"{work.title}\n{work.text}")
    return Reason("words", ", ".join(dict.fromkeys(forms[token] for token in tokens)), part=part)


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
                "liked" if kind == "like" else "example",
                nearest.key,
                _shortened(nearest.title),
                share,
            )
    return None


def reason_messages(reasons: Sequence[Reason]) -> list[Message]:
    """Return the strongest reasons, strongest first.

    The announcement, which all works of a day have, is a reason only in the absence of others.
    """
    personal = [reason for reason in reasons if reason.kind != "fresh"]
    ordered = sorted(personal, key=lambda reason: -abs(reason.part))[:MAX_REASONS]
    shown = ordered or [reason for reason in reasons if reason.kind == "fresh" and reason.value]
    return [_message(reason) for reason in shown]


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
        case "liked":
            return Message.of("why.liked", title=detail)
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
