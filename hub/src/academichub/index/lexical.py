"""The lexical index: every statement of search that only SQLite knows (FTS5). Tokens come from index/tokens.py.

The table holds tokens joined by blanks, so FTS5's own tokeniser has nothing to decide: `ascii` splits at blanks and
keeps every character above ASCII. The tokens are stored, because a row's deletion has to name exactly the tokens that
were indexed, whatever the rules of today are (SQLite 3.40 has no contentless deletion).

Ranking is FTS5's BM25 (k1 1.2, b 0.75; sqlite.org/fts5.html 5.1.1) with `WEIGHTS`. A tree of
index/query_syntax.py becomes
one MATCH expression for what is about words and SQL conditions for what is about facts.
"""

from __future__ import annotations

# ruff: noqa: S608 - what is written into statements are names and marks of this module; every value is bound
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from academichub.index import tokens
from academichub.index.parallel_tokens import Texts, tokens_of
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, Term, both
from academichub.works.identifiers import parse_identifier

TABLE = "work_tokens"
TERMS = "work_terms"
"""FTS5's own vocabulary of the tokens table: in how many works a token occurs."""

COLUMNS = ("title", "abstract", "authors", "other")
"""`other` holds venue, comment and journal reference. `authors` is folded but not stemmed; the rest are stems."""

WEIGHTS = (1.5, 1.0, 1.0, 0.5)
"""BM25 weights of the columns: nDCG@10 on SciFact hardly changes between 1 and 3 for the title."""

MAX_POSTINGS = 60_000
"""Most (token, work) pairs a ranking by any of many words looks at: the commonest words are left out first."""

MAX_ANY_WORDS = 40
"""Most words of a ranking by any of many words: the rarest are kept."""

MIN_PREFIX_LETTERS = 2
"""A shorter beginning of a word is taken for a word: it would find nearly everything."""

_COLUMN = {"title": "title", "author": "authors", "abstract": "abstract", "venue": "other"}
_DAYS = "ix_works_days"
"""A small index that holds all that ordering and conditions by time read: works itself is a hundred times its size."""

_ROW = f"+{TABLE}.rowid"
"""The row number in a condition beside MATCH; the plus keeps SQLite from looking rows up by it instead of by MATCH."""

_CHUNK = 400  # rows a statement: bounds the memory of an import
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Works that match: how many, and the best of them as (row number, score), best first.

    The score is BM25, higher is better; 0 where only conditions were asked: those are ordered by date, latest first.
    """

    total: int
    hits: list[tuple[int, float]]


# ---- The index -------------------------------------------------------------------------------------------------------


def create(connection: Connection) -> None:
    """Make the tokens table, its vocabulary and indexes on works; nothing happens where they are there already."""
    columns = ", ".join(COLUMNS)
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5({columns}, tokenize=\"ascii tokenchars '.|'\")"
    )
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {TERMS} USING fts5vocab({TABLE}, row)"
    )
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {_DAYS} ON works (published, updated)")
    connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS ix_works_sources ON works (sources)")


def index_works(
    connection: Connection,
    rows: Iterable[tuple[int, str, str, str, str]],
    known: Mapping[Texts, Texts] | None = None,
) -> None:
    """Add works to the index, in the caller's transaction.

    Args:
        connection: A connection in a write transaction.
        rows: (row number of the work, title, abstract, author names parted by `;`, other text). None may be indexed
            already: remove() it first.
        known: Tokens worked out beforehand, by the texts (index/parallel_tokens.py).
    """
    beforehand = known or {}
    statement = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?)"
    for chunk in _chunks(
        (row[0], *(beforehand.get(row[1:]) or tokens_of(row[1:]))) for row in rows
    ):
        connection.exec_driver_sql(statement, chunk)


def remove(connection: Connection, work_ids: Iterable[int]) -> None:
    """Take works out of the index, in the caller's transaction; those that are not in it are passed over."""
    statement = f"DELETE FROM {TABLE} WHERE rowid = ?"
    for chunk in _chunks((number,) for number in work_ids):
        connection.exec_driver_sql(statement, chunk)


def _chunks(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


# ---- Ranking ---------------------------------------------------------------------------------------------------------


def rank(connection: Connection, tree: Node, limit: int) -> Ranking:
    """Return the works a tree matches, the best `limit` of them in order; ties go to what came last.

    Words without any token (`!!!`) are passed over; a tree of nothing else matches nothing.
    """
    parts = tree.children if isinstance(tree, And) else (tree,)
    words = [part for part in parts if _is_text(part)]
    expression = (
        match_expression(both(*words)) if any(not isinstance(part, Not) for part in words) else None
    )
    facts = [part for part in parts if part not in words] if expression else list(parts)
    compiler = _Conditions(connection)
    row = _ROW if expression else "+works.id"
    conditions = [sql for part in facts if (sql := compiler.of(part, row))]
    if expression:
        return _by_score(connection, expression, conditions, compiler.values, limit)
    return (
        _by_date(connection, conditions, compiler.values, limit) if conditions else Ranking(0, [])
    )


def rank_any(
    connection: Connection, words: Sequence[Term], rest: Node | None, limit: int
) -> Ranking:
    """Return the works that have any of the words, more and rarer ones first, and match the rest as well.

    Only so many words are looked up that the work stays bounded (`MAX_POSTINGS`, `MAX_ANY_WORDS`), the rarest first.
    """
    expression = " OR ".join(_phrase([token]) for token in _any_tokens(connection, words))
    if not expression:
        return Ranking(0, [])
    parts = () if rest is None else rest.children if isinstance(rest, And) else (rest,)
    text = both(*(part for part in parts if _is_text(part)))
    if text is not None:
        expression = _narrowed(expression, text)
    compiler = _Conditions(connection)
    conditions = [sql for part in parts if not _is_text(part) and (sql := compiler.of(part, _ROW))]
    return _by_score(connection, expression, conditions, compiler.values, limit)


def _narrowed(expression: str, text: Node) -> str:
    """Return the expression with further words, phrases and exclusions required."""
    parts = text.children if isinstance(text, And) else (text,)
    wanted = [
        one for part in parts if not isinstance(part, Not) and (one := match_expression(part))
    ]
    unwanted = [
        one for part in parts if isinstance(part, Not) and (one := match_expression(part.child))
    ]
    required = " AND ".join([f"({expression})", *wanted])
    return f"({required}) NOT ({' OR '.join(unwanted)})" if unwanted else required


def _any_tokens(connection: Connection, words: Sequence[Term]) -> list[str]:
    """Return the tokens of words that occur at all, the rarest first, as many as the limits allow."""
    found: dict[str, None] = {}
    for word in words:
        content = tokens.content_stream(word.text)
        names = tokens.name_stream(word.text) if content else []
        found |= dict.fromkeys((*content, *tokens.extras(word.text), *names))
    counts = f"SELECT term, doc FROM {TERMS} WHERE term = ?"
    known = [
        row
        for token in found
        if (row := connection.exec_driver_sql(counts, (token,)).one_or_none())
    ]
    known.sort(key=lambda row: (row.doc, row.term))
    kept: list[str] = []
    postings = 0
    for row in known[:MAX_ANY_WORDS]:
        postings += row.doc
        if kept and postings > MAX_POSTINGS:
            break
        kept.append(str(row.term))
    return kept


def _by_score(
    connection: Connection,
    expression: str,
    conditions: Sequence[str],
    values: Sequence[str],
    limit: int,
) -> Ranking:
    where = " AND ".join([f"{TABLE} MATCH ?", *conditions])
    weights = ", ".join(map(str, WEIGHTS))
    everything = (expression, *values)
    total = connection.exec_driver_sql(
        f"SELECT count(*) FROM {TABLE} WHERE {where}", everything
    ).scalar_one()
    if not total:
        return Ranking(0, [])
    rows = connection.exec_driver_sql(
        f"SELECT rowid, bm25({TABLE}, {weights}) AS cost FROM {TABLE} WHERE {where} ORDER BY cost, rowid DESC LIMIT ?",
        (*everything, limit),
    )
    return Ranking(int(total), [(number, -cost) for number, cost in rows])


def _by_date(
    connection: Connection, conditions: Sequence[str], values: Sequence[str], limit: int
) -> Ranking:
    where = " AND ".join(conditions)
    bound = tuple(values)
    total = connection.exec_driver_sql(
        f"SELECT count(*) FROM works INDEXED BY {_DAYS} WHERE {where}", bound
    ).scalar_one()
    rows = connection.exec_driver_sql(
        f"SELECT id FROM works INDEXED BY {_DAYS} WHERE {where} ORDER BY max(updated, published) DESC, id DESC LIMIT ?",
        (*bound, limit),
    )
    return Ranking(int(total), [(number, 0.0) for (number,) in rows])


# ---- Words as a MATCH expression -------------------------------------------------------------------------------------


def match_expression(node: Node | None) -> str | None:
    """Return the FTS5 expression of a tree of words; None where it has no token at all.

    The tree holds Terms only; a Not stands in an And beside something that is wanted. Every token is quoted, so no
    query can be FTS5 syntax. English stop words of an And are passed over if it has other words.
    """
    match node:
        case Term():
            return _term(node)
        case Or(children):
            found = [one for child in children if (one := match_expression(child))]
            return _bracketed(" OR ", found)
        case And(children):
            kept = [child for child in children if not _is_stop_word(child)] or children
            wanted = _bracketed(
                " AND ", [e for c in kept if not isinstance(c, Not) and (e := match_expression(c))]
            )
            unwanted = _bracketed(
                " OR ", [e for c in kept if isinstance(c, Not) and (e := match_expression(c.child))]
            )
            return f"({wanted} NOT {unwanted})" if wanted and unwanted else wanted
    return None


def _is_stop_word(node: Node) -> bool:
    return (
        isinstance(node, Term) and node.kind == "word" and node.text.casefold() in tokens.STOP_WORDS
    )


def _is_text(node: Node) -> bool:
    """Whether a tree can be one MATCH expression: words only, and whatever is excluded stands beside what is wanted."""
    match node:
        case Term():
            return True
        case Not(child):
            return _is_text(child) and not isinstance(child, Not)
        case And(children):
            wanted = [child for child in children if not isinstance(child, Not)]
            return (
                bool(wanted) and all(map(_is_text, children)) and any(map(match_expression, wanted))
            )
        case Or(children):
            return all(_is_text(child) and not isinstance(child, Not) for child in children)
    return False


def _term(term: Term) -> str | None:
    if term.kind == "prefix":
        return _prefix(term)
    pieces = [term.text] if term.kind == "phrase" else tokens.chunks(term.text)
    return _bracketed(" AND ", [one for piece in pieces if (one := _piece(piece, term.field))])


def _piece(text: str, field: str) -> str | None:
    """Return the expression of one phrase, or one word (which may be hyphenated or a Chinese run)."""
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
    """Return the expression of a name: its words in either order, an initial as the beginning of a word."""
    words = tokens.name_stream(text)
    extra = tokens.name_extras(text) if " " not in text else []
    if len(words) < 2 or tokens.is_cjk(words[0]):
        return _either(words, extra)
    near = " ".join(_phrase([word]) + (" *" if len(word) == 1 else "") for word in words)
    return _bracketed(
        " OR ", [f"NEAR({near}, {len(words) - 1})", *(_phrase([one]) for one in extra)]
    )


def _either(words: list[str], beside: list[str]) -> str | None:
    """Return the phrase of words, or any of the tokens that stand beside it (of Chinese runs none is wanted)."""
    if not words:
        return None
    if len(words) == 1 and len(words[0]) == 1 and tokens.is_cjk(words[0]):
        return f"{_phrase(words)} *"
    joined = [_phrase([one]) for one in beside if not tokens.is_cjk(one)]
    return _bracketed(" OR ", [_phrase(words), *joined])


def _prefix(term: Term) -> str | None:
    """Return the expression of the beginning of a word, and of the word itself (whose stem may be shorter)."""
    words = tokens.name_stream(term.text)
    if not words or (len(words[-1]) < MIN_PREFIX_LETTERS and not tokens.is_cjk(words[-1])):
        return _piece(term.text, term.field)
    columns = f"{{{_COLUMN[term.field]}}} : " if term.field else ""
    stem = _piece(term.text, term.field)
    return _bracketed(" OR ", [f"{columns}{_phrase(words)} *", *([stem] if stem else [])])


def _phrase(words: Sequence[str]) -> str:
    return '"' + " ".join(words).replace('"', '""') + '"'


def _bracketed(operator: str, parts: list[str]) -> str | None:
    return f"({operator.join(parts)})" if len(parts) > 1 else (parts[0] if parts else None)


# ---- Facts as SQL conditions -----------------------------------------------------------------------------------------


class _Conditions:
    """Turns trees into SQL conditions on a work's row number; `values` are what their question marks stand for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.values: list[str] = []

    def of(self, node: Node, row: str) -> str | None:
        """Return the condition; None for words without any token."""
        if not isinstance(node, Not) and _is_text(node):
            expression = match_expression(node)
            return expression and self._bound(
                f"{row} IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH ?)", expression
            )
        match node:
            case Not(child):
                inside = self.of(child, row)
                return inside and f"NOT {inside}"
            case And(children) | Or(children):
                found = [one for child in children if (one := self.of(child, row))]
                return _bracketed(" AND " if isinstance(node, And) else " OR ", found)
            case Filter("category", value):
                return self._category(value, row)
            case Filter("source", value):
                return self._source(value, row)
            case Filter("id", value):
                found_id = parse_identifier(value)
                named = "SELECT work_id FROM identifiers WHERE scheme = ? AND value = ?"
                return self._bound(f"{row} IN ({named})", *(found_id or ("", "")))
            case Between():
                return self._between(node, row)
        return None

    def _bound(self, sql: str, *values: str) -> str:
        self.values += values
        return sql

    def _category(self, value: str, row: str) -> str:
        """Compare without case; an archive covers its categories."""
        wanted = value.casefold()
        every = self._distinct("category", "work_categories")
        names = [
            one
            for one in every
            if one.casefold() == wanted or one.casefold().startswith(wanted + ".")
        ]
        return self._any_of(row, "SELECT work_id FROM work_categories WHERE category", names)

    def _source(self, value: str, row: str) -> str:
        """Compare a source by name, or all modules of one (`arxiv` covers `arxiv_oai`)."""
        every = self._distinct("sources", "works")
        lists = [
            one
            for one in every
            if any(f"{name}_".startswith(f"{value}_") for name in json.loads(one))
        ]
        return self._any_of(row, "SELECT id FROM works WHERE sources", lists)

    def _any_of(self, row: str, select: str, values: Sequence[str]) -> str:
        return self._bound(
            f"{row} IN ({select} IN (SELECT value FROM json_each(?)))", json.dumps(values)
        )

    def _distinct(self, column: str, table: str) -> list[str]:
        """Return the values of an indexed column: steps from one to the next, however many rows there are."""
        following = f"SELECT min({column}) FROM {table}"
        rows = self._connection.exec_driver_sql(
            f"WITH RECURSIVE every(one) AS ({following} UNION ALL SELECT ({following} WHERE {column} > one) FROM every "
            "WHERE one IS NOT NULL) SELECT one FROM every WHERE one IS NOT NULL"
        )
        return [str(one) for (one,) in rows]

    def _between(self, span: Between, row: str) -> str:
        bounds = (span.first, span.last, span.last, span.last)
        day = "CASE WHEN published = '' THEN updated ELSE published END"
        own = self._bound(
            f"{row} IN (SELECT id FROM works INDEXED BY {_DAYS} WHERE {_OVERLAP.format(day)})",
            *bounds,
        )
        if span.field == "year":
            return own
        told = f"{row} IN (SELECT work_id FROM announcements WHERE {_OVERLAP.format('date')})"
        return f"({own} OR {self._bound(told, *bounds)})"


_OVERLAP = (
    "{0} <> '' AND {0} >= substr(?, 1, length({0})) AND (? = '' OR substr({0}, 1, length(?)) <= ?)"
)
"""Whether ISO text of any completeness lies between two others of any completeness, empty = open."""
