"""Standing queries: does a work match a query of the search syntax? In memory, without the index. Pure.

The tree is that of index/query_syntax.py and the tokens those of index/tokens.py, so that a standing
query finds what the search page finds; only a day's works are looked at, which needs no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from academichub.errors import UsageError
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, Term, leaves, parse
from academichub.index.tokens import (
    extras,
    index_names,
    index_text,
    is_cjk,
    name_extras,
    name_stream,
    stream,
)
from academichub.sources import announces_journals
from academichub.works.identifiers import parse_identifier
from academichub.works.work import Work


@dataclass(frozen=True)
class Query:
    """A standing query as the reader wrote it, with its tree (None: it asks for nothing and matches nothing)."""

    text: str
    tree: Node | None

    def matches(self, work: Work) -> bool:
        """Whether the work is what the query asks for."""
        return self.tree is not None and _matches(self.tree, _Haystack(work))

    @property
    def topic(self) -> str:
        """The words it asks for in texts, without names, conditions and exclusions, for comparing texts."""
        return " ".join(
            leaf.text
            for leaf in leaves(self.tree)
            if isinstance(leaf, Term) and leaf.field in ("", "title", "abstract")
        )


def read_query(text: str) -> Query:
    """Return a query; one that cannot be read any more (rules changed since it was stored) matches nothing."""
    try:
        return Query(text, parse(text))
    except UsageError:
        return Query(text, None)


class _Haystack:
    """The tokens of a work by field, made when first asked for; each a text of tokens between blanks."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @cached_property
    def title(self) -> str:
        return f" {index_text(self.work.title)} "

    @cached_property
    def abstract(self) -> str:
        return f" {index_text(self.work.text)} "

    @cached_property
    def author(self) -> str:
        return f" {index_names('; '.join(one.name for one in self.work.authors))} "

    @cached_property
    def venue(self) -> str:
        work = self.work
        journals = [one.category for one in work.announcements if announces_journals(one.source)]
        return (
            f" {index_text(' | '.join((work.venue, work.journal_ref, work.comment, *journals)))} "
        )

    def holds(self, term: Term) -> bool:
        if term.field == "author":
            return _names_in(term, self.author)
        fields = (
            (self.title, self.abstract, self.venue)
            if not term.field
            else (getattr(self, term.field),)
        )
        return any(_words_in(term, text) for text in fields) or (
            not term.field and _names_in(term, self.author)
        )


def _words_in(term: Term, text: str) -> bool:
    if term.kind == "prefix" or (len(term.text) == 1 and is_cjk(term.text)):
        return _begins(term, text)
    return _holds(text, stream(term.text)) or _holds_any(text, _joined(term, extras(term.text)))


def _names_in(term: Term, text: str) -> bool:
    if term.kind == "prefix":
        return _begins(term, text)
    return _holds(text, name_stream(term.text)) or _holds_any(
        text, _joined(term, name_extras(term.text))
    )


def _joined(term: Term, beside: list[str]) -> list[str]:
    """Return the spellings at once of hyphenated words; single characters stand beside every Chinese run."""
    return [one for one in beside if len(one) > 1] if " " not in term.text else []


def _begins(term: Term, text: str) -> bool:
    return f" {' '.join(name_stream(term.text))}" in text


def _holds(text: str, tokens: list[str]) -> bool:
    return bool(tokens) and f" {' '.join(tokens)} " in text


def _holds_any(text: str, tokens: list[str]) -> bool:
    return any(_holds(text, [one]) for one in tokens)


def _matches(node: Node, haystack: _Haystack) -> bool:
    match node:
        case Term():
            return haystack.holds(node)
        case Filter():
            return _meets(node, haystack.work)
        case Between(field, first, last):
            work = haystack.work
            dates = [work.published] + (
                [one.date for one in work.announcements] if field == "date" else []
            )
            return any(
                date
                and first <= date[: len(first) or None]
                and (not last or date[: len(last)] <= last)
                for date in dates
            )
        case Not(child):
            return not _matches(child, haystack)
        case And(children):
            return all(_matches(child, haystack) for child in children)
        case Or(children):
            return any(_matches(child, haystack) for child in children)


def _meets(node: Filter, work: Work) -> bool:
    wanted = node.value.casefold()
    if node.field == "category":
        return any(
            one.casefold() == wanted or one.casefold().startswith(f"{wanted}.")
            for one in work.categories
        )
    if node.field == "source":
        return any(
            one.casefold() == wanted or one.casefold().startswith(f"{wanted}_")
            for one in work.sources
        )
    identifier = parse_identifier(node.value)
    return identifier is not None and identifier in work.identifiers
