"""The search syntax: text -> tree, tree -> text. Pure; knows nothing of tokens, indexes or SQL.

    graph neural network         all the words (many are ranked freely: search/service.py)
    "exact phrase"   transfo*    a phrase; a word by its beginning
    -word   -"a phrase"          without it (also NOT)
    a OR b   (a OR b) c          either; brackets group; blanks (or AND) bind more closely than OR
    ti: au: abs: venue:          before a word, phrase or bracket; also in Chinese
    cat:cs.LG   cat:cs           a category, or a whole archive
    year:2026   year:2024..      a year or a span of years
    date:2026-06-01..2026-06-15  a day, month or span: announced then, or published then
    src:arxiv                    a source
    id:2606.13125                arXiv id, DOI, pmid:123, address (also doi: arxiv: pmid:)

Any text is a query: brackets and quotes that do not close, operators without words and unknown
fields (`BERT: a model`) are taken as a reader means them. Only a field's value that cannot be one
(`year:soon`), too long a text and too deep brackets are errors. `parse(render(tree)) == tree` for
every tree this module makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from academichub.errors import UsageError
from academichub.messages import Message
from academichub.works.identifiers import parse_identifier

MAX_CHARACTERS = 4000
"""Longest query."""

MAX_DEPTH = 20
"""Deepest nesting of brackets."""

TextField = Literal["", "title", "author", "abstract", "venue"]
TermKind = Literal["word", "phrase", "prefix"]
FilterField = Literal["category", "source", "id"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase or the beginning of a word, anywhere (`field` empty) or in one field."""

    text: str
    kind: TermKind = "word"
    field: TextField = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a fact: category, source or identifier equals `value`."""

    field: FilterField
    value: str


@dataclass(frozen=True, slots=True)
class Between:
    """A condition on time: `first` to `last`, both included, as ISO text of any completeness.

    An empty end is open.

    `field` is `year` (of first publication) or `date` (of announcement or publication).
    """

    field: Literal["year", "date"]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Not:
    """Works that `child` does not match. `child` is never a Not."""

    child: Node


@dataclass(frozen=True, slots=True)
class And:
    """Works that all children match; at least two, none of them an And."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Works that any child matches; at least two, none of them an Or."""

    children: tuple[Node, ...]


Leaf = Term | Filter | Between
Node = Leaf | Not | And | Or

FIELDS: dict[str, str] = {
    **dict.fromkeys(("ti", "title", "标题", "题目", "题名"), "title"),
    **dict.fromkeys(("au", "author", "authors", "作者"), "author"),
    **dict.fromkeys(("abs", "abstract", "摘要"), "abstract"),
    **dict.fromkeys(("venue", "journal", "期刊", "会议"), "venue"),
    **dict.fromkeys(("cat", "category", "分类", "类别"), "category"),
    **dict.fromkeys(("src", "source", "来源"), "source"),
    **dict.fromkeys(("id", "编号"), "id"),
    **{scheme: scheme for scheme in ("doi", "arxiv", "pmid")},
    **dict.fromkeys(("year", "年", "年份"), "year"),
    **dict.fromkeys(("date", "日期"), "date"),
}
"""Every name of a field -> the field."""

_SHORT = {"title": "ti", "author": "au", "abstract": "abs", "category": "cat", "source": "src"}
_TEXT_FIELDS: dict[str, TextField] = {
    "title": "title",
    "author": "author",
    "abstract": "abstract",
    "venue": "venue",
}
_SIGNS = str.maketrans("“”„«»「」『』（）：＂", '"""""""""():"')
_LATEX_UMLAUT = re.compile(r'\\"(?=[A-Za-z{\\])')
"""The quotation mark of LaTeX (`Schr\\"odinger`), which begins no phrase."""

_NAMES = "|".join(sorted(map(re.escape, FIELDS), key=len, reverse=True))
_LEXEME = re.compile(
    rf"""(?P<blank>\s+)
    |(?P<minus>-)(?=[^\s\-)]|-+[^\s\-)])
    |(?P<field>(?:{_NAMES})):(?=[^\s)])
    |(?P<open>\()|(?P<close>\))
    |"(?P<phrase>[^"]*)"
    |(?P<word>[^\s()"]+)
    |(?P<stray>.)""",
    re.VERBOSE | re.IGNORECASE,
)
_OPERATORS = {"OR": "or", "||": "or", "|": "or", "AND": "and", "&&": "and", "NOT": "minus"}
_PLAIN_VALUE = re.compile(r"\w[\w.+/-]*")
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


def parse(text: str) -> Node | None:
    """Return the tree of a query; None where it asks for nothing.

    Raises:
        UsageError: If the text is longer than MAX_CHARACTERS, has brackets deeper than MAX_DEPTH,
            or a field's value that cannot be one.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageError(
            Message.of("query_text.too_long", characters=len(text), limit=MAX_CHARACTERS)
        )
    plain = _LATEX_UMLAUT.sub("", text.translate(_SIGNS).replace("\0", " "))
    return _Parser(list(_lexemes(plain))).query()


def render(node: Node | None) -> str:
    """Return the text of a tree, in the shortest field names; parse() gives the tree back."""
    match node:
        case None:
            return ""
        case Term(text, kind, field):
            name = f"{_SHORT.get(field, field)}:" if field else ""
            return name + {"word": text, "phrase": f'"{text}"', "prefix": f"{text}*"}[kind]
        case Filter(field, value):
            plain = _PLAIN_VALUE.fullmatch(value) and value not in _OPERATORS
            return f"{_SHORT.get(field, field)}:" + (value if plain else f'"{value}"')
        case Between(field, first, last):
            return f"{field}:{first}" if first == last else f"{field}:{first}..{last}"
        case Not(child):
            inside = _grouped(child)
            return f"-({inside})" if inside.startswith("-") else f"-{inside}"
        case And(children):
            return " ".join(_grouped(child) for child in children)
        case Or(children):
            return " OR ".join(render(child) for child in children)


def _grouped(node: Node) -> str:
    return f"({render(node)})" if isinstance(node, And | Or) else render(node)


def leaves(node: Node | None) -> Iterator[Leaf]:
    """Yield the words and conditions a work may have; what is excluded by Not is left out."""
    match node:
        case And(children) | Or(children):
            for child in children:
                yield from leaves(child)
        case Term() | Filter() | Between():
            yield node


def both(*nodes: Node | None) -> Node | None:
    """Return the tree that asks for all of the trees given; None asks for nothing more."""
    flat: list[Node] = []
    for node in nodes:
        if node is not None:
            flat += node.children if isinstance(node, And) else (node,)
    return _joined(And, flat)


def either(*nodes: Node | None) -> Node | None:
    """Return the tree that asks for any of the trees given."""
    flat: list[Node] = []
    for node in nodes:
        if node is not None:
            flat += node.children if isinstance(node, Or) else (node,)
    return _joined(Or, flat)


def without(node: Node | None) -> Node | None:
    """Return the tree that asks for what the tree given does not match."""
    if node is None:
        return None
    return node.child if isinstance(node, Not) else Not(node)


def between(field: Literal["year", "date"], value: str) -> Between:
    """Return the condition of `2026`, `2026-06`, `2026-06-01..2026-06-15`, `2024..` or `..2024`.

    Raises:
        UsageError: If the value is none of these.
    """
    first, dots, last = value.partition("..")
    last = last if dots else first
    parts = [part for part in (first, last) if part]
    good = all(_DATE.fullmatch(part) and (field == "date" or len(part) == 4) for part in parts)
    if not parts or not good:
        raise UsageError(
            Message.of(
                "query_text.not_a_year" if field == "year" else "query_text.not_a_date", text=value
            )
        )
    if first and last and first > last + "~":
        raise UsageError(Message.of("query_text.reversed", field=field, text=value))
    return Between(field, first, last)


def _joined(kind: type[And] | type[Or], flat: list[Node]) -> Node | None:
    return kind(tuple(flat)) if len(flat) > 1 else (flat[0] if flat else None)


class _Lexeme(NamedTuple):
    kind: str
    text: str


def _lexemes(text: str) -> Iterator[_Lexeme]:
    position = 0
    while match := _LEXEME.match(text, position):
        position = match.end()
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "word":
            kind = _OPERATORS.get(value, "word")
        if kind not in ("blank", "stray"):
            yield _Lexeme(kind, value)


class _Parser:
    """Recursive descent over the lexemes; every method returns None where there is nothing."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._at = 0
        self._depth = 0

    def query(self) -> Node | None:
        tree: Node | None = None
        while self._at < len(self._lexemes):
            tree = both(tree, self._either(""))
            self._at += 1  # over a bracket that closes nothing
        return tree

    def _kind(self) -> str:
        return self._lexemes[self._at].kind if self._at < len(self._lexemes) else "end"

    def _either(self, field: str) -> Node | None:
        tree = self._all(field)
        while self._kind() == "or":
            self._at += 1
            tree = either(tree, self._all(field))
        return tree

    def _all(self, field: str) -> Node | None:
        children: list[Node | None] = []
        while (kind := self._kind()) not in ("or", "close", "end"):
            if kind == "and":
                self._at += 1
            else:
                children.append(self._unary(field))
        return both(*children)

    def _unary(self, field: str) -> Node | None:
        negative = False
        while (kind := self._kind()) in ("minus", "field"):
            if kind == "minus":
                negative = not negative
            else:
                field = FIELDS[self._lexemes[self._at].text.lower()]
            self._at += 1
        atom = self._atom(field)
        return without(atom) if negative else atom

    def _atom(self, field: str) -> Node | None:
        if self._kind() in ("end", "or", "and", "close"):
            return None
        lexeme = self._lexemes[self._at]
        self._at += 1
        return self._group(field) if lexeme.kind == "open" else self._leaf(field, lexeme)

    def _group(self, field: str) -> Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UsageError(Message.of("query_text.too_deep", limit=MAX_DEPTH))
        tree = self._either(field)
        self._at += self._kind() == "close"
        self._depth -= 1
        return tree

    def _leaf(self, field: str, lexeme: _Lexeme) -> Node | None:
        text = " ".join(lexeme.text.split())
        if not text:
            return None
        if field in _CONDITIONS:
            return _CONDITIONS[field](text)
        text_field = _TEXT_FIELDS.get(field, "")
        if lexeme.kind == "phrase":
            return Term(text, "phrase", text_field)
        stem = text.rstrip("*")
        if not stem:
            return None
        return Term(stem, "prefix" if stem != text else "word", text_field)


def _identifier(value: str) -> Filter:
    identifier = parse_identifier(value)
    if identifier is None:
        raise UsageError(Message.of("query_text.not_an_id", text=value))
    return Filter("id", identifier.key)


def _of_scheme(scheme: str) -> Callable[[str], Node]:
    """Return the reader of `doi:...`, `arxiv:...`, `pmid:...`.

    A text that is not an identifier is read as words (`arXiv:a history`).
    """

    def read(value: str) -> Node:
        identifier = parse_identifier(f"{scheme}:{value}") or parse_identifier(value)
        return Filter("id", identifier.key) if identifier else Term(f"{scheme}:{value}", "phrase")

    return read


def _years(value: str) -> Between:
    return between("year", re.sub(r"^(\d{4})[-\u2013](\d{4})$", r"\1..\2", value))


_CONDITIONS: dict[str, Callable[[str], Node]] = {
    "category": lambda value: Filter("category", value),
    "source": lambda value: Filter("source", value.lower()),
    "id": _identifier,
    **{scheme: _of_scheme(scheme) for scheme in ("doi", "arxiv", "pmid")},
    "year": _years,
    "date": lambda value: between("date", value),
}
