"""What the tests of every source share: a pace that never waits, and a record as the JSON of a golden pair."""

from __future__ import annotations

import dataclasses
import json
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from academichub.http.pace import Turn
from academichub.works.work import Record


class FreePace:
    def slot(
        self, group: str, interval_s: float, cancel: object = None
    ) -> AbstractContextManager[Turn]:
        return nullcontext(Turn())

    def defer(self, group: str, seconds: float) -> None:
        raise AssertionError("not used here")


def shown(record: Record) -> dict[str, Any]:
    """Return a record as the golden files write it; a name in parts follows name and ORCID iD."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    fields["announcements"] = [
        list(dataclasses.astuple(announcement)) for announcement in record.announcements
    ]
    fields["authors"] = [
        [author.name, author.orcid, *([dataclasses.asdict(author.parts)] if author.parts else [])]
        for author in record.authors
    ]
    return dict(json.loads(json.dumps(fields)))
