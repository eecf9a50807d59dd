"""Words of a query tree as one FTS5 MATCH expression. Pure text, no IO.

Every token is quoted, so that no query can be FTS5 syntax.
"""

from __future__ import annotations

from collections.abc import Sequence

from academichub.index import tokens
from academichub.index.query_syntax import And, Node, Not, Or, Term, both

MIN_PREFIX_LETTERS = 2
"""A shorter beginning of a word is taken for a word: as a prefix it would match nearly every
work."""

_COLUMN = {"title": "title", "author": "authors", "abstract": "abstract", "venue": "other"}
"""Field of the query syntax -> column of the index."""


def match_expression(node: Node | None) -> str | None:
    """Return the FTS5 expression of a tree of words; None where it has no token at all.

    The tree holds Terms only; a Not stands in an And with a term that is required. Every token
    is quoted, so no query can be FTS5 syntax. English stop words of an And are passed over if it
    has other words.
    """
    match node:
        case Term():
            return _term(node)
        case Or(children):
            alternatives = [
                alternative for child in children if (alternative := match_expression(child))
            ]
            return bracketed(" OR ", alternatives)
        case And(children):
            content = [child for child in children if not _is_stop_word(child)]
            return _all_of(content) or _all_of(children)
    return None


def _is_stop_word(node: Node) -> bool:
    return (
        isinstance(node, Term) and node.kind == "word" and node.text.casefold() in tokens.STOP_WORDS
    )


def is_text(node: Node) -> bool:
    """Whether a tree can be one MATCH expression.

    It holds words only, and what it excludes stands next to what it requires.
    """
    match node:
        case Term():
            return True
        case Not(child):
            return is_text(child) and not isinstance(child, Not)
        case And(children):
            required = [child for child in children if not isinstance(child, Not)]
            return (
                bool(required)
                and all(map(is_text, children))
                and any(map(match_expression, required))
            )
        case Or(children):
            return all(is_text(child) and not isinstance(child, Not) for child in children)
    return False


def _all_of(children: Sequence[Node]) -> str | None:
    """Return the expression that requires some trees and excludes others.

    It is None where no token is required.
    """
    required = [child for child in children if not isinstance(child, Not)]
    excluded = [child.child for child in children if isinstance(child, Not)]
    every = bracketed(" AND ", [text for child in required if (text := match_expression(child))])
    none_of = bracketed(" OR ", [text for child in excluded if (text := match_expression(child))])
    return f"({every} NOT {none_of})" if every and none_of else every


def words_and_facts(children: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Split the parts of an And: those that one MATCH expression can hold together, and the rest.

    Exclusions alone are not an expression (FTS5's NOT needs a left side), so without a word
    they count as facts.
    """
    words = [child for child in children if is_text(child)]
    if all(isinstance(word, Not) for word in words) or match_expression(both(*words)) is None:
        words = []
    return words, [child for child in children if child not in words]


def _term(term: Term) -> str | None:
    if term.kind == "prefix":
        return _prefix(term)
    pieces = [term.text] if term.kind == "phrase" else tokens.chunks(term.text)
    return bracketed(
        " AND ", [expression for piece in pieces if (expression := _piece(piece, term.field))]
    )


def _piece(text: str, field: str) -> str | None:
    """Return the expression of a phrase, or of a word (hyphenated, or a Chinese run)."""
    stems = _either(tokens.stream(text), tokens.extras(text) if " " not in text else [])
    if field and field != "author":
        return stems and f"{{{_COLUMN[field]}}} : {stems}"
    if field == "author":
        names = _near(text)
        return names and f"{{authors}} : {names}"
    names = _either(tokens.name_stream(text), tokens.name_extras(text) if " " not in text else [])
    if stems == names or not names:
        return stems
    return f"({{title abstract other}} : {stems} OR {{authors}} : {names})"


def _near(text: str) -> str | None:
    """Return the expression of a name.

    Its words count in either order, an initial as the beginning of a word.
    """
    words = tokens.name_stream(text)
    extra = tokens.name_extras(text) if " " not in text else []
    if len(words) < 2 or tokens.is_cjk(words[0]):
        return _either(words, extra)
    near = " ".join(phrase([word]) + (" *" if len(word) == 1 else "") for word in words)
    return bracketed(
        " OR ", [f"NEAR({near}, {len(words) - 1})", *(phrase([token]) for token in extra)]
    )


def _either(words: list[str], extras: list[str]) -> str | None:
    """Return the phrase of words, or any of its extras (Chinese runs have none)."""
    if not words:
        return None
    if len(words) == 1 and len(words[0]) == 1 and tokens.is_cjk(words[0]):
        return f"{phrase(words)} *"
    joined = [phrase([token]) for token in extras if not tokens.is_cjk(token)]
    return bracketed(" OR ", [phrase(words), *joined])


def _prefix(term: Term) -> str | None:
    """Return the expression of a word's beginning and of the word, whose stem may be shorter."""
    words = tokens.name_stream(term.text)
    if not words or (len(words[-1]) < MIN_PREFIX_LETTERS and not tokens.is_cjk(words[-1])):
        return _piece(term.text, term.field)
    columns = f"{{{_COLUMN[term.field]}}} : " if term.field else ""
    stem = _piece(term.text, term.field)
    return bracketed(" OR ", [f"{columns}{phrase(words)} *", *([stem] if stem else [])])


def phrase(words: Sequence[str]) -> str:
    """Return tokens in a row as one quoted FTS5 phrase."""
    return '"' + " ".join(words).replace('"', '""') + '"'


def bracketed(operator: str, parts: list[str]) -> str | None:
    """Join parts by an operator, in brackets where there are several; None without any."""
    return f"({operator.join(parts)})" if len(parts) > 1 else (parts[0] if parts else None)
