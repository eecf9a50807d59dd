"""Highlighting of the words a query found in a title or abstract, as HTML and plain text. Pure.

The texts are untrusted: they are escaped, and `<mark>` is the only markup in the HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from academichub.index import tokens
from academichub.index.query_syntax import Node, Term, leaves

SNIPPET_CHARACTERS = 280
"""Approximate length of a snippet."""

MAX_TEXT_CHARACTERS = 20_000
"""Longer texts are cut at this length."""

_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """What to highlight in each column: `title`, `abstract`, `author`, `venue`.

    Attributes:
        tokens: Column -> whole tokens.
        prefixes: Column -> beginnings of words.
    """

    tokens: dict[str, frozenset[str]]
    prefixes: dict[str, tuple[str, ...]]


Span = tuple[int, int]
"""Start and end of a part of a text."""


def highlight_terms(tree: Node | None) -> HighlightTerms:
    """Return the words that a query looks for, without those it excludes.

    Stop words are highlighted in phrases only.
    """
    words_of: dict[str, set[str]] = {
        column: set() for column in ("title", "abstract", "author", "venue")
    }
    prefixes: dict[str, list[str]] = {column: [] for column in words_of}
    for leaf in leaves(tree):
        if not isinstance(leaf, Term):
            continue
        for column in (leaf.field,) if leaf.field else tuple(words_of):
            text = (
                tokens.stream(leaf.text)
                if leaf.kind == "phrase"
                else tokens.content_stream(leaf.text)
            )
            words_of[column].update(
                text, (token for token in tokens.extras(leaf.text) if not tokens.is_cjk(token))
            )
            if leaf.kind == "prefix":
                prefixes[column] += tokens.name_stream(leaf.text)[-1:]
    return HighlightTerms(
        {column: frozenset(words) for column, words in words_of.items()},
        {column: tuple(words) for column, words in prefixes.items()},
    )


def shown(text: str) -> str:
    """Return a readable title or abstract as shown: with single spaces, in Unicode form NFC."""
    return " ".join(unicodedata.normalize("NFC", text[:MAX_TEXT_CHARACTERS]).split())


def highlighted(text: str, terms: HighlightTerms, column: str) -> str:
    """Return a whole text (from `shown`) as HTML with the words found in `<mark>`."""
    return _marked(text, spans(text, terms, column), 0, len(text))


def snippet(
    text: str, terms: HighlightTerms, column: str, length: int = SNIPPET_CHARACTERS
) -> tuple[str, str]:
    """Return (HTML, plain text) of the part of a text with most of the different words found."""
    matches = spans(text, terms, column)
    first, last = _window(text, matches, length)
    before, after = (_ELLIPSIS if first else ""), (_ELLIPSIS if last < len(text) else "")
    inside = [span for span in matches if first <= span[0] and span[1] <= last]
    return before + _marked(text, inside, first, last) + after, before + text[first:last] + after


def spans(text: str, terms: HighlightTerms, column: str) -> list[Span]:
    """Return the spans of a query's words in a text, in order and without overlaps."""
    words, prefixes = terms.tokens[column], terms.prefixes[column]
    if not words and not prefixes:
        return []
    matches: list[Span] = []
    for piece in tokens.pieces(text):
        surface = text[piece.start : piece.end]
        if tokens.is_cjk(surface):
            matches += [
                (piece.start + a, piece.start + b) for a, b in _characters(surface, words, prefixes)
            ]
        elif not words.isdisjoint(piece.tokens) or _begins(surface, prefixes):
            matches.append((piece.start, piece.end))
    return matches


def _begins(surface: str, prefixes: Iterable[str]) -> bool:
    """Return whether a token of a word begins with a prefix."""
    return bool(prefixes) and any(
        word.startswith(tuple(prefixes)) for word in tokens.name_stream(surface)
    )


def _characters(run: str, words: frozenset[str], prefixes: Iterable[str]) -> list[Span]:
    """Return the spans of a Chinese run that are a bigram or single character of the query."""
    folded = "".join(tokens.chunks(run))
    # Spans refer to the run as written, so folding must not have changed its length.
    if len(folded) != len(run):
        return []
    starts = tuple(prefixes)
    hit = [False] * len(run)
    for n in range(len(run)):
        if folded[n] in words or folded[n] in starts:
            hit[n] = True
        if folded[n : n + 2] in words or folded[n : n + 2] in starts:
            hit[n : n + 2] = [True] * len(hit[n : n + 2])
    spans: list[Span] = []
    for n, is_hit in enumerate(hit):
        if is_hit and spans and spans[-1][1] == n:
            spans[-1] = (spans[-1][0], n + 1)
        elif is_hit:
            spans.append((n, n + 1))
    return spans


def _window(text: str, matches: list[Span], length: int) -> Span:
    """Return the part of a text with most different words, about `length` long, cut at spaces."""
    if len(text) <= length * 1.2:
        return 0, len(text)
    best, start = 0, 0
    for n, (first, _) in enumerate(matches):
        words = {text[a:b].casefold() for a, b in matches[n:] if b <= first + length}
        if len(words) > best:
            best, start = len(words), first
    # Begin a little before the first word, to show its context.
    start = max(0, min(start - length // 6, len(text) - length))
    return _nearest_space(text, start), _nearest_space(text, start + length, back=True)


def _nearest_space(text: str, position: int, *, back: bool = False) -> int:
    """Return the next position after a space, or before one if `back`, within 24 characters.

    If there is no space, the position itself is returned.
    """
    if position <= 0 or position >= len(text):
        return max(0, min(position, len(text)))
    if back:
        space = text.rfind(" ", position - 24, position + 1)
        return space if space >= 0 else position
    if text[position - 1] == " ":
        return position
    space = text.find(" ", position, position + 24)
    return space + 1 if space >= 0 else position


def _marked(text: str, matches: list[Span], first: int, last: int) -> str:
    """Return a part of a text as HTML with its matches in `<mark>`."""
    parts, position = [], first
    for start, end in matches:
        parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return "".join([*parts, escape(text[position:last])])
