"""Why a work is here, in words: reasons as short sentences in English or Chinese, strongest first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

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
"""Shorter ones tell a reader nothing (Chinese bigrams are told apart by their first character)."""
MIN_SIMILARITY = 0.18
"""Cosine from which a liked work is named as an example. Of pairs of arXiv abstracts of different archives one in a
hundred reaches .10, one in a thousand .15 (26,000 pairs, model of 10,000 works)."""
MAX_TITLE_CHARS = 70

_EN: Mapping[str, str] = {
    "author": "by {value}, whom you follow",
    "namesake": "by {detail}, perhaps {value}, whom you follow",
    "query": "matches your query: {value}",
    "venue": "in {value}, a venue of yours",
    "category": "in {value}, a category of yours",
    "archive": "in {detail}, part of {value}, which you follow",
    "words": "shares words with your radar: {value}",
    "example": 'close to your example "{detail}"',
    "liked": 'close to "{detail}", which you liked',
    "disliked": "you disliked it",
    "withdrawn": "it was withdrawn",
    "fresh:new": "new in {detail}",
    "fresh:cross": "newly cross-listed in {detail}",
    "fresh:replace": "a new version in {detail}",
    "fresh:replace-cross": "a new version, cross-listed in {detail}",
}
_ZH: Mapping[str, str] = {
    "author": "作者 {value} 是您关注的人",
    "namesake": "作者 {detail} 可能是您关注的 {value}",
    "query": "符合您的检索式：{value}",
    "venue": "发表于您关注的 {value}",
    "category": "属于您关注的分类 {value}",
    "archive": "属于 {detail}（您关注 {value}）",
    "words": "与您的雷达共有的词：{value}",
    "example": "与您的示例论文《{detail}》相近",
    "liked": "与您喜欢的《{detail}》相近",
    "disliked": "您不喜欢它",
    "withdrawn": "已撤稿",
    "fresh:new": "{detail} 新论文",
    "fresh:cross": "新近交叉列入 {detail}",
    "fresh:replace": "{detail} 的新版本",
    "fresh:replace-cross": "新版本，交叉列入 {detail}",
}


def word_reason(
    model: TextModel,
    vocabulary: Vocabulary,
    taste: Taste,
    candidates: Vectors,
    row: int,
    work: Work,
    part: float,
) -> Reason | None:
    """Return the words of a work that raise it most, as the work itself writes them; None where none does.

    A word's share is its TF-IDF weight in the work times its weight in the reader's contrasted centroids, which is its
    true part in two of the three fused rankings.
    """
    line = candidates.tfidf_ND[row]
    columns = np.asarray(line.indices, dtype=np.int64)
    shares = line.data * word_weights(model, taste, columns)
    best: list[int] = []
    for place in np.argsort(-shares, kind="stable"):
        if (
            len(best) == MAX_WORDS
            or shares[place] <= 0
            or shares[place] < MIN_WORD_PART * shares.max()
        ):
            break
        word = vocabulary.words[int(columns[place])]
        if len(word) >= MIN_WORD_LETTERS or not word.isascii():
            best.append(int(columns[place]))
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

    `examples` are (work, `like` or `example`) for the leading rows of taste.liked; `part` is what the texts add.
    """
    if not examples:
        return None
    similar = np.asarray(
        (taste.liked.tfidf_ND[: len(examples)] @ candidates.tfidf_ND[row].T).todense()
    ).ravel()
    for place in np.argsort(-similar, kind="stable")[:2]:
        nearest, kind = examples[int(place)]
        if similar[place] >= MIN_SIMILARITY and nearest.key != work.key:
            share = part * float(similar[place])
            return Reason(
                "liked" if kind == "like" else "example",
                nearest.key,
                _shortened(nearest.title),
                share,
            )
    return None


def in_words(reasons: Sequence[Reason], lang: str) -> list[str]:
    """Return the strongest reasons as sentences; what holds for every work of a day is said only if nothing else is."""
    texts = _ZH if lang.startswith("zh") else _EN
    personal = [one for one in reasons if one.kind != "fresh"]
    ordered = sorted(personal, key=lambda one: -abs(one.part))[:MAX_REASONS]
    shown = ordered or [one for one in reasons if one.kind == "fresh" and one.value]
    return [_sentence(one, texts) for one in shown]


def _sentence(reason: Reason, texts: Mapping[str, str]) -> str:
    name = f"fresh:{reason.value}" if reason.kind == "fresh" else reason.kind
    value = (
        reason.value.replace(", ", "、")
        if texts is _ZH and reason.kind == "words"
        else reason.value
    )
    return texts[name].format(value=value, detail=reason.detail or reason.value)


def _shortened(title: str) -> str:
    if len(title) <= MAX_TITLE_CHARS:
        return title
    return title[:MAX_TITLE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:-") + "..."
