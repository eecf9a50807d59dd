"""The starter shelf cut to the fields of science that the reader chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from academichub import preferences
from academichub.hub import Hub
from academichub.radar.window import TodayRequest
from academichub.shelf import about
from academichub.works.work import Work

SHELF_DAYS = 90
"""Days of the shelf shown together: a single field has few works a day."""


def shelf_fields(hub: Hub) -> frozenset[str]:
    """Return the fields to which the shelf is cut; empty where all or none of it is shown."""
    if not hub.on_shelf:
        return frozenset()
    return frozenset(preferences.fields_of_interest(hub)) & about().fields.keys()


def of_fields(works: Sequence[Work], fields: frozenset[str]) -> Sequence[Work]:
    """Return the works of some fields; all of them where no field is given."""
    return [work for work in works if work.field in fields] if fields else works


def widened(request: TodayRequest, fields: frozenset[str]) -> TodayRequest:
    """Return a request for the whole shelf where it is cut to fields and names no days."""
    if not fields or request.date is not None or request.days is not None:
        return request
    return replace(request, days=SHELF_DAYS)
