"""Whether a work meets a query's condition: name, venue, category, date, exclusion. Pure.

Trees come from index/query_syntax.py and tokens from index/tokens.py, so that a condition means
what it means on the search page. Only the works of a few days are matched, in memory and without
the index.
"""

from __future__ import annotations

from functools import cached_property

from academichub.index.positions import Places, places_of
from academichub.index.query_syntax import And, Between, Filter, Node, Not, Or, Term
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


class WorkTokens:
    """The tokens of a work by field, computed on first use."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @cached_property
    def title_places(self) -> Places:
        """The content words of the title with their places."""
        return places_of(self.work.title)

    @cached_property
    def abstract_places(self) -> Places:
        """The content words of the abstract, or the note in its stead, with their places."""
        return places_of(self.work.text)

    @cached_property
    def title(self) -> str:
        """Tokens of the title between spaces, as are those of the other fields."""
        return f" {index_text(self.work.title)} "

    @cached_property
    def abstract(self) -> str:
        """Tokens of the abstract."""
        return f" {index_text(self.work.text)} "

    @cached_property
    def author(self) -> str:
        """Tokens of the names of the authors."""
        return f" {index_names('; '.join(author.name for author in self.work.authors))} "

    @cached_property
    def venue(self) -> str:
        """Tokens of venue, journal reference, comment and announcing journals."""
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


def matches(node: Node, work_tokens: WorkTokens) -> bool:
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
            return not matches(child, work_tokens)
        case And(children):
            return all(matches(child, work_tokens) for child in children)
        case Or(children):
            return any(matches(child, work_tokens) for child in children)


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
