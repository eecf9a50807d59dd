"""Standing queries: how strongly a work answers a query of the search syntax. Pure.

Words count by phrase, nearness and field (query_evidence.py) in every wording (wordings.py);
conditions such as `cat:`, `au:` and `-word` are met or not (query_conditions.py), and a work that
does not meet one is no match, whatever its words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from academichub.errors import UsageError
from academichub.index.positions import Places, content_tokens
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, Term, leaves, parse
from academichub.radar.query_conditions import WorkTokens, matches
from academichub.radar.query_evidence import Rarity, evidence
from academichub.radar.text_model import Floats
from academichub.radar.wordings import Phrase, Wording, wordings_of

GOOD_MATCH = 0.4
"""From this strength on a work answers a query: a phrase of its abstract, or more."""

RARITY_EXPONENT = 0.5
OTHER_QUERIES = 0.3
"""Share of the strength of every query but the best that is added to a work's."""

_NOWHERE = Places()
"""A field without words."""

Strength = Callable[[WorkTokens, Rarity], float]


@dataclass(frozen=True)
class Query:
    """A standing query.

    Attributes:
        text: The query as the reader wrote it.
        tree: Its tree; None for an empty or unreadable query, which matches nothing.
    """

    text: str
    tree: Node | None

    @property
    def topic(self) -> str:
        """The words it looks for in texts, without names, conditions and exclusions."""
        return " ".join(
            leaf.text
            for leaf in leaves(self.tree)
            if isinstance(leaf, Term) and leaf.field in ("", "title", "abstract")
        )

    def strength(self, long_forms: Mapping[str, Phrase] | None = None) -> Strength:
        """Return the function that gives a work's strength in [0, 1].

        Args:
            long_forms: Acronyms and what they stand for (acronyms.py).
        """
        return _nothing if self.tree is None else _strength(self.tree, long_forms or {})


def read_query(text: str) -> Query:
    """Return a query; one that the syntax does not allow any more matches nothing."""
    try:
        return Query(text, parse(text))
    except UsageError:
        return Query(text, None)


def query_strengths(
    queries: Sequence[Query], works: Sequence[WorkTokens], long_forms: Mapping[str, Phrase]
) -> Floats:
    """Return how strongly each work answers each query; (works, queries)."""
    rarity = rarity_in(works)
    functions = [query.strength(long_forms) for query in queries]
    table = [[function(work, rarity) for function in functions] for work in works]
    return np.asarray(table, dtype=np.float64).reshape(len(works), len(queries))


def joined_strength(strengths: Floats, weights: Floats) -> Floats:
    """Return one strength for each work: that of its best query and a share of the others.

    A query that many works of the window answer says less about each of them.

    Args:
        strengths: (works, queries).
        weights: The reader's weight of each query.
    """
    num_works, num_queries = strengths.shape
    if num_works == 0 or num_queries == 0:
        return np.zeros(num_works)
    answers = (strengths >= GOOD_MATCH).sum(axis=0)
    # Without a good match, the words that a query shares with every work would lift the wrong ones.
    strengths = strengths * (answers > 0)
    rarity = np.log((num_works + 1) / (answers + 1)) / math.log(num_works + 1)
    # Not fully: a reader who asks for a common subject still wants it.
    weighted = np.sort(strengths * weights * rarity**RARITY_EXPONENT, axis=1)[:, ::-1]
    return np.asarray(weighted[:, 0] + OTHER_QUERIES * weighted[:, 1:].sum(axis=1))


def rarity_in(works: Sequence[WorkTokens]) -> Rarity:
    """Return the weight of a token: the logarithm of one over its share of some works."""
    counted: dict[str, int] = {}
    for work in works:
        for token in work.title_places.of.keys() | work.abstract_places.of.keys():
            counted[token] = counted.get(token, 0) + 1
    return lambda token: math.log((len(works) + 1) / (counted.get(token, 0) + 0.5))


def _nothing(work: WorkTokens, rarity: Rarity) -> float:
    return 0.0


def _strength(node: Node, long_forms: Mapping[str, Phrase]) -> Strength:
    """Return the function that gives the strength of a part of a query."""
    match node:
        case Or(children):
            functions = [_strength(child, long_forms) for child in children]
            return lambda work, rarity: max(function(work, rarity) for function in functions)
        case And(children):
            return _all_of(children, long_forms)
        case Term(_, _, "" | "title" | "abstract"):
            return _words(node, [node], long_forms)
        case _:
            return lambda work, rarity: float(matches(node, work))


def _all_of(children: Sequence[Node], long_forms: Mapping[str, Phrase]) -> Strength:
    """Return the function of parts that must all hold: the geometric mean of those with words."""
    words: dict[str, list[Term]] = {}
    parts: list[Strength] = []
    conditions: list[Node] = []
    for child in children:
        match child:
            case Term(_, "word", "" | "title" | "abstract" as field):
                words.setdefault(field, []).append(child)
            case Term(_, _, "" | "title" | "abstract") | Or() | And():
                parts.append(_strength(child, long_forms))
            case Term() | Filter() | Between() | Not():
                conditions.append(child)
    parts += [_words(terms[0], terms, long_forms) for terms in words.values()]

    def strength(work: WorkTokens, rarity: Rarity) -> float:
        if not all(matches(condition, work) for condition in conditions):
            return 0.0
        strengths = [part(work, rarity) for part in parts]
        return math.prod(strengths) ** (1 / len(strengths)) if strengths else 1.0

    return strength


def _words(first: Term, terms: Sequence[Term], long_forms: Mapping[str, Phrase]) -> Strength:
    """Return the function of words that are looked for together, all in one field or in any."""
    text = " ".join(term.text for term in terms)
    if first.kind == "word":
        wordings = wordings_of(text, long_forms)
    elif first.kind == "phrase":
        tokens = tuple(content_tokens(text))
        wordings = [Wording(((tokens,),))] if tokens else []
    else:
        # A prefix has no fixed tokens: it occurs or not, as on the search page.
        return lambda work, rarity: GOOD_MATCH * matches(first, work)
    field = first.field

    def strength(work: WorkTokens, rarity: Rarity) -> float:
        title = _NOWHERE if field == "abstract" else work.title_places
        abstract = _NOWHERE if field == "title" else work.abstract_places
        found = evidence(title, abstract, wordings, rarity)
        # Words of stop words alone, and venues, which have no places, occur or not.
        return found or (GOOD_MATCH / 2 if not wordings and matches(first, work) else 0.0)

    return strength
