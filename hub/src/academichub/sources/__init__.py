"""The sources of a gather: the registry, and look-ups in it.

Adding a source means its module or folder here, and its row below; docs/guide/extending.md shows
it. Everything else (settings keys, gather, preference in merging, names and filters on pages and in
commands, pace) follows from the row. A source turns addresses and bytes into records and problems;
requests, pacing and the ledger are in gathering/.
"""

from __future__ import annotations

import difflib

from academichub.errors import UsageError
from academichub.messages import Message
from academichub.sources import arxiv, crossref, feeds
from academichub.sources.protocol import Source, SourceGroup

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        *arxiv.SOURCES,
        crossref.SOURCE,
        feeds.SOURCE,
    )
}
"""Every source by name, in the order of the settings and of reports."""


def find_source(name: str) -> Source:
    """Return the source of a name.

    Raises:
        UsageError: If there is none; the message suggests the nearest name.
    """
    if name not in SOURCES:
        near = difflib.get_close_matches(name, SOURCES, n=1)
        if near:
            raise UsageError(Message.of("gather.source_misspelt", name=name, nearest=near[0]))
        raise UsageError(Message.of("gather.unknown_source", name=name, sources=list(SOURCES)))
    return SOURCES[name]


def in_group(group: SourceGroup) -> tuple[str, ...]:
    """Return the names of the sources of a group."""
    return tuple(name for name, source in SOURCES.items() if source.group == group)


def named_by_reader(text: str) -> tuple[str, ...]:
    """Return the sources a reader means by a name or title of a source or group, in any case."""
    folded = " ".join(text.split()).casefold()
    return tuple(
        name
        for name, source in SOURCES.items()
        if folded in (name, source.title.casefold())
        or (source.group and folded in (source.group.name, source.group.title.casefold()))
    )


def announces_journals(name: str) -> bool:
    """Whether the category of a source's announcements is a journal; true of files too."""
    return name not in SOURCES or SOURCES[name].announces_journals


def sources_table() -> str:
    """Return the Markdown table of the sources for the guide (docs/guide/settings.md)."""
    rows = ["| source | name | what a gather requests | pace |", "|---|---|---|---|"]
    rows += [
        f"| {source.title} | `{source.name}` | {source.requests} | {source.pace} |"
        for source in SOURCES.values()
    ]
    return "\n".join(rows) + "\n"
