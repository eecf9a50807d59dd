"""arXiv: announcement feeds, OAI-PMH and the query API.

This module describes the three sources; gathering/arxiv.py uses the readers in this folder.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from academichub.errors import SettingValueError
from academichub.messages import Message
from academichub.sources.protocol import Source, SourceGroup, SourceOptions


def _category(value: str) -> str:
    if not re.fullmatch(r"[a-z]+(-[a-z]+)?(\.[A-Za-z-]{2,})?", value):
        raise SettingValueError(Message.of("setting_rule.category", value=value))
    return value


class ArxivOptions(SourceOptions):
    """Shared by the three arXiv sources."""

    categories: tuple[Annotated[str, AfterValidator(_category)], ...] = Field(
        (), max_length=200, description="categories to gather; empty = chosen on first run"
    )


ARXIV = SourceGroup("arxiv", "arXiv", min_interval_s=3.0, options=ArxivOptions)
_PACE = "arXiv's limit: one request in 3 seconds over all three and all processes, one at a time"

SOURCES = (
    Source(
        "arxiv_announce",
        "arXiv (announcements)",
        order=20,
        requests="the day's announcement of each category: new, cross-listed and replaced papers",
        pace=_PACE,
        base_url="https://rss.arxiv.org",
        group=ARXIV,
        announces_journals=False,
        gatherer="arxiv",
    ),
    Source(
        "arxiv_oai",
        "arXiv (OAI-PMH)",
        order=10,
        requests="every record of each category's set that changed since the last gather",
        pace=_PACE,
        base_url="https://oaipmh.arxiv.org",
        group=ARXIV,
        announces_journals=False,
        gatherer="arxiv",
    ),
    Source(
        "arxiv_query",
        "arXiv (API)",
        order=30,
        requests="announced papers that OAI-PMH does not show yet; named alone, the days before",
        pace=_PACE,
        base_url="https://export.arxiv.org",
        group=ARXIV,
        announces_journals=False,
        gatherer="arxiv",
    ),
)
