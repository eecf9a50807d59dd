"""A second full-text index, in plain Python: a reference for the one in FTS5, and proof that the interface suffices.

It stores token lists as JSON in an ordinary table and looks at every row for every query.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from academichub.index import tokens
from academichub.index.parallel_tokens import Texts, tokens_of
from academichub.index.protocol import IndexedRow, Ranking
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, Term
from academichub.works.identifiers import parse_identifier

COLUMNS = ("title", "abstract", "authors", "other")
FIELD_COLUMNS = {"title": "title", "author": "authors", "abstract": "abstract", "venue": "other"}


@dataclass(frozen=True)
class Document:
    """One indexed work: its tokens by column, and its facts."""

    number: int
    columns: Mapping[str, list[str]]
    categories: tuple[str, ...]
    sources: tuple[str, ...]
    identifiers: frozenset[tuple[str, str]]
    published: str
    updated: str
    announced: tuple[str, ...]


class PlainIndex:
    """Implements `LexicalIndex` by looking at every row."""

    def create(self, connection: Connection) -> None:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS plain_tokens (id INTEGER PRIMARY KEY, tokens TEXT)")
        )

    def add(
        self,
        connection: Connection,
        rows: Iterable[IndexedRow],
        precomputed: Mapping[Texts, Texts] | None = None,
    ) -> None:
        for number, *texts in rows:
            key = (texts[0], texts[1], texts[2], texts[3])
            columns = (precomputed or {}).get(key) or tokens_of(key)
            connection.execute(
                text("INSERT INTO plain_tokens VALUES (:id, :tokens)"),
                {"id": number, "tokens": json.dumps([column.split() for column in columns])},
            )

    def remove(self, connection: Connection, work_ids: Iterable[int]) -> None:
        for number in work_ids:
            connection.execute(text("DELETE FROM plain_tokens WHERE id = :id"), {"id": number})

    def rank(self, connection: Connection, tree: Node, limit: int) -> Ranking:
        documents = [document for document in _documents(connection) if matches(tree, document)]
        documents.sort(
            key=lambda document: (max(document.updated, document.published), document.number)
        )
        hits = [(document.number, 0.0) for document in reversed(documents)]
        return Ranking(len(hits), hits[:limit])

    def rank_any(
        self, connection: Connection, words: Sequence[Term], rest: Node | None, limit: int
    ) -> Ranking:
        wanted_tokens = {
            token
            for word in words
            if (content := tokens.content_stream(word.text)) or tokens.extras(word.text)
            for token in (
                *content,
                *tokens.extras(word.text),
                *(tokens.name_stream(word.text) if content else ()),
            )
        }
        counts = []
        for document in _documents(connection):
            shared = wanted_tokens.intersection(*[set(itertools.chain(*document.columns.values()))])
            if shared and (rest is None or matches(rest, document)):
                counts.append((len(shared), document.number))
        hits = [(number, float(count)) for count, number in sorted(counts, reverse=True)]
        return Ranking(len(hits), hits[:limit])


def matches(node: Node, document: Document) -> bool:
    """Return whether a work matches a tree; words without any token are passed over."""
    return _matches(node, document) is True


def _matches(node: Node, document: Document) -> bool | None:
    match node:
        case Term():
            return _term(node, document)
        case Not(child):
            inside = _matches(child, document)
            return None if inside is None else not inside
        case Or(children):
            known = [
                value for child in children if (value := _matches(child, document)) is not None
            ]
            return any(known) if known else None
        case And(children):
            words = [
                child for child in children if not _is_fact(child) and not isinstance(child, Not)
            ]
            has_content = any(
                not _is_stop_word(word) and _matches(word, document) is not None for word in words
            )
            content = [child for child in children if not (has_content and _is_stop_word(child))]
            values = [(child, _matches(child, document)) for child in content]
            decided = [(child, value) for child, value in values if value is not None]
            if all(isinstance(child, Not) for child, _ in decided) and any(
                value is None and not isinstance(child, Not) for child, value in values
            ):
                return None  # nothing but exclusions is left: FTS5 cannot match that either
            return all(value for _, value in decided) if decided else None
        case Filter() | Between():
            return _fact(node, document)
    raise TypeError(node)


def _is_fact(node: Node) -> bool:
    """Return whether a tree holds anything else than words."""
    match node:
        case And(children) | Or(children):
            return any(map(_is_fact, children))
        case Not(child):
            return _is_fact(child)
    return not isinstance(node, Term)


def _is_stop_word(node: Node) -> bool:
    return (
        isinstance(node, Term) and node.kind == "word" and node.text.casefold() in tokens.STOP_WORDS
    )


def _term(term: Term, document: Document) -> bool | None:
    if term.kind == "prefix":
        return _prefix(term, document)
    pieces = [term.text] if term.kind == "phrase" else tokens.chunks(term.text)
    known = [
        value for piece in pieces if (value := _piece(piece, term.field, document)) is not None
    ]
    return all(known) if known else None


def _piece(piece: str, field: str, document: Document) -> bool | None:
    stems = _phrases(tokens.stream(piece), tokens.extras(piece) if " " not in piece else [])
    names = _phrases(
        tokens.name_stream(piece), tokens.name_extras(piece) if " " not in piece else []
    )
    if field == "author":
        return _name(piece, document)
    if not stems:
        return None
    if field:
        return _holds(document.columns[FIELD_COLUMNS[field]], stems)
    if stems == names or not names:
        return any(_holds(document.columns[column], stems) for column in COLUMNS)
    stem_columns = ("title", "abstract", "other")
    return any(_holds(document.columns[column], stems) for column in stem_columns) or _holds(
        document.columns["authors"], names
    )


def _phrases(words: list[str], extras: list[str]) -> list[tuple[list[str], bool]]:
    """Return the phrases of which one must occur, each with whether its last token is a beginning."""
    if not words:
        return []
    if len(words) == 1 and len(words[0]) == 1 and tokens.is_cjk(words[0]):
        return [(words, True)]
    return [(words, False), *(([extra], False) for extra in extras if not tokens.is_cjk(extra))]


def _holds(column: list[str], phrases: list[tuple[list[str], bool]]) -> bool:
    return any(
        _fits(column[start : start + len(words)], words, is_beginning)
        for words, is_beginning in phrases
        for start in range(len(column) - len(words) + 1)
    )


def _fits(found_tokens: list[str], words: list[str], is_beginning: bool) -> bool:
    if is_beginning:
        return found_tokens[:-1] == words[:-1] and found_tokens[-1].startswith(words[-1])
    return found_tokens == words


def _name(piece: str, document: Document) -> bool | None:
    words = tokens.name_stream(piece)
    extras = tokens.name_extras(piece) if " " not in piece else []
    column = document.columns["authors"]
    if len(words) < 2 or tokens.is_cjk(words[0]):
        phrases = _phrases(words, extras)
        return _holds(column, phrases) if phrases else None
    positions = [
        [
            position
            for position, token in enumerate(column)
            if (token.startswith(word) if len(word) == 1 else token == word)
        ]
        for word in words
    ]
    near = any(
        max(places) - min(places) - 1 <= len(words) - 1 for places in itertools.product(*positions)
    )
    return near or _holds(column, [([extra], False) for extra in extras])


def _prefix(term: Term, document: Document) -> bool | None:
    words = tokens.name_stream(term.text)
    if not words or (len(words[-1]) < 2 and not tokens.is_cjk(words[-1])):
        return _piece(term.text, term.field, document)
    columns = [FIELD_COLUMNS[term.field]] if term.field else list(COLUMNS)
    begins = any(_holds(document.columns[column], [(words, True)]) for column in columns)
    return begins or bool(_piece(term.text, term.field, document))


def _fact(node: Filter | Between, document: Document) -> bool:
    if isinstance(node, Between):
        own = document.published or document.updated
        days = [own] if node.field == "year" else [own, *document.announced]
        return any(_overlaps(day, node.first, node.last) for day in days)
    if node.field == "category":
        prefix = node.value.casefold()
        folded = [category.casefold() for category in document.categories]
        return any(category == prefix or category.startswith(prefix + ".") for category in folded)
    if node.field == "source":
        return any(f"{name}_".startswith(f"{node.value}_") for name in document.sources)
    identifier = parse_identifier(node.value)
    return identifier is not None and tuple(identifier) in document.identifiers


def _overlaps(day: str, first: str, last: str) -> bool:
    return bool(day) and day >= first[: len(day)] and (not last or day[: len(last)] <= last)


def _documents(connection: Connection) -> list[Document]:
    rows = connection.execute(
        text(
            "SELECT t.id, t.tokens, w.categories, w.sources, w.published, w.updated "
            "FROM plain_tokens t LEFT JOIN works w ON w.id = t.id"
        )
    ).all()
    return [
        Document(
            row.id,
            dict(zip(COLUMNS, json.loads(row.tokens), strict=True)),
            tuple(json.loads(row.categories or "[]")),
            tuple(json.loads(row.sources or "[]")),
            frozenset(
                (scheme, value)
                for scheme, value in connection.execute(
                    text("SELECT scheme, value FROM identifiers WHERE work_id = :id"),
                    {"id": row.id},
                )
            ),
            row.published or "",
            row.updated or "",
            tuple(
                connection.execute(
                    text("SELECT date FROM announcements WHERE work_id = :id"), {"id": row.id}
                ).scalars()
            ),
        )
        for row in rows
    ]
