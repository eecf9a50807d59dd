"""The sources a gather can ask: an explicit registry. Reading order: base, then one module per source.

Each module turns addresses and bytes into records and problems and never asks anybody itself; asking, pacing and the
ledger are in jobs/. Adding a source means its module, a row here and in `settings.SOURCE_MODULES`, and a golden pair.
"""

from __future__ import annotations

from academichub.settings import SOURCE_MODULES
from academichub.sources.protocol import Source

_ARXIV_PACE = "arXiv's limit: one request in 3 seconds over all arXiv modules and all processes, one at a time"
_HOST_PACE = "one request at a time for each host, sources.feed.min_interval_s apart"

SOURCES: dict[str, Source] = {
    one.name: one
    for one in (
        Source(
            "arxiv_announce",
            "arXiv announcements",
            SOURCE_MODULES["arxiv_announce"],
            "the day's announcement of each category: new, cross-listed and replaced papers",
            _ARXIV_PACE,
        ),
        Source(
            "arxiv_oai",
            "arXiv OAI-PMH",
            SOURCE_MODULES["arxiv_oai"],
            "every record of each category's set that changed since the last gather",
            _ARXIV_PACE,
        ),
        Source(
            "arxiv_query",
            "arXiv query API",
            SOURCE_MODULES["arxiv_query"],
            "announced papers that OAI-PMH does not show yet, and on demand the days before",
            _ARXIV_PACE,
        ),
        Source(
            "crossref",
            "Crossref",
            SOURCE_MODULES["crossref"],
            "the works of followed journals by ISSN, and by DOI what a journal's feed only announces",
            _HOST_PACE,
        ),
        Source(
            "feed",
            "Journal feeds",
            SOURCE_MODULES["feed"],
            "every followed feed: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed",
            _HOST_PACE,
        ),
    )
}
"""Every source by module name, in the order of a gather's settings."""
