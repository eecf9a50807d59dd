"""A page of hits with its facets and notes, and the query syntax by example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from academichub.search.facets import Facet
from academichub.search.hits import Hit
from academichub.search.service import search
from academichub.web import labels, marks
from academichub.web.addresses import Address
from academichub.web.card_view import CardView, card_of
from academichub.web.formatting import emphasised
from academichub.web.radar_choice import chosen_radar
from academichub.web.rendering import Visit

PAGE = 20
FACET_VALUES = 8
LAST_PAGE = 50
"""The search ranks a thousand works."""


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit: the work, its title and a piece of its text with the words that match marked."""

    rank: int
    card: CardView
    title: Markup
    snippet: Markup


@dataclass(frozen=True, slots=True)
class ResultView:
    """A page of hits."""

    total: int
    first: int
    last: int
    hits: list[HitView]
    facets: list[dict[str, Any]]
    earlier: Address | None
    later: Address | None
    notes: list[str]


def result_view(visit: Visit, query: str, page: int) -> ResultView:
    """Return a page of hits, counted from 1."""
    offset = (page - 1) * PAGE
    search_result = search(
        visit.hub.reading,
        query,
        limit=PAGE,
        offset=offset,
        facets=True,
        semantic=visit.hub.semantic,
    )
    hits = _hits(visit, search_result.hits)
    first_page = Address("/search", (("q", query),))
    last = offset + len(hits)
    return ResultView(
        total=search_result.total,
        first=offset + 1 if hits else 0,
        last=last,
        hits=hits,
        facets=_facets(visit, search_result.facets),
        notes=_notes(visit, search_result.notes),
        earlier=first_page.put("page", page - 1) if page > 1 else None,
        later=first_page.put("page", page + 1)
        if last < search_result.total and hits and page < LAST_PAGE
        else None,
    )


def _hits(visit: Visit, hits: Sequence[Hit]) -> list[HitView]:
    radars = [chosen_radar(visit, "")]
    marked = marks.marks_of(visit.hub, [hit.work.key for hit in hits], radars)
    return [
        HitView(
            hit.rank,
            card_of(hit.work, rank=hit.rank, marks=marked.get(hit.work.key, ())),
            emphasised(hit.title_html),
            emphasised(hit.snippet_html),
        )
        for hit in hits
    ]


def _facets(visit: Visit, facets_by_name: Mapping[str, Sequence[Facet]]) -> list[dict[str, Any]]:
    _ = visit.gettext
    names = {
        "source": _("Sources"),
        "category": _("Categories"),
        "year": _("Years"),
        "author": _("Authors"),
    }
    facets = []
    for name, values in facets_by_name.items():
        shown = [
            {
                "shown": labels.source_name(visit, facet.value)
                if name == "source"
                else facet.value,
                "count": facet.count,
                "address": Address("/search", (("q", facet.query),)),
            }
            for facet in values[:FACET_VALUES]
        ]
        facets.append({"name": names.get(name, name), "values": shown if len(shown) > 1 else []})
    return facets


def _notes(visit: Visit, notes: Sequence[str]) -> list[str]:
    _ = visit.gettext
    texts = {
        "any_words": _("No work has all the words; these have some of them."),
        "ranked_words": _("Works with more of the words come first."),
        "by_meaning": _("Ranked by words and by meaning."),
        "identifier": _("The text is an identifier; this is its work."),
        "nothing_asked": _("Nothing to look for was left; write a word."),
    }
    return [texts[note] for note in notes if note in texts]


def syntax_rows(visit: Visit) -> list[tuple[str, str]]:
    """Return examples of the query syntax, each with what it means."""
    _ = visit.gettext
    return [
        ("planning maps", _("all the words")),
        ('"hidden state"', _("the words side by side")),
        ("transfo*", _("a word by its beginning")),
        ("planning OR search", _("either word")),
        ("planning -robot", _("without a word")),
        ("ti:planning", _("in the title only")),
        ('au:"Mei Lin"', _("by an author")),
        ("cat:cs.LG", _("in a category, or cat:cs for a whole archive")),
        ("year:2024..2026", _("of a year or a span of years")),
        ("src:arxiv", _("from a source")),
        ("强化学习", _("Chinese words of two characters or more")),
    ]
