"""The state of the program: `/health` and `academichub doctor --json`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail


class Health(Document):
    """The hub can read its database."""

    status: Literal["ok"]
    """Always `ok`."""
    version: str
    """Version of the hub."""
    works: int
    """Works in the library."""
    database_ms: float
    """Milliseconds that counting them took."""


class HealthFailure(Document):
    """The hub cannot read its database."""

    status: Literal["failing"]
    """Always `failing`."""
    version: str
    """Version of the hub."""
    message: str
    """What is wrong, as a sentence."""
    details: list[MessageDetail]
    """`message` as data."""


class Finding(Document):
    """One thing that `doctor` looked at."""

    what: str
    """What was looked at."""
    ok: bool
    """Whether it is as it should be."""
    found: str
    """What was found."""
    remedy: str
    """What to do; empty where there is nothing to do."""
    details: list[MessageDetail]
    """`found` and `remedy` as data; `found` may be several."""


class Findings(Document):
    """Everything `doctor` looked at; the command exits with 1 unless all are ok."""

    findings: list[Finding]
    """Most basic first."""
