"""The one shape of a source: addresses to ask, and a pure function from the bytes of an answer to records.

A source module knows its service's addresses and formats and nothing else: it opens no connection, reads no clock and
keeps no state. Asking (http/), trying again, paging and accounting (jobs/) are the same for all sources and live there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from academichub.papers import Record


class Parsed(Protocol):
    """What every parser returns; sources add what their protocol tells (a day, a cursor, a total)."""

    @property
    def records(self) -> tuple[Record, ...]:
        """One record an entry, in the order of the answer."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Entries that could not be read, one sentence each: where, then why. Never silently fewer records."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of the registry.

    Attributes:
        name: Module name; the key in settings, the ledger and the registry.
        title: Name for readers.
        default_base_url: The real service; empty where every entry carries a whole address.
        pace_group: Whom its requests burden together with other sources; empty: each host by itself.
        interval_s: Least seconds between the starts of two requests, where settings say nothing else.
        parse: The answer's bytes and its address -> records and problems. Raises SourceError, nothing else.
    """

    name: str
    title: str
    default_base_url: str
    pace_group: str
    interval_s: float
    parse: Callable[[bytes, str], Parsed]
