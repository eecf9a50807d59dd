"""Standing queries: whether a work matches a query of the search syntax. Pure.

Trees come from index/query_syntax.py and tokens from index/tokens.py, so that a standing query
finds what the search page finds. Only the works of a few days are matched, in memory and without
the index.
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
    """A standing query.

    Attributes:
        text: The query as the reader wrote it.
        tree: Its tree; None for an empty or unreadable query, which matches nothing.
    """

    text: str
    tree: Node | None

    def matches(self, work: Work) -> bool:
        """Return whether a work matches the query."""
        return self.tree is not None and _matches(self.tree, _WorkTokens(work))

    @property
    def topic(self) -> str:
        """The words it looks for in texts, without names, conditions and exclusions."""
        return " ".join(
            leaf.text
            for leaf in leaves(self.tree)
            if isinstance(leaf, Term) and leaf.field in ("", "title", "abstract")
        )


def read_query(text: str) -> Query:
    """Return a query; one that the syntax does not allow any more matches nothing."""
    try:
        return Query(text, parse(text))
    except UsageError:
        return Query(text, None)


class _WorkTokens:
    """The tokens of a work by field, computed on first use: texts of tokens between spaces."""

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
        return f" {index_names('; '.join(author.name for author in self.work.authors))} "

    @cached_property
    def venue(self) -> str:
        work = self.work
        journals = [
            announcement.category
            for announcement in work.announcements
            if announces_journals(announcement.source)
        ]
        return (
            f" {index_text(' | '.join((work.venue, work.journal_ref, work.comment, *journals)))} "
        )

    def contains(self, term: Term) -> bool:
        """Return whether a term occurs in the field it names, or in any field."""
        if term.field == "author":
            return _names_in(term, self.author)
        if term.field:
            return _words_in(term, getattr(self, term.field))
        texts = (self.title, self.abstract, self.venue)
        return any(_words_in(term, text) for text in texts) or _names_in(term, self.author)


def _words_in(term: Term, text: str) -> bool:
    """Return whether a term occurs in the tokens of a text."""
    if term.kind == "prefix" or (len(term.text) == 1 and is_cjk(term.text)):
        return _begins(term, text)
    return _contains(text, stream(term.text)) or _contains_any(
        text, _closed_spellings(term, extras(term.text))
    )


def _names_in(term: Term, text: str) -> bool:
    """Return whether a term occurs in the tokens of names."""
    if term.kind == "prefix":
        return _begins(term, text)
    return _contains(text, name_stream(term.text)) or _contains_any(
        text, _closed_spellings(term, name_extras(term.text))
    )


def _closed_spellings(term: Term, extra_tokens: list[str]) -> list[str]:
    """Return the closed spellings of a hyphenated word (`e-mail`: `email`).

    Single characters, which the index adds to each Chinese run, are left out.
    """
    return [token for token in extra_tokens if len(token) > 1] if " " not in term.text else []


def _begins(term: Term, text: str) -> bool:
    """Return whether a token begins with a prefix."""
    return f" {' '.join(name_stream(term.text))}" in text


def _contains(text: str, tokens: list[str]) -> bool:
    """Return whether tokens occur next to each other, in order."""
    return bool(tokens) and f" {' '.join(tokens)} " in text


def _contains_any(text: str, tokens: list[str]) -> bool:
    """Return whether at least one of the tokens occurs."""
    return any(_contains(text, [token]) for token in tokens)


def _matches(node: Node, work_tokens: _WorkTokens) -> bool:
    """Return whether a work matches a part of a tree."""
    match node:
        case Term():
            return work_tokens.contains(node)
        case Filter():
            return _meets_filter(node, work_tokens.work)
        case Between(field, first, last):
            work = work_tokens.work
            dates = [work.published] + (
                [announcement.date for announcement in work.announcements]
                if field == "date"
                else []
            )
            return any(
                date
                and first <= date[: len(first) or None]
                and (not last or date[: len(last)] <= last)
                for date in dates
            )
        case Not(child):
            return not _matches(child, work_tokens)
        case And(children):
            return all(_matches(child, work_tokens) for child in children)
        case Or(children):
            return any(_matches(child, work_tokens) for child in children)


def _meets_filter(node: Filter, work: Work) -> bool:
    """Return whether a work has a category, source or identifier."""
    name = node.value.casefold()
    if node.field == "category":
        return any(
            category.casefold() == name or category.casefold().startswith(f"{name}.")
            for category in work.categories
        )
    if node.field == "source":
        return any(
            source.casefold() == name or source.casefold().startswith(f"{name}_")
            for source in work.sources
        )
    identifier = parse_identifier(node.value)
    return identifier is not None and identifier in work.identifiers
