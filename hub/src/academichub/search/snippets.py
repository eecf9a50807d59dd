"""Highlighting: which words of a title or abstract a query found, as safe HTML and as plain text. Pure, no IO.

What is given may be anything (abstracts are untrusted): it is escaped, and `<mark>` is the only markup that comes out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from academichub.index import tokens
from academichub.index.query_syntax import Node, Term, leaves

SNIPPET_CHARACTERS = 280
"""About how long a snippet of an abstract is."""

MAX_TEXT_CHARACTERS = 20_000
"""Longer texts are looked at up to here."""

_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """What to highlight: whole tokens, and beginnings of words, per column (`title`, `abstract`, `author`, `venue`)."""

    tokens: dict[str, frozenset[str]]
    prefixes: dict[str, tuple[str, ...]]


Span = tuple[int, int]


def highlight_terms(tree: Node | None) -> HighlightTerms:
    """Return what a query's tree asks for; what it excludes is not highlighted. Stop words count in phrases only."""
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
    """Return a readable title or abstract as it is shown: blanks single, Unicode form NFC."""
    return " ".join(unicodedata.normalize("NFC", text[:MAX_TEXT_CHARACTERS]).split())


def highlighted(text: str, what: HighlightTerms, column: str) -> str:
    """Return a text (as `shown` gives it) whole, as HTML with the words found in `<mark>`."""
    return _marked(text, spans(text, what, column), 0, len(text))


def snippet(
    text: str, what: HighlightTerms, column: str, length: int = SNIPPET_CHARACTERS
) -> tuple[str, str]:
    """Return (HTML, plain text) of the part of a text that holds most of the different words found."""
    matches = spans(text, what, column)
    first, last = _window(text, matches, length)
    before, after = (_ELLIPSIS if first else ""), (_ELLIPSIS if last < len(text) else "")
    inside = [span for span in matches if first <= span[0] and span[1] <= last]
    return before + _marked(text, inside, first, last) + after, before + text[first:last] + after


def spans(text: str, what: HighlightTerms, column: str) -> list[Span]:
    """Return where the words a query asks for stand in a text: (start, end), in order, not overlapping."""
    words, prefixes = what.tokens[column], what.prefixes[column]
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
    return bool(prefixes) and any(
        word.startswith(tuple(prefixes)) for word in tokens.name_stream(surface)
    )


def _characters(run: str, words: frozenset[str], prefixes: Iterable[str]) -> list[Span]:
    """Return which characters of a Chinese run lie in a bigram (or are a single character) that is asked for."""
    folded = "".join(tokens.chunks(run))
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
    """Return the part of a text with most different words found, about `length` long, cut at blanks where it can be."""
    if len(text) <= length * 1.2:
        return 0, len(text)
    best, start = 0, 0
    for n, (first, _) in enumerate(matches):
        words = {text[a:b].casefold() for a, b in matches[n:] if b <= first + length}
        if len(words) > best:
            best, start = len(words), first
    start = max(0, min(start - length // 6, len(text) - length))
    return _at_blank(text, start), _at_blank(text, start + length, back=True)


def _at_blank(text: str, position: int, *, back: bool = False) -> int:
    """Return the next place after a blank (or, going back, before one) within 24 characters, else the place itself."""
    if position <= 0 or position >= len(text):
        return max(0, min(position, len(text)))
    if back:
        blank = text.rfind(" ", position - 24, position + 1)
        return blank if blank >= 0 else position
    if text[position - 1] == " ":
        return position
    blank = text.find(" ", position, position + 24)
    return blank + 1 if blank >= 0 else position


def _marked(text: str, matches: list[Span], first: int, last: int) -> str:
    parts, position = [], first
    for start, end in matches:
        parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return "".join([*parts, escape(text[position:last])])
