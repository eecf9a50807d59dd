"""Journal feeds: RSS, Atom and JSON Feed as they are published in practice."""

from __future__ import annotations

from academichub.sources.protocol import Source

SOURCE = Source(
    "feed",
    "Feeds",
    order=70,
    requests="every followed feed: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed",
    pace="one request at a time for each host, `min_interval_s` apart",
    gatherer="journals",
)
