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
    told = {one.name: getattr(record, one.name) for one in dataclasses.fields(record)}
    for name in ("authors", "announcements"):
        told[name] = [list(dataclasses.astuple(one)) for one in told[name]]
    return dict(json.loads(json.dumps(told)))
