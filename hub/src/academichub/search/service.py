"""Search as readers use it: the text of a query in, ranked works with snippets and facets out.

Up to `FEW_WORDS` plain words must all be in a work; if no work has them all, works with any of them
are ranked instead. More words are treated as a sentence (a claim, a pasted title): works must have
all of them only if at least `ENOUGH` works do. Phrases, fields and exclusions always apply. A query
that is an identifier (an arXiv id, a DOI, an address) finds that work, if the library has it.
`notes` tells which of these happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from academichub.errors import UsageError
from academichub.index import tokens
from academichub.index.lexical import lexical_index
from academichub.index.protocol import Ranking
from academichub.index.query_syntax import (
    And,
    Between,
    Filter,
    Node,
    Term,
    both,
    either,
    parse,
)
from academichub.library.works import Library, WorkFilter
from academichub.messages import Message
from academichub.search import snippets
from academichub.search.facets import Facet, count_facets, narrowing
from academichub.search.fusion import blend
from academichub.search.hits import Hit, hits_of_page
from academichub.store.rows import Connection
from academichub.works.identifiers import parse_identifier

FEW_WORDS = 3
"""Up to this many words, a work must have each of them."""

CHINESE_WORDS = 6
"""A run of Chinese characters counts as a word for every this many: longer ones are sentences."""

ENOUGH = 10
"""Works with all words of a longer query are enough if there are at least this many."""

MAX_REACH = 1000
"""The last rank that can be requested."""

NEAR = 200
"""Number of works in a ranking by meaning."""

MIN_COSINE = 0.25
"""A work with a smaller cosine to the query is not found by meaning."""


class Nearest(Protocol):
    """A ranking by meaning (search/semantic.py)."""

    def nearest(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Return (row number, cosine) of the works nearest to a text, best first."""
        ...


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The outcome of a search.

    Attributes:
        query: The text of the query.
        total: How many works match.
        hits: The works of this page, best first.
        facets: `source`, `category`, `year`, `author` -> values, most frequent first; empty if not
            requested.
        notes: What the reader should know: `any_words` (no work has all the words; these have
            some), `ranked_words` (works with more of the words come first), `identifier` (the text
            is an identifier), `nothing_asked` (the query is empty), `by_meaning` (ranked by words
            and by meaning).
    """

    query: str
    total: int
    hits: list[Hit]
    facets: dict[str, list[Facet]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def search(
    library: Library,
    query: str,
    *,
    limit: int = 10,
    offset: int = 0,
    where: WorkFilter | None = None,
    facets: bool = False,
    highlights: bool = True,
    any_words: bool = False,
    semantic: Nearest | None = None,
) -> SearchResult:
    """Find works.

    Args:
        library: The library to search.
        query: Any text; the syntax is index/query_syntax.py's.
        limit: Largest number of hits, at least 1.
        offset: Number of hits to skip.
        where: Conditions in addition to the query; its `types` are not used.
        facets: Whether to count facets.
        highlights: Whether to fill `title_html`, `snippet_html` and `snippet`, else empty.
        any_words: Whether to rank works with any of the plain words, even if many have them all.
        semantic: Ranking by meaning, if works have embeddings. It is fused with the ranking by
            words if the query has plain words only.

    Raises:
        UsageError: If limit or offset reach beyond `MAX_REACH`, or the query has an invalid value.
    """
    _check_reach(limit, offset)
    # Half of a surrogate pair can be neither stored nor printed.
    query = query.encode("utf-8", "replace").decode()
    conditions = _conditions(where)
    with library.database.read() as connection:
        tree, ranking, note = _rank(connection, query, conditions, any_words, semantic)
        counted = count_facets(connection, ranking, tree) if facets else {}
    page = ranking.hits[offset : offset + limit]
    terms = snippets.highlight_terms(tree) if highlights else None
    hits = hits_of_page(library, page, offset, terms)
    return SearchResult(query, ranking.total, hits, counted, note)


def _check_reach(limit: int, offset: int) -> None:
    if limit < 1 or offset < 0 or offset + limit > MAX_REACH:
        raise UsageError(
            Message.of("request.too_far", first=offset + 1, last=offset + limit, limit=MAX_REACH)
        )


def _rank(
    connection: Connection,
    query: str,
    conditions: Node | None,
    any_words: bool,
    semantic: Nearest | None,
) -> tuple[Node | None, Ranking, tuple[str, ...]]:
    """Return the tree that was searched for, its ranking by words and meaning, and notes."""
    tree, ranking, note = _rank_by_words(connection, query, conditions, any_words)
    if (
        semantic is not None
        and tree is not None
        and conditions is None
        and "identifier" not in note
    ):
        ranking, note = _with_meaning(semantic, query, tree, ranking, note)
    return tree, ranking, note


def _rank_by_words(
    connection: Connection, query: str, conditions: Node | None, any_words: bool
) -> tuple[Node | None, Ranking, tuple[str, ...]]:
    """Return the tree that was searched for, its ranking by words, and notes."""
    index = lexical_index(connection)
    identifier = parse_identifier(query)
    if identifier is not None:
        tree = both(Filter("id", identifier.key), conditions)
        if tree is not None and (ranking := index.rank(connection, tree, MAX_REACH)).total:
            return tree, ranking, ("identifier",)
    tree = both(parse(query), conditions)
    if tree is None:
        return None, Ranking(0, []), ("nothing_asked",)
    strict = index.rank(connection, tree, MAX_REACH)
    words, rest = _plain_words(tree)
    number = sum(map(_size, words))
    enough = 1 if number <= FEW_WORDS else ENOUGH
    if number < 2 or (strict.total >= enough and not any_words):
        return tree, strict, ()
    loose = index.rank_any(connection, words, rest, MAX_REACH)
    if loose.total <= strict.total:
        return tree, strict, ()
    return tree, loose, ("ranked_words" if strict.total else "any_words",)


def _with_meaning(
    semantic: Nearest, query: str, tree: Node, ranking: Ranking, note: tuple[str, ...]
) -> tuple[Ranking, tuple[str, ...]]:
    """Fuse a ranking by words with that by meaning.

    Meaning only reorders the works that have the words if there are few words.

    The floor of BM25 is 0. Cosines lie close together, at a level that differs between models, so
    the floor is the last cosine of a full ranking: that work counts as little as those cut off
    after it.
    """
    words, rest = _plain_words(tree)
    if not words or rest is not None:
        return ranking, note
    near = semantic.nearest(query, NEAR)
    floor = near[-1][1] if len(near) == NEAR else MIN_COSINE
    matched = {number for number, _ in ranking.hits}
    if ranking.total and sum(map(_size, words)) <= FEW_WORDS:
        near = [neighbour for neighbour in near if neighbour[0] in matched]
    if not near:
        return ranking, note
    new = sum(number not in matched for number, _ in near)
    order = blend([(ranking.hits, 0.0), (near, floor)])[:MAX_REACH]
    return Ranking(ranking.total + new, order), (*note, "by_meaning")


def _size(word: Term) -> int:
    """Return how many words a term counts as: stop words as none, long Chinese runs as several."""
    return sum(
        -(-len(chunk) // CHINESE_WORDS) if tokens.is_cjk(chunk) else chunk not in tokens.STOP_WORDS
        for chunk in tokens.chunks(word.text)
    )


def _plain_words(tree: Node) -> tuple[list[Term], Node | None]:
    """Return the plain words of a tree, which have no field, and the rest of the tree."""
    parts = tree.children if isinstance(tree, And) else (tree,)
    words = [
        part for part in parts if isinstance(part, Term) and part.kind == "word" and not part.field
    ]
    return words, both(*(part for part in parts if part not in words))


def _conditions(where: WorkFilter | None) -> Node | None:
    """Return a filter as a tree that every work must match, or None if there is none."""
    if where is None:
        return None
    span = (
        Between("date", where.first or "", where.last or "") if where.first or where.last else None
    )
    authors = (narrowing("author", name) for name in where.authors)
    sources = either(*(Filter("source", name) for name in where.sources))
    categories = either(*(Filter("category", name) for name in where.categories))
    return both(span, *authors, sources, categories)
