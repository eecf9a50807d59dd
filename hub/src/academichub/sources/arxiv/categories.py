"""arXiv's categories as its interfaces name them: archives, OAI-PMH sets, query terms, aliases.

Pure look-ups over the shipped catalogue of categories. Source of the sets: the `ListSets` answer of
oaipmh.arxiv.org.
"""

from __future__ import annotations

import difflib

from academichub.errors import SettingsError
from academichub.facts.catalogue import categories
from academichub.messages import Message

_GROUPS: dict[str, str] = {category.archive: category.group for category in categories().values()}
"""Archive -> its group in OAI-PMH."""

ARCHIVES: dict[str, tuple[str, ...]] = {
    archive: tuple(
        name
        for name, category in categories().items()
        if category.archive == archive and name != archive
    )
    for archive in sorted(_GROUPS)
}
"""Archive -> its categories; empty for an archive that is a category itself (`hep-th`)."""

CATEGORIES: tuple[str, ...] = tuple(
    name for archive, classes in ARCHIVES.items() for name in (archive, *classes)
)
"""Everything that may be requested: archives and categories."""

_PAIRS = {name: category.alias_of for name, category in categories().items() if category.alias_of}
ALIASES: dict[str, str] = {**_PAIRS, **{canonical: alias for alias, canonical in _PAIRS.items()}}
"""Category -> its other name; a work in one is listed in both."""

_SPELLINGS = {name.lower(): name for name in CATEGORIES}


def check_category(name: str) -> str:
    """Return a category or archive in arXiv's own spelling.

    Raises:
        SettingsError: If arXiv has no such category; the message names the nearest.
    """
    spelling = _SPELLINGS.get(name.strip().lower())
    if spelling is None:
        near = difflib.get_close_matches(name.strip().lower(), _SPELLINGS, n=1, cutoff=0.4)
        raise SettingsError(
            Message.of("choice.category_setting", name=name, near=_SPELLINGS[near[0]])
            if near
            else Message.of("choice.category_setting_form", name=name)
        )
    return spelling


def oai_set(category: str) -> str:
    """Return a category's OAI-PMH set.

    For example `cs.AI` -> `cs:cs:AI`, `hep-th` -> `physics:hep-th`, `math` -> `math:math`.
    """
    archive, _, part = category.partition(".")
    group = _GROUPS[archive]
    return f"{group}:{archive}" + (f":{part}" if part else "")


def query_term(category: str) -> str:
    """Return the query API's term for a category, its alias and, for an archive, its classes."""
    names = [category, *([ALIASES[category]] if category in ALIASES else [])]
    if ARCHIVES.get(category):
        names.append(f"{category}.*")
    terms = " OR ".join(f"cat:{name}" for name in names)
    return f"({terms})" if len(names) > 1 else terms
