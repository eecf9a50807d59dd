"""What a reader has muted: words, people, categories, sources whose works are not shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from academichub.index.positions import content_tokens
from academichub.radar.query_conditions import WorkTokens
from academichub.sources import announces_journals, named_by_reader
from academichub.works.author_names import EXACT, Followed
from academichub.works.identifiers import fold
from academichub.works.work import Work


@dataclass(frozen=True, slots=True)
class Muted:
    """Mute rules.

    Attributes:
        words: Words and phrases as tokens; a work with one in its title or abstract is muted.
        people: Names of authors.
        categories: Categories or archives, folded; a work is muted by its primary one.
        sources: Names of sources and journals, folded; a work that no other source has, or that
            such a journal published or announced, is muted.
    """

    words: tuple[tuple[str, ...], ...] = ()
    people: Followed = field(default_factory=lambda: Followed(()))
    categories: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    @classmethod
    def of(cls, by_kind: Mapping[str, Iterable[str]]) -> Muted:
        """Return the mute rules among a radar's signals, given by kind."""
        words = (tuple(content_tokens(text)) for text in by_kind.get("mute_word", ()))
        return cls(
            tuple(tokens for tokens in words if tokens),
            Followed(by_kind.get("mute_author", ())),
            frozenset(map(str.casefold, by_kind.get("mute_category", ()))),
            frozenset(name for text in by_kind.get("mute_source", ()) for name in _folded(text)),
        )

    def mutes(self, work_tokens: WorkTokens) -> bool:
        """Return whether a work is muted."""
        work = work_tokens.work
        primary = work.categories[0].casefold() if work.categories else ""
        if primary and self.categories & {primary, primary.partition(".")[0]}:
            return True
        sources = {fold(source) for source in work.sources}
        if (sources and sources <= self.sources) or self.sources & _journals(work):
            return True
        names = [author.name for author in work.authors]
        if any(strength >= EXACT for _, strength in self.people.found_in(names).values()):
            return True
        fields = (work_tokens.title_places, work_tokens.abstract_places)
        return any(
            next(places.phrase_starts(phrase), None) is not None
            for phrase in self.words
            for places in fields
        )


def _folded(text: str) -> set[str]:
    """Return the name of a source or journal, and of all sources a reader means by it (`arXiv`)."""
    return {fold(name) for name in (text, *named_by_reader(text))}


def _journals(work: Work) -> set[str]:
    """Return the names of the journals that published or announced a work."""
    announcing = (
        announcement.category
        for announcement in work.announcements
        if announces_journals(announcement.source)
    )
    return {fold(name) for name in (work.venue, *announcing) if name}
