"""How a brief comes from ranked works: evidence, themes, a sentence a work, checks, bridges.

Pure: no database, no clock; the same works give the same brief with the same id.

`compose` reads from top to bottom, and the functions below it stand in the same order. A sentence
that fails a check is replaced by the work's next best; a work none of whose sentences passes is
left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from academichub.briefs.bridges import Link, find_links
from academichub.briefs.brief import Bridge, Brief, Lang, Section, Sentence
from academichub.briefs.drafts import bridge_drafts, extract_drafts, first_passing
from academichub.briefs.evidence import NumberedWorks, Source, number_works, uncovered
from academichub.briefs.extract import ranked_sentences
from academichub.briefs.frames import label, theme_name
from academichub.briefs.themes import Theme, find_themes
from academichub.checker.check import Evidence, check_sentence
from academichub.checker.word_weights import stem

MAX_WORKS = 20
MAX_BRIDGES = 3
ELSEWHERE = 4
"""Most works of fields without a theme; they share a section of their own."""

TRIES = 4
"""Sentences of a work that are tried before it is left out."""


def compose(
    sources: Sequence[Source],
    lang: Lang,
    *,
    limit: int = MAX_WORKS,
    vectors: NDArray[np.float64] | None = None,
) -> Brief:
    """Return the brief of ranked works, without day, notes and id.

    The choice of works, themes, sentences and numbers does not depend on the language, so a brief
    and its translation have the same evidence and citations.

    Args:
        sources: The works, the best first.
        lang: Language of the brief.
        limit: Most works in its themes.
        vectors: Embeddings of the works, one a row; None unless all works have one.
    """
    links = find_links(sources, MAX_BRIDGES, vectors)
    themes = _all_themes(sources, links, limit, vectors)
    extracts = _quotable_extracts(sources, themes)
    quoted = [position for position, sentences in extracts.items() if sentences]
    evidence = number_works(sources, quoted + _linked(links))
    sections = [_section(theme, extracts, evidence, lang) for theme in themes]
    bridges = [_bridge(link, evidence, lang) for link in links]
    drafted = Brief(
        date="",
        lang=lang,
        evidence=evidence.works,
        sections=tuple(section for section in sections if section is not None),
        bridges=tuple(bridge for bridge in bridges if bridge is not None),
    )
    return _without_idle_works(drafted)


# ---- Themes --------------------------------------------------------------------------------------


def _all_themes(
    sources: Sequence[Source],
    links: Sequence[Link],
    limit: int,
    vectors: NDArray[np.float64] | None,
) -> list[Theme]:
    """Return the themes; the last, without terms, has works of fields that are not yet covered."""
    themes = find_themes(
        [source.terms for source in sources], [source.field for source in sources], limit, vectors
    )
    covered = [position for theme in themes for position in theme.places] + _linked(links)
    elsewhere = uncovered(sources, covered, ELSEWHERE)
    return [*themes, Theme(tuple(elsewhere), ())] if elsewhere else themes


def _linked(links: Sequence[Link]) -> list[int]:
    """Return the positions of the works that links join."""
    return [position for link in links for position in (link.a, link.b)]


# ---- A sentence a work ---------------------------------------------------------------------------


def _quotable_extracts(sources: Sequence[Source], themes: Sequence[Theme]) -> dict[int, list[str]]:
    """Return the sentences of each work of a theme that may be quoted, by position, best first."""
    return {
        position: _extracts(sources[position], theme)
        for theme in themes
        for position in theme.places
    }


def _extracts(source: Source, theme: Theme) -> list[str]:
    """Return the sentences of a work that fit its theme and pass the checks, best first."""
    about = [stem(word) for term in theme.terms for word in term.split()]
    alone = [Evidence(1, source.title, source.text)]
    tried = ranked_sentences(source.text, source.title, about)[:TRIES]
    return [sentence for sentence in tried if check_sentence(sentence, [1], alone).ok]


# ---- Sections ------------------------------------------------------------------------------------


def _section(
    theme: Theme, extracts: Mapping[int, list[str]], evidence: NumberedWorks, lang: Lang
) -> Section | None:
    """Return a theme with one checked sentence a work; None if no sentence passes."""
    drafted = [
        first_passing(
            extract_drafts(extracts[position], evidence.sources[position].field),
            (evidence.numbers[position],),
            evidence,
            lang,
        )
        for position in theme.places
        if extracts[position]
    ]
    sentences = tuple(sentence for sentence in drafted if sentence is not None)
    if not sentences:
        return None
    return Section(_section_name(theme, evidence.sources, lang), theme.terms, sentences)


def _section_name(theme: Theme, sources: Sequence[Source], lang: Lang) -> str:
    """Return the heading of a theme; of several fields the commonest counts, then the first."""
    if not theme.terms:
        return label("elsewhere", lang)
    fields = [sources[position].field for position in theme.places]
    commonest = max(fields, key=lambda field: (fields.count(field), -fields.index(field)))
    return theme_name(theme.terms, commonest, lang)


# ---- Bridges -------------------------------------------------------------------------------------


def _bridge(link: Link, evidence: NumberedWorks, lang: Lang) -> Bridge | None:
    """Return a link as a bridge whose sentence quotes both works; None if no sentence passes."""
    a, b = evidence.numbers[link.a], evidence.numbers[link.b]
    sentence = first_passing(bridge_drafts(link, evidence.sources), (a, b), evidence, lang)
    return Bridge(a, b, link.terms, sentence) if sentence is not None else None


# ---- The brief -----------------------------------------------------------------------------------


def _without_idle_works(brief: Brief) -> Brief:
    """Return the brief without the works that no sentence cites, the rest renumbered from 1."""
    cited = {number for sentence in brief.sentences() for number in sentence.citations}
    standing = [work for work in brief.evidence if work.n in cited]
    new = {work.n: number for number, work in enumerate(standing, 1)}

    def renumber(sentence: Sentence) -> Sentence:
        return replace(sentence, citations=tuple(new[number] for number in sentence.citations))

    return replace(
        brief,
        evidence=tuple(replace(work, n=new[work.n]) for work in standing),
        sections=tuple(
            replace(section, sentences=tuple(map(renumber, section.sentences)))
            for section in brief.sections
        ),
        bridges=tuple(
            replace(bridge, a=new[bridge.a], b=new[bridge.b], sentence=renumber(bridge.sentence))
            for bridge in brief.bridges
        ),
    )
