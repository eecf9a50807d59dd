"""What the page of a work shows beside its card: facts, BibTeX and similar works."""

from __future__ import annotations

import re

from academichub.errors import UsageError
from academichub.formats import bibtex_writer
from academichub.library.works import Library
from academichub.search.service import search
from academichub.web import labels
from academichub.web.card_view import safe_link
from academichub.web.rendering import Visit
from academichub.works.fields import field_name, field_of_category
from academichub.works.work import Work

MAX_SIMILAR = 5


def similar_works(library: Library, work: Work) -> list[Work]:
    """Return works that share the most telling words of the title, best first."""
    words = re.sub(r"[^\w\s-]", " ", work.title)  # plain words: nothing in a title is query syntax
    try:
        search_result = search(
            library, words, limit=MAX_SIMILAR + 1, highlights=False, any_words=True
        )
    except UsageError:
        return []
    return [hit.work for hit in search_result.hits if hit.work.key != work.key][:MAX_SIMILAR]


def bibtex_of(work: Work) -> str:
    """Return the BibTeX entry of a work."""
    return "".join(bibtex_writer.write([work]))


def work_facts(visit: Visit, work: Work) -> list[tuple[str, str]]:
    """Return what is known of a work, each with its name; what is empty is left out."""
    _ = visit.gettext
    field_id = work.field or next((field_of_category(category) for category in work.categories), "")
    facts = [
        (_("Identifier"), work.key),
        *(
            (scheme, value)
            for scheme, value in work.public_identifiers.items()
            if f"{scheme}:{value}" != work.key
        ),
        (_("Field"), field_name(field_id, visit.lang)),
        (_("Categories"), visit.gettext(", ").join(work.categories)),
        (_("Venue"), work.venue),
        (_("Journal reference"), work.journal_ref),
        (_("Published"), work.published),
        (_("Comment"), work.comment),
        (_("Licence"), work.license),
        (
            _("Sources"),
            visit.gettext(", ").join(labels.source_name(visit, source) for source in work.sources),
        ),
        (_("Address"), safe_link(work.url)),
    ]
    return [(name, value) for name, value in facts if value]
